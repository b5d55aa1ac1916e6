"""Interactive Brokers' corporate actions, whose descriptions state what happened.

Forms that are read, each with what it means:

==========================================================  ============================================
``SOLT(US92864M8304) SPLIT 1 FOR 20 (…)``                   a split, 1 new for 20 old
``XYZ(US…) STOCK DIVIDEND US… 5 FOR 100 (…)``               a split, 105 for 100
``MPW(US…) CASH DIVIDEND USD 0.09 PER SHARE (…)``           a dividend on the day's own shares
``GSX(US…) MERGED(Cash) FOR USD 31.2127 PER SHARE (…)``     a delisting at that price
``ABC(US…) MERGED(Acquisition) WITH US… 1 FOR 2 (…)``       a delisting without a price
``(US46186M6057) DELISTED (NVIVQ, …)``                      a delisting without a price
``FB(US…) SYMBOL CHANGE TO (META, …)``                      a rename
==========================================================  ============================================

A reverse split stands in two rows, one of the new line and one of ``X.OLD``; what is paid out for ``X.OLD`` is the
payout of X. An action is effective on the *evening* of its date, so the ex-date is the next session.
"""

from __future__ import annotations

import re
from datetime import date

from shortable.actions.ratio import exact_ratio
from shortable.actions.reading import ActionsRead, Rows
from shortable.actions.records import Action, Delisting, Dividend, Rename, Split, as_day
from shortable.calendars import session_after
from shortable.errors import CorporateActionError, SymbolError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["is_interactive_brokers", "read_interactive_brokers"]

_DATES = ("effective_evening", "reportdate", "report date", "date/time", "datetime", "date")
_NUMBER = r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_BASE = r"(?P<base>[^()]*)\([^()]*\)\s*"
_LINE = re.compile(r"\((?P<symbol>[^(),]+),[^()]*\)\s*$|\((?P<last>[^(),]+),.*\)\s*$")
_FORMS = {
    "split": re.compile(rf"{_BASE}SPLIT (?P<new>{_NUMBER}) FOR (?P<old>{_NUMBER})\b.*"),
    "stock dividend": re.compile(
        rf"{_BASE}STOCK DIVIDEND (?:[A-Z]{{2}}[A-Z0-9]+ )?(?P<new>{_NUMBER}) FOR (?P<old>{_NUMBER})\b.*"
    ),
    "dividend": re.compile(
        rf"{_BASE}(?:CASH )?DIVIDEND\b.*?(?P<currency>[A-Z]{{3}}) (?P<amount>{_NUMBER}) PER SHARE\b.*"
    ),
    "cash merger": re.compile(
        rf"{_BASE}MERGED\([^()]*\)\s+FOR (?P<currency>[A-Z]{{3}}) (?P<amount>{_NUMBER}) PER SHARE\b.*"
    ),
    "merger": re.compile(rf"{_BASE}MERGED\([^()]*\)\s+WITH\b.*"),
    "delisted": re.compile(rf"{_BASE}DELISTED\b.*"),
    "rename": re.compile(rf"{_BASE}(?:SYMBOL|NAME|TICKER) CHANGE\b.*"),
}
_OLD_LINE = re.compile(r"(.+)\.OLD\d*")


def is_interactive_brokers(rows: Rows) -> bool:
    """Whether a table has a column of descriptions that read as Interactive Brokers' do."""
    column = _column(rows, "description")
    texts = [str(row[column]) for row in rows.cells if column and row.get(column)]
    return any(form.fullmatch(text) for text in texts[:50] for form in _FORMS.values())


def read_interactive_brokers(rows: Rows, *, market: Market | None = None) -> ActionsRead:
    """Read a table with a date and a description in each row, such as a statement's corporate actions.

    Parameters
    ----------
    rows : Rows
        From `open_rows`.
    market : Market, optional
        Of the symbols; default the USA.

    Raises
    ------
    CorporateActionError
        There is no column of descriptions or of dates.
    """
    description = _column(rows, "description")
    dated = next((c for name in _DATES if (c := _column(rows, name))), None)
    if description is None or dated is None:
        raise CorporateActionError(
            f"columns of {rows.name}", rows.columns, "hold a description and a date"
        )
    read = ActionsRead(rows.name, rows=len(rows.cells))
    seen: set[Action] = set()
    for row, line, text in rows:
        try:
            if row.get(description) is None:
                raise CorporateActionError("description", None, "state what happened")
            evening = _evening(row[dated])
            action = _action(str(row[description]), evening, market or Market.USA)
        except (CorporateActionError, SymbolError) as error:
            read.reject(line, text, error)
            continue
        if action is None:
            read.pass_over("rows of what was received")
        elif action in seen:
            read.pass_over("second rows of one action")
        else:
            seen.add(action)
            read.records.append(action)
            read.used += 1
    return read


def _column(rows: Rows, name: str) -> str | None:
    return next((c for c in rows.columns if c.strip().lower() == name), None)


def _evening(value: object) -> date:
    """Return the day of a date or of a time such as ``20260226;202500`` or ``2026-02-26, 20:25:00``."""
    if isinstance(value, int):
        value = str(value)
    if isinstance(value, str):
        value = re.split(r"[;, T]", value.strip())[0]
    return as_day(value, "date")


def _action(text: str, evening: date, market: Market) -> Action | None:
    """Return what a description states; None for the line that is received in a merger."""
    kind, match = next(
        ((k, m) for k, form in _FORMS.items() if (m := form.fullmatch(text.strip()))),
        (None, None),
    )
    if kind is None or match is None:
        raise CorporateActionError(
            "description", text, "be a split, dividend, merger, delisting or change of symbol"
        )
    line = _LINE.search(text)
    of_line = ((line["symbol"] or line["last"]) if line else "").strip()
    base = match["base"].strip() or of_line
    symbol = _symbol(base, market)
    ex_date = session_after(evening, market)
    if kind == "split":
        ratio = exact_ratio(match["new"], "new") / exact_ratio(match["old"], "old")
        return Split(symbol, ex_date, ratio.numerator, ratio.denominator)
    if kind == "stock dividend":
        more = exact_ratio(match["new"], "new") / exact_ratio(match["old"], "old")
        return Split(symbol, ex_date, (1 + more).numerator, more.denominator)
    if kind == "dividend":
        return Dividend(symbol, ex_date, float(match["amount"]), "raw", match["currency"])
    if kind == "rename":
        return Rename(symbol, ex_date, _symbol(of_line, market))
    if kind == "cash merger":
        price = float(match["amount"]) if match["currency"] == symbol.currency else None
        return Delisting(symbol, evening, price)
    if kind == "merger" and _symbol(of_line, market) != symbol:
        return None
    return Delisting(symbol, evening)


def _symbol(text: str, market: Market) -> Symbol:
    old = _OLD_LINE.fullmatch(text)
    return Symbol.create(old[1] if old else text, market=market)
