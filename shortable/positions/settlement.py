"""How many sessions after a trade its shares are settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from shortable.errors import InvalidInputError
from shortable.symbol import Market

__all__ = ["Settlement", "by_market", "settlement_of", "unsettled_since"]

Settlement = Callable[[Market, date], int]
"""Sessions from a trade in a market on a date to its settlement: 1 is T+1."""

# (from trade date, sessions), newest first. USA: SEC release 34-96930 (T+1 from 2024-05-28) and 34-80295 (T+2 from
# 2017-09-05, T+3 before). Canada and Mexico: T+1 from 2024-05-27, T+2 before; Canada T+3 before 2017-09-05. India:
# T+1 for all shares from 2023-01-27 (SEBI). Elsewhere T+2: HKEX's CCASS; the EU's Regulation 909/2014 article 5.
_RULES: dict[Market, tuple[tuple[date, int], ...]] = {
    Market.USA: ((date(2024, 5, 28), 1), (date(2017, 9, 5), 2), (date.min, 3)),
    Market.CANADA: ((date(2024, 5, 27), 1), (date(2017, 9, 5), 2), (date.min, 3)),
    Market.MEXICO: ((date(2024, 5, 27), 1), (date.min, 2)),
    Market.INDIA: ((date(2023, 1, 27), 1), (date.min, 2)),
}
_ELSEWHERE = ((date.min, 2),)


def by_market(market: Market, traded: date) -> int:
    """Return the sessions to settlement that the market's rule of that date says.

    Examples
    --------
    >>> by_market(Market.USA, date(2024, 5, 24)), by_market(Market.USA, date(2024, 5, 28)), by_market(Market.HKEX, date.max)
    (2, 1, 2)
    """
    return next(sessions for since, sessions in _RULES.get(market, _ELSEWHERE) if traded >= since)


def settlement_of(given: int | None) -> Settlement:
    """Return the rule for a setting: None is the markets' own, a number holds for all.

    Raises
    ------
    InvalidInputError
        Not a whole number from 0 to 5.
    """
    if given is None:
        return by_market
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 5:
        raise InvalidInputError(
            "settlement", given, "be None or a whole number of sessions from 0 to 5"
        )
    return lambda market, traded: given


def unsettled_since(
    rule: Settlement, market: Market, traded: date, sessions: Sequence[date]
) -> bool:
    """Say whether a trade has not settled at the end of the last of `sessions`.

    Examples
    --------
    >>> days = [date(2024, 6, 3), date(2024, 6, 4)]
    >>> [unsettled_since(by_market, Market.USA, day, days) for day in days]
    [False, True]
    """
    return sum(session > traded for session in sessions) < rule(market, traded)
