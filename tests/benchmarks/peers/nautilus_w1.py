"""W1 on nautilus_trader 1.x, availability and fees by hand. ``nautilus_w1.py FILE.npz`` -> JSON.

It fills at once, so what a bar's close decides is sent with the quote of the next bar's open. Making the data and loading
the engine is not in the time.
"""

import json
import sys
import time

import nautilus_trader
import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import BacktestEngineConfig, LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

SHARES, CYCLE, HOLD, CASH = 100, 10, 5, 10_000_000.0
DAY, OPEN, CLOSE = 86_400_000_000_000, 52_200_000_000_000, 75_600_000_000_000


def main(path):
    w = np.load(path)
    dates, opens, closes = w["dates"], w["open"], w["close"]
    days = np.diff(dates)
    night = (closes[:-1] * w["fee_rate"][:-1] * days[:, None] / 360).tolist()
    available = w["availability"].tolist()
    sessions, columns = closes.shape
    venue = Venue("XNYS")
    equities = []
    for name in w["symbols"].tolist():
        where = InstrumentId(Symbol(name), venue)
        equities.append(
            Equity(where, Symbol(name), USD, 2, Price.from_str("0.01"), Quantity.from_int(1), 0, 0)
        )
    types = [BarType.from_str(f"{equity.id}-1-DAY-LAST-EXTERNAL") for equity in equities]
    lot, volume = Quantity.from_int(10_000_000), Quantity.from_int(1_000_000_000)
    data = []
    for i in range(sessions):
        opened, closed = int(dates[i]) * DAY + OPEN, int(dates[i]) * DAY + CLOSE
        for k, equity in enumerate(equities):
            at = Price(opens[i, k], 2)
            data.append(QuoteTick(equity.id, at, at, lot, lot, opened, opened))
        for k in range(columns):
            four = (w[name][i, k] for name in ("open", "high", "low", "close"))
            data.append(Bar(types[k], *(Price(x, 2) for x in four), volume, closed, closed))
    counts = {"orders": 0, "refused": 0, "filled": 0, "fees": 0.0}

    class W1(Strategy):
        def on_start(self):
            self.row, self.held = {e.id: -1 for e in equities}, {e.id: 0 for e in equities}
            self.column = {e.id: k for k, e in enumerate(equities)}
            for equity, kind in zip(equities, types, strict=True):
                self.subscribe_quote_ticks(equity.id)
                self.subscribe_bars(kind)

        def on_quote_tick(self, tick):
            where = tick.instrument_id
            i, k, held = self.row[where], self.column[where], self.held[where]
            self.row[where] = i + 1
            if i >= 0 and held < 0:
                counts["fees"] += -held * night[i][k]
            if not 1 <= i <= sessions - 2:
                return
            if i % CYCLE == k % CYCLE:
                counts["orders"] += 1
                if held - SHARES >= -available[i][k]:
                    self.send(where, OrderSide.SELL)
                else:
                    counts["refused"] += 1
            elif i % CYCLE == (k + HOLD) % CYCLE and held < 0:
                counts["orders"] += 1
                self.send(where, OrderSide.BUY)

        def send(self, where, side):
            order = self.order_factory.market(where, side, Quantity.from_int(SHARES))
            self.submit_order(order)

        def on_order_filled(self, event):
            counts["filled"] += 1
            self.held[event.instrument_id] += (
                SHARES if event.order_side == OrderSide.BUY else -SHARES
            )

    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue=venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(CASH, USD)],
    )
    for equity in equities:
        engine.add_instrument(equity)
    engine.add_data(data)
    engine.add_strategy(W1())
    start, cpu = time.perf_counter(), time.process_time()
    engine.run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(
        json.dumps(
            {
                "host": "nautilus_trader",
                "version": nautilus_trader.__version__,
                **counts,
                "seconds": seconds,
                "cpu": cpu,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
