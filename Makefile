# make run    everything on this machine, with the demo council (PORT= and DATA_DIR= are honoured)
# make setup  only what run begins with; .venv/bin/plancycle works after it
# make test   every test (ARGS= goes to pytest)      make check   lint, format, types
# make bench  the benchmarks                         make clean   all but your data
# make prove  ten times the malformed requests and kills of make test, and the races (PROVE=, PROVE_SEED=)
# make planted  every guard taken out, every permission given to all, every key of a framework left
#              out, one at a time: a test must fail (some hours; ARGS="--only guard: --only key:")
# make mutants  every argument between a page and its verb broken, one at a time: mypy must find each
# make lock   requirements/ from pyproject.toml, with hashes, and the SBOM (UPGRADE=1: newest versions)

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
CHROMIUM = $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)

PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check install
LOCKED = --require-hashes --requirement requirements/run.txt --requirement requirements/build.txt
OURSELVES = --no-deps --no-build-isolation --editable .
COMPILE = build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: run setup test check bench clean assets chromium lock planted mutants prove
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

planted: .venv/installed-for-tests assets
	$(BIN)/python -m tests.rules.planted $(ARGS)

mutants: .venv/installed-for-tests
	$(BIN)/python -m tests.rules.argument_mutants

# The seed of the run stands in the first lines and in the last.
PROVE ?= 10
prove: .venv/installed-for-tests assets
	@echo "PROVE=$(PROVE): about $$(( $(PROVE) / 2 + 2 )) minutes on a machine that does nothing else."
	PROVE=$(PROVE) $(BIN)/pytest tests/chaos tests/flows/core/test_race_pairs.py tests/flows/core/test_races.py $(ARGS)

clean:
	rm -rf .venv node_modules build dist *.egg-info webui/static/vendor
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Plancycle needs Python 3.11 or newer; name one with PYTHON=, as in: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "Python could not make .venv; on Debian install python3-venv and try again." >&2; exit 1; }

.venv/installed: pyproject.toml requirements/run.txt requirements/build.txt | $(BIN)/python
	@echo "Setting up .venv, once; this takes a minute or two." >&2
	@$(PIP) $(LOCKED)
	@$(PIP) $(OURSELVES)
	@touch $@

.venv/installed-for-tests: pyproject.toml $(wildcard requirements/*.txt) | $(BIN)/python
	@echo "Setting up .venv with what the tests need, once; this takes a minute or two." >&2
	@$(PIP) $(LOCKED) --requirement requirements/test.txt
	@$(PIP) $(OURSELVES)
	@touch $@ .venv/installed

# The script itself sees whether anything has changed.
assets: .venv/installed
	@$(BIN)/python webui/assets.py

chromium:
	@if [ -z "$(CHROMIUM)" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && for name in chromium-headless-shell chromium; do \
	      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$name && exit 0; \
	    done; exit 1; \
	  else \
	    echo "The browser tests need Chromium; install it (on Debian: sudo apt-get install chromium) and run make test again." >&2; \
	    exit 1; \
	  fi; \
	fi

# One resolution for every Python from 3.11 on; the other groups keep to what run.txt has chosen.
lock: .venv/installed-for-tests
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --quiet --disable-pip-version-check install \
	  --require-hashes --requirement requirements/lock.txt
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	for group in build assets test lock; do \
	  $(COMPILE) --group $$group --constraint requirements/run.txt --output-file requirements/$$group.txt || exit 1; \
	done
	@$(MAKE) --no-print-directory .venv/installed-for-tests
	$(BIN)/python requirements/sbom.py
