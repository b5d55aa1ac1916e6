"""Which shorts of a finished trade list could not have been borrowed, and what remains of its P&L."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from numbers import Real
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import ActionsLike
from shortable.actions.read import as_actions
from shortable.arrays import Floats, Indices, Ints, Times
from shortable.borrow import Convention, FeeOnMarketValue, check_convention
from shortable.clock import LookUp, look_up_times
from shortable.desk import NO_SNAPSHOT, has_data_of, snapshots_of
from shortable.errors import InvalidInputError
from shortable.provider import (
    Pairs,
    ProviderLike,
    ShortableProvider,
    symbol_codes,
)
from shortable.providers import ShareBasis
from shortable.research.accounts import Account, pnl_of, restatements
from shortable.research.judge import (
    CLIPPED,
    NO_DATA,
    REFUSED,
    Counting,
    Judged,
    judge,
)
from shortable.research.ledger import AuditLedger
from shortable.research.opening import read_opening
from shortable.research.panel import Nights, checks_without_data
from shortable.research.share_basis import Book, book_of, provider_on
from shortable.research.trade_lists import Trades
from shortable.results import OpeningBook
from shortable.results.schema import empty
from shortable.rule import OwnUse, check_choice, check_share
from shortable.shares import scale_shares
from shortable.symbol import Symbol

__all__ = ["Audit", "audit"]


@dataclass(frozen=True, slots=True)
class Audit:
    """The verdict on a trade list; quantities are shares, signed, money is in the prices' currency."""

    trades: pd.DataFrame
    """A line for each trade: time, symbol, quantity, price, commission, position (before it, as listed), held (before
    it, as it could have been), available (NA for no known restriction), has_data (False where no snapshot answered),
    needed_borrow, verdict, allowed (of quantity).

    The verdict of a sale that needs a borrow is "borrowed", "not borrowable", "clipped" (borrowable in part, with
    ``on_exceed="clip"``) or "no data". Of other trades it is "no borrow", "not needed" (a cover of shares that were
    never short) or "after ruin"."""
    daily: pd.DataFrame
    """A line for each session: pnl_before (as listed), pnl_after (without what could not be borrowed), borrow_cost,
    pnl_after_fees; P&L is cumulative and marked at `prices`, or at the last trade of each symbol."""
    checks_without_data: pd.DataFrame
    """Short sales for which no snapshot answered (S3): time, symbol."""
    open_at_end: pd.DataFrame
    """A line for each symbol that the list leaves open: symbol, quantity (as listed), allowed (as it could have been),
    price (the last), fees_until (the last session, to which a short's borrow costs run)."""
    pnl_bounds: tuple[float, float]
    """P&L less what could not be borrowed, if none and if all of the shorts without data could have been borrowed;
    before borrow costs."""
    marked_at_trades: bool
    """No prices were given: P&L and fees are marked at the last traded price, and sessions are the weekdays."""
    ruined_on: date | None = None
    """Session at whose close the account's equity was no longer above zero (S14); None without `cash`."""
    cash: float | None = None
    """With which the account began."""
    notes: tuple[str, ...] = field(default=())
    """What was done for corporate actions."""
    ledger: AuditLedger | None = None
    """What the tables of refusals and borrows are made of, when they are looked at."""

    @property
    def refusals(self) -> pd.DataFrame:
        """A line for each sale that was refused or cut; the columns of `shortable.results`. `order_id` is the row of
        `trades`."""
        return empty("refusals") if self.ledger is None else self.ledger.refusals

    @property
    def borrow_costs(self) -> pd.DataFrame:
        """A line for each short and night: the table of that name of `shortable.results`."""
        return empty("borrow_costs") if self.ledger is None else self.ledger.borrow_costs

    @property
    def borrows(self) -> pd.DataFrame:
        """A line for each borrow that could have been (S13): the table of that name of `shortable.results`."""
        return empty("borrows") if self.ledger is None else self.ledger.borrows

    @property
    def borrow_events(self) -> pd.DataFrame:
        """What happened to them."""
        return empty("borrow_events") if self.ledger is None else self.ledger.borrow_events

    @property
    def attribution(self) -> pd.DataFrame:
        """By session and symbol, what the change of `pnl_after_fees` is made of."""
        return empty("attribution") if self.ledger is None else self.ledger.attribution

    @property
    def shorts(self) -> pd.DataFrame:
        """The trades that needed a borrow."""
        return self.trades[self.trades["needed_borrow"]]

    @property
    def returns(self) -> pd.Series:
        """Return by session of the account that could have been: on `cash`, after refusals and borrow costs.

        After a ruin it is −1 on that day and 0 from then on (S14).

        Raises
        ------
        InvalidInputError
            The audit was made without `cash`.
        """
        if self.cash is None:
            raise InvalidInputError(
                "cash", None, "be given to audit: returns are fractions of an equity"
            )
        equity = self.cash + self.daily["pnl_after_fees"]
        before = equity.shift(1, fill_value=self.cash)
        returns = (equity - before) / before
        if self.ruined_on is not None:
            day = pd.Timestamp(self.ruined_on)
            returns[returns.index == day] = -1.0
            returns[returns.index > day] = 0.0
        return returns.rename("returns")

    @property
    def headline(self) -> str:
        """The verdicts in one sentence, each counted."""
        figures = self.summary()
        shorts = figures["shorts"]
        if not shorts:
            return "No trade needed a borrow."
        parts = {
            "borrowed": figures["shorts_borrowed"],
            "borrowable in part": figures["shorts_clipped"],
            "not borrowable": figures["shorts_refused"],
            "no data": figures["shorts_without_data"],
        }
        counts = ", ".join(
            f"{count:,} {verdict}"
            for verdict, count in parts.items()
            if count or verdict != "borrowable in part"
        )
        limited = figures["shorts_not_limited"] < shorts
        return f"Short sales: {counts}." + ("" if limited else " They were not limited.")

    def borrow_cost_by_symbol(self) -> pd.DataFrame:
        """Return nights, share_nights and cost by symbol, the dearest first."""
        nights = self.borrow_costs
        table = pd.DataFrame(
            {
                "symbol": nights["symbol"],
                "nights": 1,
                "share_nights": nights["shares"],
                "cost": nights["cost"],
            }
        )
        sums = table.groupby("symbol", sort=False).sum().sort_index()
        return sums.sort_values("cost", ascending=False, kind="stable").reset_index()

    def summary(self) -> dict[str, Any]:
        """Return the audit in figures.

        Returns
        -------
        dict
            Counts of trades, of shorts and of each verdict on them; shares and value that could not have been borrowed;
            borrow costs; the three P&Ls, and the second one's bounds where shorts without data count as refused and as
            borrowed; symbols open at the end.
        """
        shorts, last = self.shorts, self.daily.iloc[-1]
        verdicts = shorts["verdict"].value_counts()
        cut = shorts[shorts["verdict"].isin([REFUSED, CLIPPED])]
        missing = (cut["allowed"] - cut["quantity"]).astype(float)
        return {
            "trades": len(self.trades),
            "shorts": len(shorts),
            "shorts_borrowed": int(verdicts.get("borrowed", 0)),
            "shorts_refused": int(verdicts.get("not borrowable", 0)),
            "shorts_clipped": int(verdicts.get("clipped", 0)),
            "shorts_without_data": int(verdicts.get(NO_DATA, 0)),
            "shorts_not_limited": int(shorts["available"].isna().sum()),
            "shares_not_borrowable": float(missing.sum()),
            "value_not_borrowable": float((missing * cut["price"]).sum()),
            "borrow_fee": float(self.daily["borrow_cost"].sum()),
            "nights_without_rate": int(self.borrow_costs["rate"].isna().sum()),
            "pnl_before": float(last["pnl_before"]),
            "pnl_after": float(last["pnl_after"]),
            "pnl_after_fees": float(last["pnl_after_fees"]),
            "pnl_after_if_none_without_data": self.pnl_bounds[0],
            "pnl_after_if_all_without_data": self.pnl_bounds[1],
            "open_at_end": len(self.open_at_end),
            "ruined_on": None if self.ruined_on is None else self.ruined_on.isoformat(),
        }


def audit(
    trades: Trades,
    provider: ProviderLike,
    prices: pd.DataFrame | None = None,
    *,
    actions: ActionsLike | None = None,
    basis: ShareBasis = "raw",
    opening: OpeningBook | Mapping[str, float] | pd.DataFrame | str | Path | None = None,
    cash: float | None = None,
    on_exceed: Literal["reject", "clip"] = "reject",
    look_up: LookUp = "open",
    own_use: OwnUse = "included",
    share: float = 1,
    borrow_fee: Convention | None = None,
) -> Audit:
    """Check a finished trade list against what could be borrowed, trade by trade (S4, S5).

    A sale that could not have been borrowed is refused whole (or cut, `on_exceed`); the buys that were to cover
    it are then not needed and left out, and all other buys stand. A sale for which no snapshot answered follows the
    provider's ``missing=`` policy, and the P&L is also given for the case that none and that all of these could have
    been borrowed.

    Parameters
    ----------
    trades : Trades
    provider : IShortableProvider
        Or anything that `as_provider` takes.
    prices : DataFrame, shape (T, N), optional
        Closes by date and symbol, on the trades' basis, to mark positions each session and to price the borrow (S8).
        Without them both use the last traded price, and every weekday counts as a session.
    actions : CorporateActions, records, table or path, optional
        Splits restate what is held and what was available, renames are followed, dividends are paid to longs and owed by
        shorts, and a delisting closes what is held at its price, else at the last one (S11, S12).
    basis : {"raw", "split_adjusted"}
        Whether trades count the shares of their day, as an account's do, or shares restated for later splits, as those of
        a backtest on adjusted prices.
    opening : OpeningBook, mapping, table or path, optional
        What was held before the first trade; see `read_opening`. A short among it has been borrowed.
    cash : float, optional
        The account's equity at the beginning, above 0. With it the account stops when its equity is no longer above zero
        (S14): later trades do not count.
    on_exceed : {"reject", "clip"}
    look_up : {"open", "close", "label"} or datetime.time
        When trades with a date only look up what is available. The default is the session's open, and not the close
        as in the engine: the trade may have been made at the open, and anything later would look ahead. Trades with
        a time look up at that time.
    own_use : {"included", "excluded"}
        Whether a pool was recorded while you held nothing, so that your short counts against it, or while you held the
        shares, so that it already lacks them (S16).
    share : float
        Of a daily flow, which is the whole market's: the share of it that this account may take (S15).
    borrow_fee : BorrowFeeModel or CourseBorrowFee, optional
        Default `FeeOnMarketValue` (S8).

    Returns
    -------
    Audit

    Raises
    ------
    InvalidInputError
        The list closes more than it and `opening` hold, or a parameter is out of bounds.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> done = Trades.of(["2024-01-02", "2024-01-03"], "GME", [-500, 500], [20.0, 18.0])
    >>> found = audit(done, CustomShortableProvider({"GME": 300}))
    >>> found.trades["verdict"].tolist(), found.summary()["pnl_before"], found.summary()["pnl_after"]
    (['not borrowable', 'not needed'], 1000.0, 0.0)
    """
    if not isinstance(trades, Trades):
        raise InvalidInputError(
            "trades", trades, "be Trades", "read_trades(...).trades reads a file or a table."
        )
    check_choice("on_exceed", on_exceed, ("reject", "clip"))
    check_choice("own_use", own_use, ("included", "excluded"))
    exact = check_share(share)
    if cash is not None and not (isinstance(cash, Real) and math.isfinite(cash) and cash > 0):
        raise InvalidInputError("cash", cash, "be finite and above 0")
    table = as_actions(actions)
    view = provider_on(provider, table, basis)
    listed = symbol_codes(trades.symbols)
    book = book_of(trades, listed, table, read_opening(opening), prices, basis)
    times = _look_up_times(trades, look_up)
    available, has_data = _available(view, trades, listed, times)
    flow = view.availability_kind == "daily_flow"
    if flow:
        available = scale_shares(available, exact)
    counting = Counting(
        times.astype("datetime64[D]") if flow else None,
        _snapshots(view, trades, listed, times) if own_use == "excluded" and not flow else None,
    )
    judged = judge(book, available, has_data, on_exceed, counting)
    model = check_convention(FeeOnMarketValue() if borrow_fee is None else borrow_fee)
    found, nights = _report(book, judged, view, model, times, available)
    if not judged.has_data.all():
        bounds = tuple(
            pnl_of(book, other)[-1]
            for other in (
                judge(book, np.where(has_data, available, shares), has_data, on_exceed, counting)
                for shares in (0, -1)
            )
        )
        found = replace(found, pnl_bounds=(float(bounds[0]), float(bounds[1])))
    row = None
    if cash is not None:
        found = replace(found, cash=cash)
        ruined = np.flatnonzero(cash + found.daily["pnl_after_fees"].to_numpy() <= 0)
        if len(ruined):
            row = int(ruined[0])
            found = _stopped(found, book, row)
    ledger = AuditLedger(book, judged, times, available, nights, row)
    return replace(found, ledger=ledger)


def _look_up_times(trades: Trades, look_up: LookUp) -> Times:
    return look_up_times(trades.market, trades.times, look_up, trades.daily)


def _available(
    provider: ShortableProvider, trades: Trades, listed: tuple[list[Symbol], Indices], times: Times
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return shares available at each sale, −1 for None and for buys, and whether that rests on data."""
    available = np.full(len(trades), -1, dtype=np.int64)
    has_data = np.ones(len(trades), dtype=np.bool_)
    sales = np.flatnonzero(trades.quantities < 0)
    if len(sales):
        names, codes = listed
        pairs = Pairs(names, codes[sales], times[sales].view(np.int64), False)
        available[sales] = provider.shortable_quantities(pairs)
        has_data[sales] = has_data_of(provider, pairs, available[sales])
    return available, has_data


def _snapshots(
    provider: ShortableProvider, trades: Trades, listed: tuple[list[Symbol], Indices], times: Times
) -> Ints:
    """Return when the snapshot behind each sale's answer was known; `NO_SNAPSHOT` where that is not known, and for buys."""
    names, codes = listed
    found = np.full(len(trades), NO_SNAPSHOT)
    sales = np.flatnonzero(trades.quantities < 0)
    pairs = Pairs(names, codes[sales], times[sales].view(np.int64), False)
    found[sales] = snapshots_of(provider, pairs)
    return found


def _report(
    book: Book,
    judged: Judged,
    provider: ShortableProvider,
    model: Convention,
    times: Times,
    available: npt.NDArray[np.int64],
) -> tuple[Audit, Nights]:
    before, after = (
        Account(book, quantities, taken, judged)
        for quantities, taken in (
            (book.trades.quantities, [closed.listed for closed in judged.closed]),
            (judged.allowed, [closed.held for closed in judged.closed]),
        )
    )
    nights = Nights(book.grid, provider, model, restatements(book))
    for block in book.marks.blocks():
        marks = block.marks
        listed = before.enter(block, marks)
        held = after.own_shares(block, after.enter(block, marks))
        nights.charge(block.start, held, block.own_closes)
    daily = pd.DataFrame(
        {"pnl_before": before.pnl, "pnl_after": after.pnl, "borrow_cost": nights.by_row},
        index=book.grid.index,
    )
    daily["pnl_after_fees"] = daily["pnl_after"] - daily["borrow_cost"].cumsum()
    silent = np.flatnonzero(judged.needed & ~judged.has_data)
    found = Audit(
        trades=_trades(book, judged, available),
        daily=daily,
        checks_without_data=checks_without_data(
            times[silent], book.trades.symbols[silent].tolist()
        ),
        open_at_end=_open_at_end(
            book, before.own_shares(block, listed)[-1], held[-1], block.own_closes[-1]
        ),
        pnl_bounds=(float(after.pnl[-1]),) * 2,
        marked_at_trades=book.marked_at_trades,
        notes=(
            *(event.text for of_company in book.events for event in of_company),
            *(paid.text for paid in book.dividends),
        ),
    )
    return found, nights


def _trades(book: Book, judged: Judged, available: npt.NDArray[np.int64]) -> pd.DataFrame:
    trades = book.trades
    quantity = pd.array(np.maximum(available, 0), dtype="Int64")
    quantity[available < 0] = pd.NA
    return pd.DataFrame(
        {
            "time": trades.times,
            "symbol": pd.Series(trades.symbols, dtype=object),
            "quantity": trades.quantities,
            "price": trades.prices,
            "commission": trades.commissions,
            "position": judged.position,
            "held": judged.held,
            "available": quantity,
            "has_data": judged.has_data,
            "needed_borrow": judged.needed,
            "verdict": pd.Series(judged.verdict, dtype=object),
            "allowed": judged.allowed,
        }
    )


def _open_at_end(book: Book, listed: Floats, held: Floats, closes: Floats) -> pd.DataFrame:
    codes = np.flatnonzero((np.abs(listed) > 1e-9) | (np.abs(held) > 1e-9))
    return pd.DataFrame(
        {
            "symbol": pd.Series([book.grid.symbols[c] for c in codes.tolist()], dtype=object),
            "quantity": listed[codes],
            "allowed": held[codes],
            "price": closes[codes],
            "fees_until": book.grid.index[-1],
        }
    )


def _stopped(found: Audit, book: Book, row: int) -> Audit:
    """Stop the account at the close of a session: its deficit stays, and nothing after it counts (S14)."""
    day = book.grid.index[row]
    trades, daily = found.trades.copy(), found.daily.copy()
    later = book.rows > row
    trades.loc[later, "verdict"] = "after ruin"
    trades.loc[later, "allowed"] = 0.0
    trades.loc[later, "needed_borrow"] = False
    after = daily.index > day
    daily.loc[after, "borrow_cost"] = 0.0
    for column in ("pnl_after", "pnl_after_fees"):
        daily.loc[after, column] = daily[column].iloc[row]
    left = found.open_at_end.assign(allowed=0.0)
    return replace(
        found,
        trades=trades,
        daily=daily,
        checks_without_data=found.checks_without_data[
            pd.DatetimeIndex(found.checks_without_data["time"]).normalize() <= day
        ],
        open_at_end=left[left["quantity"].abs() > 1e-9],
        pnl_bounds=(float(daily["pnl_after"].iloc[-1]),) * 2,
        ruined_on=day.date(),
    )
