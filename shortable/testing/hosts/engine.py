"""The common workload on shortable's own engine."""

from __future__ import annotations

from datetime import datetime

from shortable.engine import Algorithm, Backtest, MarketData, NullBuyingPower, NullFeeModel, Slice
from shortable.provider import as_provider
from shortable.symbol import Symbol
from shortable.testing.workload import Outcome, Workload

__all__ = ["run"]


class _LookUpAt:
    """The workload's provider, asked at the session's look-up time whatever the engine's clock says.

    The engine's clock reads the close when an order is sent; a workload may look up at the open. Rates are those
    known at the close (S8).
    """

    def __init__(self, work: Workload) -> None:
        self._provider = as_provider(work.provider)
        self._at = {day: work.now(row) for row, day in enumerate(work.sessions)}
        self.availability_kind = self._provider.availability_kind

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        answer: int | None = self._provider.shortable_quantity(symbol, self._at[local_time.date()])
        return answer

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        return float(self._provider.fee_rate(symbol, local_time))


class _Script(Algorithm):
    """Sends the workload's orders at each close."""

    work: Workload
    lookups: _LookUpAt

    def initialize(self) -> None:
        self.set_cash(self.work.cash)
        self.symbols = []
        for ticker in self.work.tickers:
            security = self.add_equity(ticker)
            self.symbols.append(security.symbol)
            security.set_fee_model(NullFeeModel())
            security.set_buying_power_model(NullBuyingPower())
            security.set_shortable_provider(self.lookups)
        self._row = 0

    def on_data(self, slice: Slice) -> None:
        for column, ticker in enumerate(self.work.tickers):
            for quantity in self.work.orders(
                self._row, column, self.portfolio[self.symbols[column]].quantity
            ):
                self.market_order(ticker, quantity)
        self._row += 1


def run(work: Workload) -> Outcome:
    """Run the workload."""
    script = type("Script", (_Script,), {"work": work, "lookups": _LookUpAt(work)})
    result = Backtest(script, MarketData.from_frames(work.frames())).run()
    orders = result.orders
    refused = orders[orders["error_code"] != 0]
    lines = zip(refused["time"], refused["symbol"], refused["quantity"], strict=True)
    return Outcome(
        len(orders),
        [(t.date(), str(s), int(q)) for t, s, q in lines],
        len(result.fills),
        float(result.borrow_costs["cost"].sum()),
        float(result.borrow_costs["cost"].sum()),
        result.fills,
        result.borrow_costs,
    )
