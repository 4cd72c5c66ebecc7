"""A council's colours can be read, and central government's branding does not come along."""

import json
from pathlib import Path

import pytest

from webui import assets
from webui.page import brand

WEBUI = Path(assets.__file__).parent


def test_the_house_brand_can_be_read():
    brand.check(WEBUI / "static" / "brand.css")


def test_the_ratio_is_that_of_wcag():
    assert brand.contrast("#000", "#ffffff") == pytest.approx(21)
    assert brand.contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


def test_a_brand_that_is_hard_to_read_does_not_start(tmp_path):
    path = tmp_path / "brand.css"
    path.write_text(":root { --plancycle-header: #ffcc00; --govuk-link-colour: #999; }")
    with pytest.raises(ValueError, match="--plancycle-header-text .* needs 4.5 to 1") as refusal:
        brand.check(path)
    assert "--govuk-link-colour" in str(refusal.value)


def test_fonts_arms_and_crown_are_taken_out():
    css = (
        "@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2)}"
        ".a{font-family:GDS Transport,arial,sans-serif}.b{color:red}"
        ".govuk-footer__copyright-logo:before{background:url(/assets/images/govuk-crest.svg)}"
        ".govuk-footer__crown{margin:0}.c{background:url(/assets/images/icon-x.svg)}"
        "\n/*# sourceMappingURL=a.css.map */\n"
    )
    assert assets.without_central_branding(css) == (
        ".a{font-family:var(--plancycle-font,arial,sans-serif)}.b{color:red}"
        ".c{background:url(images/icon-x.svg)}\n"
    )


def test_what_was_built_has_none_of_it_and_every_image_it_names():
    for name in assets.STYLES:
        css = (assets.VENDOR / name).read_text(encoding="utf-8")
        assert "GDS Transport" not in css
        assert "crest.svg" not in css
        assert "/assets/" not in css
        for image in assets.IMAGE_NAMES.findall(css):
            assert (assets.VENDOR / "images" / image).is_file()


def test_the_lock_file_pins_what_ui_md_names_and_no_place_to_fetch_it_from():
    text = (WEBUI.parent / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert packages["node_modules/govuk-frontend"]["version"] == "6.3.0"
    assert packages["node_modules/@ministryofjustice/frontend"]["version"] == "11.1.0"
    assert packages["node_modules/htmx.org"]["version"] == "2.0.11"
    assert "resolved" not in text
    assert all("integrity" in each for name, each in packages.items() if name)
