"""A run's record as the tables of `shortable.results`: what LEAN's objects say, in the words of every other result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from shortable.desk import BorrowCost, Refusal, RefusalKind
from shortable.errors import SymbolError
from shortable.lean.data.globals import data_folder_is
from shortable.lean.enums import OrderResponseErrorCode, OrderStatus
from shortable.lean.orders.properties import DayTimeInForce, GoodTilCanceledTimeInForce
from shortable.lean.providers import LocalDiskShortableProvider, NullShortableProvider
from shortable.orders import TimeInForce
from shortable.provider import ShortableProvider
from shortable.results.result import Source
from shortable.results.schema import of_records, of_tuples
from shortable.results.summary import RunInfo

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel
    from shortable.lean.orders.availability import ShortCheck
    from shortable.lean.orders.requests import SubmitOrderRequest, UpdateOrderRequest
    from shortable.lean.symbols import Symbol
    from shortable.symbol import Symbol as OurSymbol

__all__ = ["info_of", "refusals_of", "tables_of"]

_NEW_YORK = ZoneInfo("America/New_York")
_NAN = float("nan")
_CODES = OrderResponseErrorCode


def tables_of(kernel: Kernel, equity: list[tuple[datetime, Any]]) -> dict[str, Source]:
    """Return functions that make the tables of a run, by their names.

    Parameters
    ----------
    kernel : Kernel
        After the run.
    equity : list of (datetime, Decimal)
        Samples of the portfolio's value, UTC.
    """
    made: dict[str, Callable[[], pd.DataFrame]] = {
        "orders": lambda: _orders(kernel),
        "fills": lambda: _fills(kernel),
        "order_events": lambda: _order_events(kernel),
        "refusals": lambda: of_records("refusals", refusals_of(kernel)),
        "borrow_costs": lambda: of_records("borrow_costs", _borrow_costs(kernel)),
        "equity": lambda: _equity(equity),
        "availability": lambda: _availability(kernel, [moment for moment, _ in _closes(equity)]),
        "checks_without_data": lambda: of_tuples("checks_without_data", _unknown(kernel)),
        "log": lambda: of_tuples("log", kernel.journal.messages),
    }
    return dict(made)


def info_of(
    kernel: Kernel,
    name: str,
    statistics: Mapping[str, str],
    equity: list[tuple[datetime, Any]],
) -> RunInfo:
    """Return what the tables do not hold."""
    source = kernel.source
    providers = {
        id(security.availability.provider): security.availability.provider
        for security in kernel.securities.total
    }.values()
    closes = _closes(equity)
    span = (kernel.start, kernel.end)
    made_up = {
        "prices": source.made_up,
        "availability": None not in span and any(_is_made_up(p, *span) for p in providers),
    }
    start = statistics.get("Start Equity") or (equity[0][1] if equity else kernel.portfolio.cash)
    return RunInfo(
        algorithm=name,
        engine="LEAN's rules",
        start=f"{closes[0][0]:%Y-%m-%d}" if closes else "",
        currency="USD",
        start_equity=float(start),
        prices=source.name,
        availability="; ".join(sorted({_provider_name(provider) for provider in providers})),
        made_up=tuple(name for name, flag in made_up.items() if flag),
        limited=any(type(provider) is not NullShortableProvider for provider in providers),
        availability_checks=sum(check.needs_borrow for _, check in kernel.handler.short_checks),
        assumptions={
            "brokerage_model": type(kernel.brokerage_model).__name__,
            "on_exceed": "reject",
            "recheck": "submission",
            "daily_bars_end": "close" if kernel.settings.daily_precise_end_time else "midnight",
        },
        statistics=statistics,
    )


def refusals_of(kernel: Kernel) -> list[Refusal]:
    """Return every order and update that was refused, whatever for, oldest first.

    Those refused for want of shares carry what the check saw at that moment; the others no availability, and what was
    held only where a check of theirs had been passed.
    """
    checks = {id(request): check for request, check in kernel.handler.short_checks}
    found = []
    for ticket in kernel.handler.tickets.values():
        requests: list[tuple[RefusalKind, SubmitOrderRequest | UpdateOrderRequest]] = [
            (RefusalKind.SUBMISSION, ticket.submit_request),
            *((RefusalKind.UPDATE, update) for update in ticket.update_requests),
        ]
        for kind, request in requests:
            answer = request.response
            if not answer.is_error:
                continue
            wanted = request.exact_quantity
            short = answer.error_code == _CODES.EXCEEDS_SHORTABLE_QUANTITY
            check = checks.get(id(request))
            found.append(
                Refusal(
                    order_id=ticket.order_id,
                    time=_local(request.time),
                    symbol=_ours(ticket.symbol),
                    kind=kind,
                    requested=float(ticket.exact_quantity if wanted is None else wanted),
                    allowed=_allowed(kind, check),
                    held=_NAN if check is None else float(check.held),
                    open_sells=_NAN if check is None else float(check.open_sells),
                    available=check.available if short and check is not None else None,
                    has_data=check.has_data if short and check is not None else True,
                    error_code=int(answer.error_code),
                    tag=answer.error_message,
                )
            )
    return sorted(found, key=lambda refusal: (refusal.time, refusal.order_id))


def _allowed(kind: RefusalKind, check: ShortCheck | None) -> float:
    """Return the shares that a refused request leaves the order: an order that is updated keeps its own."""
    if kind is RefusalKind.SUBMISSION:
        return 0.0
    return _NAN if check is None else float(check.ordered)


def _orders(kernel: Kernel) -> pd.DataFrame:
    commissions: dict[int, float] = defaultdict(float)
    last: dict[int, datetime] = {}
    for event in kernel.journal.order_events:
        commissions[event.order_id] += event.order_fee.value.amount
        last[event.order_id] = event.utc_time
    rows = []
    for number, order in sorted(kernel.handler.orders.items()):
        ticket = kernel.handler.tickets[number]
        invalid = order.status == OrderStatus.INVALID
        rows.append(
            (
                number,
                _local(order.time),
                _ours(order.symbol),
                order.type,
                order.quantity,
                getattr(order, "limit_price", _NAN),
                getattr(order, "stop_price", _NAN),
                getattr(order, "trailing_amount", _NAN),
                getattr(order, "trailing_as_percentage", False),
                _rests(order.time_in_force),
                order.status,
                ticket.quantity_filled,
                ticket.average_fill_price,
                commissions[number],
                order.tag,
                int(ticket.submit_request.response.error_code) if invalid else 0,
                _local(last.get(number, order.time)),
            )
        )
    return of_tuples("orders", rows)


def _rests(time_in_force: Any) -> TimeInForce | str:
    if isinstance(time_in_force, GoodTilCanceledTimeInForce):
        return TimeInForce.GOOD_TIL_CANCELED
    return TimeInForce.DAY if isinstance(time_in_force, DayTimeInForce) else "GOOD_TIL_DATE"


def _fills(kernel: Kernel) -> pd.DataFrame:
    rows = [
        (
            event.order_id,
            _local(event.utc_time),
            _ours(event.symbol),
            event.fill_quantity,
            event.fill_price,
            event.order_fee.value.amount,
        )
        for event in kernel.journal.order_events
        if event.fill_quantity
    ]
    return of_tuples("fills", rows)


def _order_events(kernel: Kernel) -> pd.DataFrame:
    rows = [
        (
            event.order_id,
            _ours(event.symbol),
            _local(event.utc_time),
            event.status,
            event.quantity,
            event.fill_quantity,
            event.fill_price,
            event.order_fee.value.amount,
            event.message,
        )
        for event in kernel.journal.order_events
    ]
    return of_tuples("order_events", rows)


def _borrow_costs(kernel: Kernel) -> list[BorrowCost]:
    """Return the nights of shorts, as the securities' interest models noted them: a user's own model notes none."""
    nights = [
        BorrowCost(
            night.date,
            _ours(security.symbol),
            float(night.shares),
            float(night.price),
            _NAN if night.rate is None else float(night.rate),
            night.days,
            float(night.cost),
        )
        for security in kernel.securities.total
        for night in getattr(security.margin_interest_rate_model, "_short_nights", ())
    ]
    return sorted(nights, key=lambda night: night.date)


def _closes(equity: Iterable[tuple[datetime, Any]]) -> list[tuple[datetime, Any]]:
    """Return the last sample of each date, by its midnight; LEAN's second sample, at midnight, repeats the evening before."""
    local = [(_local(moment), value) for moment, value in equity]
    within = [sample for sample in local if sample[0] != _midnight(sample[0])]
    return list({_midnight(moment): value for moment, value in within or local}.items())


def _equity(equity: list[tuple[datetime, Any]]) -> pd.DataFrame:
    """Return the account's value at each close; LEAN samples no more than that."""
    return of_tuples("equity", [(day, float(value), _NAN, _NAN) for day, value in _closes(equity)])


def _availability(kernel: Kernel, days: list[datetime]) -> pd.DataFrame:
    """Ask what could be borrowed at each close, of what was short or refused for want of shares.

    Asked after the run, and only of providers that say what rests on data: shortable's own, and those of LEAN's files.
    """
    asked = {
        r.symbol for r in refusals_of(kernel) if r.error_code == _CODES.EXCEEDS_SHORTABLE_QUANTITY
    }
    asked |= {_ours(symbol) for symbol in _short(kernel)}
    rows = []
    with data_folder_is(kernel.source.folder):
        for security in kernel.securities.total:
            symbol, view, before = _ours(security.symbol), security.availability, None
            if symbol not in asked or not view.says_what_rests_on_data:
                continue
            for day in days:
                session = kernel.market.session(day.date())
                close = day if session is None else session.end
                rate = view.fee_rate(security.symbol, close)
                has_rate = bool(rate) or view.has_fee_rate(security.symbol, close)
                found = (
                    view.shortable_quantity(security.symbol, close),
                    view.has_quantity(security.symbol, close),
                    float(rate) if has_rate else None,
                )
                if found != before:
                    available, has_data, fee = before = found
                    rows.append((day, symbol, available, has_data, _NAN if fee is None else fee))
    return of_tuples("availability", sorted(rows, key=lambda row: (row[0], str(row[1]))))


def _short(kernel: Kernel) -> set[Symbol]:
    """Return what was ever short."""
    held: dict[Symbol, float] = defaultdict(float)
    short = set()
    for event in kernel.journal.order_events:
        held[event.symbol] += event.fill_quantity
        if held[event.symbol] < 0:
            short.add(event.symbol)
    return short


def _unknown(kernel: Kernel) -> list[tuple[datetime, OurSymbol | str]]:
    return [
        (check.time, _ours(check.symbol))
        for _, check in kernel.handler.short_checks
        if check.needs_borrow and not check.has_data
    ]


def _is_made_up(provider: Any, start: Any, end: Any) -> bool:
    if isinstance(provider, LocalDiskShortableProvider):
        return provider._made_up(start, end)
    return isinstance(provider, ShortableProvider) and provider.made_up(start, end)


def _provider_name(provider: Any) -> str:
    brokerage = getattr(provider, "brokerage", None)
    own = getattr(provider, "name", None)
    if isinstance(own, str):
        return own
    return f"{type(provider).__name__}({brokerage!r})" if brokerage else type(provider).__name__


def _ours(symbol: Symbol) -> Any:
    """Return our own symbol; the ticker's text where ours can have no such ticker."""
    try:
        return symbol.shortable
    except SymbolError:
        return symbol.value


def _local(moment: datetime) -> datetime:
    """Return a UTC time, with its zone or without, as naive New York time."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware.astimezone(_NEW_YORK).replace(tzinfo=None)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
