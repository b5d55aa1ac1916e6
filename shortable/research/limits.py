"""What a grid's orders may sell, row by row: of a pool (S4), of what lacks your own shorts (S16), or of a daily flow (S15)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from shortable.arrays import Ints
from shortable.clock import LookUp
from shortable.desk import NO_SNAPSHOT, allowed_sales_within, snapshots_of
from shortable.errors import InvalidInputError
from shortable.provider import Pairs, ShortableProvider
from shortable.research.grid import Grid
from shortable.rule import (
    OnExceed,
    OwnUse,
    check_choice,
    check_share,
    flow_capacity_array,
    sell_capacity_array,
    short_part_array,
)
from shortable.shares import scale_shares

__all__ = ["Limits"]


@dataclass(slots=True)
class Limits:
    """The availability rule over the rows of a grid, block by block: `enter` a block of rows, go through them in order, and
    `commit` each.

    Rows are counted from the block's first; B of them are in it.
    """

    available: Ints
    """Shape (B, N): shares available at each row's look-up, −1 for None; of a daily flow, the account's share of it."""
    capacity: Ints
    """Shape (B, N): the most that the row's order could sell, the largest int64 for no limit."""
    on_exceed: OnExceed
    buy_in: bool
    """Whether a short that exceeds what is available is bought in."""
    flow: bool
    """Whether what is available is a daily flow."""
    own_use: OwnUse
    sessions: npt.NDArray[np.int64]
    """Shape (B,): the day of each look-up."""
    snapshots: Ints | None
    """Shape (B, N): when the snapshot behind each answer was known; None where nobody asks."""
    _look_ups: _LookUps
    _share: Fraction
    _used: Ints
    _session: int
    _own: Ints
    _asked: Ints

    @classmethod
    def of(
        cls,
        grid: Grid,
        shorted: npt.NDArray[np.bool_],
        provider: ShortableProvider,
        look_up: LookUp,
        *,
        on_exceed: OnExceed,
        on_shortfall: str,
        own_use: OwnUse,
        share: float,
    ) -> Limits:
        """Make the rule, before the first row.

        Parameters
        ----------
        grid : Grid
        shorted : ndarray of bool, shape (N,)
            Which symbols some target shorts; only these are asked about.
        provider : ShortableProvider
        look_up : LookUp
        on_exceed, on_shortfall, own_use, share
            As in `constrain`.

        Raises
        ------
        InvalidInputError
            A choice is none of its kind, or a daily flow is to buy in.
        """
        check_choice("on_exceed", on_exceed, ("reject", "clip", "warn"))
        check_choice("on_shortfall", on_shortfall, ("keep", "buy_in"))
        check_choice("own_use", own_use, ("included", "excluded"))
        exact, flow = check_share(share), provider.availability_kind == "daily_flow"
        if flow and on_shortfall == "buy_in":
            raise InvalidInputError(
                "on_shortfall",
                on_shortfall,
                "be 'keep' under a daily flow",
                "It limits what may be sold in a session, and recalls nothing that is held (S15).",
            )
        none, columns = np.zeros((0, len(grid.symbols)), np.int64), len(grid.symbols)
        return cls(
            none,
            none,
            on_exceed,
            on_shortfall == "buy_in",
            flow,
            own_use,
            np.zeros(0, np.int64),
            None,
            _LookUps(grid, np.flatnonzero(shorted), provider, grid.times(look_up)),
            exact,
            np.zeros(columns, np.int64),
            -1,
            np.zeros(columns, np.int64),
            np.full(columns, NO_SNAPSHOT),
        )

    def enter(self, start: int, stop: int) -> None:
        """Ask what is available at the look-up of each of these rows, which begin a session."""
        self.available, self.snapshots = self._look_ups.available(start, stop), None
        self.capacity = np.zeros_like(self.available)
        self.sessions = self._look_ups.times[start:stop].astype("datetime64[D]").astype(np.int64)
        if self.flow:
            flat = self.available.ravel()
            self.available = scale_shares(flat, self._share).reshape(self.available.shape)
        elif self.own_use == "excluded":
            self.snapshots = self._look_ups.snapshots(start, stop)

    def held_after(self, row: int, held: Ints, wanted: Ints) -> Ints:
        """Return what is held after one row's orders: from `held` to `wanted`, as far as they are allowed."""
        quantity, available = held - wanted, self.available[row]
        if self.flow:
            if self.sessions[row] != self._session:
                self._session = int(self.sessions[row])
                self._used = np.zeros_like(self._used)
            capacity = flow_capacity_array(held, 0, self._used, available)
        else:
            capacity = sell_capacity_array(self._counted(row, held, wanted), 0, available)
        self.capacity[row] = capacity
        after = held - allowed_sales_within(quantity, capacity, self.on_exceed)
        if not self.buy_in:
            return after
        # What already lacks the short is short of it only where nothing is left at all (S16).
        falls = available >= 0 if self.own_use == "included" else available == 0
        return np.where(falls, np.maximum(after, -available), after)

    def commit(self, row: int, held: Ints, after: Ints) -> None:
        """Count a row's sales against the daily flow of its session."""
        if self.flow:
            self._used = self._used + short_part_array(held, 0, held - after)

    def restate(self, ratios: npt.NDArray[np.float64] | None) -> None:
        """Restate what was short under a snapshot for splits: new shares for each old one, shape (N,)."""
        if ratios is not None:
            self._own = np.floor(self._own * ratios).astype(np.int64)

    def _counted(self, row: int, held: Ints, wanted: Ints) -> Ints:
        """Return the part of the positions that counts against what is available (S16)."""
        if self.snapshots is None:
            return held
        now = self.snapshots[row]
        # As the desk does: a snapshot is asked about by the first order that a long does not cover.
        anew = (wanted < held) & (wanted < 0) & ((now == NO_SNAPSHOT) | (now != self._asked))
        self._own = np.where(anew, np.maximum(-held, 0), self._own)
        self._asked = np.where(anew, now, self._asked)
        return held + self._own


@dataclass(frozen=True, slots=True)
class _LookUps:
    """What a provider is asked: of some columns, at each row's time."""

    grid: Grid
    columns: npt.NDArray[np.intp]
    provider: ShortableProvider
    times: npt.NDArray[np.datetime64]

    def available(self, start: int, stop: int) -> Ints:
        """Return shares available, −1 for None and where nobody asks."""
        found = np.full((stop - start, len(self.grid.symbols)), -1, dtype=np.int64)
        if len(self.columns):
            answers = self.provider.shortable_quantities(self._pairs(start, stop))
            found[:, self.columns] = answers.reshape(len(self.columns), stop - start).T
        return found

    def snapshots(self, start: int, stop: int) -> Ints:
        """Return the instant of the snapshot behind each answer, the lowest int64 where it is not known."""
        found = np.full((stop - start, len(self.grid.symbols)), NO_SNAPSHOT)
        if len(self.columns):
            instants = snapshots_of(self.provider, self._pairs(start, stop))
            found[:, self.columns] = instants.reshape(len(self.columns), stop - start).T
        return found

    def _pairs(self, start: int, stop: int) -> Pairs:
        times = self.times[start:stop].view(np.int64)
        names = [self.grid.symbols[c] for c in self.columns.tolist()]
        codes = np.repeat(np.arange(len(names)), len(times))
        return Pairs(names, codes, np.tile(times, len(names)), False)
