"""The list of what ``make planted`` takes out is whole and says what is so."""

import pytest

from config.settings import Settings
from cycle.server.embedded import APP, OWNER
from tests import kit
from tests.rules import plants
from tests.rules.source import ROOT
from webui.application import create_app


@pytest.mark.parametrize("cure", plants.cures(), ids=lambda cure: cure.key)
def test_the_words_of_every_cure_stand_in_the_product_once(cure):
    assert plants.text_without(cure) != (ROOT / cure.file).read_text(encoding="utf-8")


@pytest.mark.parametrize("cure", plants.cures(), ids=lambda cure: cure.key)
def test_every_cure_names_tests_that_are_there(cure):
    assert cure.tests
    for each in cure.tests:
        path, _, name = each.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or f"def {name.partition('[')[0]}(" in text, each


def test_every_exemption_has_a_reason_and_is_in_the_list(bare_names):
    for name, reason in plants.exempt().items():
        assert len(reason) > 20, name
        assert name in bare_names, f"{name} is not taken out any more; delete its exemption"


@pytest.fixture
def bare_names(servers, tmp_path):
    settings = {
        "DATABASE_URL": servers.url(APP, kit.TEMPLATE),
        "SECRET_KEY": "k" * 40,
        "DATA_DIR": str(tmp_path),
    }
    app = create_app(Settings.load(settings))
    return {*plants.of_code(app), *plants.of_database(servers.url(OWNER, kit.TEMPLATE))}
