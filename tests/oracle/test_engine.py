"""The engine against the slow model, over random streams (S1 to S9, S11, S12, S18 to S21)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from shortable.engine import Algorithm, Backtest, Resolution, Result, TimeInForce, UpdateOrderFields
from tests.oracle.engine import Account, Order, Request
from tests.oracle.plan import pieces
from tests.oracle.streams import Stream, make

STATUS = {"Submitted": "submitted", "UpdateSubmitted": "submitted"}


class Replay(Algorithm):
    """Sends a stream's requests."""

    stream: Stream

    def initialize(self) -> None:
        self.set_cash(self.stream.cash)
        for ticker, resolution in self.stream.resolutions.items():
            self.add_equity(ticker, Resolution(resolution))

    def on_data(self, slice: Any) -> None:
        for request in self.stream.requests:
            if request.time == self.time:
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


def engine_result(stream: Stream, **backtest: Any) -> Result:
    """Run a stream on the engine."""
    kind = type("Replay", (Replay,), {"stream": stream})
    settings = {
        "provider": stream.provider,
        "on_exceed": stream.on_exceed,
        "recheck": stream.recheck,
        "actions": stream.actions(),
    }
    return Backtest(kind, stream.data(), **{**settings, **backtest}).run()


def model_result(stream: Stream) -> Account:
    """Run a stream on the model."""
    daily = frozenset(t for t, resolution in stream.resolutions.items() if resolution == "daily")
    account = Account(
        stream.bars, stream.lender, Fraction(stream.cash), stream.on_exceed, stream.recheck, daily,
        splits=stream.splits, dividends=stream.dividends,
        ends={ticker: (day, price) for ticker, day, price in stream.delistings},
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
    result, model = engine_result(stream), model_result(stream)
    found = [
        (row.Index, str(row.symbol), STATUS.get(row.status.name.title().replace("_", ""), row.status.name.lower()),
         row.quantity, None if math.isnan(row.stop_price) else row.stop_price, row.fill_price, row.commission)
        for row in result.orders.itertuples()
    ]  # fmt: skip
    expected = [
        (o.id, o.symbol, o.status, o.quantity, None if o.stop is None else float(o.stop), float(o.price or 0),
         pytest.approx(float(o.commission), abs=1e-9))
        for o in model.orders
    ]  # fmt: skip
    yield from compared("order", found, expected)
    yield from compared(
        "fill",
        sorted((row.order_id, row.time.to_pydatetime()) for row in result.fills.itertuples()),
        [(o.id, o.filled_at) for o in model.orders if o.filled_at],
    )
    yield from compared(
        "refusal",
        [
            (r.order_id, r.time.to_pydatetime(), str(r.symbol), r.kind.value, r.requested, r.allowed, r.held,
             r.open_sells, None if pd.isna(r.available) else int(r.available))
            for r in result.refusals.itertuples()
        ],
        [(*vars(r).values(),) for r in model.refusals],
    )  # fmt: skip
    yield from compared(
        "night",
        [
            (row.date.date(), str(row.symbol), row.shares, row.cost)
            for row in result.borrow_costs.itertuples()
        ],
        [
            (n.session, n.symbol, n.shares, pytest.approx(float(n.cost), abs=1e-9))
            for n in model.nights
        ],
    )
    yield from compared(
        "equity",
        [(day.date(), value) for day, value in result.equity["equity"].items()],
        [(day, pytest.approx(float(value), abs=1e-6)) for day, value in model.equity],
    )
    checks = result.summary()
    yield from compared("check", [checks["availability_checks"]], [len(model.answers)])
    yield from compared(
        "check without data", [checks["checks_without_data"]], [model.answers.count(False)]
    )


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
