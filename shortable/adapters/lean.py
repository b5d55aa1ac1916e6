"""LEAN: a provider to drop into a LEAN project. Copy this file; it needs pyarrow and numpy, and nothing of shortable.

In the project::

    from shortable_provider import ShortableStoreProvider          # this file under that name
    security.set_shortable_provider(ShortableStoreProvider("interactivebrokers", "/Data/shortable-store"))

LEAN refuses what exceeds `shortable_quantity`, and its ``ShortMarginInterestRateModel`` charges `fee_rate`.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq

__all__ = ["ShortableStoreProvider"]

_COLUMNS = ("as_of", "quantity", "quantity_is_floor", "fee_rate", "rebate_rate")


class ShortableStoreProvider:
    """Answers LEAN's questions from a shortable store, by shortable's rules: as-of, and absent is not unlimited.

    Parameters
    ----------
    brokerage : str
        The broker's name in the store.
    data_folder : str or Path
        The folder with ``equity/usa/shortable/<brokerage>.parquet``, a file or a folder of parts.
    missing : {"unavailable", "unrestricted"}
        What the quantity is where no snapshot answers: 0, or None, which LEAN takes for no limit (S3).
    max_age : timedelta or None
        How long a snapshot counts.
    market, currency, time_zone : str
        Of the symbols and of LEAN's local times.

    Raises
    ------
    FileNotFoundError
        The store has no such broker.
    """

    def __init__(
        self,
        brokerage: str,
        data_folder: str | Path = "data",
        missing: str = "unavailable",
        max_age: timedelta | None = timedelta(days=7),
        market: str = "usa",
        currency: str = "USD",
        time_zone: str = "America/New_York",
    ) -> None:
        if missing not in ("unavailable", "unrestricted"):
            raise ValueError(f"missing must be 'unavailable' or 'unrestricted', not {missing!r}")
        base = Path(data_folder) / "equity" / market / "shortable"
        store = base / f"{brokerage}.parquet"
        if store.is_dir():  # grown into parts
            manifest = json.loads(
                (store / "_manifest.json").read_text(encoding="utf-8").partition("\n")[2]
            )
            self._files = [store / f"part-{number:06d}.parquet" for number in manifest["parts"]]
            snapshots = manifest["snapshots"]
        elif store.is_file():
            self._files = [store]
            snapshots = json.loads(pq.ParquetFile(store).metadata.metadata[b"snapshots"])
        else:
            raise FileNotFoundError(f"no broker {brokerage!r} in {base}")
        if "daily_flow" in snapshots.get("kind", {}).get("names", ()):
            raise ValueError(
                f"{brokerage!r} limits daily flows; LEAN's rule is of shares that can be held"
            )
        as_of = np.frombuffer(base64.b64decode(snapshots["as_of"]), "<i8")
        complete = np.frombuffer(base64.b64decode(snapshots["complete"]), "u1").astype(bool)
        self._complete = sorted(set(as_of[complete].tolist()))
        self._unknown = 0 if missing == "unavailable" else None
        self._age = None if max_age is None else max_age // timedelta(microseconds=1)
        self._currency, self._zone = currency, ZoneInfo(time_zone)
        self._rows: dict[str, dict[str, list[Any]]] = {}
        self._unstated: dict[str, set[int]] = {}

    def shortable_quantity(self, symbol: object, local_time: datetime) -> int | None:
        """Return the shares that can be borrowed: 0 is none, None no restriction known."""
        row, instant = self._newest(symbol, local_time)
        if instant is None:
            return self._unknown
        return 0 if row is None else int(row["quantity"])

    def fee_rate(self, symbol: object, local_time: datetime) -> float:
        """Return the borrow fee as an annual fraction; 0.0 where none is known."""
        return self._rate("fee_rate", symbol, local_time)

    def rebate_rate(self, symbol: object, local_time: datetime) -> float:
        """Return the rebate on short proceeds as an annual fraction; 0.0 where none is known."""
        return self._rate("rebate_rate", symbol, local_time)

    def all_shortable_symbols(self, local_time: datetime) -> dict[str, int]:
        """Return shares by ticker of what can be borrowed; LEAN's older interface asks for it."""
        instant = self._instant(local_time)
        tickers: set[str] = set()
        for file in self._files:
            table = pq.read_table(file, columns=["symbol", "currency", "as_of"])
            known = table["as_of"].cast("int64").to_numpy() <= instant
            mine = table["currency"].to_numpy() == self._currency
            tickers.update(table["symbol"].to_numpy()[known & mine].tolist())
        answers = {
            ticker: self.shortable_quantity(ticker, local_time) for ticker in sorted(tickers)
        }
        return {ticker: shares for ticker, shares in answers.items() if shares}

    # LEAN's spelling in C# and in older algorithms.
    ShortableQuantity = shortable_quantity
    FeeRate = fee_rate
    RebateRate = rebate_rate
    AllShortableSymbols = all_shortable_symbols

    def _rate(self, name: str, symbol: object, local_time: datetime) -> float:
        row, _ = self._newest(symbol, local_time)
        rate = None if row is None else row[name]
        return 0.0 if rate is None else float(rate)

    def _newest(
        self, symbol: object, local_time: datetime
    ) -> tuple[dict[str, Any] | None, int | None]:
        """Return the row about a symbol, and when it became known: None and a time where a complete snapshot leaves it out."""
        instant = self._instant(local_time)
        ticker = str(
            getattr(symbol, "value", None) or getattr(symbol, "Value", None) or symbol
        ).upper()
        rows = self._rows_of(ticker)
        own = bisect_right(rows["as_of"], instant) - 1
        full = bisect_right(self._complete, instant) - 1
        # A snapshot that names it without a quantity lets an older one answer.
        while full >= 0 and self._complete[full] in self._unstated[ticker]:
            full -= 1
        named = rows["as_of"][own] if own >= 0 else None
        listed = self._complete[full] if full >= 0 else None
        newest = max((t for t in (named, listed) if t is not None), default=None)
        if newest is None or (self._age is not None and instant - newest > self._age):
            return None, None
        if named != newest:
            return None, newest
        row = {name: rows[name][own] for name in _COLUMNS[1:]}
        return (None, None) if row["quantity"] is None else (row, newest)

    def _rows_of(self, ticker: str) -> dict[str, list[Any]]:
        """Read all rows of a ticker that state a quantity, or that there is one, once."""
        known = self._rows.get(ticker)
        if known is None:
            found: list[tuple[Any, ...]] = []
            for file in self._files:
                table = pq.read_table(
                    file,
                    columns=list(_COLUMNS),
                    filters=[("symbol", "=", ticker), ("currency", "=", self._currency)],
                )
                columns = [
                    table["as_of"].cast("int64").to_pylist(),
                    *(table[n].to_pylist() for n in _COLUMNS[1:]),
                ]
                found += list(zip(*columns, strict=True))
            of_all = {row[0] for row in found}
            found = sorted(
                (row for row in found if row[1] is not None or row[2]), key=lambda row: row[0]
            )
            self._unstated[ticker] = of_all - {row[0] for row in found}
            known = self._rows[ticker] = {
                name: [row[i] for row in found] for i, name in enumerate(_COLUMNS)
            }
        return known

    def _instant(self, local_time: datetime) -> int:
        moment = (
            local_time if local_time.tzinfo is not None else local_time.replace(tzinfo=self._zone)
        )
        return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
            microseconds=1
        )
