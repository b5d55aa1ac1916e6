"""The arguments of bulk look-ups: every kind of array that people have."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, Market, NullShortableProvider, Symbol
from shortable.errors import InvalidInputError, SymbolError, TimeError
from shortable.provider import Pairs

NOON = datetime(2024, 1, 2, 12)
NAMES = ["SPY", "TSLA.US", "BRK B", "SPY"]
CANONICAL = ["SPY", "TSLA", "BRK.B", "SPY"]

SYMBOLS: dict[str, Any] = {
    "list": NAMES,
    "tuple": tuple(NAMES),
    "generator": (n for n in NAMES),
    "list of Symbol": [Symbol.create(n) for n in NAMES],
    "array of str": np.array(NAMES),
    "array of object": np.array([Symbol.create(n) for n in NAMES], dtype=object),
    "Index": pd.Index(NAMES),
    "Series": pd.Series(NAMES),
    "Series of string": pd.Series(NAMES, dtype="string"),
    "Categorical": pd.Categorical(NAMES),
    "Series of category": pd.Series(NAMES, dtype="category"),
    "CategoricalIndex": pd.CategoricalIndex(NAMES),
    "Categorical with unused": pd.Categorical(
        NAMES, categories=["no such ticker!", "TSLA.US", "SPY", "BRK B"]
    ),
}


@pytest.mark.parametrize("kind", SYMBOLS)
def test_symbols_of_every_kind(kind: str) -> None:
    pairs = Pairs.of(SYMBOLS[kind], NOON)
    assert [pairs.symbols[code] for code in pairs.codes.tolist()] == CANONICAL
    assert [time for _, time in pairs.moments()] == [NOON] * 4


TIMES: dict[str, Any] = {
    "datetime": NOON,
    "list": [NOON] * 3,
    "Timestamp": pd.Timestamp(NOON),
    "datetime64": np.datetime64(NOON),
    "array of ns": np.array([NOON] * 3, "datetime64[ns]"),
    "array of s": np.array([NOON] * 3, "datetime64[s]"),
    "DatetimeIndex": pd.DatetimeIndex([NOON] * 3),
    "Series": pd.Series([NOON] * 3),
    "Series of object": pd.Series([NOON] * 3, dtype=object),
    "aware": NOON.replace(tzinfo=UTC) + timedelta(hours=5),
    "aware list": [NOON.replace(tzinfo=UTC) + timedelta(hours=5)] * 3,
    "aware index": pd.DatetimeIndex([NOON] * 3, tz="America/New_York"),
    "aware Series": pd.Series(pd.DatetimeIndex([NOON] * 3, tz="America/New_York")),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_of_every_kind(kind: str) -> None:
    pairs = Pairs.of(["SPY", "AAPL", "GME"], TIMES[kind])
    assert pairs.wall(Market.USA).view("datetime64[us]").tolist() == [NOON] * 3
    assert pairs.aware is ("aware" in kind)


def test_dates_mean_their_midnight_and_one_symbol_goes_with_all_times() -> None:
    pairs = Pairs.of("SPY", [date(2024, 1, 2), date(2024, 1, 3)])
    assert list(pairs.moments()) == [("SPY", datetime(2024, 1, 2)), ("SPY", datetime(2024, 1, 3))]


def test_nothing_asked_nothing_answered() -> None:
    for provider in (NullShortableProvider(), CustomShortableProvider({"SPY": 1})):
        assert provider.shortable_quantities([], []).tolist() == []
        assert provider.shortable_quantities([], NOON).dtype == np.int64
        assert provider.fee_rates([], np.array([], "datetime64[us]")).dtype == np.float64


@pytest.mark.parametrize(
    ("symbols", "times", "error", "words"),
    [
        (["SPY", "GME"], [NOON] * 3, InvalidInputError, "one for each of the 2 symbols"),
        (["SPY", None], NOON, SymbolError, "no missing value"),
        (pd.Categorical(["SPY", None]), NOON, SymbolError, "NA, TRUE and CON are tickers"),
        (["SPY", 7], NOON, SymbolError, "ticker=7"),
        (["SPY", ["GME"]], NOON, SymbolError, r"ticker=\['GME'\]"),
        (5, NOON, SymbolError, "sequence"),
        (np.array([["SPY"]]), NOON, InvalidInputError, "one-dimensional"),
        (["no ticker!"], NOON, SymbolError, "no ticker!"),
        ("SPY", "2024-01-02", TimeError, "'2024-01-02'"),
        ("SPY", ["2024-01-02"], TimeError, "'2024-01-02'"),
        ("SPY", pd.NaT, TimeError, "times"),
        ("SPY", None, TimeError, "times"),
        ("SPY", 5, InvalidInputError, "sequence of times"),
        ("SPY", [NOON, pd.NaT], TimeError, "times"),
        ("SPY", np.array(["NaT"], "datetime64[us]"), TimeError, "no missing value"),
        ("SPY", pd.DatetimeIndex([NOON, pd.NaT], tz="UTC"), TimeError, "no missing value"),
        ("SPY", [NOON, NOON.replace(tzinfo=UTC)], InvalidInputError, "all of one kind"),
        ("SPY", np.array([[NOON]], "datetime64[us]"), InvalidInputError, "one-dimensional"),
    ],
)
def test_what_cannot_be_read_is_named(
    symbols: Any, times: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        NullShortableProvider().shortable_quantities(symbols, times)


def test_a_lag_is_taken_off_each_markets_wall_time() -> None:
    # 2024-03-11 12:00 UTC is 08:00 in New York, in summer time since the day before, and 20:00 in Hong Kong.
    pairs = Pairs.of(["SPY", "700.HK"], datetime(2024, 3, 11, 12, tzinfo=UTC)).lagged(
        timedelta(days=1)
    )
    assert [time for _, time in pairs.moments()] == [
        datetime(2024, 3, 10, 8),
        datetime(2024, 3, 10, 20),
    ]
    assert Pairs.of("SPY", NOON).lagged(timedelta.max).times.tolist() == [-62_135_596_800_000_000]
