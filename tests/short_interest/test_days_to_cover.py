"""Availability by days to cover: the formula by hand, point in time, and what no figure speaks of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Symbol, as_provider
from shortable.errors import InvalidInputError, NoDataError, StoreError
from shortable.provider import IShortableProvider, SupportsBorrowRates
from shortable.short_interest import DaysToCoverProvider, ShortInterest
from shortable.store import sample_folder

FIRST, SECOND = datetime(2021, 1, 29, 9, 30), datetime(2021, 2, 11, 9, 30)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def provider(folder: Path) -> DaysToCoverProvider:
    return DaysToCoverProvider(
        folder, easy_days=1, hard_days=5, participation=0.5, fee_easy=0.01, fee_hard=0.16
    )


def test_the_formula_by_hand(provider: DaysToCoverProvider) -> None:
    # GME first: 2 days lie a quarter of the way from 1 to 5: 0.5 × 50 × 0.75 = 18.75 shares; fee 0.01 × 16 ** 0.25 = 0.02.
    assert provider.shortable_quantity("GME", FIRST) == 18
    assert provider.fee_rate("GME", FIRST) == pytest.approx(0.02, rel=1e-12)
    # Then 2.5 days, three eighths: 0.5 × 60 × 0.625 = 18.75; 0.01 × 16 ** 0.375 = 0.01 × 2 ** 1.5.
    assert provider.shortable_quantity("GME", SECOND) == 18
    assert provider.fee_rate("GME", SECOND) == pytest.approx(0.01 * 2**1.5, rel=1e-12)
    # ZZZ is not traded: as crowded as can be.
    assert (provider.shortable_quantity("ZZZ", FIRST), provider.fee_rate("ZZZ", FIRST)) == (
        0,
        pytest.approx(0.16),
    )
    assert provider.has_quantity("ZZZ", FIRST)
    # BRK.B: 3.5 days, five eighths: 0.5 × 2 × 0.375 = 0.375 shares.
    assert provider.shortable_quantity("BRK.B", FIRST) == 0


def test_the_ends_of_the_scale(provider: DaysToCoverProvider) -> None:
    assert [provider.crowding(d) for d in (0.0, 1.0, 3.0, 5.0, 900.0, None)] == [0, 0, 0.5, 1, 1, 1]
    assert [provider.shares(1000, d) for d in (0.5, 3.0, 5.0, None)] == [500, 250, 0, 0]
    assert provider.shares(None, 1.0) == 0
    assert [provider.fee(d) for d in (1.0, 5.0)] == pytest.approx([0.01, 0.16])


@given(st.floats(0, 1000), st.floats(0, 1000), st.integers(0, 10**9))
def test_the_more_crowded_the_scarcer_and_dearer(one: float, other: float, volume: int) -> None:
    model = DaysToCoverProvider(sample_folder())
    easier, harder = sorted((one, other))
    assert 0 <= model.shares(volume, harder) <= model.shares(volume, easier) <= volume * 0.05
    assert 0.0025 * (1 - 1e-12) <= model.fee(easier) <= model.fee(harder) <= 0.5 * (1 + 1e-12)


def test_s2_nothing_before_it_was_public_and_nothing_too_old(folder: Path) -> None:
    provider = DaysToCoverProvider(folder, max_age=timedelta(days=20))
    assert not provider.has_quantity("GME", FIRST - MOMENT)
    assert provider.shortable_quantity("GME", FIRST - MOMENT) == 0
    last = SECOND + timedelta(days=20)
    assert provider.has_quantity("GME", last)
    assert not provider.has_quantity("GME", last + MOMENT)
    assert not provider.has_fee_rate("GME", last + MOMENT)
    assert provider.fee_rate("GME", last + MOMENT) == 0.0
    # BRKB is in the first list alone.
    assert not provider.has_quantity("BRK.B", FIRST + timedelta(days=20) + MOMENT)
    assert DaysToCoverProvider(folder, max_age=None).has_quantity("BRK.B", datetime(2031, 1, 1))


def test_s3_where_no_figure_speaks(folder: Path) -> None:
    answers = {
        m: DaysToCoverProvider(folder, missing=m) for m in ("unavailable", "unrestricted", "raise")
    }  # type: ignore[arg-type]
    for symbol in ("NOPE", "700.HK", "RY.CA"):  # Hong Kong's figures have no volume to go by
        assert answers["unavailable"].shortable_quantity(symbol, SECOND) == 0
        assert answers["unrestricted"].shortable_quantity(symbol, SECOND) is None
        with pytest.raises(NoDataError, match=r"no short interest of .* was public at"):
            answers["raise"].shortable_quantity(symbol, SECOND)


def test_all_symbols_are_those_with_a_quantity(folder: Path) -> None:
    provider = DaysToCoverProvider(folder, participation=1.0)
    # GME 60 × (1 − 1.5 / 9) = 50; BRKB 2 × (1 − 2.5 / 9) = 1.44; ZZZ none.
    assert provider.all_shortable_symbols(SECOND) == {
        Symbol.create("GME"): 50,
        Symbol.create("BRKB"): 1,
    }
    assert provider.all_shortable_symbols(FIRST - MOMENT) == {}
    for symbol, shares in provider.all_shortable_symbols(FIRST).items():
        assert provider.shortable_quantity(symbol, FIRST) == shares


def test_it_keeps_the_contract_and_its_bulk_forms(provider: DaysToCoverProvider) -> None:
    assert isinstance(provider, IShortableProvider)
    assert isinstance(provider, SupportsBorrowRates)
    assert as_provider(provider) is provider
    assert provider.rebate_rate("GME", FIRST) == 0.0
    times = np.array(["2021-01-29T09:29", "2021-01-29T09:30", "2021-02-11T09:30"], "datetime64[us]")
    assert provider.shortable_quantities("GME", times).tolist() == [0, 18, 18]
    assert np.isnan(provider.fee_rates("GME", times)[0])
    quote = provider.quote("GME", FIRST)
    assert (quote.quantity, quote.as_of) == (18, datetime(2021, 1, 29, 14, 30, tzinfo=UTC))
    assert provider.quote("NOPE", FIRST).as_of is None


def test_a_panel_has_a_row_where_a_figure_is_published_or_grows_too_old(folder: Path) -> None:
    provider = DaysToCoverProvider(folder, participation=1.0, max_age=timedelta(days=20))
    panel = provider.panel(["GME", "BRK.B"], datetime(2021, 1, 28), datetime(2021, 3, 30))
    expected = {
        datetime(2021, 1, 28): [0, 0],
        FIRST: [44, 1],  # 50 × (1 − 1 / 9) = 44.4
        SECOND: [50, 1],
        FIRST + timedelta(days=20) + MOMENT: [50, 0],
        SECOND + timedelta(days=20) + MOMENT: [0, 0],
    }
    assert {
        t.to_pydatetime(): row.tolist()
        for t, row in panel.iterrows()
        if t.to_pydatetime() in expected
    } == expected
    assert len(panel) <= len(expected) + 1


def test_the_sample_says_that_it_is_made_up(folder: Path) -> None:
    assert DaysToCoverProvider(sample_folder()).made_up()
    assert not DaysToCoverProvider(ShortInterest(folder)).made_up()


def test_arguments_out_of_bounds(folder: Path) -> None:
    for arguments, message in (
        ({"easy_days": -1}, "easy_days=-1 must be a number of days, at least 0"),
        ({"easy_days": 5, "hard_days": 5}, "hard_days=5 must be above easy_days=5"),
        ({"participation": 0}, "participation=0 must be above 0 and at most 1"),
        ({"participation": 1.5}, "participation=1.5 must be"),
        ({"fee_easy": 0.0}, "fee_easy=0.0 must be an annual fraction above 0"),
        ({"fee_hard": 0.001}, "fee_hard=0.001 must be at least fee_easy=0.0025"),
        ({"missing": "ignore"}, "missing='ignore' must be one of"),
        ({"max_age": 5}, "max_age=5 must be a timedelta"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            DaysToCoverProvider(folder, **arguments)  # type: ignore[arg-type]
        assert message in str(caught.value)
    with pytest.raises(StoreError, match="no short interest of usa"):
        DaysToCoverProvider(folder / "gone")
