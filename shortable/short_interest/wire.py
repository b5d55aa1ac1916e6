"""Short positions as JSON: the response that Longbridge's SDK reads, and both forms that there are of it read back.

The form on the wire nests the rows beside their ``counter_id``; the documented one is a flat list, with times in
RFC 3339 instead of unix seconds. All values are strings; an empty one is a missing one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shortable.clock import to_local
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.short_interest.positions import (
    HKShortPosition,
    ShortPosition,
    ShortPositions,
    USShortPosition,
    midnight,
)
from shortable.short_interest.symbols import Security, parse_security

__all__ = ["from_json", "to_documented", "to_wire"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIX = re.compile(r"-?[0-9]{1,12}")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]{1,2})?", re.IGNORECASE)
_LARGEST = 2**63  # share counts are int64 in the store


def to_wire(positions: ShortPositions, *, counter_id: str | None = None) -> dict[str, object]:
    """Return the response body that Longbridge's SDK reads.

    Parameters
    ----------
    positions : ShortPositions
    counter_id : str, optional
        As the client named the security; default ``ST/US/<ticker>`` or ``ST/HK/<code>``.

    Returns
    -------
    dict
        ``{"code": 0, "message": "success", "data": {"counter_id": …, "data": [rows]}}``; rows oldest first, every
        value a string: ``timestamp`` unix seconds of the exchange's midnight, counts in shares, ``balance`` in HKD,
        prices with at least three decimals, ``rate`` a fraction; ``""`` where missing.

    Examples
    --------
    >>> from datetime import date
    >>> row = USShortPosition(midnight(date(2022, 3, 15), Market.USA), 111286790, 95077016, 1.17, 0.0068)
    >>> body = to_wire(ShortPositions(parse_security("TSLA.US").symbol, (row,)))
    >>> body["data"]["counter_id"], body["data"]["data"][0]["timestamp"], body["data"]["data"][0]["days_to_cover"]
    ('ST/US/TSLA', '1647316800', '1.17')
    """
    name = Security(positions.symbol).counter_id if counter_id is None else counter_id
    rows = [_wire_row(row) for row in positions.rows]
    return {"code": 0, "message": "success", "data": {"counter_id": name, "data": rows}}


def to_documented(positions: ShortPositions) -> dict[str, object]:
    """Return the response as Longbridge documents it: a flat list of rows, oldest first, with RFC 3339 times.

    Examples
    --------
    >>> from datetime import date
    >>> row = HKShortPosition(midnight(date(2024, 6, 14), Market.HKEX), 53677721, 20386798436, 379.8, 0.0057)
    >>> to_documented(ShortPositions(parse_security("700.HK").symbol, (row,)))["data"][0]["timestamp"]
    '2024-06-13T16:00:00Z'
    """
    times = [row.timestamp.isoformat().replace("+00:00", "Z") for row in positions.rows]
    rows = [
        _wire_row(row) | {"timestamp": time}
        for row, time in zip(positions.rows, times, strict=True)
    ]
    return {"code": 0, "message": "success", "data": rows}


def _wire_row(row: ShortPosition) -> dict[str, str]:
    seconds = str((row.timestamp - _EPOCH) // timedelta(seconds=1))
    if isinstance(row, HKShortPosition):
        return {
            "timestamp": seconds,
            "amount": str(row.amount),
            "balance": _decimals(row.balance, 0),
            "cost": _decimals(row.cost, 3),
            "rate": _decimals(row.rate, 4),
        }
    volume = row.avg_daily_share_volume
    return {
        "timestamp": seconds,
        "current_shares_short": str(row.current_shares_short),
        "avg_daily_share_volume": "" if volume is None else str(volume),
        "days_to_cover": _decimals(row.days_to_cover, 2),
        "rate": _decimals(row.rate, 4),
        "close": _decimals(row.close, 3),
    }


def _decimals(value: float | None, least: int) -> str:
    """Return a number in full, with at least so many decimals and never an exponent."""
    if value is None:
        return ""
    text = f"{Decimal(repr(float(value))):f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole


def from_json(
    document: Mapping[str, object] | Sequence[object], symbol: str | None = None
) -> ShortPositions:
    """Read short positions out of Longbridge's JSON.

    Parameters
    ----------
    document : mapping or list
        The whole response in the documented form (``"data": [rows]``) or the wire's (``"data": {"counter_id": …,
        "data": [rows]}``); or what the SDK's ``json.loads(str(response))`` gives, ``{"data": [rows]}``.
        Values are strings or numbers; ``""`` and null are missing.
    symbol : str, optional
        The security; needed where the document does not name it.

    Returns
    -------
    ShortPositions
        Oldest first, whatever their order in the document; of US or Hong Kong rows as the security's market is.

    Raises
    ------
    InvalidInputError
        An error response (its code and message are quoted), no security, a row that is not one of that market's, a
        value that is no number, or two rows of one date.

    Examples
    --------
    >>> documented = {"code": 0, "data": [{"timestamp": "2024-06-13T16:00:00Z", "amount": "53677721",
    ...               "balance": "20386798436", "cost": "379.800", "rate": "0.0057"}]}
    >>> row, = from_json(documented, "700.HK")
    >>> row.settlement_date.isoformat(), row.amount, row.cost
    ('2024-06-14', 53677721, 379.8)
    """
    if isinstance(document, Mapping) and document.get("code") not in (None, 0, "0"):
        raise InvalidInputError(
            "document",
            document.get("code"),
            "be a successful response",
            f"Longbridge answered code {document['code']}: {document.get('message', '')}",
        )
    rows, counter = _rows_of(document)
    named = counter if symbol is None else symbol
    if named is None:
        raise InvalidInputError(
            "symbol", None, "be given", "The document does not say whose positions these are."
        )
    security = parse_security(named)
    if (
        symbol is not None
        and counter is not None
        and parse_security(counter).symbol != security.symbol
    ):
        raise InvalidInputError("symbol", symbol, f"be what the document is of, {counter!r}")
    read = _hk_row if security.market is Market.HKEX else _us_row
    found: dict[datetime, ShortPosition] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise InvalidInputError(f"row {number}", row, "be an object of names and values")
        position = read(_Cells(row, number))
        if position.timestamp in found:
            raise InvalidInputError(
                f"row {number}", str(position.timestamp), "be the only one of its date"
            )
        found[position.timestamp] = position
    return ShortPositions(
        security.symbol, tuple(found[t] for t in sorted(found)), sources=("longbridge",)
    )


def _rows_of(
    document: Mapping[str, object] | Sequence[object],
) -> tuple[list[object], str | None]:
    """Return the rows and the counter, from however deep they lie."""
    counter: str | None = None
    rows: object = document
    while isinstance(rows, Mapping):
        counter = rows.get("counter_id") or rows.get("symbol") or counter
        # The wire leaves "data" null where there is no row.
        rows = [] if rows.get("data") is None and "data" in rows else rows.get("data")
    if not isinstance(rows, (list, tuple)):
        raise InvalidInputError("document", document, "hold a list of rows under 'data'")
    return list(rows), counter


class _Cells:
    """One row's values, read by name."""

    def __init__(self, row: Mapping[str, object], number: int) -> None:
        self.row, self.number = row, number

    def name(self, field: str) -> str:
        return f"row {self.number}, {field}"

    def day(self, market: Market) -> datetime:
        """Midnight that begins the row's date on the market's clock."""
        given = self.row.get("timestamp")
        try:
            moment = _moment(given)
        except (ValueError, OverflowError):
            raise InvalidInputError(
                self.name("timestamp"),
                given,
                "be unix seconds or an RFC 3339 time such as '2022-03-15T04:00:00Z'",
            ) from None
        return midnight(to_local(moment, market).date(), market)

    def real(self, field: str) -> float | None:
        text = _text(self.row.get(field))
        if not text:
            return None
        value = float(text) if _NUMBER.fullmatch(text) else float("inf")
        if not 0 <= value < float("inf"):
            raise InvalidInputError(
                self.name(field),
                self.row[field],
                "be a decimal number as text, at least 0, or empty",
            )
        return value

    def shares(self, field: str) -> int | None:
        text = _text(self.row.get(field))
        if not text:
            return None
        value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(-1)
        if not (0 <= value < _LARGEST and value == int(value)):
            raise InvalidInputError(
                self.name(field), self.row[field], "be a whole number of shares, at least 0"
            )
        return int(value)

    def required(self, field: str, market: Market) -> int:
        value = self.shares(field)
        if value is None:
            raise InvalidInputError(
                self.name(field),
                self.row.get(field),
                "be stated",
                f"A row of {market.value} has {field}.",
            )
        return value


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else repr(value)
    return str(value).strip()


def _moment(given: object) -> datetime:
    """Read unix seconds or RFC 3339; anything else is a ValueError."""
    if isinstance(given, datetime):
        moment = given
    elif _UNIX.fullmatch(text := _text(given)):
        return _EPOCH + timedelta(seconds=int(text))
    else:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("without an offset")
    return moment


def _us_row(cells: _Cells) -> USShortPosition:
    return USShortPosition(
        cells.day(Market.USA),
        cells.required("current_shares_short", Market.USA),
        cells.shares("avg_daily_share_volume"),
        cells.real("days_to_cover"),
        cells.real("rate"),
        cells.real("close"),
    )


def _fits(product: float, value: float) -> bool:
    """Whether shares times price give a value, up to the rounding of the price."""
    return value > 0 and abs(product - value) <= value / 100


def _hk_row(cells: _Cells) -> HKShortPosition:
    """Read a row of Hong Kong; the documentation's labels have shares and dollars the other way round."""
    shares, dollars = "amount", "balance"
    cost = cells.real("cost") or 0.0
    value, other = cells.real(shares) or 0.0, cells.real(dollars) or 0.0
    if cost and _fits(other * cost, value) and not _fits(value * cost, other):
        shares, dollars = dollars, shares
    return HKShortPosition(
        cells.day(Market.HKEX),
        cells.required(shares, Market.HKEX),
        cells.real(dollars),
        cells.real("cost"),
        cells.real("rate"),
    )
