"""Short interest: a point for each settlement date."""

from __future__ import annotations

from shortable.plots import plot_short_interest
from shortable.short_interest import ShortInterest
from shortable.store import sample_folder

from .drawn import line
from .runs import interest


def test_short_interest_has_a_point_for_each_settlement_date() -> None:
    ax = plot_short_interest(interest(24))
    assert line(ax, "shares short").get_ydata().tolist() == [
        1_000_000 + 10_000 * i for i in range(24)
    ]
    assert line(ax, "days to cover").get_ydata().tolist() == [2.0 + 0.02 * i for i in range(24)]
    made_up = plot_short_interest(ShortInterest(sample_folder()), "AAPL.US")
    assert made_up.get_title("left") == "made-up sample data"
