"""Help says what is so: each label, command, address and word that a guide names is there.

A guide that comes is one more file, and is looked through without another line here.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from markupsafe import Markup

from config import settings
from tests.rules.source import ROOT, name, product_files
from tests.rules.test_one_door import texts
from tests.rules.words.test_words import templates
from webui.cli import COMMANDS
from webui.help import guides
from webui.page import markdown

GUIDES = sorted(guides.FOLDER.glob("*.md"))
LONGEST_LINE = 160
BOLD, CODE = re.compile(r"\*\*(.+?)\*\*"), re.compile(r"`([^`]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
SIGNS = re.compile(r"\s+")


@cache
def screens() -> str:
    """All that can stand on a page: templates, texts in code (no docstring) and frameworks."""
    files = [*templates(), *(ROOT / "config").rglob("*.toml")]
    parts = [path.read_text(encoding="utf-8") for path in files]
    parts += [str(node.value) for path in product_files() for node in texts(path)]
    return SIGNS.sub(" ", "\n".join(parts))


def _names(pattern: re.Pattern[str], path: Path) -> list[str]:
    return [SIGNS.sub(" ", each) for each in pattern.findall(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_every_label_that_a_guide_names_stands_on_a_page(path: Path) -> None:
    named = _names(BOLD, path)
    assert len(named) >= 3 or "running" in path.stem
    lost = [
        label
        for label in named
        if not re.search(rf"(?<![A-Za-z]){re.escape(label)}(?![a-z])", screens())
    ]
    assert lost == []


@pytest.mark.parametrize("path", GUIDES, ids=name)
def test_every_command_setting_and_address_that_a_guide_names_is_there(
    path: Path, bare_rules: set[str]
) -> None:
    lost = []
    for word in _names(CODE, path):
        if word.startswith("plancycle "):
            known = word.split()[1] in COMMANDS
        elif word.startswith("make "):
            known = f"\n{word.split()[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
        elif word.startswith("/"):
            known = word in bare_rules
        elif word.isupper():
            known = word.removesuffix("_FILE") in Path(settings.__file__).read_text(
                encoding="utf-8"
            )
        else:
            known = word in screens()
        lost += [] if known else [word]
    assert lost == []


@pytest.fixture(scope="module")
def bare_rules() -> set[str]:
    """The addresses of the service, as its blueprints have them."""
    found: set[str] = {"/health", "/ready"}
    for path in product_files():
        found |= set(re.findall(r'@\w+\.get\("(/[a-z/-]*)"\)', path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("path", [*GUIDES, ROOT / "docs" / "README.md"], ids=name)
def test_every_link_of_the_documentation_leads_somewhere(path: Path) -> None:
    lost = [
        link
        for link in _names(LINK, path)
        if not link.startswith("https://") and not (path.parent / link).exists()
    ]
    assert lost == []


def test_the_index_in_the_repository_names_every_guide() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in GUIDES if f"/{path.name})" not in index] == []


def test_every_guide_is_drawn_whole_with_its_headings_and_links() -> None:
    assert len(guides.all_guides()) == len(GUIDES) >= 8
    for guide in guides.all_guides().values():
        html = markdown.rendered(guide.body, heading_level=1)
        assert isinstance(html, Markup)
        assert html.count('<h2 class="govuk-heading-m">') == len(
            re.findall(r"^## ", guide.body, re.MULTILINE)
        )
        assert ".md" not in html, guide.key
        assert guide.summary.endswith("."), guide.key


def test_a_user_s_text_has_no_heading_above_those_of_its_section() -> None:
    """The tag that guides need is not one that a plan's text gets."""
    assert "<h2" not in markdown.rendered("# One\n\n## Two")


@pytest.mark.parametrize("word", guides.glossary(), ids=lambda word: word.term)
def test_every_word_of_the_glossary_is_on_the_screens(word: guides.Word) -> None:
    assert re.search(rf"(?<![A-Za-z]){re.escape(word.term)}", screens(), re.IGNORECASE)
    assert word.means.endswith(".")


def test_the_short_notes_are_short_and_belong_to_pages_that_are_there() -> None:
    data = tomllib.loads((guides.FOLDER / "how.toml").read_text(encoding="utf-8"))
    source = " ".join(path.read_text(encoding="utf-8") for path in product_files())
    for page in data["page"]:
        assert 1 <= len(page["lines"]) <= guides.MOST_LINES, page["pages"]
        assert [line for line in page["lines"] if len(line) > LONGEST_LINE] == []
        assert page["guide"] in guides.all_guides()
        for endpoint in page["pages"]:
            blueprint, function = endpoint.split(".")
            assert f'Blueprint("{blueprint}"' in source, endpoint
            assert f"def {function}(" in source, endpoint


def test_a_file_that_is_no_guide_is_refused(tmp_path: Path) -> None:
    for file, words in (("10-x.md", "No title\n\nA.\n\nB."), ("x.md", "# X\n\nA.\n\nB.")):
        path = tmp_path / file
        path.write_text(words, encoding="utf-8")
        with pytest.raises(ValueError, match="is no guide"):
            guides._read(path)


def test_the_guides_are_part_of_the_wheel() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "guides/*" in data["tool"]["setuptools"]["package-data"]["webui"]
    assert {path.suffix for path in guides.FOLDER.iterdir()} == {".md", ".toml"}
