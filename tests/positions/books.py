"""Books made of a few fills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from shortable import Symbol
from shortable.engine import OpeningHolding
from shortable.positions import PositionLine, PositionsBook
from shortable.positions.build import Bookkeeper, Style
from shortable.results import Fill, Mark, Statement

FIRST = date(2024, 6, 3)  # a Monday; T+1 in the USA, T+2 in Hong Kong
DAYS = [FIRST + timedelta(days=n) for n in range(5)]

Trade = tuple[int, int, float, float]
"""Session from 0, shares, price, commission."""


def statement(
    trades: Sequence[Trade],
    *,
    symbol: str = "GME",
    session: int | None = None,
    price: float | None = None,
    before: float | None = None,
    opening: int = 0,
    opened_at: float = 10.0,
    buys: int = 0,
    sells: int = 0,
) -> Statement:
    """The account of one security at the end of a session: of the last trade's, unless told."""
    name = Symbol(symbol)
    last = session if session is not None else max((t[0] for t in trades), default=0)
    held = (OpeningHolding(name, opening, opened_at),) if opening else ()
    cash = -sum(shares * at + fee for _, shares, at, fee in trades)
    return Statement(
        algorithm="Hand",
        currency=name.currency,
        time=datetime.combine(DAYS[last], datetime.min.time()).replace(hour=16),
        finished=True,
        cash=cash,
        first=FIRST,
        sessions=tuple(DAYS[: last + 1]),
        opening=held,
        fills=tuple(Fill(name, DAYS[day], shares, at, fee) for day, shares, at, fee in trades),
        events=len(trades),
        marks=(Mark(name, price, before, buys, sells, 0.0),),
    )


def book(trades: Sequence[Trade], **account: Any) -> PositionsBook:
    style = Style(
        *(account.pop(name, None) for name in ("names", "settlement")),
        tuple(account.pop("dividends", ())),
    )
    return Bookkeeper(style).book(statement(trades, **account))


def line(trades: Sequence[Trade], **account: Any) -> PositionLine:
    (only,) = book(trades, **account).lines
    return only
