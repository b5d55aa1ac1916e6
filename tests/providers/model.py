"""The slow, obvious model of what an as-of provider answers (S1, S2, S3), and what draws its input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from shortable import Market, Symbol
from shortable.clock import to_instant, to_local
from shortable.providers import LocalDiskShortableProvider
from shortable.store import Layout, append, make_snapshot

HALF_HOUR = timedelta(minutes=30)
# A week around both days on which New York's clock jumps in 2024.
WEEKS = (datetime(2024, 3, 6), datetime(2024, 10, 31))
TICKERS = ("AAA", "AAA@CAD", "BRK.B", "NA", "TRUE")
MAX_AGES = (
    timedelta(days=7),
    timedelta(days=1),
    timedelta(hours=5),
    timedelta(0),
    timedelta(microseconds=1),
    None,
)
LAGS = (
    timedelta(0),
    timedelta(0),
    timedelta(minutes=30),
    timedelta(hours=21, minutes=30),
    timedelta(days=1),
)


@dataclass(frozen=True)
class Row:
    """What a snapshot says of a symbol."""

    quantity: int | None
    fee: float | None = None
    rebate: float | None = None
    floor: bool = False


ABSENT = Row(0)
Rows = dict[str, Row]


@dataclass(frozen=True)
class Said:
    """A snapshot: an instant in microseconds, whether complete, and rows by ticker."""

    as_of: int
    complete: bool
    rows: Rows
    unreadable: frozenset[str] = frozenset()
    """Tickers without currency whose row could not be read."""
    venue: str = ""
    """Whose list it is; empty: the whole market's."""


def seen_instant(moment: Any, lag: timedelta, market: Market = Market.USA) -> int:
    """The instant that a provider with that lag sees at a time."""
    return to_instant(to_local(moment, market) - lag, market) if lag else to_instant(moment, market)


def governing(
    history: list[Said], ticker: str, instant: int, max_age: timedelta | None
) -> tuple[int, Row] | None:
    """The statement that answers: instant and row; None for no data."""
    best = None
    for said in sorted(history, key=lambda s: (s.as_of, not s.complete)):
        row = said.rows.get(ticker, ABSENT if said.complete else None)
        if said.as_of > instant:
            continue
        if row is ABSENT and is_unknown(history, said, ticker):
            best = None
            continue
        if row is ABSENT and said.venue and not is_of(history, said, ticker):
            continue
        if row is None or (row.quantity is None and not row.floor):
            continue
        if row.quantity is None:  # available, nobody knows how many: an older number is over
            best = None
            continue
        if max_age is not None and said.as_of + max_age // timedelta(microseconds=1) < instant:
            continue
        best = said.as_of, row
    return best


def is_unknown(history: list[Said], complete: Said, ticker: str) -> bool:
    """Whether a list without a row of a symbol had one that could not be read, or has one in another currency."""
    bare = ticker.partition("@")[0]
    named = {t: r for s in history if s.as_of == complete.as_of for t, r in s.rows.items()}
    others = [r for t, r in named.items() if t != ticker and t.partition("@")[0] == bare]
    return bare in complete.unreadable or any(row.quantity != 0 for row in others)


def is_of(history: list[Said], said: Said, ticker: str) -> bool:
    """Whether a symbol is known to be of a list's venue: a snapshot of the venue has named it by then."""
    return any(ticker in s.rows for s in history if s.venue == said.venue and s.as_of <= said.as_of)


def drawn_row() -> st.SearchStrategy[Row]:
    """A row: quantities repeat, are sometimes not stated or a yes without a number, and sometimes beyond 32 bits."""
    quantity = st.sampled_from([None, None, 0, 1, 100, 100, 10_000_000, 2**31, 2**62])
    rate = st.sampled_from([None, 0.0, 0.0025, 11.5])
    return st.builds(Row, quantity, rate, st.sampled_from([None, 0.0, -0.04]), st.booleans())


@st.composite
def histories(draw: Callable[..., Any]) -> list[Said]:
    """Complete and partial snapshots in shuffled order, some at one instant."""
    start = to_instant(draw(st.sampled_from(WEEKS)))
    jitter = st.sampled_from([0, 0, 0, 1, -1, 12_345_678])
    steps = draw(st.lists(st.tuples(st.integers(0, 12 * 48), jitter), max_size=12, unique=True))
    regular = draw(st.booleans())
    venues = draw(st.sampled_from([("",), ("",), ("TWSE", "TPEX"), ("TWSE", "")]))
    found = []
    for step, more in steps:
        as_of = (
            start
            + (step // 48 * 48 if regular else step) * 1_800_000_000
            + (0 if regular else more)
        )
        if any(one.as_of == as_of for one in found):
            continue
        rows = draw(st.dictionaries(st.sampled_from(TICKERS), drawn_row(), max_size=4))
        kind = draw(st.sampled_from(["complete", "partial", "both"]))
        unreadable = draw(st.sampled_from([(), (), ("AAA",), ("NA", "ZZZ")]))
        venue = draw(st.sampled_from(venues))
        found.append(Said(as_of, kind != "partial", rows, frozenset(unreadable), venue))
        if kind == "both":
            # The store refuses two snapshots of an instant that contradict each other.
            new = {
                t: r
                for t, r in draw(
                    st.dictionaries(st.sampled_from(TICKERS), drawn_row(), max_size=3)
                ).items()
                if t not in rows and r.quantity is not None
            }
            found.append(Said(as_of, False, new | dict(list(rows.items())[:1]), venue=venue))
    return draw(st.permutations(found))


@st.composite
def moments(draw: Callable[..., Any]) -> Any:
    """A look-up time of any kind that is taken, in and around the weeks of `histories`."""
    step = draw(st.integers(-48, 25 * 48))
    naive = (
        draw(st.sampled_from(WEEKS))
        + step * HALF_HOUR
        + timedelta(microseconds=draw(st.sampled_from([0, 0, 1, -1])))
    )
    kind = draw(
        st.sampled_from(
            [
                "naive",
                "naive",
                "naive",
                "fold",
                "date",
                "pandas",
                "numpy",
                "New_York",
                "utc",
                "Tokyo",
            ]
        )
    )
    if kind == "fold":
        return naive.replace(fold=1)
    if kind == "date":
        return naive.date()
    if kind == "pandas":
        return pd.Timestamp(naive)
    if kind == "numpy":
        return np.datetime64(naive, "us")
    if kind == "New_York":
        return naive.replace(tzinfo=ZoneInfo("America/New_York"), fold=draw(st.integers(0, 1)))
    if kind == "utc":
        return naive.replace(tzinfo=UTC)
    return naive.replace(tzinfo=ZoneInfo("Asia/Tokyo")) if kind == "Tokyo" else naive


def naive_twin(moment: Any) -> datetime:
    """A naive datetime near a time of any kind."""
    if isinstance(moment, np.datetime64):
        return moment.astype("datetime64[us]").item()
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    return pd.Timestamp(moment).to_pydatetime().replace(tzinfo=None, fold=0)


def stored(
    history: list[Said], folder: Any, *, parts: bool, market: Market = Market.USA, broker: str = "b"
) -> None:
    """Import a history, in the order given, into one file or into many small parts."""
    layout = Layout(single_file_rows=0, part_rows=3, fan=2) if parts else None
    append(
        broker,
        [snapshot(said, market) for said in history],
        market=market,
        data_folder=folder,
        layout=layout,
    )


def snapshot(said: Said, market: Market = Market.USA) -> Any:
    """A snapshot as the store takes it."""
    symbols = [Symbol.create(ticker) for ticker in said.rows]
    rows = list(said.rows.values())
    return make_snapshot(
        said.as_of,
        {
            "symbol": [symbol.ticker for symbol in symbols],
            "currency": [market.currency if s.currency == "USD" else s.currency for s in symbols],
            "quantity": [row.quantity for row in rows],
            "fee_rate": [row.fee for row in rows],
            "rebate_rate": [row.rebate for row in rows],
            "quantity_is_floor": [row.floor for row in rows],
        }
        if rows
        else {"symbol": np.array([], dtype=str)},
        complete=said.complete,
        market=market,
        unreadable=said.unreadable,
        venue=said.venue,
    )


def opened(
    history: list[Said], folder: Any, *, parts: bool = False, **settings: Any
) -> LocalDiskShortableProvider:
    """A provider of a history."""
    stored(history, folder, parts=parts)
    return LocalDiskShortableProvider("b", data_folder=folder, **settings)
