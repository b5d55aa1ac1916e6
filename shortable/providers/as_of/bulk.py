"""Many look-ups at once: times to states by arithmetic, then cells gathered in one sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from shortable.arrays import Floats, Indices, Ints, Numbers
from shortable.market import Market
from shortable.provider.pairs import Pairs
from shortable.providers.as_of.history import QUANTITY, Course, History, numbers_of
from shortable.providers.as_of.point import PointLookup
from shortable.providers.as_of.timeline import CHUNK

__all__ = ["NO_SNAPSHOT", "gather", "gather_instants", "seen_instants"]

NO_SNAPSHOT = np.iinfo(np.int64).min
"""Stands for the instant of a snapshot where none answers."""

_FEW = 256  # below that, the arrays cost more than they save
_DENSE = 8  # cells of a table copied for one call, a look-up
_HEAD = 1 << 10  # look-ups that show whether times come in runs


def gather(lookup: PointLookup, column: str, pairs: Pairs) -> Numbers:
    """Return what the data say of many pairs.

    Returns
    -------
    ndarray, shape (n,)
        int64 for quantities, −1 where there are no data; float64 for rates, NaN where none is stated.
    """
    quantity = column == QUANTITY
    if len(pairs) <= _FEW:
        return _one_by_one(lookup, column, pairs)
    found = _assembled(
        (
            (at, _gather_market(lookup, market, column, part))
            for market, at, part in pairs.by_market()
        ),
        len(pairs),
    )
    if (found.min() < -1) if quantity else (np.nanmax(found, initial=0.0) == np.inf):
        odd = np.flatnonzero(found < -1 if quantity else np.isinf(found))
        # Named without a quantity: an older snapshot answers.
        found[odd] = _one_by_one(lookup, column, pairs.take(odd))
    return found


def gather_quantities(lookup: PointLookup, pairs: Pairs) -> Ints:
    """Return the quantities of many pairs, −1 where there are no data."""
    return np.asarray(gather(lookup, QUANTITY, pairs), np.int64)


def gather_rates(lookup: PointLookup, column: str, pairs: Pairs) -> Floats:
    """Return the rates of many pairs, NaN where none is stated."""
    return np.asarray(gather(lookup, column, pairs), np.float64)


def gather_instants(lookup: PointLookup, pairs: Pairs) -> Ints:
    """Return when the snapshots became known that answer for many pairs, `NO_SNAPSHOT` where none does."""
    found = np.full(len(pairs), NO_SNAPSHOT, np.int64)
    for market, chosen, part in pairs.by_market():
        history = lookup.histories[QUANTITY].get(market)
        if history is None or not len(history.instants):
            continue
        instants = seen_instants(lookup, history, part)
        answers = np.full(len(part), NO_SNAPSHOT, np.int64)
        for code, symbol in enumerate(part.symbols):
            at = np.flatnonzero(part.codes == code)
            course = history.course(symbol)
            timeline = lookup.timeline(history, course.moments)
            states = timeline.states_at(instants[at])
            made = np.append(course.moments.instants, NO_SNAPSHOT)[states]
            cells = history.read(course, QUANTITY, states)[states]
            for odd in np.flatnonzero((cells < 0) & (states < timeline.no_data)).tolist():
                # Named without a quantity, or in doubt: an older snapshot answers, or none.
                symbol_at = next(part.take(at[odd : odd + 1]).moments())
                state = lookup.find(QUANTITY, *symbol_at)[1]
                made[odd] = NO_SNAPSHOT if state is None else course.moments.instants[state]
            answers[at] = made
        found[chosen] = answers
    return found


def _assembled(parts: Iterable[tuple[Indices | slice, Numbers]], size: int) -> Numbers:
    """Put the answers for some of the pairs together; one part that is the whole is not copied."""
    whole = None
    for at, answers in parts:
        if isinstance(at, slice):
            return answers
        if whole is None:
            whole = np.empty(size, answers.dtype)
        whole[at] = answers
    assert whole is not None
    return whole


def _one_by_one(lookup: PointLookup, column: str, pairs: Pairs) -> Numbers:
    """Look up pair by pair."""
    nothing, kind = (-1, np.int64) if column == QUANTITY else (np.nan, np.float64)
    answers = (lookup.stated(column, symbol, moment) for symbol, moment in pairs.moments())
    return np.fromiter(
        (nothing if answer is None else answer for answer in answers), kind, len(pairs)
    )


def _gather_market(lookup: PointLookup, market: Market, column: str, pairs: Pairs) -> Numbers:
    history = lookup.histories[column].get(market)
    if history is None or not len(history.instants):
        return (
            np.full(len(pairs), -1, np.int64) if column == QUANTITY else np.full(len(pairs), np.nan)
        )
    own = history.own_moments(pairs.symbols)
    split = [
        (way, *pairs.of_symbols(mine))
        for way, mine in ((_on_main, ~own), (_by_symbol, own))
        if mine.any()
    ]
    return _assembled(
        ((at, way(lookup, history, column, part)) for way, at, part in split), len(pairs)
    )


def seen_instants(lookup: PointLookup, history: History, pairs: Pairs) -> Ints:
    """Return the instants that the look-ups see."""
    clock = lookup.clock(history.market)
    if pairs.aware and not clock.lag:
        return pairs.times
    first, last = int(history.instants[0]), int(history.instants[-1]) + (lookup.max_age or 0)

    def instants_of(wall: Ints) -> Ints:
        found = np.empty(len(wall), np.int64)
        for start in range(0, len(wall), CHUNK):
            chunk = slice(start, start + CHUNK)
            found[chunk] = clock.wall_instants(wall[chunk], first, last)
        return found

    found = np.asarray(_once_a_run(pairs.wall(history.market), instants_of), np.int64)
    if pairs.folds is not None and not clock.lag:
        second = np.flatnonzero(pairs.folds)
        found[second] = [clock.instant(moment) for _, moment in pairs.take(second).moments()]
    return found


def _main_states(lookup: PointLookup, history: History, pairs: Pairs) -> Indices:
    """Return which of the history's main statements answers each of the look-ups."""
    timeline = lookup.timeline(history, history.main)
    if not lookup.lag and (pairs.aware or pairs.folds is not None):
        return _once_a_run(seen_instants(lookup, history, pairs), timeline.states_at)
    return _once_a_run(pairs.wall(history.market), timeline.states_of)


def _once_a_run(values: Ints, answer: Callable[[Ints], Indices]) -> Indices:
    """Return an answer for each value; where equal ones stand together, as the times of a table's cells do, one a run."""
    if _often_new(values[:_HEAD]):
        return answer(values)
    new = np.empty(len(values), np.bool_)
    new[:1] = True
    np.not_equal(values[1:], values[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    return np.repeat(answer(values[starts]), np.diff(starts, append=len(values)))


def _often_new(values: Ints) -> bool:
    return bool(np.count_nonzero(values[1:] != values[:-1]) * 8 >= len(values))


def _on_main(lookup: PointLookup, history: History, column: str, pairs: Pairs) -> Numbers:
    """Look up symbols that have the history's main moments."""
    states = _main_states(lookup, history, pairs)
    width = len(history.main) + 1
    if len(pairs.symbols) * width <= _DENSE * len(pairs):
        courses = [history.course(symbol) for symbol in pairs.symbols]
        if all(course.kept for course in courses):
            return _stacked(history, column, courses, pairs.codes, states)
    if history.gathers(column, len(pairs.symbols), states):
        return history.gather(column, pairs.symbols, pairs.codes, states)
    return _by_symbol(lookup, history, column, pairs)


def _stacked(
    history: History,
    column: str,
    courses: list[Course],
    codes: Indices,
    states: Indices,
) -> Numbers:
    """Copy the symbols' cells into one small table and take the pairs out of that."""
    _read_all(history, column, courses, states)
    table = np.stack([history.cells(course, column) for course in courses])
    cells, width = table.reshape(-1), table.shape[1]
    found = np.empty(len(codes), np.int64 if column == QUANTITY else np.float64)
    for start in range(0, len(codes), CHUNK):
        chunk = slice(start, start + CHUNK)
        place = np.multiply(codes[chunk], width, dtype=np.intp)
        place += states[chunk]
        found[chunk] = cells.take(place)
    return found


def _read_all(history: History, column: str, courses: list[Course], states: Indices) -> None:
    """Read the cells of some states of many symbols, as far as they are unread."""
    near = history.part_of[int(states.min()) : int(states.max()) + 1]
    wanted = {(column, number) for number in np.unique(near).tolist() if number >= 0}
    if all(wanted <= course.read for course in courses):
        return
    for number in numbers_of(history.part_of, states):
        unread = [course for course in courses if (column, number) not in course.read]
        history.fill_many(unread, number, column)


def _by_symbol(lookup: PointLookup, history: History, column: str, pairs: Pairs) -> Numbers:
    """Look up symbol by symbol, each in its own cells."""
    found = np.empty(len(pairs), np.int64 if column == QUANTITY else np.float64)
    instants = seen_instants(lookup, history, pairs)
    order = np.argsort(pairs.codes, kind="stable")
    bounds = np.searchsorted(pairs.codes[order], np.arange(len(pairs.symbols) + 1)).tolist()
    for symbol, start, end in zip(pairs.symbols, bounds, bounds[1:], strict=False):
        if start < end:
            at = order[start:end]
            course = history.course(symbol)
            states = lookup.timeline(history, course.moments).states_at(instants[at])
            found[at] = history.read(course, column, states)[states]
    return found
