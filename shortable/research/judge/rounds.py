"""Trades judged many at a time: the first of each company, then the second of each, and so on.

A company's trades depend on one another, those of different companies do not. Each round is decided by the desk's
vectorised rule, which counts in whole shares.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from shortable.arrays import Bools, Ints
from shortable.desk import NO_SNAPSHOT, allowed_sales_within
from shortable.research.judge.counting import Ledger
from shortable.research.judge.walk import Outcome, Walk, days_of
from shortable.rule import flow_capacity_array, sell_capacity_array, short_part_array

__all__ = ["in_rounds"]

Positions = npt.NDArray[np.intp]

_AT_LEAST = 32
"""Companies of a round below which NumPy takes longer than a plain loop."""
_EXACT = 2.0**53
"""Up to here every whole number is one of float64's."""


def in_rounds(
    walk: Walk,
    available: Ints,
    on_exceed: Literal["reject", "clip"],
    ledger: Ledger,
    outcome: Outcome,
) -> Positions:
    """Go through the trades that can be judged in rounds, and write what becomes of them into `outcome`.

    Returns
    -------
    ndarray of intp
        The trades that are left to be judged one by one, ascending; `walk` and `ledger` are where they begin.
    """
    order, sizes, companies = _by_round(walk)
    sizes = sizes[sizes >= _AT_LEAST]
    order = order[: sizes.sum()]
    if not len(order):
        return np.arange(len(available))
    held = _Held(walk, companies[: sizes[0]])
    rule = _Rule(available[order], on_exceed, ledger, order, len(held.codes))
    quantities = walk.book.trades.quantities[order].astype(np.int64)
    days = days_of(walk.book)[order] if any(walk.book.events) else None
    listed, could, allowed = (np.empty(len(order), np.int64) for _ in range(3))
    start = 0
    for size in sizes.tolist():
        here = slice(start, start := start + size)
        if days is not None:
            held.apply_events(days[here])
        was, have, quantity = held.listed[:size], held.held[:size], quantities[here]
        stands = rule.stands(here, was, have, quantity)
        listed[here], could[here], allowed[here] = was, have, stands
        was += quantity
        have += stands
    held.give_back()
    rule.give_back(held.codes)
    outcome.position[order], outcome.held[order], outcome.allowed[order] = listed, could, allowed
    left = np.ones(len(available), np.bool_)
    left[order] = False
    return np.flatnonzero(left)


def _by_round(walk: Walk) -> tuple[Positions, Positions, Positions]:
    """Sort the trades of companies that count in whole shares by their turn within their company.

    Returns
    -------
    order : ndarray of intp
        Trades by turn, and within a turn by company, as `companies` has them.
    sizes : ndarray of intp
        How many trades each turn has, never growing.
    companies : ndarray of intp
        All of them, those with the most trades first.
    """
    codes = walk.book.codes
    fits = _in_whole_shares(walk)
    trades = np.flatnonzero(fits[codes])
    mine = codes[trades]
    counts = np.bincount(mine, minlength=len(fits))
    companies = np.argsort(-counts, kind="stable")
    place = np.empty(len(fits), np.intp)
    place[companies] = np.arange(len(fits))
    by_company = trades[_sorted(place[mine])]
    counts = counts[companies]
    turns = np.arange(len(trades)) - np.repeat(np.cumsum(counts) - counts, counts)
    sizes = np.bincount(turns)
    # The companies that have a turn are the first ones: a trade's place within its turn is its company's.
    at = (np.cumsum(sizes) - sizes)[turns]
    at += np.repeat(np.arange(len(companies)), counts)
    order = np.empty_like(by_company)
    order[at] = by_company
    return order, sizes, companies


def _sorted(keys: Positions) -> Positions:
    """Return the stable order of keys; those of two bytes are sorted without comparing them."""
    small = len(keys) and keys.max() <= np.iinfo(np.uint16).max
    return np.argsort(keys.astype(np.uint16) if small else keys, kind="stable")


def _in_whole_shares(walk: Walk) -> Bools:
    """Say of each company whether all that it ever holds is whole and exact."""
    book, count = walk.book, len(walk.listed)
    opening = np.array(walk.listed, dtype=np.float64)
    quantities = book.trades.quantities
    broken = np.bincount(book.codes, quantities != np.trunc(quantities), minlength=count) > 0
    most = np.bincount(book.codes, np.abs(quantities), minlength=count) + np.abs(opening)
    for code, events in enumerate(book.events):
        for event in events:
            if event.ratio is not None:
                broken[code] |= not walk.whole
                most[code] *= max(float(event.ratio), 1.0)
    fits: Bools = ~broken & (opening == np.trunc(opening)) & (most < _EXACT)
    return fits


class _Held:
    """Both positions of the companies of the first round, in its order."""

    def __init__(self, walk: Walk, codes: Positions) -> None:
        self.codes: list[int] = codes.tolist()
        self.listed, self.held = (
            np.array([shares[code] for code in self.codes], dtype=np.float64).astype(np.int64)
            for shares in (walk.listed, walk.held)
        )
        self._walk = walk
        self._upcoming = np.array([walk.upcoming(code) for code in self.codes], dtype=np.int64)

    def apply_events(self, days: Ints) -> None:
        """Apply what splits and delistings did to each company before its trade of a day."""
        walk = self._walk
        for at in np.flatnonzero(self._upcoming[: len(days)] <= days).tolist():
            code = self.codes[at]
            self._put(at)
            walk.until(code, int(days[at]))
            self.listed[at], self.held[at] = int(walk.listed[code]), int(walk.held[code])
            self._upcoming[at] = walk.upcoming(code)

    def give_back(self) -> None:
        """Bring the walk to where these positions are."""
        for at in range(len(self.codes)):
            self._put(at)

    def _put(self, at: int) -> None:
        code = self.codes[at]
        self._walk.listed[code] = float(self.listed[at])
        self._walk.held[code] = float(self.held[at])


class _Rule:
    """What a round's trades may sell, and what counts against that, by company."""

    def __init__(
        self,
        available: Ints,
        on_exceed: Literal["reject", "clip"],
        ledger: Ledger,
        order: Positions,
        companies: int,
    ) -> None:
        self._available, self._on_exceed, self._ledger = available, on_exceed, ledger
        days, snapshots = ledger.counting.days, ledger.counting.snapshots
        self._days = None if days is None else days[order]
        self._snapshots = None if snapshots is None else snapshots[order]
        self._session = np.full(companies, np.datetime64("NaT", "D"), "datetime64[D]")
        self._used = np.zeros(companies, np.int64)
        self._asked = np.full(companies, NO_SNAPSHOT)
        self._own = np.zeros(companies, np.int64)

    def stands(self, here: slice, was: Ints, could: Ints, quantity: Ints) -> Ints:
        """Return what stands of each trade of a round; of a company it is listed as `was`, and could be `could`."""
        # What only covers a short that could not be had is left out; what goes beyond it is a purchase.
        cover = np.minimum(quantity, np.maximum(-was, 0))
        bought = quantity - cover + np.minimum(cover, np.maximum(-could, 0))
        short = (quantity < 0) & (could + quantity < 0)
        sold = allowed_sales_within(-quantity, self._capacity(here, could, short), self._on_exceed)
        stands = np.where(quantity > 0, bought, np.where(short, -sold, quantity))
        if self._days is not None:
            self._used[: len(stands)] += short_part_array(could, 0, -stands)
        return stands

    def _capacity(self, here: slice, could: Ints, short: Bools) -> Ints:
        available, size = self._available[here], len(could)
        if self._days is not None:
            used, session, today = self._used[:size], self._session[:size], self._days[here]
            used[session != today] = 0
            session[:] = today
            return flow_capacity_array(could, 0, used, available)
        if self._snapshots is not None:
            own, asked, now = self._own[:size], self._asked[:size], self._snapshots[here]
            # A snapshot is asked about by the first sale that a long does not cover.
            anew = short & (available >= 0) & ((now == NO_SNAPSHOT) | (now != asked))
            own[anew] = np.maximum(-could[anew], 0)
            asked[anew] = now[anew]
            could = could + own
        return sell_capacity_array(could, 0, available)

    def give_back(self, codes: list[int]) -> None:
        """Bring the ledger to where these trades leave it."""
        if self._days is not None:
            flows = (self._session.tolist(), self._used.tolist())
            for code, session, used in zip(codes, *flows, strict=True):
                self._ledger.used(code, session, used)
        asked = (self._asked.tolist(), self._own.tolist())
        for code, snapshot, own in zip(codes, *asked, strict=True):
            if snapshot != NO_SNAPSHOT:
                self._ledger.asked(code, snapshot, own)
