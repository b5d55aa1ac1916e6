"""What fee would have eaten the profit, symbol by symbol."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shortable.arguments import check_kind
from shortable.results.result import Result

__all__ = ["break_even_fee"]


def break_even_fee(result: Result) -> pd.DataFrame:
    """Return the flat annual fee at which each symbol's shorts would have made nothing.

    Parameters
    ----------
    result : Result
        Of a run with nights short.

    Returns
    -------
    DataFrame
        By symbol: profit (everything that the symbol made but its borrow fees; money), value_years (shares × close × days /
        360, added over the nights short; money years), paid (the borrow fees), average_fee (paid / value_years) and
        break_even_fee (profit / value_years): annual fractions. A break-even fee below 0 was a loss before any fee. A symbol
        that was long as well is judged by all that it made.

    Examples
    --------
    >>> from shortable.engine import Backtest, MarketData
    >>> from shortable.examples.fade_the_pump import FadeThePump
    >>> table = break_even_fee(Backtest(FadeThePump, MarketData.sample()).run())
    >>> bool((table["value_years"] > 0).all())
    True
    """
    check_kind("result", result, Result, "be a Result")
    nights = result.borrow_costs
    value = nights["shares"] * nights["close"] * nights["days"] / 360
    exposure = value.groupby(nights["symbol"].astype(str)).sum()
    made = result.attribution
    sums = made.groupby(made["symbol"].astype(str))[["total", "borrow_fee", "rebate"]].sum()
    sums = sums.reindex(exposure.index, fill_value=0.0)
    paid = -(sums["borrow_fee"] + sums["rebate"])
    profit = sums["total"] + paid
    years = exposure.replace(0.0, np.nan)
    table = pd.DataFrame(
        {
            "profit": profit,
            "value_years": exposure,
            "paid": paid,
            "average_fee": paid / years,
            "break_even_fee": profit / years,
        }
    )
    table.index.name = "symbol"
    return table.sort_values("break_even_fee", kind="stable")
