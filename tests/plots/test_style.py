"""Colours that stand out, and short numbers."""

from __future__ import annotations

from shortable.plots.style import short_number

from .runs import names


def test_the_colours_stand_out_on_white_and_on_black() -> None:
    """A contrast of 3 to 1, the least that WCAG 2.1 (1.4.11) asks of graphics, by its formula of relative luminance."""
    from matplotlib.colors import to_rgb

    from shortable.plots import style

    def luminance(colour: str) -> float:
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for name in ("BLUE", "AMBER", "GREEN", "RED", "GREY"):
        own = luminance(getattr(style, name))
        for ground in ("#ffffff", "#0d1117"):
            light, dark = sorted((own, luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3.0, (name, ground)


def test_names_of_symbols_and_numbers_are_text() -> None:
    assert short_number(9_999_841) == "9.99984M"
    assert names(2) == ["S000", "S001"]
