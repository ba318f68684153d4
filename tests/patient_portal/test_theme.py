"""Whatever colour an organization chose, its pages can be read."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import patient_portal
from clinic.values import colours as colours
from clinic.values.colours import contrast, theme_for
from patient_portal.web.theme import theme_css

CSS = (Path(patient_portal.__file__).parent / "static" / "portal.css").read_text()
any_colour = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#ffffff", "#ffffff") == 1
    # The well-known pair at the edge of AA: #767676 on white.
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.campaign
@given(any_colour)
def test_every_colour_gives_readable_text_and_visible_shapes(colour: str) -> None:
    made = theme_for(colour)
    for tone in (made.header, made.on_light, made.on_dark):
        assert contrast(tone.fill, tone.text) >= 4.5
    for ground in (colours.LIGHT_PAGE, colours.LIGHT_PANEL):
        assert contrast(made.on_light.fill, ground) >= 4.5
    for ground in (colours.DARK_PAGE, colours.DARK_PANEL):
        assert contrast(made.on_dark.fill, ground) >= 4.5


@pytest.mark.campaign
@given(any_colour)
def test_header_is_the_colour_itself(colour: str) -> None:
    assert theme_for(colour).header.fill == colour


def test_colour_that_stands_out_already_is_left_alone() -> None:
    assert theme_for("#2b5f75").on_light.fill == "#2b5f75"


@pytest.mark.campaign
@given(st.text())
def test_nothing_but_a_colour_reaches_the_stylesheet(typed: str) -> None:
    allowed = re.compile(
        r":root\{--header:#[0-9a-f]{6};--on-header:#[0-9a-f]{6};--accent:#[0-9a-f]{6};--on-accent:#[0-9a-f]{6}\}\n"
        r"@media \(prefers-color-scheme:dark\)\{:root\{--accent:#[0-9a-f]{6};--on-accent:#[0-9a-f]{6}\}\}\n"
    )
    assert allowed.fullmatch(theme_css(typed).decode())
    assert allowed.fullmatch(theme_css(f"#2b5f75{typed}").decode())


def test_stylesheet_has_the_grounds_the_colours_are_judged_on() -> None:
    light, dark = CSS.split("@media (prefers-color-scheme: dark)")[:2]
    assert (_value("page", light), _value("panel", light)) == (colours.LIGHT_PAGE, colours.LIGHT_PANEL)
    assert (_value("page", dark), _value("panel", dark)) == (colours.DARK_PAGE, colours.DARK_PANEL)


def test_fixed_colours_of_the_stylesheet_can_be_read_on_both_grounds() -> None:
    for palette in CSS.split("@media (prefers-color-scheme: dark)")[:2]:
        for ground in (_value("page", palette), _value("panel", palette)):
            for text in ("ink", "soft", "link", "bad", "good"):
                assert contrast(_value(text, palette), ground) >= 4.5, (text, ground)
            assert contrast(_value("line", palette), ground) >= 3
        assert contrast(_value("bad", palette), _value("bad-panel", palette)) >= 4.5
        assert contrast(_value("ink", palette), _value("good-panel", palette)) >= 4.5


def test_stylesheet_is_small_and_has_five_sizes_of_type_from_sixteen_pixels_on() -> None:
    assert len(CSS.encode()) < 20_000
    sizes = [float(size) * 16 for size in re.findall(r"--size-\d: ([\d.]+)rem", CSS)]
    assert sizes == sorted(sizes)
    assert (len(sizes), sizes[0]) == (5, 16)
    # A heading may stop growing where the screen is too narrow for its longest word at twice the text.
    used = {
        re.sub(r"^min\((var\(--size-\d\)), [\d.]+vw\)$", r"\1", size)
        for size in re.findall(r"font-size: ([^;]+);", CSS)
    }
    assert used <= {f"var(--size-{number})" for number in range(1, 6)}
    assert "url(" not in CSS
    assert "@import" not in CSS


def _value(name: str, css: str) -> str:
    found = re.search(rf"--{name}: (#[0-9a-f]{{6}});", css)
    assert found is not None
    return found[1]
