"""Example algorithms, one strategy a file, run by name: ``shortable run short_availability``."""

from __future__ import annotations

from pathlib import Path

from shortable.examples import (
    days_to_cover,
    fade_the_pump,
    leveraged_etf_decay,
    short_availability,
    short_squeeze,
)
from shortable.examples.registry import Example

__all__ = ["EXAMPLES", "Example"]

EXAMPLES: dict[str, Example] = {
    example.name: example
    for example in (
        Example(
            name="fade_the_pump",
            title="Short penny stocks that have just jumped: what looks best is what nobody lends",
            algorithm=fade_the_pump.FadeThePump,
        ),
        Example(
            name="short_availability",
            title="A provider set in each of three ways; one share too many is refused, what there is is accepted",
            algorithm=short_availability.ShortAvailability,
        ),
        Example(
            name="leveraged_etf_decay",
            title="Short both funds of leveraged pairs, sized to what can be borrowed, rebalanced weekly",
            algorithm=leveraged_etf_decay.LeveragedEtfDecay,
            data=leveraged_etf_decay.data,
        ),
        Example(
            name="days_to_cover",
            title="Short names sized by days to cover, point in time; what is crowded is scarce and dear",
            algorithm=days_to_cover.DaysToCover,
        ),
        Example(
            name="short_squeeze",
            title="Short a stock into its squeeze: recalls, a buy-in, margin calls, rule 201, and the end",
            algorithm=short_squeeze.ShortSqueeze,
            models=short_squeeze.models,
        ),
        Example(
            name="penny_stock_top_gainers",
            title="LEAN's own example: short pumped penny stocks above their Bollinger band, where there is stock",
            algorithm=None,
            lean_file=Path(__file__).with_name("penny_stock_top_gainers.py"),
        ),
    )
}
"""Every example by its name."""
