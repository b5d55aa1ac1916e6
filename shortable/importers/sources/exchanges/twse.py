"""The Taiwan Stock Exchange: ``TWT93U``, what is sold short and how much may be tomorrow; ``TWT96U``, how much may be today."""

from __future__ import annotations

from datetime import date

from shortable.importers.figures import Published
from shortable.importers.files import File, read_file
from shortable.importers.source import Parsed, Source
from shortable.importers.taiwan import (
    EVENING_COLUMNS,
    EVENING_OPTIONS,
    is_available,
    parse_available,
    parse_evening,
    settle_sessions,
)
from shortable.market import Market

__all__ = ["SOURCE", "parse_twse"]


def parse_twse(
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
        ``TWT93U`` as CSV (cp950) or JSON, or ``TWT96U`` as JSON.
    published : date, datetime or text, optional
        When it was published (Taipei, or aware). Default: 22:30 on the list's day; ``TWT96U`` its session's midnight.
    session : date or str, optional
        The session that the limits are for. Default: the next session of the exchange; for ``TWT96U`` the date in its
        title.
    allow_breaks : bool
        Store balances although an identity is broken.

    Raises
    ------
    NeedsError
        Nothing states the session of a ``TWT96U``.
    ImportRefusedError
        The file is neither, was cut off, is TPEx's, or no row can be used.

    Examples
    --------
    >>> head = "代號,名稱,前日餘額,賣出,買進,現券,今日餘額,次一營業日限額,前日餘額,當日賣出,當日還券,當日調整,當日餘額,次一營業日可限額,備註,"
    >>> row = '="0050",x,179000,6000,16000,3000,166000,552875000,22035000,161000,1033000,0,21163000,"2,949,076", ,'
    >>> text = "\\n".join(["114年01月08日 信用額度總量管制餘額表", head, row, "說明:"])
    >>> ((market, snapshot),) = parse_twse(text.encode("cp950")).snapshots
    >>> snapshot.table["quantity"].to_pylist(), snapshot.kind, snapshot.session.isoformat()
    ([2949076], 'daily_flow', '2025-01-09')
    """
    opened = read_file(file)
    if is_available(opened):
        return parse_available(opened, published=published, session=session)
    return parse_evening(
        opened, "TWSE", published=published, session=session, allow_breaks=allow_breaks
    )


SOURCE = Source(
    name="twse",
    about="the Taiwan Stock Exchange's short balances and next-session limits (TWT93U; limits of today: TWT96U)",
    states=("availability", "short balances"),
    parse=parse_twse,
    columns=EVENING_COLUMNS,
    market=Market.TAIWAN,
    time_zone="Asia/Taipei",
    complete="each list has all stocks of the exchange that may be sold short",
    published="22:30 on the list's day, for the next session",
    options=EVENING_OPTIONS,
    default_broker="twse",
    settle=settle_sessions,
)
