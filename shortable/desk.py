"""The desk: may this be sold short, what becomes of it, and what does the night cost (S4, S5, S8).

The engine, the adapters and the research functions all decide here. One order at a time goes through a `ShortDesk`;
whole tables of orders go through `allowed_sales`, and whole tables of nights through `night_costs`. None decides again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from shortable.borrow import BorrowFeeModel, FeeOnMarketValue, fee_clock
from shortable.errors import InvalidInputError
from shortable.provider import Pairs, ShortableProvider, as_provider
from shortable.providers import NullShortableProvider
from shortable.rule import (
    EXCEEDS_SHORTABLE_QUANTITY,
    OnExceed,
    Recheck,
    allowed_shares,
    check_choice,
    exceeds_tag,
    may_sell,
    sell_capacity,
    sell_capacity_array,
)
from shortable.symbol import Symbol

__all__ = [
    "BorrowCost",
    "Refusal",
    "RefusalKind",
    "ShortDesk",
    "allowed_sale",
    "allowed_sales",
    "has_data_of",
    "night_costs",
    "night_rates",
]

_Order = TypeVar("_Order")
_Instrument = TypeVar("_Instrument", bound=Hashable)
Floats = npt.NDArray[np.float64]


class RefusalKind(StrEnum):
    """What was refused, or done instead of refusing."""

    SUBMISSION = "submission"
    """A new order was refused whole."""
    UPDATE = "update"
    """An update that would have enlarged an order was refused; the order stayed as it was."""
    RECHECK = "recheck"
    """A resting order was cancelled, because the shares behind it can no longer be borrowed."""
    CLIPPED = "clipped"
    """The order or update was cut to what could be borrowed (``on_exceed="clip"``)."""
    WARNED = "warned"
    """Nothing was refused: the order was only reported (``on_exceed="warn"``)."""
    BUY_IN = "buy-in"
    """A short was bought in, down to what could still be borrowed (research, ``on_shortfall="buy_in"``)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One order that a check refused, cut, cancelled or warned of: a row of the table ``refusals``."""

    order_id: int | str
    """The engine's number of the order, or the host's own name of it; empty where it has none."""
    time: datetime
    """When availability was looked up, exchange-local and naive."""
    symbol: Symbol
    """What was to be sold."""
    kind: RefusalKind
    """What was refused."""
    requested: float
    """Shares that the order asked for, negative for a sale."""
    allowed: float
    """Shares of it after the decision, signed; 0 where it is refused or cancelled."""
    held: float
    """Shares held then, negative for a short, which counts too (S4)."""
    open_sells: float
    """Unfilled shares of the other resting sells then, which count too (S4)."""
    available: int | None
    """Shares that could be borrowed, None for no known restriction or where something else was the reason."""
    has_data: bool
    """False where `available` is the provider's ``missing=`` policy, because no snapshot spoke (S3)."""
    error_code: int
    """Why, by LEAN's numbers: −31 for want of shares."""
    tag: str
    """The same for people (S5)."""


@dataclass(frozen=True, slots=True)
class BorrowCost:
    """What one short cost over one night: a row of the table ``borrow_costs``."""

    date: date
    """Session in which it was charged, before its fills."""
    symbol: Symbol
    """What was short."""
    shares: float
    """Shares short at the close of the session before, above 0."""
    close: float
    """That close, per share."""
    rate: float
    """Annual fraction known at that close, NaN where none was (S7)."""
    days: int
    """Calendar days between the two sessions."""
    cost: float
    """Paid, unrounded, in the currency of `close`; negative where the short received."""


def allowed_sale(
    held: float,
    open_sells: float,
    quantity: float,
    available: int | None,
    on_exceed: OnExceed = "reject",
    floor: float = 0,
) -> tuple[float, RefusalKind | None]:
    """Decide how many shares one order may sell, and what was done where that is not all of them (S4, S5).

    Parameters
    ----------
    held : int or float
        Shares held, negative for a short.
    open_sells : int or float
        Unfilled shares of every other resting sell, at least 0.
    quantity : int or float
        Shares to sell, above 0.
    available : int or None
        Shares that can be borrowed; None for no known restriction.
    on_exceed : {"reject", "clip", "warn"}
    floor : int or float
        What the order sells already, where this is an update of it.

    Returns
    -------
    allowed : int or float
        `quantity`; `floor` where it is refused; what capacity there is under "clip".
    kind : RefusalKind or None
        None where the order is accepted as it is.

    Examples
    --------
    >>> allowed_sale(0, 400, 400, 500)
    (0, <RefusalKind.SUBMISSION: 'submission'>)
    >>> allowed_sale(0, 400, 400, 500, "clip")
    (100, <RefusalKind.CLIPPED: 'clipped'>)
    """
    capacity = sell_capacity(held, open_sells, available)
    if capacity is None or quantity <= capacity:
        return quantity, None
    if on_exceed == "warn":
        return quantity, RefusalKind.WARNED
    allowed = allowed_shares(quantity, capacity, on_exceed == "clip", floor)
    if allowed != floor:
        return allowed, RefusalKind.CLIPPED
    return floor, RefusalKind.UPDATE if floor else RefusalKind.SUBMISSION


def allowed_sales(
    held: npt.ArrayLike,
    open_sells: npt.ArrayLike,
    quantity: npt.ArrayLike,
    available: npt.ArrayLike,
    on_exceed: OnExceed = "reject",
) -> npt.NDArray[np.int64]:
    """Vectorised `allowed_sale` of new orders: shares allowed of each.

    Arguments broadcast and are whole shares; −1 in `available` stands for None, and a `quantity` of 0 or less (a
    purchase) is allowed as it is.

    Examples
    --------
    >>> allowed_sales([0, 100, 0], 0, [300, 150, 5], [200, 50, -1], "clip").tolist()
    [200, 150, 5]
    >>> allowed_sales([0, 100, 0], 0, [300, 150, 5], [200, 50, -1]).tolist()
    [0, 150, 5]
    """
    wanted = np.asarray(quantity, dtype=np.int64)
    if on_exceed == "warn":
        return wanted.copy()
    capacity = sell_capacity_array(held, open_sells, available)
    instead = capacity if on_exceed == "clip" else 0
    return np.where((wanted > 0) & (wanted > capacity), instead, wanted)


def has_data_of(
    provider: ShortableProvider, pairs: Pairs, available: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Say which answers rest on data (S3).

    Parameters
    ----------
    provider : ShortableProvider
    pairs : Pairs
        What was asked, of shape (n,).
    available : ndarray of int64, shape (n,)
        What was answered, −1 for None.

    Returns
    -------
    ndarray of bool, shape (n,)
        False where an answer is the provider's ``missing=`` policy, because there were no data.
    """
    found = np.ones(len(pairs), dtype=np.bool_)
    # Only an answer of 0 or None can be the policy's.
    doubtful = np.flatnonzero(available <= 0)
    if len(doubtful):
        found[doubtful] = provider.has_quantities(pairs.take(doubtful))
    return found


def night_rates(model: BorrowFeeModel, provider: ShortableProvider, pairs: Pairs) -> Floats:
    """Return the annual fractions that a convention charges by, NaN where none is known (S7).

    Parameters
    ----------
    model : BorrowFeeModel
        Whose ``rate_kind`` is not None.
    provider : ShortableProvider
    pairs : Pairs
        Symbols and the times of the closes after which they are short, of shape (n,).
    """
    return provider.fee_rates(pairs) if model.rate_kind == "fee" else provider.rebate_rates(pairs)


def night_costs(
    model: BorrowFeeModel,
    shares: Floats,
    close: Floats,
    rates: Floats,
    days: npt.ArrayLike,
) -> Floats:
    """Return what shorts cost over a night by a convention (S8).

    Parameters
    ----------
    model : BorrowFeeModel
    shares : ndarray of float64
        Shares short at the session's close, at least 0.
    close : ndarray of float64
        That close, per share.
    rates : ndarray of float64
        Annual fractions known at that close; NaN, where none is, reads as 0 (S7).
    days : array-like
        Calendar days to the next session.

    Returns
    -------
    ndarray of float64
        Of the shape of `shares`; negative where the short receives.

    Raises
    ------
    InvalidInputError
        The convention's answer is not one finite cost for each short.

    Examples
    --------
    1,000 short at 20.00 from Friday to Monday at 36 % a year: 20,000 × 0.36 × 3 / 360 = 60.00; without a rate 0.

    >>> night_costs(FeeOnMarketValue(), np.array([1000.0, 50.0]), np.array([20.0, 8.0]), np.array([0.36, np.nan]), 3)
    array([60.,  0.])
    """
    # An array's product with itself is NaN or infinite if any element is, which takes a third of the time of testing
    # each; the engine charges thousands of nights.
    if math.isnan(np.vdot(rates, rates)):
        rates = np.where(np.isnan(rates), 0.0, rates)
    costs = np.asarray(model.cost(shares, close, rates, np.asarray(days, dtype=np.float64)))
    if costs.shape != shares.shape or not math.isfinite(np.vdot(costs, costs)):
        raise InvalidInputError(
            "borrow_fee",
            f"{model!r}, whose cost answered {costs!r} for shares={shares!r}",
            "answer one finite cost for each short",
        )
    return costs


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

    Attributes
    ----------
    checks : int
        Orders and updates for which a provider was asked: those that a long does not cover.
    checks_without_data : list of (datetime, Symbol)
        Those of them whose answer was 0 or None only because no snapshot spoke (S3).
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

    def __init__(
        self,
        provider: object = None,
        *,
        on_exceed: OnExceed = "reject",
        recheck: Recheck = "submission",
        borrow_fee: BorrowFeeModel | None = None,
    ) -> None:
        self.provider: ShortableProvider = as_provider(
            NullShortableProvider() if provider is None else provider
        )
        self.on_exceed = check_choice("on_exceed", on_exceed, ("reject", "clip", "warn"))
        self.recheck = check_choice("recheck", recheck, ("submission", "daily", "fill"))
        self.borrow_fee = FeeOnMarketValue() if borrow_fee is None else borrow_fee
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
        """Say how many of an order's shares may be sold (S4), and record it where that is not all of them (S5).

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
        available = self.available(instrument, at)
        allowed, kind = allowed_sale(held, open_sells, quantity, available, self.on_exceed, floor)
        if kind is not None:
            self.refuse(
                instrument, at, kind, -quantity, -allowed, held, open_sells, available, order_id
            )
        return allowed

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
        available = self.available(instrument, at)
        warn_only = self.on_exceed == "warn"
        kind = RefusalKind.WARNED if warn_only else RefusalKind.RECHECK
        cancelled: list[_Order] = []
        for order, shares in reversed(resting):
            if may_sell(held, 0, total, available):
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
        if model.rate_kind is None or shares <= 0:
            return 0.0
        symbol = self.symbol_of(instrument)
        rate = self.rate_at(instrument, datetime.combine(session, symbol.market.closes))
        days = (next_session - session).days
        night = (np.array([float(shares)]), np.array([float(close)]), np.array([rate]))
        cost = float(night_costs(model, *night, days)[0])
        if self._fee_clock and not all(
            self._fee_clock.charged([symbol], session, next_session, [rate])
        ):
            cost = 0.0
        self.record_cost(
            BorrowCost(next_session, symbol, float(shares), float(close), rate, days, cost)
        )
        return cost

    def rate_at(self, instrument: _Instrument, at: datetime) -> float:
        """Return the annual fraction that the convention charges, as known at a time; NaN where none is (S7)."""
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
