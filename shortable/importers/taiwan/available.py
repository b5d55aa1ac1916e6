"""``TWT96U``: how much of each stock of both exchanges may be borrowed and sold short today, as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time

import pyarrow as pa

from shortable.clock import published_instant
from shortable.errors import ImportRefusedError
from shortable.importers.figures import Published, at_time_of_day, known_from
from shortable.importers.files import SourceFile
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.report import Reject
from shortable.importers.source import Parsed
from shortable.importers.taiwan.documents import check_day, clean, json_document, roc_date
from shortable.importers.taiwan.evening import read_code, read_day, share_count
from shortable.importers.values import nearest_tickers
from shortable.json_types import Json, records_of
from shortable.market import Market
from shortable.store import make_snapshot

__all__ = ["is_available", "parse_available"]

_TITLE = "可借券賣出股數"
_KEYS = (("TWSECode", "TWSEAvailableVolume"), ("GRETAICode", "GRETAIAvailableVolume"))
_TAG = re.compile(r"<[^>]*>")


def is_available(file: SourceFile) -> bool:
    """Return whether a file is one of these rather than an evening list."""
    start = file.data[:4096].decode("utf-8", errors="replace")
    return start.lstrip("\ufeff \t\r\n").startswith("[") or _TITLE in _unescaped(start)


def parse_available(
    file: SourceFile, *, published: Published = None, session: date | str | None = None
) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : SourceFile
        JSON with the date in its title, or the open data's list, which has none.
    published : date, datetime or text, optional
        When it was published. Default: the midnight with which its session begins; the evening before states the same.
    session : date or str, optional
        The session that its volumes are for, where the file does not say it.

    Raises
    ------
    NeedsError
        Nothing states the session.
    ImportRefusedError
        The file is no such list, contradicts `session`, or no row can be used.
    """
    document = json_document(file)
    stated, records = _records(document, file.name)
    given = None if session is None else read_day(session, "session")
    if stated is not None and given is not None and stated != given:
        raise ImportRefusedError(f"{file.name}: its title says {stated}, and session={given!s}")
    day = stated or given
    if day is None:
        raise NeedsError(
            file.name,
            [
                f"no date stands in it: give {keyword('session', 'DATE')}, the day that its volumes are for"
            ],
        )
    check_day(day, file.name)
    parsed = Parsed(file.name)
    shares: dict[str, int] = {}
    unreadable: set[str] = set()
    for number, code, volume in records:
        parsed.rows_read += 1
        count = share_count(volume)
        ticker, reason = read_code(code)
        if not reason and (count is None or count < 0):
            reason = f"volume {volume!r} is no number of shares"
        if not reason and ticker in shares:
            reason = f"{ticker} is stated twice"
        if reason or ticker is None or count is None:
            parsed.rejects.append(Reject(file.name, number, f"{code},{volume}", reason))
            unreadable.update([ticker] if ticker else nearest_tickers(code))
            continue
        shares[ticker] = count
    if not shares:
        first = parsed.rejects[0] if parsed.rejects else None
        why = f"; row {first.line}: {first.reason}" if first else " (it holds none)"
        raise ImportRefusedError(f"{file.name}: no row can be used{why}")
    as_of = published_instant(datetime.combine(day, time(0)), Market.TAIWAN)
    if published is not None:
        as_of = int(
            known_from([day], Market.TAIWAN, at_time_of_day(time(0)), published).instants[0]
        )
    snapshot = make_snapshot(
        as_of,
        {
            "symbol": pa.array(list(shares), pa.string()),
            "quantity": pa.array(list(shares.values()), pa.int64()),
        },
        complete=True,
        market=Market.TAIWAN,
        kind="daily_flow",
        unreadable=sorted(unreadable - set(shares)),
        session=day,
    )
    parsed.snapshots.append((Market.TAIWAN, snapshot))
    return parsed


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)


def _records(document: Json, name: str) -> tuple[date | None, Iterator[tuple[int, str, str]]]:
    """Return the date of the title, and number, code and shares of every pair that is not empty."""
    if isinstance(document, list):
        records = records_of(document)
        if records is None or not all(set(dict(_KEYS)) & set(record) for record in records):
            raise ImportRefusedError(f"{name}: JSON without {_KEYS[0][0]} or {_KEYS[1][0]}")
        return None, _pairs([[r.get(key) for pair in _KEYS for key in pair] for r in records], name)
    rows = document.get("data") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(rows, list):
        raise ImportRefusedError(f"{name}: JSON without data; nothing was imported")
    if str(document.get("stat", "OK")).lower() != "ok":
        raise ImportRefusedError(f"{name}: the exchange answers {document['stat']!r}")
    return roc_date(str(document.get("title", ""))), _pairs(rows, name)


def _pairs(rows: list[Json], name: str) -> Iterator[tuple[int, str, str]]:
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) % 2:
            raise ImportRefusedError(f"{name}: row {number} is no list of pairs of code and shares")
        cells = [clean(_TAG.sub("", str(cell))) if cell is not None else "" for cell in row]
        for code, volume in zip(cells[::2], cells[1::2], strict=True):
            if code or volume:
                yield number, code, volume
