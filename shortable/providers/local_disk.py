"""Availability from a broker's store on disk."""

from __future__ import annotations

import warnings
from datetime import timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from shortable.clock import LocalTime, as_datetime
from shortable.errors import InvalidInputError, MadeUpDataWarning, StoreError
from shortable.market import Market
from shortable.provider import AvailabilityKind
from shortable.providers.as_of import (
    FEE,
    FLOOR,
    QUANTITY,
    REBATE,
    AsOfLookup,
    ExactDateLookup,
    Missing,
    SessionLookup,
    SnapshotProvider,
    day_number,
)
from shortable.rule import check_choice

__all__ = ["LocalDiskShortableProvider", "Match"]

Match = Literal["as_of", "exact_date"]
"""Which snapshot answers: the newest known at the time, or only one of that very date."""


class LocalDiskShortableProvider(SnapshotProvider):
    """Answers from what was imported of a broker, as known at the time that is asked about.

    Parameters
    ----------
    broker : str
        The broker's name in the store, such as ``"axos"`` or ``"interactivebrokers"``.
    data_folder : str or Path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data`` if it holds a store, else the packaged
        sample. A folder that was given never falls back. It may be ``s3://bucket/prefix``.
    missing : {"unavailable", "unrestricted", "raise"}
        What the quantity is where no snapshot answers: 0, None, or `NoDataError` (S3). A symbol that a complete
        snapshot leaves out is 0 in any case.
    max_age : timedelta or None
        How long a snapshot answers, its last instant included; None for ever (S2). Not of a daily flow: its limit
        answers for the one session that it names, however many days off, and for no other (S15).
    lag : timedelta
        Answer at t what was known at t − lag on the exchange's clock; at least 0.
    match : {"as_of", "exact_date"}
        Which snapshot answers: the newest known, or, by LEAN's rule instead of S2 and S3, only one of that very date,
        and only for the symbols that it names. Every other quantity is then None, no restriction; `missing` and
        `max_age` do not apply.

    Attributes
    ----------
    broker : str
    data_folder : Path
        The folder that was opened.

    Raises
    ------
    UnknownBrokerError
        No market has that broker; names those that there are.
    InvalidInputError
        An argument is out of its bounds.
    CorruptStoreError, SchemaVersionError
        The store cannot be read.

    Notes
    -----
    For one symbol the newest counts among the complete snapshots of its market and the partial ones that state a
    quantity of it. Where a snapshot names it without a quantity, an older one answers; where it says that there are shares
    and not how many, there are no data. Rates are those of the snapshot that gives the quantity.

    A provider keeps answering from what was there when it was made; make a new one after an import. Copies share
    what was read. A pickled one opens the store again where it is unpickled.

    Examples
    --------
    >>> from shortable.store import append, make_snapshot
    >>> from datetime import datetime
    >>> from shortable.clock import published_instant
    >>> folder = getfixture("tmp_path")
    >>> snapshot = make_snapshot(published_instant(datetime(2024, 1, 2)), {"symbol": ["SPY"], "quantity": [500]},
    ...                          complete=True)
    >>> _ = append("axos", [snapshot], data_folder=folder)
    >>> provider = LocalDiskShortableProvider("axos", data_folder=folder)
    >>> [provider.shortable_quantity(symbol, datetime(2024, 1, 3)) for symbol in ("SPY", "GME")]
    [500, 0]
    """

    def __init__(
        self,
        broker: str,
        data_folder: str | Path | None = None,
        missing: Missing = "unavailable",
        max_age: timedelta | None = timedelta(days=7),
        lag: timedelta = timedelta(0),
        match: Match = "as_of",
    ) -> None:
        check_choice("match", match, ("as_of", "exact_date"))
        # The store costs a third of shortable's import, and not everybody opens one.
        from shortable.providers.as_of.stored_history import StoredHistory
        from shortable.store import absolute, check_broker, markets_of
        from shortable.store import data_folder as find_folder

        self.broker = check_broker(broker)
        folder = find_folder(data_folder, remote=True)
        self.data_folder = absolute(folder.path)
        markets = markets_of(self.broker, folder.path) or [Market.USA]
        self._stored = {
            market: StoredHistory.open(self.broker, market, self.data_folder) for market in markets
        }
        kinds = {market.value: history.store.kind for market, history in self._stored.items()}
        if len(set(kinds.values())) > 1:
            raise InvalidInputError(
                "broker",
                self.broker,
                f"have one kind of availability in all markets, not {kinds}",
                "Shares that can be held and shares that can be sold in a session do not mix (S15).",
            )
        columns = dict.fromkeys((QUANTITY, FLOOR, FEE, REBATE), self._stored)
        if "daily_flow" in kinds.values():
            sessions = self._sessions(match)
            super().__init__(SessionLookup(columns, sessions, missing, max_age, lag))
        else:
            find = AsOfLookup if match == "as_of" else ExactDateLookup
            super().__init__(find(columns, missing, max_age, lag))

        if self.made_up():
            warnings.warn(
                f"{self.name} answers from made-up sample data in {self.data_folder}; import a broker's files, or name "
                "the data_folder that holds them",
                MadeUpDataWarning,
                stacklevel=2,
            )

    def _sessions(self, match: Match) -> dict[Market, npt.NDArray[np.int64]]:
        """Return by market the session that each instant's snapshots limit, days since 1970-01-01."""
        if match != "as_of":
            raise InvalidInputError(
                "match",
                match,
                "be 'as_of' for a daily flow",
                "Its limit names the session that it is for (S15).",
            )
        found = {}
        for market, history in self._stored.items():
            store = history.store
            stated = store.sessions
            if np.isnat(stated).any():
                raise StoreError(
                    f"{store.path} limits daily flows without saying of which session: import its files again"
                )
            _, first = np.unique(store.as_of, return_index=True)
            found[market] = stated[first].astype(np.int64)
        return found

    @property
    def name(self) -> str:
        """What summaries call it."""
        return f"{type(self).__name__}({self.broker!r})"

    def __repr__(self) -> str:
        return f"{self.name[:-1]}, made-up sample data)" if self.made_up() else self.name

    @property
    def availability_kind(self) -> AvailabilityKind:
        """What the quantities limit: ``"pool"`` (S4) or ``"daily_flow"`` (S15), as the store states it."""
        return next(iter(self._stored.values())).store.kind

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        """Return whether answers in that time, both ends included, can rest on made-up sample data.

        Parameters
        ----------
        start, end : time, optional
            Exchange-local where naive; default everything.
        """
        first, last = (
            None if t is None else as_datetime(t, name)
            for t, name in ((start, "start"), (end, "end"))
        )
        if self.availability_kind == "daily_flow":
            days = (
                None if t is None else np.datetime64(day_number(t.date()), "D")
                for t in (first, last)
            )
            return self._made_up_sessions(*days)
        max_age = self._lookup.max_age
        for market, history in self._stored.items():
            store, clock = history.store, self._lookup.clock(market)
            chosen = store.made_up.copy()
            if last is not None:
                chosen &= store.as_of <= clock.instant(last)
            if first is not None:
                begin = clock.instant(first)
                # What answers at the start was made before: the last complete snapshot, and partial ones after it.
                since = history.main.instants[history.main.instants <= begin][-1:]
                bounds = [int(t) for t in since] + ([] if max_age is None else [begin - max_age])
                chosen &= store.as_of >= max(bounds, default=np.iinfo(np.int64).min)
            if chosen.any():
                return True
        return False

    def _made_up_sessions(self, first: np.datetime64 | None, last: np.datetime64 | None) -> bool:
        """Return whether a made-up snapshot limits any session between two days."""
        for history in self._stored.values():
            store = history.store
            chosen, sessions = store.made_up.copy(), store.sessions
            if first is not None:
                chosen &= sessions >= first
            if last is not None:
                chosen &= sessions <= last
            if chosen.any():
                return True
        return False
