"""Split lists in JSON, as data vendors and public collections keep them.

A list of objects, or an object with such a list, with a symbol, a date and a ratio each. A field that is named for
the ex-date states it. A plain ``date`` may mean the evening on which a split became effective as well as the ex-date;
where the notes say when trading on the new shares began that is the ex-date, and the others are left unconfirmed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from shortable.actions.ratio import exact_ratio
from shortable.actions.reading import ActionsRead, read_bytes
from shortable.actions.records import Split, as_day
from shortable.actions.table import read_ratio
from shortable.errors import CorporateActionError, SymbolError
from shortable.json_types import Json, load_json
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["read_split_list", "records_of_dividends"]

_SYMBOL = ("symbol", "ticker", "code")
_EX_DATE = ("ex_date", "exdate", "execution_date", "executiondate")
_DATE = ("date", "effective_date", "effectivedate", "split_date")
_NEW = ("rationew", "split_to", "numerator", "tofactor", "to", "new")
_OLD = ("ratioold", "split_from", "denominator", "fromfactor", "from", "old")
_RATIO = ("ratio", "split", "split_ratio", "split_factor", "splitratio", "splitfactor")
_AMOUNT = ("cash_amount", "amount", "dividend")
_SYMBOL_OF_LIST = ("symbol", "ticker")
_DAY = r"(?:on )?([A-Z][a-z]{2,8})\.? (\d{1,2}), (\d{4})"
_TRADING_BEGAN = re.compile(
    rf"(?:split-adjusted (?:[\w()]+ ){{0,5}}began {_DAY})|(?:ex-date:? {_DAY})", re.IGNORECASE
)
_LATEST = timedelta(days=7)  # after the date of the list


def read_split_list(
    source: object, *, symbol: str | None = None, market: Market | None = None
) -> ActionsRead:
    """Read a list of splits.

    Parameters
    ----------
    source : path or bytes
    symbol : str, optional
        Whose splits they are, where the list does not say it.
    market : Market, optional
        Of tickers that name no country; default what the spelling says, else the USA.

    Raises
    ------
    CorporateActionError
        The file is no JSON, or holds no list of splits.

    Examples
    --------
    >>> text = b'[{"symbol": "GME", "date": "2022-07-21", "ratioNew": 4, "ratioOld": 1, '
    >>> text += b'"notes": "Split-adjusted trading began Jul 22, 2022."}]'
    >>> print(read_split_list(text).records[0])
    GME split 4 for 1 on 2022-07-22
    """
    name, data = read_bytes(source)
    try:
        document = load_json(data)
    except ValueError as error:
        raise CorporateActionError("source", name, "be JSON", str(error)) from None
    entries = _entries(document)
    if entries is None:
        raise CorporateActionError("source", name, "hold a list of splits")
    if symbol is None and isinstance(document, Mapping):
        named = _get(document, _SYMBOL_OF_LIST)
        symbol = named if isinstance(named, str) else None
    read = ActionsRead(name, rows=len(entries))
    from_notes = 0
    for number, entry in enumerate(entries, start=1):
        text = json.dumps(entry)
        try:
            split, decided = _split(entry, symbol, market)
        except (CorporateActionError, SymbolError) as error:
            read.reject(number, text, error)
            continue
        from_notes += decided
        read.records.append(split)
        read.used += 1
    unsure = [r for r in read.records if isinstance(r, Split) and not r.confirmed]
    if from_notes:
        read.notes.append(f"{name}: the ex-date of {from_notes} splits is the one in their notes")
    if unsure:
        shown = ", ".join(f"{s.symbol} {s.ex_date}" for s in unsure[:8])
        read.notes.append(
            f"{name}: {len(unsure)} dates may be the evening before the ex-date: {shown}"
            + (", …" if len(unsure) > 8 else "")
        )
    return read


def records_of_dividends(data: bytes) -> list[Mapping[str, Json]] | None:
    """Return the entries of JSON that lists dividends, as Polygon's does; None where it lists anything else."""
    try:
        entries = _entries(load_json(data))
    except ValueError:
        return None
    records: list[Mapping[str, Json]] = [e for e in entries or [] if isinstance(e, Mapping)]
    paid = records and all(
        _get(entry, _AMOUNT) is not None and _get(entry, (*_NEW, *_RATIO)) is None
        for entry in records
    )
    return records if paid else None


def _entries(document: Json) -> list[Json] | None:
    if isinstance(document, list):
        return document
    if isinstance(document, Mapping):
        lists = [v for v in document.values() if isinstance(v, list)]
        if len(lists) == 1:
            return lists[0]
    return None


def _get(entry: Mapping[str, Json], names: tuple[str, ...]) -> Json:
    return next(
        (value for key, value in entry.items() if key.lower() in names and value is not None), None
    )


def _split(entry: Json, symbol: str | None, market: Market | None) -> tuple[Split, bool]:
    """Return the split, and whether its notes decided its date."""
    if not isinstance(entry, Mapping):
        raise CorporateActionError("entry", entry, "be an object with symbol, date and ratio")
    name = _get(entry, _SYMBOL) or symbol
    if name is None:
        raise CorporateActionError("symbol", None, "be stated")
    key = Symbol.create(str(name), market=market)
    new = _get(entry, _NEW)
    if new is None:
        ratio = read_ratio(_get(entry, _RATIO))
    else:
        ratio = exact_ratio(new, "new") / exact_ratio(_get(entry, _OLD) or 1, "old")
    if ratio is None:
        raise CorporateActionError("ratio", None, "be stated")
    stated = _get(entry, _EX_DATE)
    if stated is not None:
        ex_date, confirmed, decided = as_day(stated, "ex_date"), True, False
    else:
        day = as_day(_get(entry, _DATE), "date")
        began = _trading_began(" ".join(str(v) for v in entry.values() if isinstance(v, str)))
        decided = began is not None and day <= began <= day + _LATEST
        ex_date, confirmed = (began, True) if began is not None and decided else (day, False)
    return Split(key, ex_date, ratio.numerator, ratio.denominator, confirmed), decided


def _trading_began(text: str) -> date | None:
    """Return the last day on which, by the notes, trading on the new shares began."""
    found = None
    for match in _TRADING_BEGAN.finditer(text):
        month, day, year = [g for g in match.groups() if g is not None]
        try:
            found = datetime.strptime(f"{month[:3]} {day} {year}", "%b %d %Y").date()
        except ValueError:
            continue
    return found
