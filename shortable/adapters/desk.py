"""What every adapter does the same way: ask, apply the one rule, charge the night, and report in one kind of table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import pandas as pd

from shortable.adapters.records import NightFee, Refusal, table_of
from shortable.borrow import BorrowFeeModel, FeeOnMarketValue
from shortable.clock import LookUp, check_look_up, look_up_time
from shortable.provider import as_provider
from shortable.rule import OnExceed, Recheck, check_choice, exceeds_tag, may_sell, sell_capacity
from shortable.symbol import Symbol

__all__ = ["ShortDesk"]

_Order = TypeVar("_Order")


class ShortDesk:
    """The availability desk that an adapter puts before its host's orders.

    Parameters
    ----------
    provider : object
        Whatever `as_provider` takes.
    on_exceed : {"reject", "clip", "warn"}
        What becomes of an order over what can be borrowed (S5).
    look_up : {"open", "close", "label"} or datetime.time
        When a daily bar's orders look up what is available: at the open of the session in which they are sent
        (default), at its close, at the host's own clock, or at an exchange-local time. Orders sent within a session
        ask at the host's clock.
    recheck : {"submission", "daily", "fill"}
        When resting orders are looked at again.
    borrow_fee : BorrowFeeModel, optional
        Default `FeeOnMarketValue` (S8).
    symbols : callable, optional
        The host's name of an instrument to anything that `Symbol.create` reads; default its text.

    Attributes
    ----------
    checks : int
        Orders for which the provider was asked.
    total_fee : float
        Borrow fees charged so far, unrounded.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> desk = ShortDesk(CustomShortableProvider({"GME": 500}))
    >>> desk.allowed("GME", datetime(2024, 1, 2), 400, held=0, open_sells=0)
    400
    >>> desk.allowed("GME", datetime(2024, 1, 2), 400, held=0, open_sells=400)
    0
    >>> desk.refusals()["tag"].tolist()
    ['Order exceeds maximum shortable quantity for Symbol GME (requested short: 400)']
    """

    def __init__(
        self,
        provider: Any,
        *,
        on_exceed: OnExceed = "reject",
        look_up: LookUp = "open",
        recheck: Recheck = "submission",
        borrow_fee: BorrowFeeModel | None = None,
        symbols: Callable[[Any], Any] | None = None,
    ) -> None:
        self.provider: Any = as_provider(provider)
        self.on_exceed = check_choice("on_exceed", on_exceed, ("reject", "clip", "warn"))
        self.recheck = check_choice("recheck", recheck, ("submission", "daily", "fill"))
        self.look_up: LookUp = check_look_up(look_up)
        self.borrow_fee = FeeOnMarketValue() if borrow_fee is None else borrow_fee
        self._spelled = symbols or str
        self._symbols: dict[Any, Symbol] = {}
        self.checks = 0
        self.total_fee = 0.0
        self._refusals: list[Refusal] = []
        self._nights: list[NightFee] = []

    def symbol(self, name: Any) -> Symbol:
        """Return the symbol that the host's name of an instrument means."""
        known = self._symbols.get(name)
        if known is None:
            known = self._symbols[name] = Symbol.create(self._spelled(name))
        return known

    def look_up_time(self, symbol: Symbol, now: Any, *, daily: bool = True) -> datetime:
        """Return when an order that is sent at the host's `now` looks up what is available.

        Parameters
        ----------
        symbol : Symbol
        now : datetime
            The host's clock; exchange-local where naive, and a midnight stands for the session.
        daily : bool
            Whether the host's bars are sessions.
        """
        return look_up_time(symbol.market, now, self.look_up, daily)

    def allowed(
        self,
        name: Any,
        now: Any,
        quantity: Any,
        held: Any,
        open_sells: Any,
        *,
        daily: bool = True,
        order: Any = "",
    ) -> Any:
        """Say how many of an order's shares may be sold (S4), and note it where that is not all of them.

        Parameters
        ----------
        name : object
            The host's name of the instrument.
        now : datetime
            The host's clock; see `look_up_time`.
        quantity : int or float
            Shares to sell, above 0.
        held : int or float
            Shares held, negative for a short; fills of the host so far.
        open_sells : int or float
            Unfilled shares of every other resting sell of the instrument, at least 0.
        daily : bool
            Whether the host's bars are sessions.
        order : object
            The host's own name of the order, for the report.

        Returns
        -------
        int or float
            `quantity`; or 0, or less than `quantity` under "clip".
        """
        if held - open_sells - quantity >= 0:
            return quantity  # a long covers it: nothing is borrowed, and nobody need answer
        symbol = self.symbol(name)
        at = self.look_up_time(symbol, now, daily=daily)
        available = self._ask(symbol, at)
        if may_sell(held, open_sells, quantity, available):
            return quantity
        room = sell_capacity(held, open_sells, available)
        if self.on_exceed == "warn":
            kind, allowed = "warned", quantity
        elif self.on_exceed == "clip" and room:
            kind, allowed = "clipped", room
        else:
            kind, allowed = "submission", 0
        self.note_refusal(at, symbol, kind, quantity, allowed, held, open_sells, available, order)
        return allowed

    def excess(
        self,
        name: Any,
        now: Any,
        held: Any,
        resting: Sequence[tuple[_Order, Any]],
        *,
        daily: bool = True,
    ) -> list[_Order]:
        """Say which resting sells are to be cancelled, the newest first, so that the rest may be sold (S5).

        Parameters
        ----------
        name, now, held
            As in `allowed`.
        resting : sequence of (order, shares)
            Every resting sell of the instrument, the oldest first; unfilled shares, above 0.
        daily : bool
            As in `allowed`.

        Returns
        -------
        list
            The orders to cancel; empty under "warn", which only notes them.
        """
        total = sum(shares for _, shares in resting)
        if not total or held - total >= 0:
            return []
        symbol = self.symbol(name)
        at = self.look_up_time(symbol, now, daily=daily)
        available = self._ask(symbol, at)
        cancelled = []
        for order, shares in reversed(resting):
            if may_sell(held, 0, total, available):
                break
            total -= shares
            warned = self.on_exceed == "warn"
            self.note_refusal(
                at,
                symbol,
                "warned" if warned else "recheck",
                shares,
                shares if warned else 0,
                held,
                total,
                available,
                order,
            )
            if not warned:
                cancelled.append(order)
        return cancelled

    def charge(
        self, name: Any, shares: float, close: float, session: date, next_session: date
    ) -> float:
        """Charge one night of one short (S8), and note it.

        Parameters
        ----------
        name : object
            The host's name of the instrument.
        shares : float
            Shares short at the session's close, above 0.
        close : float
            That close.
        session, next_session : date
            The fee is due in the second, before its fills.

        Returns
        -------
        float
            The fee, unrounded: what the host takes out of its cash.
        """
        kind = self.borrow_fee.rate_kind
        if kind is None or shares <= 0:
            return 0.0
        symbol = self.symbol(name)
        at = datetime.combine(session, symbol.market.closes)
        rate = (
            self.provider.fee_rate(symbol, at)
            if kind == "fee"
            else self.provider.rebate_rate(symbol, at)
        )
        known = bool(rate) or (kind == "fee" and self.provider.has_fee_rate(symbol, at))
        days = (next_session - session).days
        fee = float(self.borrow_fee.cost(float(shares), float(close), rate, float(days)))
        self.note_night(
            NightFee(
                next_session,
                symbol,
                float(shares),
                float(close),
                rate if known else float("nan"),
                days,
                fee,
            )
        )
        return fee

    def note_night(self, night: NightFee) -> None:
        """Note a night's fee; for adapters whose host charges in compiled code."""
        self._nights.append(night)
        self.total_fee += night.fee

    @property
    def last_tag(self) -> str:
        """The tag of the newest refusal (S5)."""
        return self._refusals[-1].tag

    def tag_of(self, order: Any) -> str:
        """Return the tag of the newest refusal of one of the host's orders, or an empty text."""
        name = str(order)
        return next((r.tag for r in reversed(self._refusals) if r.order == name), "")

    def refusals(self) -> pd.DataFrame:
        """Return every refusal, the oldest first; the columns are `Refusal`'s."""
        return table_of(Refusal, self._refusals)

    def fees(self) -> pd.DataFrame:
        """Return every night's fee, the oldest first; the columns are `NightFee`'s."""
        return table_of(NightFee, self._nights)

    def report(self) -> pd.DataFrame:
        """Return refusals and fees in one table, by time: time, symbol, what ("fee" or a refusal's kind), shares, available, rate, fee, tag."""
        refused, paid = self.refusals(), self.fees()
        first = pd.DataFrame(
            {
                "time": refused["time"],
                "symbol": refused["symbol"],
                "what": refused["kind"],
                "shares": refused["requested"],
                "available": refused["available"],
                "tag": refused["tag"],
            }
        )
        second = pd.DataFrame(
            {
                "time": pd.to_datetime(paid["date"]),
                "symbol": paid["symbol"],
                "what": "fee",
                "shares": -paid["shares"],
                "rate": paid["rate"],
                "fee": paid["fee"],
            }
        )
        parts = [part for part in (first, second) if len(part)] or [first]
        columns = ["time", "symbol", "what", "shares", "available", "rate", "fee", "tag"]
        both = pd.concat(parts, ignore_index=True).reindex(columns=columns)
        return both.sort_values("time", kind="stable", ignore_index=True)

    def _ask(self, symbol: Symbol, at: datetime) -> int | None:
        self.checks += 1
        answer: int | None = self.provider.shortable_quantity(symbol, at)
        return answer

    def note_refusal(
        self,
        at: datetime,
        symbol: Symbol,
        kind: str,
        requested: Any,
        allowed: Any,
        held: Any,
        sells: Any,
        available: Any,
        order: Any,
    ) -> None:
        """Note a refusal; for adapters whose host decides in compiled code. Shares without sign."""
        tag = exceeds_tag(
            symbol.ticker, int(requested) if requested == int(requested) else requested
        )
        self._refusals.append(
            Refusal(at, symbol, kind, -requested, -allowed, held, sells, available, str(order), tag)
        )

    def __repr__(self) -> str:
        return f"<ShortDesk {self.checks} checks, {len(self._refusals)} refusals, borrow fees {self.total_fee:,.2f}>"
