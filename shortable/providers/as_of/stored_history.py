"""The statements of one market of a broker's store, read as look-ups need them and kept within bounds."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from shortable.arrays import Bools, Indices, Numbers
from shortable.clock import from_instant
from shortable.market import Market
from shortable.providers.as_of.history import FLOOR, QUANTITY, UNSTATED, Course, History, numbers_of
from shortable.providers.as_of.stored_part import Block, MarketLists, Statements, StoredPart
from shortable.providers.as_of.timeline import Moments
from shortable.store import Store, absolute, open_store
from shortable.symbol import Symbol

__all__ = ["StoredHistory"]

MIB = 1 << 20
# Enough for all cells of 11,000 symbols × 2,000 sessions (88 MB); a year of 15-minute snapshots keeps 1,400 symbols.
_COURSES_BYTES = 128 * MIB
_BLOCKS_BYTES = 256 * MIB
_EMPTY = np.empty(0, np.int64)


class StoredHistory(History):
    """One market of one broker's store, opened.

    Parameters
    ----------
    store : Store
        As it was when it was opened: what is imported later does not show.
    """

    def __init__(self, store: Store) -> None:
        self.store, self.market = store, store.market
        self.every = Moments(np.unique(store.as_of))
        # Where two snapshots share an instant the complete one comes first, and one part holds the rows of both.
        complete, part_of = store.as_of[store.complete], store.part_of[store.complete]
        self.main = Moments(complete)
        self.part_of = np.append(part_of, np.int32(-1)).astype(np.int32)
        self._at = [np.flatnonzero(part_of == number) for number in range(store.n_parts)]
        self._column = np.zeros(
            len(self.part_of), np.int32
        )  # of each state, within its part's block
        for at in self._at:
            self._column[at] = np.arange(len(at))
        unreadable = self._unreadable()
        self._parts = [
            StoredPart(
                store,
                number,
                complete[part_of == number],
                int(store.rows_of[store.part_of == number].sum()),
                unreadable.get(number, {}),
            )
            for number in range(store.n_parts)
        ]
        self._venues = self._venues_of_lists()
        self._first_named: dict[Symbol, dict[str, int]] = {}
        alone = ~np.isin(store.as_of, complete)
        self._partial_parts = np.unique(store.part_of[alone]).tolist()
        self._partial_at = {
            n: store.as_of[alone & (store.part_of == n)] for n in self._partial_parts
        }
        self._blocks: dict[tuple[int, str], Block] = {}
        self._courses: dict[Symbol, Course] = {}
        self._bytes = 0
        self._same: WeakValueDictionary[bytes, Moments] = WeakValueDictionary()
        self._symbols: dict[int, list[Symbol]] = {}
        self._lists: dict[int, MarketLists] = {}
        self._listed: set[int] = set()
        self._lock = threading.RLock()

    def _unreadable(self) -> dict[int, dict[str, npt.NDArray[np.int32]]]:
        """Return by part and ticker in which of the part's complete snapshots a row could not be read."""
        store = self.store
        state_of = np.cumsum(store.complete) - 1
        found: dict[int, dict[str, npt.NDArray[np.int32]]] = {}
        for ticker, listed in store.unreadable.items():
            states = state_of[listed[store.complete[listed]]]
            for number in np.unique(self.part_of[states]).tolist():
                here = states[self.part_of[states] == number]
                found.setdefault(number, {})[ticker] = self._column[here]
        return found

    def _venues_of_lists(self) -> npt.NDArray[np.str_] | None:
        """Return the venue of each complete snapshot, empty for the whole market; None where all are of that."""
        venues = self.store.venues
        if not venues:
            return None
        found = np.array([venues.get(at, "") for at in range(len(self.store.as_of))])
        return found[self.store.complete]

    def _named_first(self, symbol: Symbol) -> dict[str, int]:
        """Return by venue the instant at which a snapshot of it first named a symbol."""
        first = self._first_named.get(symbol)
        if first is None:
            venues = self.store.venues
            instants = [
                self.store.read_symbol(part, symbol.ticker, symbol.currency, [])["as_of"]
                for part in range(self.store.n_parts)
            ]
            named = np.unique(np.concatenate([_EMPTY, *instants]))
            first = self._first_named[symbol] = {}
            for at in np.flatnonzero(np.isin(self.store.as_of, named)).tolist():
                first.setdefault(venues.get(at, ""), int(self.store.as_of[at]))
        return first

    def _of_its_venues(self, part: int, symbol: Symbol, column: str, one: Statements) -> Statements:
        """Take out what the lists of other venues leave out: each is about the symbols that its venue has named (S3)."""
        assert self._venues is not None
        first = self._named_first(symbol)
        at = self._at[part]
        foreign = np.array(
            [
                venue != "" and made < first.get(venue, made + 1)
                for venue, made in zip(
                    self._venues[at].tolist(), self.main.instants[at].tolist(), strict=True
                )
            ],
            np.bool_,
        )
        if column == QUANTITY:
            cells = np.where(foreign & (one.complete == 0), UNSTATED, one.complete)
        else:
            cells = np.where(foreign, False if column == FLOOR else np.inf, one.complete)
        return Statements(cells.astype(one.complete.dtype), one.instants, one.partial)

    @classmethod
    def open(cls, broker: str, market: Market, folder: Path) -> StoredHistory:
        """Open a store."""
        return cls(open_store(broker, market=market, data_folder=folder))

    def __reduce__(self) -> tuple[object, ...]:
        # A store has open files, so another process opens its own; it sees what has been imported since.
        folder = absolute(self.store.path).parents[3]
        return type(self).open, (self.store.broker, self.market, folder)

    def __deepcopy__(self, memo: dict[int, object]) -> StoredHistory:
        return self  # nothing in it ever changes but what it has read

    def course(self, symbol: Symbol) -> Course:
        """Return a symbol's statements; of one that never was named, those that leave it out."""
        course = self._courses.get(symbol)
        if course is None:
            course = self._make_course(symbol)
            # Quantities, and what only symbols with moments of their own have beside them.
            size = (4 if course.own is None else 20) * len(course.part_of)
            course.kept = self._bytes + size <= _COURSES_BYTES
            if course.kept:
                self._bytes += size
                self._courses[symbol] = course
        return course

    def symbols(self) -> list[Symbol]:
        """Return every symbol that any statement names."""
        keys = self.store.keys()
        return [
            Symbol.create(ticker, market=self.market, currency=currency)
            for ticker, currency in keys
        ]

    def _make_course(self, symbol: Symbol) -> Course:
        statements = [
            (number, self._statements(number, symbol, QUANTITY)) for number in self._partial_parts
        ]
        instants = np.concatenate([_EMPTY, *(one.instants for _, one in statements)])
        if not len(instants):
            course = Course(symbol, self.main, self.part_of)
            course.own = None
        else:
            complete = self.main.instants
            own = np.union1d(complete, instants)
            moments = self._same.setdefault(blake2b(own.tobytes()).digest(), Moments(own))
            part_of = np.full(len(own) + 1, -1, np.int32)
            course = Course(symbol, moments, part_of)
            course.own = np.searchsorted(own, complete).astype(np.int32)
            part_of[course.own] = self.part_of[:-1]
            for number, one in statements:
                part_of[np.searchsorted(own, one.instants)] = number
        for number, one in statements:
            self._enter(course, number, QUANTITY, one)
        return course

    def fill(self, course: Course, part: int, column: str) -> None:
        """Read one column of one part into a course's cells."""
        self._enter(course, part, column, self._statements(part, course.symbol, column))

    def fill_many(self, courses: Sequence[Course], part: int, column: str) -> None:
        """Read one column of one part into the cells of several courses."""
        if courses and self._parts[part].pays(len(courses)):
            self._whole(part, column)
        super().fill_many(courses, part, column)

    def _enter(self, course: Course, part: int, column: str, statements: Statements) -> None:
        cells = self.cells(course, column)
        if cells.dtype == np.int32 and np.int64 in (
            statements.complete.dtype,
            statements.partial.dtype,
        ):
            largest = max(
                (int(a.max()) for a in (statements.complete, statements.partial) if len(a)),
                default=0,
            )
            if largest > np.iinfo(np.int32).max:
                cells = course.cells[column] = cells.astype(np.int64)
        at = self._at[part]
        cells[at if course.own is None else course.own[at]] = statements.complete
        if len(statements.instants):
            cells[np.searchsorted(course.moments.instants, statements.instants)] = (
                statements.partial
            )
        course.read.add((column, part))

    def standing(self, course: Course, state: int) -> int:
        """Return `UNSTATED` or `UNKNOWN` where that is all that a statement says, else 0."""
        return min(int(self.cell(course, state, QUANTITY)), 0)

    def why_unknown(self, symbol: Symbol, course: Course, state: int) -> str:
        """Return in words why a statement is `UNKNOWN`."""
        made = int(course.moments.instants[state])
        at = np.flatnonzero((self.store.as_of == made) & self.store.complete)
        if np.isin(at, self.store.unreadable.get(symbol.ticker, _EMPTY)).any():
            return f"the snapshot of {from_instant(made, self.market)} has a row of {symbol.ticker} that could not be read"
        if int(course.part_of[state]) >= 0 and self._names_at(symbol, made):
            return f"the snapshot of {from_instant(made, self.market)} says that {symbol} is available, and not how many shares"
        return f"the snapshot of {from_instant(made, self.market)} lists {symbol.ticker} in another currency only"

    def _names_at(self, symbol: Symbol, instant: int) -> bool:
        """Whether a snapshot of that instant has a row of a symbol."""
        (part,) = set(self.store.part_of[self.store.as_of == instant].tolist())
        found = self.store.read_symbol(part, symbol.ticker, symbol.currency, [])
        return instant in found["as_of"]

    def other_currencies(self, symbol: Symbol) -> list[Symbol]:
        """Return the symbol's ticker in the other currencies that any statement names."""
        found = {
            currency
            for part in range(self.store.n_parts)
            for currency in self.store.currencies_of(part, symbol.ticker)
        }
        return [
            Symbol.create(symbol.ticker, market=self.market, currency=currency)
            for currency in sorted(found - {symbol.currency})
        ]

    def _statements(self, part: int, symbol: Symbol, column: str) -> Statements:
        block, source = self._block(part, column), self._parts[part]
        if block is None or (not block.names(symbol) and source.has_doubt(symbol)):
            found = source.read(symbol, column)
        else:
            found = block.statements(symbol)
        if self._venues is None:
            return found
        return self._of_its_venues(part, symbol, column, found)

    def _block(self, part: int, column: str) -> Block | None:
        """Return a part's column decoded, if it is or if one more look-up makes it worth while."""
        block = self._blocks.get((part, column))
        return self._whole(part, column) if block is None and self._parts[part].pays(1) else block

    def _whole(self, part: int, column: str) -> Block:
        """Return a part's column decoded."""
        key = part, column
        with self._lock:
            block = self._blocks.pop(key, None)
            if block is not None:
                self._blocks[key] = block  # the last used stands last
                return block
            block = self._blocks[key] = self._parts[part].decode(column)
            used = sum(one.nbytes for one in self._blocks.values())
            while used > _BLOCKS_BYTES and len(self._blocks) > 1:
                oldest = next(iter(self._blocks))
                used -= self._blocks.pop(oldest).nbytes
                self._parts[oldest[0]].forget()
                self._lists.pop(oldest[0], None)
        return block

    def own_moments(self, symbols: Sequence[Symbol]) -> Bools:
        """Say of each symbol whether its statements were made at other moments than the main ones."""
        if not self._partial_parts:
            return np.zeros(len(symbols), np.bool_)
        return super().own_moments(symbols)

    def gathers(self, column: str, symbols: int, states: Indices) -> bool:
        """Whether the parts that hold these states are decoded, or will be for so many symbols."""
        if self._venues is not None:
            return False  # a list of a venue is read symbol by symbol
        numbers = numbers_of(self.part_of, states)
        return all(
            (number, column) in self._blocks or self._parts[number].pays(symbols)
            for number in numbers
        )

    def gather(
        self,
        column: str,
        symbols: Sequence[Symbol],
        codes: Indices,
        states: Indices,
    ) -> Numbers:
        """Return the cells of many pairs on the main moments, part by part; int64 for quantities."""
        found = (
            np.full(len(codes), -1, np.int64) if column == QUANTITY else np.full(len(codes), np.nan)
        )
        part_of = self.part_of.take(states)
        for number in numbers_of(self.part_of, states):
            here = np.flatnonzero(part_of == number)
            block = self._whole(number, column)
            last, width = len(block.rows), block.codes.shape[1]
            rows = [block.rows.get((symbol.ticker, symbol.currency), last) for symbol in symbols]
            place = (np.array(rows) * width).take(codes[here])
            place += self._column.take(states[here])
            found[here] = block.values.take(block.codes.reshape(-1).take(place))
            for code, symbol in enumerate(symbols):
                if rows[code] == last and self._parts[number].has_doubt(symbol):
                    mine = here[codes[here] == code]
                    cells = self._parts[number].read(symbol, column).complete
                    found[mine] = cells.take(self._column.take(states[mine]))
        return found

    def market_at(
        self, instant: int, oldest: int | None
    ) -> tuple[dict[Symbol, int], list[Symbol]] | None:
        """Return what could be borrowed, quantities above 0, by statements from `oldest` to `instant`."""
        state = bisect_right(self.main.instants, instant) - 1
        since = int(self.main.instants[state]) if state >= 0 else None
        has_data = since is not None and (oldest is None or since >= oldest)
        found: dict[Symbol, int] = {}
        others: list[Symbol] = []
        if has_data and self._venues is not None:
            others = self.symbols()
        elif has_data:
            found, others = self._complete_market(state)
        if self._partial_parts:
            first = max((t for t in (since, oldest) if t is not None), default=None)
            statements = self._partial_market(first, instant)
            has_data = has_data or bool(statements)
            found.update(statements)
            found = (
                {symbol: shares for symbol, shares in found.items() if shares > 0}
                if statements
                else found
            )
        return (found, others) if has_data else None

    def _complete_market(self, state: int) -> tuple[dict[Symbol, int], list[Symbol]]:
        number = int(self.part_of[state])
        decoded = self._lists or (number, QUANTITY) in self._blocks
        if not decoded and number not in self._listed:
            # One list, or one of each part, is read alone; whoever wants a second one of a part wants many of every part.
            self._listed.add(number)
            return self._parts[number].list_at(int(self.main.instants[state]))
        block = self._whole(number, QUANTITY)
        lists = self._lists.get(number)
        if lists is None:
            lists = self._lists[number] = MarketLists(block)
        return lists.at(int(self._column[state]), self._names(number, block))

    def _names(self, number: int, block: Block) -> list[Symbol]:
        """Return the symbols of a part's rows."""
        names = self._symbols.get(number)
        if names is None:
            names = [
                Symbol.create(ticker, market=self.market, currency=c) for ticker, c in block.rows
            ]
            self._symbols[number] = names
        return names

    def _partial_market(self, first: int | None, last: int) -> dict[Symbol, int]:
        """Return the newest of what partial snapshots state of each symbol, from `first`, if given, to `last`."""
        symbols: list[Symbol] = []
        instants: list[Numbers] = [_EMPTY]
        shares: list[Numbers] = [_EMPTY]
        for number in self._partial_parts:
            made = self._partial_at[number]
            if int(made[0]) > last or (first is not None and int(made[-1]) < first):
                continue
            block = self._whole(number, QUANTITY)
            chosen = block.instants <= last
            if first is not None:
                chosen &= block.instants >= first
            at = np.flatnonzero(chosen)
            names = self._names(number, block)
            symbols += [
                names[row] for row in (np.searchsorted(block.starts, at, side="right") - 1).tolist()
            ]
            instants.append(block.instants[at])
            shares.append(block.partial[at])
        order = np.argsort(np.concatenate(instants), kind="stable")
        values = np.concatenate(shares)[order].tolist()
        return dict(zip([symbols[i] for i in order.tolist()], values, strict=True))
