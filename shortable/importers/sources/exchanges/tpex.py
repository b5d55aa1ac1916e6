"""The Taipei Exchange (TPEx): ``margin/sbl``, what is sold short of its stocks and how much may be tomorrow."""

from __future__ import annotations

from datetime import date

from shortable.importers.figures import Published
from shortable.importers.files import File
from shortable.importers.source import Parsed, Source
from shortable.importers.taiwan import (
    EVENING_COLUMNS,
    EVENING_OPTIONS,
    parse_evening,
    settle_sessions,
)
from shortable.market import Market

__all__ = ["SOURCE", "parse_tpex"]


def parse_tpex(
    file: File,
    /,
    *,
    published: Published = None,
    session: date | str | None = None,
    allow_breaks: bool = False,
) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        ``margin/sbl`` as JSON or CSV.
    published : date, datetime or text, optional
        When it was published (Taipei, or aware). Default: 22:30 on the list's day.
    session : date or str, optional
        The session that the limits are for. Default: the next session of the exchange.
    allow_breaks : bool
        Store balances although an identity is broken.

    Raises
    ------
    ImportRefusedError
        The file is no such list, was cut off, is the TWSE's, or no row can be used.
    """
    return parse_evening(
        file, "TPEX", published=published, session=session, allow_breaks=allow_breaks
    )


SOURCE = Source(
    name="tpex",
    about="the Taipei Exchange's short balances and next-session limits (margin/sbl)",
    states=("availability", "short balances"),
    parse=parse_tpex,
    columns=EVENING_COLUMNS,
    market=Market.TAIWAN,
    time_zone="Asia/Taipei",
    complete="each list has all stocks of the exchange that may be sold short",
    published="22:30 on the list's day, for the next session",
    options=EVENING_OPTIONS,
    default_broker="tpex",
    settle=settle_sessions,
)
