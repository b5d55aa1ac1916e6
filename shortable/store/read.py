"""Open a store and read from it: one symbol or a whole part at a time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from shortable.arrays import Numbers
from shortable.errors import CorruptStoreError, InvalidInputError, StoreError, UnknownBrokerError
from shortable.market import Market
from shortable.store.files import damaged, real_path
from shortable.store.manifest import MANIFEST, PARTS, Manifest, part_name
from shortable.store.parts import PartFile
from shortable.store.paths import before_path, brokers, check_broker, last_path, store_path
from shortable.store.paths import data_folder as find_folder
from shortable.store.remote import ObjectFolder, is_remote, uri_of
from shortable.store.rows import Rows, merge
from shortable.store.schema import check_place
from shortable.store.snapshot_list import Entry
from shortable.store.snapshots import POOL, Kind, Snapshot
from shortable.symbol import canonical_ticker

__all__ = ["Store", "open_store", "watched_paths"]

T = TypeVar("T")

_EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal()
_TORN = 9  # tries to read a manifest in object storage whole, before the last
_TRIES, _PAUSE = 100, 0.01  # each try after the first means that a writer has committed since

# Tickers whose canonical spelling was another one in earlier releases, or in whatever another tool wrote: preferred shares
# (ABR.PA, ABR.PR.A, ABR^A) and London's trailing dot.
_ODD = re.compile(r"\.P[A-Z.]|\.P$|\^|\.$")


def _canonical(ticker: str, market: Market) -> str:
    return canonical_ticker(ticker, market) if _ODD.search(ticker) else ticker


class Store:
    """One market of one broker, opened for reading: it keeps answering from its state at that moment.

    Attributes
    ----------
    broker : str
    market : Market
    path : Path
        A file, or a folder of parts.
    made_up_fallback : bool
        No data folder was named, and this is the packaged sample.
    as_of : ndarray of int64, shape (snapshots,)
        Microseconds since 1970-01-01T00:00Z, ascending; where two snapshots share an instant, the complete one first.
    complete : ndarray of bool, shape (snapshots,)
    made_up : ndarray of bool, shape (snapshots,)
    rows_of : ndarray of int64, shape (snapshots,)
        Symbols that a snapshot names.
    part_of : ndarray of int32, shape (snapshots,)
        The part that holds a snapshot's rows; snapshots of one instant share it.
    n_parts : int
    kind : {"pool", "daily_flow"}
        What the quantities of all its snapshots limit (S4, S15).
    """

    def __init__(
        self,
        broker: str,
        market: Market,
        path: Path,
        made_up_fallback: bool,
        contents: PartFile | Manifest,
    ) -> None:
        self.broker, self.market, self.path = broker, market, path
        self.made_up_fallback = made_up_fallback
        self._list = contents.snapshots
        self._manifest = contents if isinstance(contents, Manifest) else None
        self._files: dict[int, list[PartFile]] = {}
        self._moved: set[int] = set()
        self._respelled: dict[PartFile, dict[str, str]] = {}
        self._numbers: tuple[int, ...]
        if isinstance(contents, Manifest):
            self._numbers = contents.numbers
            self.part_of: npt.NDArray[np.int32] = contents.part_of
        else:
            self._numbers, self._files[0] = (0,), [contents]
            self.part_of = np.zeros(len(self._list), dtype=np.int32)
        self.as_of: npt.NDArray[np.int64] = self._list.as_of
        self.complete: npt.NDArray[np.bool_] = self._list.complete
        self.made_up: npt.NDArray[np.bool_] = self._list.made_up
        self.rows_of: npt.NDArray[np.int64] = self._list.rows
        self.n_parts = len(self._numbers)
        self.kind: Kind = next(iter(self._list.kinds.values()), POOL)

    def __repr__(self) -> str:
        return (
            f"<Store {self.broker!r} {self.market.value}: {len(self.as_of):,} snapshots, "
            f"{self.n_parts} part(s), {self.path}>"
        )

    @cached_property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """The list of snapshots, in the order of `as_of`."""
        return tuple(entry.snapshot(self.market) for entry in self._list.entries())

    def entries(self) -> list[Entry]:
        """Return the list of snapshots as plain tuples, cheaper to make than `snapshots`."""
        return self._list.entries()

    @property
    def venues(self) -> dict[int, str]:
        """The venue of each snapshot that is not of the whole market: position in `as_of` → venue; usually empty."""
        return dict(self._list.venues)

    @property
    def sessions(self) -> npt.NDArray[np.datetime64]:
        """The one session that each snapshot of a daily flow limits (S15), shape (snapshots,); NaT where none is stated."""
        days = np.full(len(self._list), np.datetime64("NaT", "D"))
        for at, ordinal in self._list.sessions.items():
            days[at] = np.datetime64(ordinal - _EPOCH_ORDINAL, "D")
        return days

    @cached_property
    def unreadable(self) -> dict[str, npt.NDArray[np.int64]]:
        """The tickers whose row an importer could not read, each with the snapshots that list it.

        Returns
        -------
        dict of str to ndarray of int64
            Ticker without market → positions in `as_of`, ascending; usually empty. In a complete snapshot at such a
            position, a ticker without a row is unknown, not absent (S3). A row that is there takes precedence.
        """
        found: dict[str, list[int]] = {}
        for position, tickers in sorted(self._list.unreadable.items()):
            for ticker in tickers:
                found.setdefault(_canonical(ticker, self.market), []).append(position)
        return {ticker: np.array(at, dtype=np.int64) for ticker, at in sorted(found.items())}

    def keys(self) -> list[tuple[str, str]]:
        """Return every (ticker, currency) that occurs, sorted."""
        found: set[tuple[str, str]] = set()
        for part in range(self.n_parts):
            for file in self._open(part):
                names = self._canonical_of(file)
                tickers = [names.get(ticker, ticker) for ticker in file.index.tickers]
                found.update(zip(tickers, file.currencies, strict=True))
        return sorted(found)

    def currencies_of(self, part: int, ticker: str) -> list[str]:
        """Return the currencies in which a part, 0 to `n_parts` − 1, names a ticker; reads its index only."""
        return sorted({c for file in self._open(part) for c in file.currencies_of(ticker)})

    def read_symbol(
        self, part: int, ticker: str, currency: str, columns: Sequence[str]
    ) -> dict[str, Numbers]:
        """Return one symbol's rows in one part, sorted by time. Reads one row group.

        Parameters
        ----------
        part : int
            0 to `n_parts` − 1.
        ticker, currency : str
            Ticker without market, ISO code.
        columns : sequence of str
            Out of ``quantity``, ``quantity_is_floor``, ``fee_rate``, ``rebate_rate``; ``as_of`` is always read.

        Returns
        -------
        dict of str to ndarray, shape (rows,)
            as_of int64 microseconds; quantity int64, −1 not stated; rates float64, NaN not stated. Empty arrays
            where the part does not name the symbol.
        """
        return self._again(part, lambda: self._read_symbol(part, ticker, currency, columns))

    def _read_symbol(
        self, part: int, ticker: str, currency: str, columns: Sequence[str]
    ) -> dict[str, Numbers]:
        found = [
            file.read_symbol(spelling, currency, columns)
            for file in self._open(part)
            for spelling in sorted(self._spellings(file, ticker))
        ]
        if part not in self._moved and len(found) == 1:
            return found[0]
        whole = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        order = np.argsort(whole["as_of"], kind="stable")
        if part in self._moved:
            order = order[np.isin(whole["as_of"][order], self._instants(part))]
        # Of two spellings at one instant the last counts, as in `merge`, which `read_part` asks.
        order = order[np.diff(whole["as_of"][order], append=np.int64(1 << 62)) > 0]
        return {name: values[order] for name, values in whole.items()}

    def rows_for_one(self, part: int) -> int:
        """Return how many rows reading one symbol of a part decodes."""
        return max(file.index.row_group_rows for file in self._open(part))

    def read_part(self, part: int, columns: Sequence[str]) -> Rows:
        """Return all rows of one part; parameters as in `read_symbol`."""
        return self._again(part, lambda: self._read_part(part, columns))

    def _read_part(self, part: int, columns: Sequence[str]) -> Rows:
        files = self._open(part)
        if part not in self._moved and not self._canonical_of(files[0]):
            return files[0].read(columns)
        mine = self._instants(part)
        batches = [file.read().renamed(self._canonical_of(file)) for file in files]
        rows, _ = merge([one.take(np.isin(one.as_of, mine)) for one in batches])
        wanted = {name: rows.columns[name] for name in columns if name != "as_of"}
        return Rows(rows.tickers, rows.currencies, rows.codes, rows.as_of, wanted)

    def _again(self, part: int, read: Callable[[], T]) -> T:
        """Read, and open the part again where it was removed meanwhile, as object storage allows."""
        for _ in range(_TRIES):
            try:
                return read()
            except FileNotFoundError:
                self._files.pop(part, None)
        return read()

    def _canonical_of(self, file: PartFile) -> dict[str, str]:
        """Return the canonical spelling of every ticker that a file spells in another way; usually none."""
        if file not in self._respelled:
            dotted = [t for t in file.index.tickers if "." in t or "^" in t]  # nearly all are not
            spelled = {t: _canonical(t, self.market) for t in dotted}
            self._respelled[file] = {t: name for t, name in spelled.items() if t != name}
        return self._respelled[file]

    def _spellings(self, file: PartFile, ticker: str) -> list[str]:
        return [ticker, *(t for t, name in self._canonical_of(file).items() if name == ticker)]

    def _instants(self, part: int) -> npt.NDArray[np.int64]:
        here: npt.NDArray[np.int64] = self.as_of[self.part_of == part]
        return here

    def _open(self, part: int) -> list[PartFile]:
        """Return the file of a part, or those into which its snapshots were merged after the store was opened."""
        if part not in self._files:
            if not 0 <= part < self.n_parts:
                raise InvalidInputError("part", part, f"be at least 0 and below {self.n_parts}")
            try:
                self._files[part] = [self._part(self._manifest, part)]
            except (FileNotFoundError, NotADirectoryError):
                self._files[part] = self._find_again(part)
                self._moved.add(part)
        return self._files[part]

    def _part(self, manifest: Manifest | None, part: int) -> PartFile:
        """Open a part of a manifest and check that it is the one."""
        assert manifest is not None  # the one part of a file is open from the start
        name = part_name(manifest.numbers[part])
        try:
            file = _part_file(self.path, name)
        except (FileNotFoundError, NotADirectoryError):
            if is_remote(self.path):
                raise
            file = PartFile(
                last_path(real_path(self.path)) / name
            )  # of a snapshot that was replaced
            if not manifest.lists(part, file):
                raise FileNotFoundError(file.path) from None
        manifest.check(part, file)
        return file

    def _find_again(self, part: int) -> list[PartFile]:
        entries = self._list.entries()
        mine = [entries[i] for i in np.flatnonzero(self.part_of == part).tolist()]
        for _ in range(_TRIES):
            try:
                now = _manifest(self.path)
                place = dict(zip(now.snapshots.entries(), now.part_of.tolist(), strict=True))
                if not all(entry in place for entry in mine):
                    raise StoreError(
                        f"{self.path} was rewritten after it was opened: open it again"
                    )
                return [self._part(now, there) for there in sorted({place[one] for one in mine})]
            except (FileNotFoundError, NotADirectoryError):
                time.sleep(_PAUSE)
        with damaged(self.path):
            raise ValueError(f"{part_name(self._numbers[part])} is missing")


def open_store(
    broker: str, *, market: Market | str = Market.USA, data_folder: str | Path | None = None
) -> Store:
    """Open one market of one broker for reading.

    Parameters
    ----------
    broker : str
        Letters a to z, digits, ``-`` and ``_``.
    market : Market
    data_folder : str or Path, optional
        As `shortable.store.data_folder` finds it.

    Raises
    ------
    UnknownBrokerError
        There is no such store; the message lists those that there are, and their markets.
    CorruptStoreError, SchemaVersionError
        The store cannot be read.
    InvalidInputError
        `broker` is not a valid name or `market` not a market.
    """
    market = Market.of(market)
    name = check_broker(broker)
    folder = find_folder(data_folder, remote=True)
    path = store_path(folder.path, market, name)
    contents = _contents(path)
    if contents is None:
        raise _unknown(name, market, folder.path)
    head = contents.head if isinstance(contents, Manifest) else contents.metadata
    check_place(head, name, market.value, path)
    return Store(name, market, path, folder.made_up, contents)


def watched_paths(folder: str | Path, broker: str) -> list[Path]:
    """Return paths of which at least one changes with every change to a broker's stores, whether they exist or not."""
    paths = [store_path(Path(folder), market, check_broker(broker)) for market in Market]
    return [path for one in paths for path in (one, one / MANIFEST)]


def _contents(path: Path) -> PartFile | Manifest | None:
    """Return what a store holds, whatever a writer does meanwhile; None where there is none.

    A system that cannot swap a file and a folder moves the file to `before_path` for an instant, once in the life of a
    store. So where neither name is found, the store has its own name again, or never had one.
    """
    if is_remote(path):
        try:
            return _manifest(path)
        except FileNotFoundError:
            return None
    path = real_path(path)
    for one in (path, before_path(path), path):
        try:
            return _look(one)
        except FileNotFoundError:
            continue
    return None


def _manifest(path: Path) -> Manifest:
    """Return the manifest of a store that is a folder."""
    if not is_remote(path):
        return Manifest.read(real_path(path))
    where = path / MANIFEST
    for _ in range(_TORN):
        # pyarrow asks for the length first and for the bytes then: of a manifest that is replaced in between it gets a piece.
        with suppress(CorruptStoreError), damaged(where):
            return _decoded(path)
        time.sleep(_PAUSE)
    with damaged(where):
        return _decoded(path)


def _decoded(path: Path) -> Manifest:
    text = ObjectFolder(path).read(MANIFEST).decode("utf-8")
    return Manifest.decode(text, uri_of(path / MANIFEST))


def _part_file(path: Path, name: str) -> PartFile:
    """Open a part of a store that is a folder."""
    if is_remote(path):
        where = path / PARTS / name
        with damaged(where):
            source = ObjectFolder(path).open(f"{PARTS}/{name}")
        return PartFile(where, source)
    return PartFile(real_path(path) / name)


def _look(path: Path) -> PartFile | Manifest:
    if not path.is_dir():
        try:
            return PartFile(path)
        except CorruptStoreError:
            if not path.is_dir():  # else it grew into a folder while it was being opened
                raise
    try:
        return Manifest.read(path)
    except FileNotFoundError:
        if not path.is_dir():
            raise
        with damaged(path):
            raise ValueError(f"it is a folder without {MANIFEST}") from None


def _unknown(broker: str, market: Market, folder: Path) -> UnknownBrokerError:
    there: dict[str, list[str]] = {}
    for one in Market:
        for name in brokers(folder, one):
            there.setdefault(name, []).append(one.value)
    names = "; ".join(f"{name} ({', '.join(markets)})" for name, markets in sorted(there.items()))
    return UnknownBrokerError(
        f"no availability of broker {broker!r} in market {market.value!r} under {uri_of(folder)}. "
        + (f"There are: {names}." if names else "There is none of any broker: import a file first.")
    )
