"""The identities of balances: what a day's flows leave, and that each day begins where the session before it ended.

Two are checked in every book. In a row, ``previous + sold - covered - repaid + adjusted = balance``. From one session to
the next, ``previous(t) = balance(t-1)``; a source that states a change instead has ``balance(t) - change(t) = balance(t-1)``,
and one that states neither ``balance(t) - sold + covered + repaid = balance(t-1)``.

A halt clears balances (Taiwan's note ``!``), so a row with that note may break both. Days between which a weekday lies may
have had a session whose file is not at hand: what does not fit between them is counted and proves nothing, unless the balances
of a hundred other symbols that moved go on between them, which a missing session would have broken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.arguments import check_kind, path_of
from shortable.market import Market
from shortable.store.datasets.declared import SHORT_BALANCES

__all__ = ["IdentityBreak", "IdentityCheck", "check_balances", "stored_identities"]

HALTED = "!"
"""Part of a note that allows a row to break the identities: trading was halted, which clears balances."""
MOVES_UNSEEN = frozenset({"margin"})
"""Books whose balance also moves on days without a session, as repayments settle: of 1,186 rows of Taiwan's margin book 19
did over the closed days before 2025-02-03, and none of its borrowed book. What does not fit there proves nothing."""

ENOUGH = 100
"""Rows that moved and fit, from which on days with a weekday between them are known to be neighbours."""
FEW = 0.01
"""Misfits for each row that moved and fits, up to which they are: a session between would move most of them."""

IN_A_ROW = "previous + sold - covered - repaid + adjusted = balance"
ACROSS = "previous(t) = balance(t-1)"
_NUMBERS = ("balance", "previous", "sold", "covered", "repaid", "adjusted", "change")
_COLUMNS = ("symbol", "date", "book", "known_at", *_NUMBERS, "note")
_SHOWN = 3
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class IdentityBreak:
    """A row that breaks an identity."""

    symbol: str
    """Ticker without market."""
    date: date
    """The row's date."""
    book: str
    """Whose balance."""
    expected: int
    """What the other figures make of it, shares."""
    stated: int
    """The row's own figure, in shares."""

    def __str__(self) -> str:
        return f"{self.symbol} {self.book} on {self.date}: {self.stated:,} instead of {self.expected:,}"


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """What was found of one identity."""

    identity: str
    """The identity."""
    checked: int
    """Rows that could be checked."""
    allowed: int
    """Of these, rows that break it and whose note allows that: trading was halted."""
    unproven: int
    """Of these, rows that do not fit, where a session between may be missing or the book moves without one."""
    broken: tuple[IdentityBreak, ...]
    """Of these, rows that break it for no reason."""

    def __str__(self) -> str:
        parts = [f"{self.checked:,} rows checked", f"{len(self.broken):,} broken"]
        if self.allowed:
            parts.append(f"{self.allowed:,} halted and allowed to")
        if self.unproven:
            parts.append(f"{self.unproven:,} that do not fit across days without a file")
        return f"{self.identity}: {', '.join(parts)}"

    def to_dict(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "identity": self.identity,
            "checked": self.checked,
            "allowed": self.allowed,
            "unproven": self.unproven,
            "broken": len(self.broken),
            "first_broken": [str(one) for one in self.broken[:_SHOWN]],
        }


def check_balances(
    tables: Iterable[pa.Table], days: Iterable[date] | None = None
) -> tuple[IdentityCheck, ...]:
    """Check balances of one source in one market.

    Parameters
    ----------
    tables : iterable of pa.Table
        Columns of `SHORT_BALANCES`; of rows of one symbol, date and book the last known counts, and of those of one
        instant the last given.
    days : iterable of date, optional
        Check rows of these days, and steps to and from them; default all.

    Returns
    -------
    tuple of IdentityCheck
        Those that could be checked of at least one row.

    Examples
    --------
    >>> rows = [("2330", date(2025, 1, 8), 100, 10, 30), ("2330", date(2025, 1, 9), 80, 5, 5)]
    >>> table = pa.Table.from_pylist(
    ...     [
    ...         {"symbol": s, "date": d, "book": "borrowed", "known_at": 0, "by_rule": True, "previous": p, "sold": n,
    ...          "covered": r, "balance": 80}
    ...         for s, d, p, n, r in rows
    ...     ],
    ...     schema=SHORT_BALANCES.schema,
    ... )
    >>> for check in check_balances([table]):
    ...     print(check)
    previous + sold - covered - repaid + adjusted = balance: 2 rows checked, 0 broken
    previous(t) = balance(t-1): 1 rows checked, 0 broken
    """
    check_kind("tables", tables, Iterable, "be a sequence of tables")
    listed = list(tables)
    for table in listed:
        check_kind("tables", table, pa.Table, "hold tables of pyarrow")
    if not listed:
        return ()
    rows = _Rows(pa.concat_tables([table.select(list(_COLUMNS)) for table in listed]))
    chosen = None
    if days is not None:
        check_kind("days", days, Iterable, "be a sequence of dates")
        wanted = list(days)
        for day in wanted:
            check_kind("days", day, date, "hold dates")
        chosen = np.array(sorted(wanted), dtype="datetime64[D]").astype(np.int64)
    return tuple(
        check for check in (_in_a_row(rows, chosen), _across(rows, chosen)) if check.checked
    )


def stored_identities(
    folder: str | Path, market: Market | str, source: str
) -> tuple[IdentityCheck, ...]:
    """Check all balances that a data folder holds of a source in a market; empty where it holds none."""
    check_kind("source", source, str, "be a name such as 'twse'")
    home, base = Market.of(market), path_of("folder", folder)
    if source not in SHORT_BALANCES.files(base, home):
        return ()
    return check_balances([SHORT_BALANCES.open(base, home, source).table(_COLUMNS)])


class _Rows:
    """The last known row of each symbol, book and day, sorted by day and then symbol and book."""

    def __init__(self, table: pa.Table) -> None:
        names = pc.binary_join_element_wise(table["symbol"], table["book"], "\t").combine_chunks()
        coded = names.dictionary_encode()
        key = np.asarray(coded.indices, dtype=np.int64)
        day = table["date"].cast(pa.int32()).to_numpy().astype(np.int64)
        known = table["known_at"].cast(pa.int64()).to_numpy()
        order = np.lexsort((known, key, day))
        last = np.ones(len(order), dtype=np.bool_)
        last[:-1] = (day[order][1:] != day[order][:-1]) | (key[order][1:] != key[order][:-1])
        order = order[last]
        self.day, self.key = day[order], key[order]
        self._names: list[str] = coded.dictionary.to_pylist()
        self.given: dict[str, npt.NDArray[np.bool_]] = {}
        self.number: dict[str, _Ints] = {}
        for name in _NUMBERS:
            column = table[name]
            self.given[name] = np.asarray(column.is_valid())[order]
            self.number[name] = column.fill_null(0).to_numpy()[order]
        halted = pc.match_substring(table["note"].fill_null(""), HALTED)
        self.halted = np.asarray(halted)[order]
        moves = np.array(
            [name.partition("\t")[2] in MOVES_UNSEEN for name in self._names], dtype=np.bool_
        )
        moves = moves[self.key] if len(moves) else np.zeros(0, dtype=np.bool_)
        self.moves = moves & self.given["previous"]  # a stated change includes what moved

    def before(self) -> tuple[_Ints, npt.NDArray[np.bool_]]:
        """Return the balance at the end of the session before, as each row has it, and whether it says so."""
        n, given = self.number, self.given
        flows = given["sold"] & given["covered"] & given["repaid"]
        stated = np.where(
            given["previous"],
            n["previous"],
            np.where(
                given["change"],
                n["balance"] - n["change"],
                n["balance"] - n["sold"] + n["covered"] + n["repaid"] - n["adjusted"],
            ),
        )
        return stated, given["previous"] | given["change"] | flows

    def broken(self, rows: _Ints, expected: _Ints, stated: _Ints) -> tuple[IdentityBreak, ...]:
        """Return some rows as breaks."""
        found = []
        for row, wanted, has in zip(rows.tolist(), expected.tolist(), stated.tolist(), strict=True):
            symbol, _, book = self._names[int(self.key[row])].partition("\t")
            day = np.datetime64(int(self.day[row]), "D").item()
            found.append(IdentityBreak(symbol, day, book, wanted, has))
        return tuple(found)


def _in_a_row(rows: _Rows, days: _Ints | None) -> IdentityCheck:
    n, given = rows.number, rows.given
    checked = given["previous"] & given["sold"] & given["covered"]
    if days is not None:
        checked &= np.isin(rows.day, days)
    expected = n["previous"] + n["sold"] - n["covered"] - n["repaid"] + n["adjusted"]
    off = checked & (expected != n["balance"])
    bad = np.flatnonzero(off & ~rows.halted)
    return IdentityCheck(
        IN_A_ROW,
        int(checked.sum()),
        int((off & rows.halted).sum()),
        0,
        rows.broken(bad, expected[bad], n["balance"][bad]),
    )


def _across(rows: _Rows, days: _Ints | None) -> IdentityCheck:
    stated, says = rows.before()
    present = np.unique(rows.day)
    starts = np.searchsorted(rows.day, np.append(present, present[-1:] + 1))
    checked = allowed = unproven = 0
    broken: list[IdentityBreak] = []
    for at in range(1, len(present)):
        if days is not None and not np.isin(present[at - 1 : at + 1], days).any():
            continue
        before = np.arange(starts[at - 1], starts[at])
        after = np.arange(starts[at], starts[at + 1])
        _, one, other = np.intersect1d(
            rows.key[before], rows.key[after], assume_unique=True, return_indices=True
        )
        before, after = before[one], after[other]
        before, after = before[says[after]], after[says[after]]
        checked += len(after)
        ended = rows.number["balance"][before]
        off = stated[after] != ended
        halted = off & (rows.halted[after] | rows.halted[before])
        gap = np.busday_count(*present[at - 1 : at + 1].astype("datetime64[D]")) > 1
        moved = ~rows.moves[after] & (rows.number["balance"][after] != stated[after])
        if gap:
            fits, misfits = (
                int((moved & ~off).sum()),
                int((off & ~halted & ~rows.moves[after]).sum()),
            )
            gap = fits < ENOUGH or misfits > FEW * fits
        doubt = off & ~halted & (gap | rows.moves[after])
        allowed, unproven = allowed + int(halted.sum()), unproven + int(doubt.sum())
        bad = off & ~halted & ~doubt
        broken += rows.broken(after[bad], ended[bad], stated[after[bad]])
    return IdentityCheck(ACROSS, checked, allowed, unproven, tuple(broken))
