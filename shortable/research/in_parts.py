"""Studies of whole markets, some symbols at a time, over any executor; put together, what all symbols at once would give."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import pandas as pd

from shortable.arguments import whole_of
from shortable.errors import InvalidInputError, SweepError
from shortable.research.attempts import PASSING, TRIES, Died, attempts, executor_for
from shortable.research.bounds import BorrowFrames, ShortBounds
from shortable.research.constrain import Constrained
from shortable.symbol import Symbol

__all__ = ["InParts", "Study", "in_parts"]

Study = Callable[[list[str]], Constrained | BorrowFrames | ShortBounds | pd.DataFrame]
"""Studies some of the symbols."""

_BY_TIME = {"refusals": "time", "checks_without_data": "time", "borrow_costs": "date"}
"""Tables with a row for each event, and the column that they are sorted by."""
_TABLES: Mapping[type, tuple[str, ...]] = {
    Constrained: ("positions", "utilization", "borrow_cost_by_time", *_BY_TIME),
    BorrowFrames: ("min_weights", "short_fees"),
    ShortBounds: ("bounds",),
    pd.DataFrame: ("panel",),
}
_COUNTS: Mapping[type, tuple[str, ...]] = {
    Constrained: ("checks", "nights_without_rate", "nights_without_price"),
    BorrowFrames: ("unknown_fees",),
}


@dataclass(frozen=True, slots=True)
class InParts:
    """What the parts of a study come to together."""

    tables: Mapping[str, pd.DataFrame]
    """The tables that were asked for, by name."""
    counts: Mapping[str, int]
    """What the study counts, summed: of `constrain` ``checks``, ``nights_without_rate`` and ``nights_without_price``, of
    `borrow_frames` ``unknown_fees``."""


def in_parts(
    study: Study,
    symbols: Iterable[str],
    tables: Iterable[str],
    *,
    size: int = 1_000,
    executor: Executor | Callable[[], Executor] | None = None,
    workers: int | None = None,
) -> InParts:
    """Study some of the symbols at a time, and put the tables together: the same, to the last bit, as of all at once.

    What one symbol could be borrowed at does not depend on another. A worker calls `study` with the symbols of a part,
    opens its store, targets and prices there, and sends back only the tables that are named. The bytes do not depend on the
    executor, nor on the order in which parts end.

    Parameters
    ----------
    study : callable
        Called with some of `symbols`, it returns for just these, in their order, what `constrain`, `borrow_frames`,
        `short_bounds` or a provider's ``panel`` returns. Worker processes import it by its name, so it stands in a
        module, and not in a notebook's cell. A provider it should keep (`functools.cache`): a store's files are decoded
        whole where many symbols are asked about.
    symbols : iterable of str
        All of them, each once; the columns of a table, for example.
    tables : iterable of str
        Of `constrain`: positions, utilization, borrow_cost_by_time, refusals, borrow_costs, checks_without_data; of
        `borrow_frames`: min_weights, short_fees; of `short_bounds`: bounds, its ``to_frame()``; of a panel: panel.
    size : int
        Symbols of a part, at least 1: what a worker holds beside its provider grows with it, and not with the market.
    executor, workers
        As in `sweep`: processes on this machine by default, with ``workers=1`` this one; or any
        ``concurrent.futures.Executor``, such as ``Client(...).get_executor()`` of a Dask cluster.

    Returns
    -------
    InParts

    Raises
    ------
    InvalidInputError
        An argument is out of bounds, or `study` cannot be sent to a worker.
    SweepError
        A part raised, or returned what cannot be put together; it ended its worker three times; or the executor that was
        given broke. Errors of files and networks are tried again first.

    Notes
    -----
    `constrain_weights` and `audit` are refused: what a portfolio is worth, and an account's P&L, are sums over all
    symbols.

    Examples
    --------
    >>> from shortable import FrameShortableProvider
    >>> from shortable.research import constrain
    >>> days = pd.to_datetime(["2024-01-02", "2024-01-03"])
    >>> lent = pd.DataFrame({"AMC": [300, 900], "GME": [0, 500]}, days)
    >>> def held(symbols):
    ...     wanted = pd.DataFrame(-500, days, symbols)
    ...     return constrain(wanted, FrameShortableProvider(lent[symbols]), on_exceed="clip")
    >>> found = in_parts(held, ["AMC", "GME"], ["positions"], size=1, workers=1)
    >>> found.tables["positions"].to_numpy().tolist(), found.counts["checks"]
    ([[-300, 0], [-500, -500]], 4)
    """
    if not callable(study):
        raise InvalidInputError("study", study, "be a function of a list of symbols")
    whole_of("size", size, 1, 1 << 31)
    names, wanted = _names("symbols", symbols), tuple(_names("tables", tables))
    if len({Symbol.create(name) for name in names}) < len(names):
        raise InvalidInputError("symbols", symbols, "name each symbol once")
    known = [name for of_kind in _TABLES.values() for name in of_kind]
    if not set(wanted) <= set(known):
        raise InvalidInputError("tables", tables, f"be among {', '.join(known)}")
    pool, at_once = executor_for("study", study, executor, workers)
    parts = [names[start : start + size] for start in range(0, len(names), size)]
    found: dict[int, _Tables] = {}
    for (number, part), answer in attempts(
        partial(_study, study, wanted),
        list(enumerate(parts)),
        pool,
        at_once=at_once,
        tries=TRIES,
        again=_passing,
    ):
        if not isinstance(answer, _Tables):
            raise _failure(part, answer)
        found[number] = answer
    return _together([found[number] for number in range(len(parts))])


@dataclass(frozen=True, slots=True)
class _Tables:
    """What a part gives."""

    tables: Mapping[str, pd.DataFrame]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a part raised, as text: not every error can be sent."""

    text: str
    trace: str
    passing: bool


def _study(
    study: Study, tables: tuple[str, ...], part: tuple[int, list[str]], _try: int
) -> _Tables | _Raised:
    """Study a part; this is what a worker does. `_try` tells a scheduler that this is not what it knows already."""
    try:
        return _tables_of(study(part[1]), tables, part[1])
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return _Raised(text, traceback.format_exc(), isinstance(error, PASSING))


def _passing(answer: _Tables | _Raised) -> bool:
    return isinstance(answer, _Raised) and answer.passing


def _failure(part: list[str], answer: _Raised | Died) -> SweepError:
    where = f"the part {part[0]} to {part[-1]}"
    if isinstance(answer, Died):
        error = answer.error
        return SweepError(
            f"{where} ended its worker {answer.tries} times ({type(error).__name__}: {error})"
        )
    failure = SweepError(f"{where} failed: {answer.text}")
    failure.add_note(answer.trace)
    return failure


def _tables_of(answer: object, wanted: tuple[str, ...], part: list[str]) -> _Tables:
    """Return the tables and counts of a study's answer.

    Raises
    ------
    InvalidInputError
        It is none that can be put together, lacks a table, or is of other symbols.
    """
    kind = type(answer)
    if kind not in _TABLES or (isinstance(answer, Constrained) and answer.nav is not None):
        raise InvalidInputError(
            "study",
            kind.__name__,
            "return what constrain, borrow_frames, short_bounds or a provider's panel returns",
            "Sums over all symbols, as an account's worth or P&L, are not made in parts.",
        )
    missing = [name for name in wanted if name not in _TABLES[kind]]
    if missing:
        raise InvalidInputError("tables", missing, f"be among {', '.join(_TABLES[kind])}")
    if _symbols_of(answer) != [Symbol.create(name) for name in part]:
        raise InvalidInputError(
            "study",
            "other symbols",
            "answer for the symbols that it is called with, in their order",
        )
    return _Tables(
        {name: _table(answer, name) for name in wanted},
        {name: getattr(answer, name) for name in _COUNTS.get(kind, ())},
    )


def _symbols_of(answer: object) -> list[Symbol]:
    if isinstance(answer, ShortBounds):
        return answer.symbols
    if isinstance(answer, Constrained):
        return answer.grid.symbols
    frame = answer.min_weights if isinstance(answer, BorrowFrames) else answer
    assert isinstance(frame, pd.DataFrame)
    return [Symbol.create(column) for column in frame.columns]


def _table(answer: object, name: str) -> pd.DataFrame:
    if isinstance(answer, pd.DataFrame):
        return answer
    table = answer.to_frame() if isinstance(answer, ShortBounds) else getattr(answer, name)
    assert isinstance(table, pd.DataFrame)
    return table


def _together(parts: list[_Tables]) -> InParts:
    first = parts[0]
    return InParts(
        {name: _joined(name, [part.tables[name] for part in parts]) for name in first.tables},
        {name: sum(part.counts[name] for part in parts) for name in first.counts},
    )


def _joined(name: str, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return a table of all symbols.

    Raises
    ------
    SweepError
        The parts are not of the same times.
    """
    if name in _BY_TIME:
        # Stable: within a time, symbols stay in their order.
        return pd.concat(parts).sort_values(_BY_TIME[name], kind="stable", ignore_index=True)
    if name == "bounds":
        return pd.concat(parts).set_axis(_all([part.index for part in parts]))
    if name == "panel":
        parts = _at_all_times(parts)
    if any(not part.index.equals(parts[0].index) for part in parts):
        raise SweepError(f"the parts of {name} are not of the same times; study all at the same")
    return pd.concat(parts, axis=1).set_axis(_all([part.columns for part in parts]), axis=1)


def _at_all_times(panels: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Return panels that have a row wherever an answer about any of the symbols may change.

    Rows are carried forward and not values: `pd.NA` is an answer, too.
    """
    times = panels[0].index
    for panel in panels[1:]:
        times = times.union(panel.index)
    return [panel.reindex(times, method="ffill") for panel in panels]


def _all(parts: list[pd.Index]) -> pd.Index:
    """Return labels one after another, of the type that they have; pandas 3 would make texts of symbols."""
    labels = [label for part in parts for label in part]
    together: pd.Index = pd.Index(labels, dtype=parts[0].dtype, name=parts[0].name)
    return together


def _names(parameter: str, given: Iterable[str]) -> list[str]:
    names = [] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    if not names:
        raise InvalidInputError(parameter, given, "be a sequence of at least one name")
    return names
