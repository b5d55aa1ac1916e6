"""What the answers are read from: availability, short interest and the book of a backtest, each opened when it is needed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from shortable.errors import InvalidInputError, StoreError
from shortable.market import Market
from shortable.server.auth import Refusal
from shortable.server.availability import AvailabilityAnswers
from shortable.server.reopening import Mark, Reopening, mark_of
from shortable.server.settings import Settings
from shortable.short_interest import ShortInterest
from shortable.short_interest.longbridge import parse_security
from shortable.store import data_folder

if TYPE_CHECKING:
    from shortable.positions import PositionsBook
    from shortable.short_interest import ShortPosition, ShortPositions

__all__ = ["Book", "NotServedError", "ShortInterestSource", "Sources", "unix"]

_TRIES, _PAUSE = 4, 0.02
_BOOKS = ("positions.json", "summary.json")  # of a backtest that publishes, and of a saved result
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotServedError(Exception):
    """What was asked for is not there; carries how it is refused."""

    def __init__(self, status: int, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, message, code)


class ShortInterestSource:
    """Short interest of a data folder; the reader looks at its files before each answer."""

    def __init__(self, folder: Path) -> None:
        self._reader = ShortInterest(folder)

    def rows(
        self, text: str, until: datetime | None = None, at: datetime | None = None
    ) -> tuple[str, ShortPositions]:
        """Return a security's counter and all its rows up to an instant, oldest first.

        Parameters
        ----------
        text : str
            As `parse_security` reads it.
        until : datetime, optional
            Aware; the newest settlement date's midnight may be this instant at the latest.
        at : datetime, optional
            Only what was public then; exchange-local where naive.

        Raises
        ------
        NotServedError
            There is no short interest of that market at all.
        """
        security = parse_security(text)
        try:
            found = self._reader.short_positions(security.text, None, at)
        except StoreError as error:
            if type(error) is not StoreError:  # damaged, or of another version
                raise
            kind = "sfc" if security.market is Market.HKEX else "finra"
            why = f"no short interest of {security.market.value}: import it with `shortable import {kind} FILE`"
            raise NotServedError(404, why) from None
        if until is not None:
            found = replace(found, rows=tuple(row for row in found.rows if row.timestamp <= until))
        return security.counter_id, found

    def history(self, text: str, limit: int, at: datetime | None = None) -> dict[str, object]:
        """Return a security's short interest as a plain document, the newest `limit` rows, oldest first."""
        _, found = self.rows(text, at=at)
        return {
            "symbol": str(found.symbol),
            "ticker": found.symbol.ticker,
            "market": found.market.value,
            "currency": found.symbol.currency,
            "time_zone": found.market.time_zone,
            "sources": list(found.sources),
            "note": found.note,
            "total": len(found),
            "made_up": found.made_up,
            "rows": [_plain(row) for row in found.rows[-limit:]],
        }


def _plain(row: ShortPosition) -> dict[str, object]:
    hongkong = row.market is Market.HKEX
    return {
        "settlement_date": row.settlement_date.isoformat(),
        "known_at": None
        if row.known_at is None
        else row.known_at.isoformat().replace("+00:00", "Z"),
        "shares_short": getattr(row, "amount" if hongkong else "current_shares_short"),
        "avg_daily_volume": getattr(row, "avg_daily_share_volume", None),
        "days_to_cover": getattr(row, "days_to_cover", None),
        "rate": row.rate,
        "close": getattr(row, "cost" if hongkong else "close"),
        "value": getattr(row, "balance", None),
    }


class Book:
    """The book of the backtest whose folder is served, read again when it is written anew."""

    def __init__(self, folder: Path | None, account: str | None) -> None:
        self._folder, self._account = folder, account
        self._book = Reopening(self._mark, self._load)
        self._seen = False

    def get(self, account: str | None = None) -> PositionsBook:
        """Return the book as it is now; `account` is an id that the caller named.

        Raises
        ------
        NotServedError
            There is no book, or the id is another account's.
        """
        if self._folder is None:
            raise NotServedError(404, "no backtest is served here: start with --result FOLDER")
        if account is not None and self._account is not None and account != self._account:
            raise NotServedError(404, "no such account is served here")
        for left in reversed(range(_TRIES)):
            try:
                book = self._book.get()
            except (NotServedError, StoreError):
                # It may be in the instant in which one result takes the place of another.
                if not left or not self._seen:
                    raise
                time.sleep(_PAUSE)
            else:
                self._seen = True
                return book
        raise AssertionError("the last try returns or raises")

    def _load(self) -> PositionsBook:
        from shortable.positions import load_book

        assert self._folder is not None
        try:
            return load_book(self._folder)
        except InvalidInputError as error:
            if any((self._folder / name).exists() for name in _BOOKS):
                raise StoreError(str(error)) from error
            raise NotServedError(404, "the backtest has not published its positions yet") from None

    def _mark(self) -> Mark:
        assert self._folder is not None
        if not self._folder.is_dir():
            raise NotServedError(404, "the backtest's folder is not there (yet)")
        try:
            files = sorted(self._folder.iterdir())
        except FileNotFoundError:  # it is being replaced by another
            files = []
        return mark_of([self._folder, *files])


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that is served."""

    availability: AvailabilityAnswers
    short_interest: ShortInterestSource
    book: Book
    is_sample: bool
    """Nobody named a data folder: every number is made up."""
    folders: tuple[str, ...]
    """Paths that no answer may show."""

    @classmethod
    def of(cls, settings: Settings) -> Sources:
        """Open what the settings name; the folders are fixed here, whatever the process's folder is later."""
        data = data_folder(settings.data_folder)
        folder = data.path.absolute()
        result = None if settings.result_folder is None else settings.result_folder.absolute()
        return cls(
            AvailabilityAnswers(folder, settings.max_age),
            ShortInterestSource(folder),
            Book(result, settings.account),
            data.made_up,
            tuple(
                str(p) for p in (folder, data.path, result, settings.result_folder) if p is not None
            ),
        )


def unix(seconds: int) -> datetime:
    """Return unix seconds as an aware time.

    Examples
    --------
    >>> unix(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return _EPOCH + timedelta(seconds=seconds)
