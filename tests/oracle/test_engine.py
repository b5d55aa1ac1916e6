"""The engine against the slow model, over random streams (S1 to S9, S11, S12, S15, S16, S18 to S27)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from shortable.engine import (
    Algorithm,
    Backtest,
    OrderStatus,
    Resolution,
    TimeInForce,
    UpdateOrderFields,
)
from tests.oracle.engine import Account, Order, Request
from tests.oracle.plan import pieces
from tests.oracle.streams import Asked, Stream, make

STATUS = {OrderStatus.UPDATE_SUBMITTED: "submitted"}


class Replay(Algorithm):
    """Sends a stream's requests."""

    stream: Stream

    def initialize(self) -> None:
        self.set_cash(self.stream.cash)
        for ticker, resolution in self.stream.resolutions.items():
            self.add_equity(ticker, Resolution(resolution))

        self.requests: dict[datetime, list[Request]] = {}
        for request in self.stream.requests:
            self.requests.setdefault(request.time, []).append(request)

    def on_data(self, slice: Any) -> None:
        for request in self.requests.get(self.time, ()):
            self.do(request)

    def do(self, request: Request) -> None:
        if request.what == "cancel":
            self.transactions.get_order_ticket(request.order).cancel()
        elif request.what == "update":
            ticket = self.transactions.get_order_ticket(request.order)
            fields = fields_of(request, ticket.order_type.name.lower(), ticket.quantity)
            if fields:
                ticket.update(UpdateOrderFields(**fields))
        else:
            send(self, request)


def fields_of(request: Request, kind: str, quantity: int) -> dict[str, Any]:
    """Return what of an update an order of a kind can take."""
    fields: dict[str, Any] = {}
    if request.quantity:
        fields["quantity"] = math.copysign(request.quantity, quantity)
    if request.limit is not None and kind in ("limit", "stop_limit"):
        fields["limit_price"] = float(request.limit)
    if request.stop is not None and kind in ("stop_market", "stop_limit", "trailing_stop"):
        fields["stop_price"] = float(request.stop)
    return fields


def send(algorithm: Algorithm, request: Request) -> Any:
    """Send one order."""
    prices = [float(p) for p in (request.stop, request.limit) if p is not None]
    if request.what == "trailing_stop":
        prices = [*prices, float(request.trail or 0), request.percentage]
    method = getattr(algorithm, f"{request.what}_order")
    tif = TimeInForce.DAY if request.day else TimeInForce.GOOD_TIL_CANCELED
    return method(request.symbol, request.quantity, *prices, time_in_force=tif)


def backtest_of(stream: Stream) -> Backtest:
    """Return a stream as the engine takes it."""
    kind = type("Replay", (Replay,), {"stream": stream})
    return Backtest(kind, stream.data(), **stream.backtest())


def model_result(stream: Stream) -> Account:
    """Run a stream on the model."""
    daily = frozenset(t for t, resolution in stream.resolutions.items() if resolution == "daily")
    account = Account(
        stream.bars, stream.lender, Fraction(stream.cash), stream.on_exceed, stream.recheck, daily,
        splits=stream.splits, dividends=stream.dividends,
        ends={ticker: (day, price) for ticker, day, price in stream.delistings},
        own_use=stream.own_use, of_the_moment=isinstance(stream.provider, Asked), share=stream.share,
        rules=stream.rules, locate=stream.locate, recall=stream.recall, maintenance=stream.maintenance,
    )  # fmt: skip
    while account.row + 1 < len(account.rows):
        account.step()
        for request in stream.requests:
            if request.time != account.now or account.ruined:
                continue
            if request.what == "update":
                request = signed(request, account.orders[request.order - 1])
            account.handle(request)
        if (
            account.row + 1 == len(account.rows)
            or account.rows[account.row + 1].date() != account.now.date()
        ):
            account.close()
    return account


def signed(request: Request, order: Order) -> Request:
    """Return an update with the order's sign, and of the prices those that it has."""
    quantity = request.quantity if order.quantity > 0 else -request.quantity
    limit = request.limit if order.limit is not None else None
    return Request(
        request.time,
        "update",
        "",
        quantity,
        limit,
        request.stop if order.stop is not None else None,
        order=order.id,
    )


def differences(stream: Stream) -> Iterator[str]:
    """Yield where engine and model differ."""
    simulation, model = backtest_of(stream).simulation(), model_result(stream)
    simulation.run()
    state = simulation.algorithm._run_state
    desk, account = state.short_desk, state.account
    yield from compared(
        "order",
        [
            (o.id, o.symbol, STATUS.get(o.status, o.status.name.lower()), o.quantity, o.stop_price, o.fill_price,
             o.commission)
            for o in (ticket.order for ticket in state.order_desk.tickets)
        ],
        [
            (o.id, o.symbol, o.status, o.quantity, None if o.stop is None else float(o.stop), float(o.price or 0),
             near(o.commission))
            for o in model.orders
        ],
    )  # fmt: skip
    yield from compared(
        "fill",
        sorted((event[0], event[2]) for event in account.events if event[3] is OrderStatus.FILLED),
        [(o.id, o.filled_at) for o in model.orders if o.filled_at],
    )
    yield from compared(
        "refusal",
        [
            (r.order_id, r.time, r.symbol, r.kind.value, r.requested, r.allowed, r.held, r.open_sells, r.available)
            for r in desk.refusals
        ],
        [(*vars(r).values(),) for r in model.refusals],
    )  # fmt: skip
    yield from compared(
        "night",
        [(cost.date, cost.symbol, cost.shares, cost.cost) for cost in desk.borrow_costs],
        [(n.session, n.symbol, n.shares, near(n.cost)) for n in model.nights],
    )
    yield from compared(
        "recall",
        [
            (at, simulation.feed.symbols[column], shares)
            for _, at, column, shares in account.recalls
        ],
        model.recalled,
    )
    yield from compared(
        "equity", simulation.equity, [near(value, 1e-6) for _, value in model.equity]
    )
    yield from compared("margin calls", [state.margin_calls], [model.calls])
    yield from compared("check", [desk.checks], [len(model.answers)])
    without = len(desk.checks_without_data)
    yield from compared("check without data", [without], [model.answers.count(False)])


def near(value: Fraction, apart: float = 1e-9) -> Near:
    """Return what equals a number that is as good as this one."""
    return Near(float(value), apart)


@dataclass(frozen=True)
class Near:
    """A number, and how far another may be from it (`pytest.approx` is slower by far)."""

    value: float
    apart: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (int, float)) and abs(other - self.value) <= self.apart

    def __hash__(self) -> int:
        return 0


def compared(what: str, found: list[Any], expected: list[Any]) -> Iterator[str]:
    """Yield the first difference of two lists."""
    for i, (one, other) in enumerate(zip(found, expected, strict=False)):
        if one != other:
            yield f"{what} {i}: engine {one}, model {other}"
            return
    if len(found) != len(expected):
        longer = found[len(expected) :] or expected[len(found) :]
        yield f"{what}s: engine {len(found)}, model {len(expected)}: {longer[0]}"


@pieces()
def test_the_engine_does_what_the_slow_model_does(piece: range) -> None:
    for seed in piece:
        stream = make(seed)
        found = list(differences(stream))
        assert not found, (
            f"seed {seed}, {stream.resolutions}, {stream.on_exceed}, {stream.recheck}: "
            + "; ".join(found)
        )
