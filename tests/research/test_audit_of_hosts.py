"""Trade lists that hosts exported, audited: the same verdicts as the engine on the same orders."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from shortable import NullShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData, NullBuyingPower
from shortable.research import audit, read_trades
from shortable.testing.hosts.names import HOSTS
from shortable.testing.workload import make_workload
from tests.hosts import host_named

WORK = make_workload("daily", sessions=60, symbols=4)


class AtTheOpen:
    """The workload's provider, asked at the open of the session in which an order is sent."""

    def shortable_quantity(self, symbol, local_time):
        return WORK.provider.shortable_quantity(symbol, local_time.replace(hour=9, minute=30))


def engine_on(trades):
    """Send a trade list to the engine, each trade at its own session's close, covers as far as there is a short; return which sells it refused."""
    script = {}
    for day, symbol, quantity in zip(
        trades.times.astype("datetime64[D]").astype(object),
        trades.symbols,
        trades.quantities,
        strict=True,
    ):
        script.setdefault(day, []).append((symbol, int(quantity)))
    refused = []

    class Replay(Algorithm):
        def initialize(self):
            self.set_cash(1e9)
            for ticker in WORK.tickers:
                security = self.add_equity(ticker)
                security.set_shortable_provider(AtTheOpen())
                security.set_buying_power_model(NullBuyingPower())

        def on_data(self, slice):
            short = {symbol: max(-self.portfolio[symbol].quantity, 0) for symbol in self.securities}
            for symbol, quantity in script.get(self.time.date(), ()):
                if quantity < 0:
                    refused.append(bool(self.market_order(symbol, quantity).error_code))
                elif short[symbol]:
                    cover = min(quantity, short[symbol])
                    short[symbol] -= cover
                    self.market_order(symbol, cover)

    Backtest(Replay, MarketData.from_frames(WORK.frames())).run()
    return refused


def exported(name):
    """Run the workload without a restriction on a host, and export what it traded."""
    host = host_named(name)
    return host.run(dataclasses.replace(WORK, provider=NullShortableProvider())).trades


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTS)
def test_the_same_verdicts_as_the_engine(name, tmp_path):
    exported(name).to_csv(tmp_path / "trades.csv")
    read = read_trades(tmp_path / "trades.csv")
    assert read.skipped.empty
    trades = read.trades
    verdicts = audit(trades, WORK.provider).trades
    sells = verdicts[trades.quantities < 0]
    assert (sells["verdict"] == "not borrowable").tolist() == engine_on(trades)
    assert 0 < (sells["verdict"] == "not borrowable").sum() < len(sells)


def test_a_quantconnect_orders_csv(tmp_path):
    """The engine's own unrestricted orders in QuantConnect's form, times in UTC."""
    fills = exported("engine")
    lines = pd.DataFrame(
        {
            "Time": pd.DatetimeIndex(fills["time"])
            .tz_localize("America/New_York")
            .tz_convert("UTC")
            .strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Symbol": fills["symbol"].astype(str),
            "Price": fills["price"],
            "Quantity": fills["quantity"],
            "Type": "Market",
            "Status": "Filled",
            "Value": fills["price"] * fills["quantity"],
            "Tag": "",
        }
    )
    lines.to_csv(tmp_path / "orders.csv", index=False)
    trades = read_trades(tmp_path / "orders.csv").trades
    verdicts = audit(trades, WORK.provider).trades
    asked = np.flatnonzero(trades.quantities < 0)
    assert (verdicts["verdict"].to_numpy()[asked] == "not borrowable").tolist() == engine_on(trades)
