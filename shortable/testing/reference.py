"""What the common workload must give, worked out slowly and obviously, without any host."""

from __future__ import annotations

from datetime import datetime

from shortable.market import Market
from shortable.provider import as_provider
from shortable.testing.workload import Outcome, Workload

__all__ = ["expected"]


def expected(work: Workload) -> Outcome:
    """Go through the workload session by session: the night's fee, the fills, the close's orders (S4, S5, S8, S15).

    Examples
    --------
    >>> from shortable.testing.workload import make_workload
    >>> outcome = expected(make_workload("daily", sessions=40, symbols=4))
    >>> outcome.orders == len(outcome.refused) + outcome.filled
    True
    """
    provider = as_provider(work.provider)
    count = len(work.tickers)
    held, resting = [0] * count, [[] for _ in range(count)]  # type: list[int], list[list[int]]
    sent = filled = 0
    fee = 0.0
    refused = []
    for row, day in enumerate(work.sessions):
        if row:
            before = work.sessions[row - 1]
            at = datetime.combine(before, Market.USA.closes)
            for column, ticker in enumerate(work.tickers):
                if held[column] < 0:
                    rate = provider.fee_rate(ticker, at)
                    fee += (
                        -held[column]
                        * float(work.closes[row - 1, column])
                        * rate
                        * (day - before).days
                        / 360
                    )
        for column in range(count):
            for quantity in resting[column]:
                held[column] += quantity
                filled += 1
            resting[column].clear()
        for column, ticker in enumerate(work.tickers):
            for quantity in work.orders(row, column, held[column]):
                sent += 1
                if quantity < 0:
                    available = provider.shortable_quantity(ticker, work.now(row))
                    sells = -sum(q for q in resting[column] if q < 0)
                    # Of a daily flow the session's other sales count, which all rest, and not the position.
                    counted = 0 if work.kind == "flow" else held[column]
                    if available is not None and counted - sells + quantity < -available:
                        refused.append((day, ticker, quantity))
                        continue
                resting[column].append(quantity)
    return Outcome(sent, refused, filled, fee)
