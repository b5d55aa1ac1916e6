"""The common workload on nautilus_trader, which fills at once: orders go out with the open's quote, after the close that decides them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from shortable.adapters.host import host_module
from shortable.adapters.nautilus import limit_shorts
from shortable.clock import instants
from shortable.market import Market
from shortable.testing.hosts.report import refused_orders
from shortable.testing.workload import Outcome, Workload

__all__ = ["run"]


def run(work: Workload) -> Outcome:
    """Run the workload."""
    host = _Host()
    decided: dict[str, list[int]] = {}
    short = limit_shorts(
        work.provider, look_up=work.look_up, clock=lambda strategy: strategy.decided_on
    )
    engine = host.engine.BacktestEngine(
        host.config.BacktestEngineConfig(logging=host.config.LoggingConfig(bypass_logging=True))
    )
    venue = host.identifiers.Venue("XNYS")
    engine.add_venue(
        venue=venue,
        oms_type=host.enums.OmsType.NETTING,
        account_type=host.enums.AccountType.MARGIN,
        base_currency=host.usd,
        starting_balances=[host.objects.Money(work.cash, host.usd)],
        modules=[short.module],
    )
    equities = [host.equity(ticker, venue) for ticker in work.tickers]
    for equity in equities:
        engine.add_instrument(equity)
    columns = {equity.id: column for column, equity in enumerate(equities)}
    rows = {day: row for row, day in enumerate(work.sessions)}
    engine.add_data(host.data_of(work, equities))

    class Script(host.strategy.Strategy):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        def on_start(self) -> None:
            self.placed: list[Any] = []
            for equity in equities:
                self.subscribe_quote_ticks(equity.id)
                self.subscribe_bars(host.bar_type(equity))

        def on_bar(self, bar: Any) -> None:
            row, column = rows[_day(bar.ts_init)], columns[bar.bar_type.instrument_id]
            held = int(self.portfolio.net_position(bar.bar_type.instrument_id))
            decided[work.tickers[column]] = work.orders(row, column, held)

        def on_quote_tick(self, tick: Any) -> None:
            ticker = work.tickers[columns[tick.instrument_id]]
            row = rows[_day(tick.ts_init)]
            for quantity in decided.pop(ticker, ()):
                self.decided_on = datetime.combine(work.sessions[row - 1], datetime.min.time())
                side = host.enums.OrderSide.SELL if quantity < 0 else host.enums.OrderSide.BUY
                order = self.order_factory.market(
                    tick.instrument_id, side, host.objects.Quantity.from_int(abs(quantity))
                )
                self.placed.append(order)
                self.submit_order(order)

    script = short.strategy(Script)()
    engine.add_strategy(script)
    engine.run()
    orders = script.placed
    filled = [o for o in orders if o.status == host.enums.OrderStatus.FILLED]
    balance = float(engine.cache.account_for_venue(venue).balance_total(host.usd))
    realized = sum(float(p.realized_pnl) for p in engine.cache.positions()) + sum(
        float(s) for s in _snapshots(engine)
    )
    trades = engine.trader.generate_fills_report()
    engine.dispose()
    # The account moves by realized profit, so what is left of the change are the borrow fees.
    charged = work.cash + realized - balance
    return Outcome(
        len(orders),
        refused_orders(short.desk),
        len(filled),
        short.desk.total_borrow_cost,
        charged,
        trades,
        short.desk.report().borrow_costs,
    )


def _snapshots(engine: Any) -> list[Any]:
    """Return the profits of positions that were closed and opened again under the same name."""
    found = []
    for position in engine.cache.positions():
        for snapshot in engine.cache.position_snapshots(position.id):
            found.append(snapshot.realized_pnl)
    return found


def _day(nanoseconds: int) -> date:
    # Sessions' opens and closes lie on the same day in UTC and in New York.
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).date()


class _Host:
    """The parts of nautilus_trader that the workload needs."""

    def __init__(self) -> None:
        names = {
            "engine": "backtest.engine",
            "config": "config",
            "identifiers": "model.identifiers",
            "enums": "model.enums",
            "objects": "model.objects",
            "data": "model.data",
            "instruments": "model.instruments",
            "strategy": "trading.strategy",
        }
        for name, module in names.items():
            setattr(self, name, host_module(f"nautilus_trader.{module}", "nautilus"))
        self.usd: Any = host_module("nautilus_trader.model.currencies", "nautilus").USD

    def __getattr__(self, name: str) -> Any:  # for type checkers: the modules are set above
        raise AttributeError(name)

    def equity(self, ticker: str, venue: Any) -> Any:
        instrument_id = self.identifiers.InstrumentId(self.identifiers.Symbol(ticker), venue)
        return self.instruments.Equity(
            instrument_id,
            self.identifiers.Symbol(ticker),
            self.usd,
            2,
            self.objects.Price.from_str("0.01"),
            self.objects.Quantity.from_int(1),
            0,
            0,
        )

    def bar_type(self, equity: Any) -> Any:
        return self.data.BarType.from_str(f"{equity.id}-1-DAY-LAST-EXTERNAL")

    def data_of(self, work: Workload, equities: list[Any]) -> list[Any]:
        """Return a quote at each open and a bar at each close, in the order of time."""
        price: Any = lambda value: self.objects.Price(value, 2)  # noqa: E731
        lot, volume = (
            self.objects.Quantity.from_int(10_000_000),
            self.objects.Quantity.from_int(1_000_000_000),
        )
        found = []
        opens, closes = (
            instants([datetime.combine(d, t) for d in work.sessions], Market.USA) * 1000
            for t in (Market.USA.opens, Market.USA.closes)
        )
        for row in range(len(work.sessions)):
            for column, equity in enumerate(equities):
                at = float(work.opens[row, column])
                found.append(
                    self.data.QuoteTick(
                        equity.id, price(at), price(at), lot, lot, int(opens[row]), int(opens[row])
                    )
                )
            for column, equity in enumerate(equities):
                first, last = float(work.opens[row, column]), float(work.closes[row, column])
                found.append(
                    self.data.Bar(
                        self.bar_type(equity),
                        price(first),
                        price(max(first, last)),
                        price(min(first, last)),
                        price(last),
                        volume,
                        int(closes[row]),
                        int(closes[row]),
                    )
                )
        return found
