"""The desk for one order at a time: asks a provider, applies the rule, charges the night and keeps the record."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import ClassVar, Generic, TypeVar

import numpy as np

from shortable.borrow import (
    Convention,
    FeeOnMarketValue,
    NightCharge,
    check_convention,
    fee_clock,
)
from shortable.desk.decide import allowed_within
from shortable.desk.nights import NightCourses, night_costs, rebates_in, refuse_late_charges
from shortable.desk.records import BorrowCost, Refusal, RefusalKind
from shortable.desk.use import FlowLedger, OwnBorrow
from shortable.provider import ProviderLike, ShortableProvider, as_provider
from shortable.providers import NullShortableProvider
from shortable.rule import (
    EXCEEDS_SHORTABLE_QUANTITY,
    OnExceed,
    OwnUse,
    Recheck,
    check_choice,
    check_share,
    exceeds_tag,
    flow_capacity,
    flow_limit,
    may_sell,
    sell_capacity,
)
from shortable.symbol import Symbol

__all__ = ["ShortDesk"]

_Order = TypeVar("_Order")
_Instrument = TypeVar("_Instrument", bound=Hashable)


class ShortDesk(Generic[_Instrument]):
    """Asks a provider, applies the rule, rechecks what rests, charges the night, and keeps the record.

    `instrument` is whatever the caller knows a security by: a `Symbol` here; the engine's subclass takes its
    securities, each with a provider of its own.

    Parameters
    ----------
    provider : object, optional
        Whatever `as_provider` takes; default: no restriction, `NullShortableProvider`.
    on_exceed : {"reject", "clip", "warn"}
        What becomes of an order over what can be borrowed (S5).
    recheck : {"submission", "daily", "fill"}
        When resting orders are looked at again; the caller says when that is, with `excess`.
    borrow_fee : BorrowFeeModel, optional
        Default `FeeOnMarketValue` (S8).
    own_use : {"included", "excluded"}
        Whether a pool was recorded while you held nothing, so that your short counts against it, or while you held the
        shares, so that it already lacks them and only what is shorted under a snapshot counts against it (S16).
    share : float
        Of a daily flow, which is the whole market's: the share of it that this account may take (S15).

    Attributes
    ----------
    checks : int
        Orders and updates for which a provider was asked: those that a long does not cover.
    checks_without_data : list of (datetime, Symbol)
        Those of them whose answer was 0 or None only because no snapshot answered (S3).
    refusals : list of Refusal
        Oldest first.
    total_borrow_cost : float
        Charged so far, unrounded.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> desk = ShortDesk(CustomShortableProvider({"GME": 500}))
    >>> gme, now = Symbol.create("GME"), datetime(2024, 1, 2, 16)
    >>> desk.allowed(gme, now, 400, held=0, open_sells=0)
    400
    >>> desk.allowed(gme, now, 400, held=0, open_sells=400)
    0
    >>> desk.refusals[-1].tag
    'Order exceeds maximum shortable quantity for Symbol GME (requested short: 400)'
    """

    _asks_after_cover: ClassVar[bool] = False
    """Whether the caller charges nights in which a security is not short any more, and what is accrued at the end."""

    def __init__(
        self,
        provider: ProviderLike | None = None,
        *,
        on_exceed: OnExceed = "reject",
        recheck: Recheck = "submission",
        borrow_fee: Convention | None = None,
        own_use: OwnUse = "included",
        share: float = 1,
    ) -> None:
        self.provider: ShortableProvider = as_provider(
            NullShortableProvider() if provider is None else provider
        )
        self.on_exceed = check_choice("on_exceed", on_exceed, ("reject", "clip", "warn"))
        self.recheck = check_choice("recheck", recheck, ("submission", "daily", "fill"))
        self.borrow_fee: Convention = check_convention(borrow_fee or FeeOnMarketValue())
        if not self._asks_after_cover:
            refuse_late_charges(self.borrow_fee, type(self).__name__)
        self._night_courses = NightCourses(self.borrow_fee)
        self.own_use: OwnUse = check_choice("own_use", own_use, ("included", "excluded"))
        self.share = check_share(share)
        self._sold: FlowLedger[_Instrument] = FlowLedger()
        self._own_borrow: OwnBorrow[_Instrument] = OwnBorrow()
        self._flow = self.provider.availability_kind == "daily_flow"
        self.checks = 0
        self.checks_without_data: list[tuple[datetime, Symbol]] = []
        self.refusals: list[Refusal] = []
        self._borrow_costs: list[BorrowCost] = []
        self._fee_clock = fee_clock(self.borrow_fee)
        self.total_borrow_cost = 0.0

    def available(self, instrument: _Instrument, at: datetime) -> int | None:
        """Ask what can be borrowed at a time, and count the check; None for no known restriction."""
        provider, symbol = self.provider_of(instrument), self.symbol_of(instrument)
        available = provider.shortable_quantity(symbol, at)
        self.count_check(instrument, at, available)
        return available

    def count_check(self, instrument: _Instrument, at: datetime, available: int | None) -> None:
        """Count an answer, and whether it was only the provider's ``missing=`` policy."""
        self.checks += 1
        # Only an answer of 0 or None can be the missing= policy's.
        if not available:
            symbol = self.symbol_of(instrument)
            if not self.provider_of(instrument).has_quantity(symbol, at):
                self.checks_without_data.append((at, symbol))

    def symbol_of(self, instrument: _Instrument) -> Symbol:
        """Return the symbol of what the caller knows a security by."""
        return Symbol.create(instrument)  # type: ignore[arg-type]  # a symbol, unless overridden

    def provider_of(self, instrument: _Instrument) -> ShortableProvider:
        """Return the provider to ask about a security: the desk's, unless overridden."""
        return self.provider

    def is_flow(self, instrument: _Instrument) -> bool:
        """Return whether what is available of a security is a daily flow (S15), and not a pool."""
        return self._flow

    @property
    def borrow_costs(self) -> list[BorrowCost]:
        """Every night's cost of every short, oldest first."""
        return self._borrow_costs

    def allowed(
        self,
        instrument: _Instrument,
        at: datetime,
        quantity: float,
        held: float,
        open_sells: float,
        *,
        floor: float = 0,
        order_id: int | str = "",
    ) -> float:
        """Say how many of an order's shares may be sold (S4, S15), and record it where that is not all of them (S5).

        Nothing else changes: an order that is then accepted is reported with `sent`.

        Parameters
        ----------
        instrument : Symbol
        at : datetime
            When availability is looked up, exchange-local.
        quantity : int or float
            Shares to sell, above 0.
        held : int or float
            Shares held, negative for a short.
        open_sells : int or float
            Unfilled shares of every other resting sell of the instrument, at least 0.
        floor : int or float
            What the order sells already, where this is an update of it.
        order_id : int or str
            Of the order, for the record.

        Returns
        -------
        int or float
            `quantity`; `floor` where the request is refused; less than `quantity` under "clip".
        """
        if held - open_sells - quantity >= 0:
            return quantity  # a long covers it: nothing is borrowed, and no provider is asked
        available = self._limit(instrument, self.available(instrument, at))
        capacity = self._capacity(instrument, at, held, open_sells, available, order_id)
        allowed, kind = allowed_within(quantity, capacity, self.on_exceed, floor)
        if kind is not None:
            self.refuse(
                instrument, at, kind, -quantity, -allowed, held, open_sells, available, order_id
            )
        return allowed

    def _limit(self, instrument: _Instrument, available: int | None) -> int | None:
        return flow_limit(available, self.share) if self.is_flow(instrument) else available

    def _capacity(
        self,
        instrument: _Instrument,
        at: datetime,
        held: float,
        open_sells: float,
        available: int | None,
        order_id: int | str,
    ) -> float | None:
        """Return the most that an order may sell; None for no limit."""
        if self.is_flow(instrument):
            used = self._sold.used(instrument, at.date(), but=order_id)
            return flow_capacity(held, open_sells, used, available)
        return sell_capacity(self._counted(instrument, at, held, available), open_sells, available)

    def _counted(
        self, instrument: _Instrument, at: datetime, held: float, available: int | None
    ) -> float:
        """Return the part of a position that counts against a pool (S16)."""
        if self.own_use == "included" or available is None:
            return held
        quote = self.provider_of(instrument).quote(self.symbol_of(instrument), at)
        return self._own_borrow.counted(instrument, quote.as_of, held)

    def sent(
        self,
        instrument: _Instrument,
        at: datetime,
        quantity: float,
        held: float,
        open_sells: float,
        order_id: int | str = "",
    ) -> None:
        """Record an order to sell that was accepted, or updated, so that it counts against a daily flow (S15).

        Parameters
        ----------
        instrument, at
            As in `allowed`.
        quantity : int or float
            Shares that it sells now, above 0.
        held, open_sells
            As in `allowed`.
        order_id : int or str
            Empty where nobody will update or cancel it.
        """
        if self.is_flow(instrument):
            self._sold.send(instrument, at.date(), order_id, held, open_sells, quantity)

    def cancelled(self, instrument: _Instrument, order_id: int | str) -> None:
        """Give back to a daily flow what an order took that was cancelled before it filled (S15)."""
        if self.is_flow(instrument):
            self._sold.cancel(instrument, order_id)

    def restate(self, instrument: _Instrument, ratio: Fraction) -> None:
        """Restate what counts against a pool, and earlier nights, for a split, new shares for each old one (S11, S16)."""
        self._own_borrow.restate(instrument, ratio)
        if self._night_courses:
            self._night_courses.restate(self.symbol_of(instrument), float(ratio))

    def begin_session(
        self,
        instrument: _Instrument,
        day: date,
        held: float,
        resting: Sequence[tuple[int | str, float]],
    ) -> None:
        """Let what rests count anew against the daily flow of a session (S15).

        Parameters
        ----------
        instrument : Symbol
        day : date
            The session.
        held : float
            Shares held before its first fill.
        resting : sequence of (order id, shares)
            Every resting sell of the instrument, the oldest first, with its unfilled shares.
        """
        if self.is_flow(instrument):
            self._sold.begin(instrument, day, held, resting)

    def excess(
        self,
        instrument: _Instrument,
        at: datetime,
        held: float,
        resting: Sequence[tuple[_Order, float]],
        order_id_of: Callable[[_Order], int | str] = str,
    ) -> list[_Order]:
        """Say which resting sells to cancel, the newest first, so that the rest may be sold (S5).

        Parameters
        ----------
        instrument, at, held
            As in `allowed`.
        resting : sequence of (order, shares)
            Every resting sell of the instrument, the oldest first, with its unfilled shares, above 0.
        order_id_of : callable
            What the record calls an order.

        Returns
        -------
        list
            The orders to cancel; empty under "warn", which only records them.
        """
        total = sum(shares for _, shares in resting)
        if not total or held >= total:
            return []
        available = self._limit(instrument, self.available(instrument, at))
        flow, used = self.is_flow(instrument), self._sold.used(instrument, at.date())
        counted = held if flow else self._counted(instrument, at, held, available)
        warn_only = self.on_exceed == "warn"
        kind = RefusalKind.WARNED if warn_only else RefusalKind.RECHECK
        cancelled: list[_Order] = []
        for order, shares in reversed(resting):
            if flow:
                part = self._sold.part(instrument, order_id_of(order))
                if available is None or used <= available:
                    break
                if not part:
                    continue  # a long covers it: without it no less would be sold short
                used -= part
            elif may_sell(counted, 0, total, available):
                break
            total -= shares
            self.refuse(
                instrument,
                at,
                kind,
                -shares,
                -shares if warn_only else 0,
                held,
                total,
                available,
                order_id_of(order),
            )
            if not warn_only:
                self.cancelled(instrument, order_id_of(order))
                cancelled.append(order)
        return cancelled

    def refuse(
        self,
        instrument: _Instrument,
        at: datetime,
        kind: RefusalKind,
        requested: float,
        allowed: float,
        held: float,
        open_sells: float,
        available: int | None,
        order_id: int | str = "",
        *,
        error_code: int = EXCEEDS_SHORTABLE_QUANTITY,
        tag: str = "",
    ) -> Refusal:
        """Record what was refused, cut, cancelled or warned of; shares are signed. For want of shares the tag is S5's."""
        symbol = self.symbol_of(instrument)
        missed = self.checks_without_data
        refusal = Refusal(
            order_id=order_id,
            time=at,
            symbol=symbol,
            kind=kind,
            requested=requested,
            allowed=allowed,
            held=held,
            open_sells=open_sells,
            available=available,
            has_data=not (missed and missed[-1] == (at, symbol)),
            error_code=error_code,
            tag=tag or exceeds_tag(symbol.ticker, requested),
        )
        self.refusals.append(refusal)
        return refusal

    def charge(
        self,
        instrument: _Instrument,
        shares: float,
        close: float,
        session: date,
        next_session: date,
    ) -> float:
        """Charge one night of one short (S8), and record it.

        Parameters
        ----------
        instrument : Symbol
        shares : float
            Shares short at the session's close, above 0.
        close : float
            That close.
        session, next_session : date
            The cost is due in the second, before its fills.

        Returns
        -------
        float
            The cost, unrounded: what leaves the account's cash.
        """
        model = self.borrow_fee
        courses = self._night_courses
        if (model.rate_kind is None and not courses) or shares <= 0:
            return 0.0
        symbol = self.symbol_of(instrument)
        rate = self.rate_at(instrument, datetime.combine(session, symbol.market.closes))
        days = (next_session - session).days
        if courses:
            charge = courses.night(symbol, session, next_session, shares, close, rate)
        else:
            night = (np.array([float(shares)]), np.array([float(close)]), np.array([rate]))
            costs = night_costs(model, *night, days)
            if self._fee_clock and not all(
                self._fee_clock.charged([symbol], session, next_session, [rate])
            ):
                costs = np.zeros(1)
            charge = NightCharge(float(costs[0]), rate, float(rebates_in(model, costs)[0]))
        cost, rate, *received = charge
        self.record_cost(
            BorrowCost(
                next_session, symbol, float(shares), float(close), rate, days, cost, *received
            )
        )
        return cost

    def rate_at(self, instrument: _Instrument, at: datetime) -> float:
        """Return the annual fraction that the convention charges, as known at a time; NaN where none is (S7)."""
        if self.borrow_fee.rate_kind is None:
            return math.nan
        provider, symbol = self.provider_of(instrument), self.symbol_of(instrument)
        ask = provider.fee_rate if self.borrow_fee.rate_kind == "fee" else provider.rebate_rate
        rate = ask(symbol, at)
        # Only a rate of 0 can be one that is not known.
        return rate if rate or provider.has_fee_rate(symbol, at) else math.nan

    def record_cost(self, cost: BorrowCost) -> None:
        """Record a night's cost that was charged elsewhere, as in a host's compiled code."""
        self._borrow_costs.append(cost)
        self.total_borrow_cost += cost.cost

    @property
    def last_tag(self) -> str:
        """The tag of the newest refusal (S5); empty where there was none."""
        return self.refusals[-1].tag if self.refusals else ""

    def tag_of(self, order_id: int | str) -> str:
        """Return the tag of the newest refusal of one order, or an empty text."""
        return next((r.tag for r in reversed(self.refusals) if r.order_id == order_id), "")

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.checks} checks, {len(self.refusals)} refusals, "
            f"borrow costs {self.total_borrow_cost:,.2f}>"
        )
