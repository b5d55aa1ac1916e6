"""When a trade settles: how many settlement days after it, by market and date.

Sources: SEC release 34-80295 (T+2 from 5 September 2017; 82 FR 15564) and 34-96930 (T+1 from 28 May 2024); Canada: CSA, 27
April 2017 (T+2 from 5 September 2017), and TMX (T+1 from 27 May 2024, a day before the USA: CSA, National Instrument 24-101);
HKEX, "CCASS operations" (T+2); CSDR article 5 and EuroCCP, 11 June 2014 (T+2 from 6 October 2014 in the euro area, the UK and
Switzerland; Germany before); BME, 10 October 2016 (Spain: T+2 since the week before). Dates are those of the first trade that
settles by the rule. What was before T+3 is not in the table (in the USA T+5, until 6 June 1995: release 34-34952).
"""

from __future__ import annotations

from datetime import date

import numpy as np

from shortable.calendars import business_day_after
from shortable.clock import as_datetime
from shortable.errors import InvalidInputError
from shortable.market import Market

__all__ = ["SETTLEMENT_LAGS", "settlement_date", "settlement_lag"]

_AMERICA = ((date.min, 3), (date(2017, 9, 5), 2))
_EUROPE = ((date.min, 3), (date(2014, 10, 6), 2))

SETTLEMENT_LAGS: dict[Market, tuple[tuple[date, int], ...]] = {
    Market.USA: (*_AMERICA, (date(2024, 5, 28), 1)),
    Market.CANADA: (*_AMERICA, (date(2024, 5, 27), 1)),
    Market.HKEX: ((date.min, 2),),
    Market.UK: _EUROPE,
    Market.FRANCE: _EUROPE,
    Market.GERMANY: ((date.min, 2),),
    Market.ITALY: _EUROPE,
    Market.NETHERLANDS: _EUROPE,
    Market.SPAIN: ((date.min, 3), (date(2016, 10, 3), 2)),
    Market.BELGIUM: _EUROPE,
    Market.AUSTRIA: _EUROPE,
    Market.SWITZERLAND: _EUROPE,
}
"""By market, from which trade date a trade settles how many settlement days later, ascending."""


def settlement_lag(day: date, market: Market | str = Market.USA) -> int:
    """Return how many settlement days after it a trade of a day settles.

    Raises
    ------
    InvalidInputError
        The market's rule is not in the table.

    Examples
    --------
    >>> [settlement_lag(day) for day in (date(2017, 9, 1), date(2017, 9, 5), date(2024, 5, 24), date(2024, 5, 28))]
    [3, 2, 2, 1]
    """
    home = Market.of(market)
    table = SETTLEMENT_LAGS.get(home)
    if table is None:
        known = ", ".join(one.value for one in SETTLEMENT_LAGS)
        raise InvalidInputError(
            "market", home.value, f"be one of {known}", "Give the settlement dates with settles=."
        )
    traded = as_datetime(day, "day").date()
    return next(lag for since, lag in reversed(table) if traded >= since)


def settlement_date(day: date, market: Market | str = Market.USA) -> date:
    """Return when a trade of a day settles.

    Settlement days of the USA are weekdays without NYSE and federal holidays: on Columbus Day and Veterans Day the exchanges
    trade and nothing settles. Elsewhere they are the weekdays, because other holidays are not known here: give your own
    dates where that matters.

    Parameters
    ----------
    day : date
        Of the trade.
    market : Market

    Examples
    --------
    Sold on Friday 11 October 2024, T+1: Monday is Columbus Day, so it settles on Tuesday.

    >>> settlement_date(date(2024, 10, 11)).isoformat(), settlement_date(date(2024, 10, 11), Market.HKEX).isoformat()
    ('2024-10-15', '2024-10-15')
    """
    lag = settlement_lag(day, market)
    if Market.of(market) is Market.USA:
        return business_day_after(day, lag)
    found: date = np.busday_offset(np.datetime64(day, "D"), lag, roll="backward").astype(date)
    return found
