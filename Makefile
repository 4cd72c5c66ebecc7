# make run    everything on this machine, with the demo council (PORT= and DATA_DIR= are honoured)
# make setup  only what run begins with; .venv/bin/plancycle works after it
# make test   every test (ARGS= goes to pytest)      make check   lint, format, types
# make bench  the benchmarks                         make clean   all but your data

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
CHROMIUM = $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: run setup test check bench clean assets chromium
.DEFAULT_GOAL := run

run: setup
	@exec $(BIN)/plancycle run

setup: .venv/installed assets

test: .venv/installed-for-tests assets chromium
	$(BIN)/pytest -n 2 $(ARGS)

check: .venv/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/schedule.py

clean:
	rm -rf .venv node_modules build dist *.egg-info webui/static/vendor
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Plancycle needs Python 3.11 or newer; name one with PYTHON=, as in: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "Python could not make .venv; on Debian install python3-venv and try again." >&2; exit 1; }

.venv/installed: pyproject.toml | $(BIN)/python
	@echo "Setting up .venv, once; this takes a minute or two." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/installed-for-tests: pyproject.toml | $(BIN)/python
	@echo "Setting up .venv with what the tests need, once; this takes a minute or two." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ .venv/installed

# The script itself sees whether anything has changed.
assets: .venv/installed
	@$(BIN)/python webui/assets.py

chromium:
	@if [ -z "$(CHROMIUM)" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	  else \
	    echo "The browser tests need Chromium; install it (on Debian: sudo apt-get install chromium) and run make test again." >&2; \
	    exit 1; \
	  fi; \
	fi
