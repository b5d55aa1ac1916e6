"""The engine's questions to the providers, and its record of what was refused (S4, S5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from shortable.engine.dated import (
    PAYS_AFTER,
    ROWS_A_QUESTION,
    ROWS_AT_ONCE,
    in_use,
    quantities_ahead,
)
from shortable.engine.orders import Order
from shortable.orders import OrderResponseErrorCode, OrderStatus
from shortable.rule import OnExceed, Recheck, exceeds_tag, may_sell, sell_capacity
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.engine.book import Book
    from shortable.engine.feed import Feed
    from shortable.engine.security import Security

__all__ = ["Availability", "Refusal", "RefusalKind"]


class RefusalKind(StrEnum):
    """What was refused, or done instead of refusing."""

    SUBMISSION = "submission"
    """A new order; it is invalid."""
    UPDATE = "update"
    """An update that would have enlarged an order; the order stayed as it was."""
    RECHECK = "recheck"
    """A resting order, cancelled because what it rests on can no longer be borrowed."""
    CLIPPED = "clipped"
    """Nothing: the order or update was cut to what could be borrowed (``on_exceed="clip"``)."""
    WARNED = "warned"
    """Nothing: it was only reported (``on_exceed="warn"``)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line of the result's rejections."""

    order_id: int
    """Number of the order."""
    time: datetime
    """Of the look-up, exchange-local."""
    symbol: Symbol
    """What was to be sold."""
    kind: RefusalKind
    """What was refused."""
    requested: int
    """The order's shares as asked for, signed."""
    allowed: int
    """Its shares after the decision, signed; 0 where it is invalid or cancelled."""
    held: int
    """Shares held then, negative for a short, which counts too (S4)."""
    open_sells: int
    """Unfilled shares of the other resting sells then, which count too (S4)."""
    available: int | None
    """Shares that could be borrowed, where that was the reason."""
    rests_on_data: bool
    """False where `available` is the provider's ``missing=`` policy, because no snapshot spoke."""
    error_code: OrderResponseErrorCode
    """Why."""
    tag: str
    """The same for people."""


class Availability:
    """Asks providers, applies the rule, and counts.

    Attributes
    ----------
    on_exceed : {"reject", "clip", "warn"}
    recheck : {"submission", "daily", "fill"}
    checks : int
        Orders and updates for which a provider was asked: those that a long does not cover.
    without_data : list of (datetime, Symbol)
        Checks whose answer was 0 or None only because no snapshot spoke.
    refusals : list of Refusal
    """

    __slots__ = ("book", "checks", "on_exceed", "recheck", "refusals", "securities", "without_data")

    def __init__(
        self, book: Book, securities: list[Security], on_exceed: OnExceed, recheck: Recheck
    ) -> None:
        self.book = book
        self.securities = securities
        self.on_exceed = on_exceed
        self.recheck = recheck
        self.checks = 0
        self.without_data: list[tuple[datetime, Symbol]] = []
        self.refusals: list[Refusal] = []

    def look_up(self, security: Security, time: datetime) -> int | None:
        """Ask a security's provider about any time, and count the check."""
        available = security.quantity_of(security.symbol, time)
        self._count(security, time, available)
        return available

    def look_up_now(self, security: Security) -> int | None:
        """Ask a security's provider about the clock's time, and count the check."""
        book, ahead = self.book, security.quantities_ahead
        if ahead is not None:
            try:
                found: int = ahead[book.row - security.ahead_from]
            except IndexError:  # the rows that were asked about at once are over
                security.quantities_ahead = None
                security.times_asked = 0
            else:
                if found > 0:
                    self.checks += 1
                    return found
                available = None if found < 0 else 0
                self._count(security, book.time, available)
                return available
        if not security.times_asked:
            security.asked_since = book.row
        security.times_asked += 1
        if security.times_asked == PAYS_AFTER:
            self._ask_ahead(security)
        return self.look_up(security, book.time)

    def _ask_ahead(self, security: Security) -> None:
        book = self.book
        feed: Feed = book.feed  # type: ignore[assignment]
        rows = range(book.row, len(feed))
        if len(rows) > ROWS_AT_ONCE:
            if book.row - security.asked_since > PAYS_AFTER * ROWS_A_QUESTION:
                security.times_asked = 0
                return
            rows = rows[:ROWS_AT_ONCE]
        still = [s for s in self.securities if s.quantities_ahead is None]
        together = in_use(still, security, lambda s: s.times_asked)
        if together:
            for one, answers in zip(together, quantities_ahead(together, feed, rows), strict=False):
                one.quantities_ahead, one.ahead_from = answers, book.row

    def _count(self, security: Security, time: datetime, available: int | None) -> None:
        self.checks += 1
        # Only an answer of 0 or None can be the missing= policy's.
        if not available and not security.has_quantity(security.symbol, time):
            self.without_data.append((time, security.symbol))

    def allowed(
        self, order: Order, shares: int, held: int, other_sells: int, floor: int = 0
    ) -> int:
        """Say how many of `shares` an order may sell (S4), and record it where that is not all of them (S5).

        Not to be asked where a long covers them: nothing is borrowed then, and no provider need answer.

        Parameters
        ----------
        order : Order
            New, or as it was before the update that would make it sell `shares`.
        shares : int
            At least 1.
        held : int
            Shares held, negative for a short.
        other_sells : int
            Unfilled shares of every other resting sell of the security.
        floor : int
            What the order sells already, where this is an update.

        Returns
        -------
        int
            `shares`, or less under "clip", or `floor` where the request is refused.
        """
        security = order.security
        available = self.look_up_now(security)
        if may_sell(held, other_sells, shares, available):
            return shares
        room = sell_capacity(held, other_sells, available)
        allowed, kind = floor, RefusalKind.UPDATE if floor else RefusalKind.SUBMISSION
        if self.on_exceed == "warn":
            allowed, kind = shares, RefusalKind.WARNED
        elif self.on_exceed == "clip" and room is not None and room > floor:
            allowed, kind = int(room), RefusalKind.CLIPPED
        self.exceeds(order, kind, -shares, -allowed, available, self.book.time)
        return allowed

    def exceeds(
        self,
        order: Order,
        kind: RefusalKind,
        requested: int,
        allowed: int,
        available: int | None,
        time: datetime,
    ) -> str:
        """Record a refusal for want of shares and return its tag."""
        tag = exceeds_tag(order.security.symbol.ticker, requested)
        code = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY
        self.note(order, kind, requested, allowed, code, tag, available, time)
        return tag

    def note(
        self,
        order: Order,
        kind: RefusalKind,
        requested: int,
        allowed: int,
        code: OrderResponseErrorCode,
        tag: str,
        available: int | None = None,
        time: datetime | None = None,
    ) -> None:
        """Record what a check refused, cut, warned of or cancelled, and what it was up against."""
        security, time = order.security, time or self.book.time
        own_sells = -order.quantity if order.quantity < 0 and order.id in self.book.open else 0
        self.refusals.append(
            Refusal(
                order.id,
                time,
                security.symbol,
                kind,
                requested,
                allowed,
                security.holdings.quantity,
                security.open_sells - own_sells,
                available,
                (time, security.symbol) not in self.without_data[-1:],
                code,
                tag,
            )
        )

    def recheck_resting(self, security: Security, time: datetime) -> None:
        """Cancel resting sells, the newest first, until the rest may be sold (S5)."""
        held = security.holdings.quantity
        if not security.open_sells or held >= security.open_sells:
            return
        available = self.look_up(security, time)
        resting, excess = security.open_sells, []
        for order in reversed(self.book.open.values()):
            if may_sell(held, 0, resting, available):
                break
            if order.security is security and order.quantity < 0:
                resting += order.quantity
                excess.append(order)
        for order in excess:
            if self.on_exceed == "warn":
                self.exceeds(
                    order, RefusalKind.WARNED, order.quantity, order.quantity, available, time
                )
                continue
            self.book.log_of(order)
            order.tag = self.exceeds(order, RefusalKind.RECHECK, order.quantity, 0, available, time)
            order.error_code = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY
            self.book.release(order)
            self.book.record(order, OrderStatus.CANCELED, order.tag)
