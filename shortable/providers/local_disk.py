"""Availability from a broker's store on disk."""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from shortable.clock import as_datetime
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.providers.as_of import AsOfProvider
from shortable.providers.exact import Missing
from shortable.providers.history import FEE, FLOOR, QUANTITY, REBATE
from shortable.rule import check_choice

__all__ = ["LocalDiskShortableProvider", "Lookup"]

Lookup = Literal["as_of", "lean"]


class _OfInit:
    """What `help` and editors show as a class's arguments: those of ``__init__``, where ``__new__`` takes any."""

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        whole = inspect.signature(owner.__init__)  # type: ignore[misc]
        return whole.replace(parameters=list(whole.parameters.values())[1:])


class LocalDiskShortableProvider(AsOfProvider):
    """Answers from what was imported of a broker, as known at the time that is asked about.

    Parameters
    ----------
    brokerage : str
        The broker's name in the store, such as ``"axos"`` or ``"interactivebrokers"``.
    data_folder : str or Path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data`` if it holds a store, else the packaged
        sample. A folder that was given never falls back.
    missing : {"unavailable", "unrestricted", "raise"}
        What the quantity is where no snapshot speaks: 0, None, or `NoDataError` (S3). A symbol that a complete
        snapshot leaves out is 0 in any case.
    max_age : timedelta or None
        How long a snapshot speaks, its last instant included; None for ever (S2).
    lag : timedelta
        Answer at t what was known at t − lag on the exchange's clock; at least 0.
    lookup : {"as_of", "lean"}
        ``"lean"`` is LEAN's rule instead of S2 and S3: only a snapshot of that very date speaks, and only of the symbols
        that it names; every other quantity is None, no restriction. `missing` and `max_age` do not apply then.

    Attributes
    ----------
    brokerage : str
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
    quantity of it. A snapshot that names it without a quantity leaves the word to an older one. Rates are those of
    the snapshot that gives the quantity.

    A provider keeps answering from what was there when it was made; make a new one after an import. Copies share
    what was read. A pickled one opens the store again where it is unpickled.

    Examples
    --------
    >>> from shortable.store import append, make_snapshot
    >>> from shortable.clock import published_instant
    >>> folder = getfixture("tmp_path")
    >>> snapshot = make_snapshot(published_instant(datetime(2024, 1, 2)), {"symbol": ["SPY"], "quantity": [500]},
    ...                          complete=True)
    >>> _ = append("axos", [snapshot], data_folder=folder)
    >>> provider = LocalDiskShortableProvider("axos", data_folder=folder)
    >>> [provider.shortable_quantity(symbol, datetime(2024, 1, 3)) for symbol in ("SPY", "GME")]
    [500, 0]
    """

    __signature__ = _OfInit()

    def __new__(cls, *_: Any, lookup: Lookup = "as_of", **__: Any) -> Self:
        """Make the provider of the look-up that is asked for."""
        if check_choice("lookup", lookup, ("as_of", "lean")) == "lean":
            from shortable.providers.exact_date import ExactDateProvider

            if cls is LocalDiskShortableProvider:
                return object.__new__(ExactDateProvider)  # type: ignore[return-value]
            if not issubclass(cls, ExactDateProvider):
                raise InvalidInputError(
                    "lookup",
                    lookup,
                    f"be 'as_of' for {cls.__name__}",
                    "Derive from shortable.providers.exact_date.ExactDateProvider.",
                )
        return object.__new__(cls)

    def __init__(
        self,
        brokerage: str,
        data_folder: str | Path | None = None,
        missing: Missing = "unavailable",
        max_age: timedelta | None = timedelta(days=7),
        lag: timedelta = timedelta(0),
        lookup: Lookup = "as_of",
    ) -> None:
        # The store costs a third of shortable's import, and not everybody opens one.
        from shortable.providers.stored_history import StoredHistory
        from shortable.store import brokers, check_broker
        from shortable.store import data_folder as find_folder

        self.brokerage = check_broker(brokerage)
        folder = find_folder(data_folder)
        self.data_folder = folder.path.absolute()
        markets = [
            market for market in Market if self.brokerage in brokers(folder.path, market)
        ] or [Market.USA]
        histories: dict[Market, Any] = {
            market: StoredHistory.open(self.brokerage, market, self.data_folder)
            for market in markets
        }
        super().__init__(
            dict.fromkeys((QUANTITY, FLOOR, FEE, REBATE), histories), missing, max_age, lag
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.brokerage!r})"

    def made_up(self, start: datetime | None = None, end: datetime | None = None) -> bool:
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
        for market, history in self._histories[QUANTITY].items():
            store = history.store  # type: ignore[attr-defined]
            chosen = store.made_up.copy()
            if last is not None:
                chosen &= store.as_of <= self._clock(market).instant(last)
            if first is not None:
                begin = self._clock(market).instant(first)
                # What spoke at the start was made before: the last complete snapshot, and partial ones after it.
                since = history.main.instants[history.main.instants <= begin][-1:]
                bounds = [int(t) for t in since] + (
                    [] if self._max_age is None else [begin - self._max_age]
                )
                chosen &= store.as_of >= max(bounds, default=np.iinfo(np.int64).min)
            if chosen.any():
                return True
        return False
