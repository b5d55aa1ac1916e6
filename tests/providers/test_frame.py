"""S1, S2, S3: a DataFrame as provider, against the slow, obvious model and by hand."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider, Market, Symbol, lagged
from shortable.clock import from_instant, to_instant
from shortable.errors import InvalidInputError, NoDataError, SymbolError, TimeError
from shortable.providers.as_of import bulk, timeline

from .model import LAGS, MAX_AGES, WEEKS, Row, Said, governing, moments, naive_twin, seen_instant

COLUMNS = ("AAA", "BRK B", "NA", "TRUE")
TICKERS = ("AAA", "BRK.B", "NA", "TRUE", "ZZZ")
NOON = datetime(2024, 1, 2, 12)


@st.composite
def tables(draw: Any, values: Any) -> tuple[pd.DataFrame, list[Said]]:
    """A frame with NaN in it, in any order, with a naive or aware index; and the same as snapshots."""
    start = draw(st.sampled_from(WEEKS))
    steps = draw(st.lists(st.integers(0, 12 * 48), max_size=10, unique=True))
    full = draw(st.booleans())
    cell = values if full else st.one_of(st.none(), values)
    cells = draw(
        st.lists(st.tuples(*[cell] * len(COLUMNS)), min_size=len(steps), max_size=len(steps))
    )
    instants = [to_instant(start) + step * 1_800_000_000 for step in steps]
    utc = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t) for t in instants]
    naive = [from_instant(t) for t in instants]
    plain = draw(st.booleans()) and not any(t.date().isoformat() == "2024-11-03" for t in naive)
    index = (
        pd.DatetimeIndex([t.replace(fold=0) for t in naive])
        if plain
        else pd.DatetimeIndex(utc, tz="UTC")
    )
    frame = pd.DataFrame(
        cells,
        columns=list(COLUMNS),
        index=index,
        dtype=draw(st.sampled_from([None, float, object])),
    )
    said = [
        Said(
            t,
            False,
            {
                c.replace(" ", "."): Row(v, v)
                for c, v in zip(COLUMNS, row, strict=True)
                if v is not None
            },
        )
        for t, row in zip(instants, cells, strict=True)
    ]
    return frame, said


@settings(max_examples=100)
@given(
    tables(st.sampled_from([0, 1, 500, 10_000_000, 2**40])),
    tables(st.sampled_from([0.0, 0.0025, 11.5, -0.5])),
    st.lists(st.tuples(st.sampled_from(TICKERS), moments()), min_size=1, max_size=20),
    st.sampled_from(MAX_AGES),
    st.sampled_from(LAGS),
)
def test_s1_s2_s3_a_frame_answers_as_the_model(
    quantities: Any, fees: Any, asked: list[tuple[str, Any]], max_age: Any, lag: timedelta
) -> None:
    provider = FrameShortableProvider(
        quantities[0], fees[0], fees[0], missing="unrestricted", max_age=max_age, lag=lag
    )
    for ticker, moment in [*asked, *asked]:
        instant = seen_instant(moment, lag)
        shares, fee = (
            governing(said, ticker, instant, max_age) for said in (quantities[1], fees[1])
        )
        expected = None if shares is None else shares[1].quantity
        assert provider.shortable_quantity(ticker, moment) == expected
        assert provider.has_quantity(ticker, moment) is (shares is not None)
        assert provider.has_fee_rate(ticker, moment) is (fee is not None)
        assert provider.fee_rate(ticker, moment) == (0.0 if fee is None else fee[1].fee)
        quote = provider.quote(ticker, moment)
        assert (quote.quantity, quote.rebate_rate) == (
            expected,
            None if fee is None else fee[1].fee,
        )
        found = {t: governing(quantities[1], t, instant, max_age) for t in TICKERS}
        assert provider.all_shortable_symbols(moment) == {
            t: f[1].quantity for t, f in found.items() if f and f[1].quantity
        }
    times = [naive_twin(m) for _, m in asked]
    tickers = [t for t, _ in asked]
    for few, dense in ((0, 0), (0, 1 << 40), (1 << 40, 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk, "_FEW", few)
            patch.setattr(bulk, "_DENSE", dense)
            patch.setattr(timeline, "_GRID_FROM", dense)
            found_shares = provider.shortable_quantities(
                tickers, np.array(times, "datetime64[us]")
            ).tolist()
            found_fees = provider.fee_rates(tickers, times)
        single = [provider.shortable_quantity(t, m) for t, m in zip(tickers, times, strict=True)]
        assert found_shares == [-1 if n is None else n for n in single]
        known = [
            provider.fee_rate(t, m) if provider.has_fee_rate(t, m) else np.nan
            for t, m in zip(tickers, times, strict=True)
        ]
        assert np.array_equal(found_fees, known, equal_nan=True)


def frame(cells: Any, index: Any = (NOON,), **settings: Any) -> FrameShortableProvider:
    return FrameShortableProvider(pd.DataFrame(cells, index=list(index)), **settings)


def test_s3_an_absent_column_and_another_market_follow_missing() -> None:
    cells = {"SPY": [5]}
    assert frame(cells).shortable_quantity("GME", NOON) == 0
    assert frame(cells, missing="unrestricted").shortable_quantity("GME", NOON) is None
    for other in ("GME", "700.HK", "SPY@EUR"):
        with pytest.raises(
            NoDataError,
            match=r"FrameShortableProvider\(1 times × 1 symbols\).*Symbol\('.*at 2024-01-02",
        ):
            frame(cells, missing="raise").shortable_quantity(other, NOON)
    with pytest.raises(
        NoDataError,
        match=r"each answers for 7 days.*there are 1 snapshots of market usa, the first of 2024-01-02",
    ):
        frame(cells, missing="raise").shortable_quantities("SPY", datetime(2024, 1, 9, 12, 0, 1))
    assert frame({}, ()).shortable_quantity("SPY", NOON) == 0
    with pytest.raises(NoDataError, match="there is no snapshot of market usa"):
        frame({}, (), missing="raise").shortable_quantity("SPY", NOON)


def test_columns_of_another_market_in_any_spelling() -> None:
    provider = frame({"HK.00700": [5], "9988": [6], "1.HK": [7]}, market=Market.HKEX)
    assert provider.all_shortable_symbols(NOON) == {"700.HK": 5, "9988.HK": 6, "1.HK": 7}


def test_the_table_is_copied_and_may_be_unsorted() -> None:
    table = pd.DataFrame({"SPY": [7, 5]}, index=pd.to_datetime(["2024-01-03", "2024-01-02"]))
    provider = FrameShortableProvider(table)
    table.iloc[:, 0] = 99
    assert [
        provider.shortable_quantity("SPY", datetime(2024, 1, day, 10)) for day in (1, 2, 3)
    ] == [0, 5, 7]


def test_s2_a_repeated_wall_time_is_not_known_before_its_second_pass() -> None:
    # New York shows 01:30 twice on 2024-11-03; the row counts from 06:30 UTC, the second time.
    provider = frame({"SPY": [5]}, [datetime(2024, 11, 3, 1, 30)])
    assert provider.shortable_quantity("SPY", datetime(2024, 11, 3, 6, 29, tzinfo=UTC)) == 0
    assert provider.shortable_quantity("SPY", datetime(2024, 11, 3, 6, 30, tzinfo=UTC)) == 5
    with pytest.raises(TimeError, match="2024-03-10 02:30"):
        frame({"SPY": [5]}, [datetime(2024, 3, 10, 2, 30)])


NULLABLE = pd.DataFrame(
    {"SPY": pd.array([5, None], "Int64"), "GME": pd.array([None, 2.0], "Float64")},
    index=pd.to_datetime(["2024-01-02", "2024-01-03"]),
)


def test_nullable_columns_and_counts_beyond_what_a_float_holds() -> None:
    provider = FrameShortableProvider(NULLABLE)
    assert provider.all_shortable_symbols(datetime(2024, 1, 3)) == {"SPY": 5, "GME": 2}
    exact = frame(
        {"SPY": [2**62 + 1], "GME": pd.array([2**62 + 1], "Int64"), "AMC": np.array([7], np.uint64)}
    )
    assert exact.all_shortable_symbols(NOON) == {"SPY": 2**62 + 1, "GME": 2**62 + 1, "AMC": 7}
    assert exact.shortable_quantities("SPY", NOON).tolist() == [2**62 + 1]
    gaps = frame(
        {"SPY": pd.array([2**62 + 1, None], "Int64"), "GME": pd.array([None, 2**62 + 1], "UInt64")},
        [NOON, datetime(2024, 1, 3)],
    )
    assert gaps.all_shortable_symbols(datetime(2024, 1, 4)) == {"SPY": 2**62 + 1, "GME": 2**62 + 1}
    alike = pd.DataFrame({"SPY": [2**62 + 1], "GME": [2**62 + 3]}, index=[NOON])
    for kind in (np.int64, np.uint64, "Int64", object):
        found = FrameShortableProvider(alike.astype(kind)).all_shortable_symbols(NOON)
        assert found == {"SPY": 2**62 + 1, "GME": 2**62 + 3}


@pytest.mark.parametrize(
    "value", [-1, 1.5, float("inf"), float("-inf"), "7", 2**63, 1e19, b"x", NOON]
)
def test_s1_a_cell_that_is_no_share_count_is_named(value: Any) -> None:
    table = pd.DataFrame(
        {"SPY": [5, 5], "BRK B": [1, value]},
        index=pd.to_datetime(["2024-01-02", "2024-01-03"]),
        dtype=object,
    )
    with pytest.raises(
        InvalidInputError, match=r"quantities\['BRK B'\] at 2024-01-03 .*whole number of shares"
    ):
        FrameShortableProvider(table)
    if isinstance(value, (int, float)):
        table["BRK B"] = np.array([1, value])
        with pytest.raises(InvalidInputError, match=r"quantities\['BRK B'\] at 2024-01-03"):
            FrameShortableProvider(table)


@pytest.mark.parametrize("column", [[True], ["7"], pd.array(["7"], "string"), [pd.Timedelta(1)]])
def test_a_column_that_holds_no_numbers_is_named(column: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"quantities\['SPY'\]"):
        frame({"SPY": column})


def test_a_rate_is_finite_and_may_be_negative() -> None:
    shares = pd.DataFrame({"SPY": [5]}, index=[NOON])
    rates = pd.DataFrame({"SPY": [-0.5]}, index=[NOON])
    assert FrameShortableProvider(shares, rates).fee_rate("SPY", NOON) == -0.5
    with pytest.raises(InvalidInputError, match=r"fee_rates\['SPY'\] at 2024-01-02 12:00:00=inf"):
        FrameShortableProvider(shares, rates * -np.inf)
    with pytest.raises(InvalidInputError, match=r"rebate_rates"):
        FrameShortableProvider(shares, None, "x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        (5, InvalidInputError, "DataFrame of times × tickers"),
        (
            pd.DataFrame({"TSLA": [1], "TSLA.US": [2]}, index=[NOON]),
            InvalidInputError,
            "'TSLA' is TSLA too",
        ),
        (pd.DataFrame({"SPY": [1, 2]}, index=[NOON, NOON]), InvalidInputError, "each time once"),
        (pd.DataFrame({"700.HK": [1], "SPY": [1]}, index=[NOON]), InvalidInputError, "one market"),
        (pd.DataFrame({7: [1]}, index=[NOON]), SymbolError, "ticker=7"),
        (pd.DataFrame({"SPY": [1]}), TimeError, "quantities.index=0"),
        (
            pd.DataFrame({"SPY": [1]}, index=["01/02/2024"]),
            TimeError,
            "quantities.index='01/02/2024'",
        ),
        (pd.DataFrame({"SPY": [1]}, index=["10:00"]), TimeError, "quantities.index='10:00'"),
        (pd.DataFrame({"SPY": [1]}, index=["now"]), TimeError, "quantities.index='now'"),
        (pd.DataFrame({"SPY": [1]}, index=[pd.NaT]), TimeError, "no missing value"),
    ],
)
def test_what_is_no_table_is_refused(table: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        FrameShortableProvider(table)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"missing": "zero"},
            "missing='zero' must be one of 'unavailable', 'unrestricted', 'raise'",
        ),
        ({"max_age": timedelta(-1)}, "max_age.*at least 0, or None for ever"),
        ({"max_age": 7}, "max_age=7"),
        ({"lag": timedelta(microseconds=-1)}, "lag.*future"),
        ({"lag": 1}, "lag=1"),
        ({"lag": pd.NaT}, "lag=NaT"),
        ({"market": "moon"}, "market='moon'"),
    ],
)
def test_settings_out_of_their_bounds_are_refused(settings: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        frame({"SPY": [1]}, **settings)


def test_copies_and_pickles_answer_alike() -> None:
    provider = FrameShortableProvider(NULLABLE, NULLABLE / 100)
    late = lagged(provider, timedelta(hours=1))
    assert type(late) is FrameShortableProvider
    assert late.shortable_quantity("GME", datetime(2024, 1, 3, 0, 59)) == 0
    for one in (provider, late):
        quote = one.quote("GME", datetime(2024, 1, 4))
        assert quote.quantity == 2
        for twin in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert twin.quote("GME", datetime(2024, 1, 4)) == quote
            assert twin.market is Market.USA


def test_labels_say_the_market_where_none_is_given() -> None:
    table = pd.DataFrame({"VOD.L": [5]}, index=[NOON])
    provider = FrameShortableProvider(table)
    assert provider.market is Market.UK
    assert provider.shortable_quantity(Symbol("VOD.GB"), NOON) == 5
    with pytest.raises(SymbolError, match="which says 'hkex'"):
        FrameShortableProvider(pd.DataFrame({"700.HK": [1]}, index=[NOON]), market=Market.USA)


@pytest.mark.parametrize("label", ["2024-01-02", 20240102, "2024-01-02T00:00:00", date(2024, 1, 2)])
def test_rows_are_labelled_as_in_the_tables_of_research(label: str | int | date) -> None:
    """As `pandas.read_csv(..., index_col=0)` leaves them."""
    provider = frame({"SPY": [7]}, [label])
    assert provider.shortable_quantity("SPY", datetime(2024, 1, 1, 23)) == 0
    assert provider.shortable_quantity("SPY", datetime(2024, 1, 2, 9)) == 7


def test_times_that_stand_in_runs_and_the_same_in_any_order_have_the_same_answers(monkeypatch):
    """The clocks of the USA are put on in the night of 2024-03-10: there, hours are asked about one by one."""
    days = pd.date_range("2024-03-04", periods=12)
    cells = np.arange(12 * 40).reshape(12, 40)
    names = [f"A{n}" for n in range(40)]
    provider = FrameShortableProvider(
        pd.DataFrame(cells, days, names),
        fee_rates=pd.DataFrame(cells / 1e4, days, names).mask(cells % 7 == 0),
    )
    hours = pd.date_range("2024-03-03 22:30", "2024-03-23", freq="7h").to_numpy()
    times, symbols = np.repeat(hours, 40), np.tile(names, len(hours))
    order = np.random.default_rng(1).permutation(len(times))
    for head in (1 << 10, 1):
        monkeypatch.setattr(bulk, "_HEAD", head)  # with 1, too few to tell
        for ask in (provider.shortable_quantities, provider.fee_rates):
            in_runs = ask(symbols, times)
            np.testing.assert_array_equal(ask(symbols[order], times[order]), in_runs[order])
        found = provider.shortable_quantities(symbols, times)
        one_by_one = [
            provider.shortable_quantity(name, time) or 0
            for name, time in zip(symbols.tolist(), times, strict=True)
        ]
        assert found.tolist() == one_by_one
