"""A model of fees and availability, fitted on snapshots: how they are spread, how long they last, how names disappear.

Nothing about the shape is assumed that the snapshots can tell: the mass of names at the floor rate, the heavy tail of
fees, what is left where the fee is high, and how all of it moves with the days since it was last known are kept as
quantiles, by class of the last known value. Ranks move between two times as a Gaussian process, so a draw is a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shortable.arrays import Floats, Indices
from shortable.clock import LocalTime
from shortable.errors import InvalidInputError
from shortable.provider import ProviderLike
from shortable.research.estimate.history import LARGEST, BorrowHistory
from shortable.research.estimate.normal import normal_rank, normal_score, scores

__all__ = ["BorrowModel", "Expected", "Memory", "Moves", "fit", "fit_borrow_model", "quantile_at"]


PROBABILITIES: Floats = np.linspace(0.0, 1.0, 201)
FEE_CLASSES: Floats = np.log([0.0026, 0.01, 0.05, 0.2, 0.5])
"""Bounds between classes of fees: the floor rate, general collateral, and four classes of hard to borrow."""
SHARE_CLASSES: Floats = np.array([1e-9, 2.7, 3.7, 4.7, 5.7, 6.99])
"""Bounds between classes of availability: none, 500, 5,000, 50,000, 500,000 shares, the vendor's largest figure."""
HORIZONS: Floats = np.array([0.0, 0.6, 1.5, 3.5, 7.0, 12.0, 20.0, 40.0, 80.0, 160.0])
"""Bounds between classes of days since the last known value."""
FEWEST = 50
"""Moves of one class below which those of all classes are used."""


MOST_PAIRS = 40
"""Pairs of snapshots of one horizon that are compared; of more, every second, third, … one."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How the rank of a name is correlated with itself `t` days later: lasting + (1 − lasting) × exp(−t / days)."""

    lasting: float
    """The part that does not fade, 0 to 1."""
    days: float
    """In which the rest fades to 1/e."""

    def path(self, days: Floats, random: np.random.Generator) -> Floats:
        """Draw scores at the given days, ascending: each standard normal, correlated as stated."""
        level, first = random.standard_normal(2)
        steps = random.standard_normal(len(days))
        kept = np.exp(-np.diff(days, prepend=days[0]) / self.days)
        passing = np.empty(len(days))
        now = first
        for row, (share, step) in enumerate(zip(kept.tolist(), steps.tolist(), strict=True)):
            now = share * now + np.sqrt(max(1.0 - share * share, 0.0)) * step
            passing[row] = now
        return np.asarray(np.sqrt(self.lasting) * level + np.sqrt(1.0 - self.lasting) * passing)


@dataclass(frozen=True, slots=True)
class Moves:
    """How far a figure has moved some days after it was known, by class of what was known.

    Attributes
    ----------
    bounds : ndarray, shape (C − 1,)
        Between the classes.
    days : ndarray, shape (H,)
        Mean days of each horizon.
    quantiles : ndarray, shape (C, H, 201)
        Of the move, at probabilities 0, 0.005, …, 1.
    gone : ndarray, shape (C, H)
        Probability that nothing is there any more.
    memory : Memory
        Of the rank of a move.
    """

    bounds: Floats
    days: Floats
    quantiles: Floats
    gone: Floats
    memory: Memory

    def after(self, known: Floats, days: Floats, rank: Floats) -> Floats:
        """Return the figure `days` after it was `known`, at a rank of its distribution; −inf where it is gone.

        All of one shape. Beyond the longest horizon moves grow with the square root of time.
        """
        classes = np.searchsorted(self.bounds, known, side="right")
        last = len(self.days) - 1
        upper = np.clip(np.searchsorted(self.days, days), 0, last)
        lower = np.maximum(upper - 1, 0)
        span = self.days[upper] - self.days[lower]
        weight = np.where(span > 0, (days - self.days[lower]) / np.where(span > 0, span, 1.0), 1.0)
        weight = np.clip(weight, 0.0, 1.0)
        gone = (1 - weight) * self.gone[classes, lower] + weight * self.gone[classes, upper]
        present = np.clip((rank - gone) / np.where(gone < 1, 1 - gone, 1.0), 0.0, 1.0)
        move = (1 - weight) * quantile_at(self.quantiles, present, (classes, lower))
        move += weight * quantile_at(self.quantiles, present, (classes, upper))
        beyond = np.sqrt(days / np.clip(days, self.days[0], self.days[last]))
        return np.where((rank < gone) & (days > 0), -np.inf, known + move * beyond)


@dataclass(frozen=True, slots=True)
class Expected:
    """What covariates say of the fees of names."""

    scores: Floats
    """Expected normal score of each name, 0 for the average one."""
    spread: float
    """Standard deviation of the score around it, 0 to 1."""


@dataclass(frozen=True, slots=True)
class BorrowModel:
    """Fees and availability of the names that it was fitted on, as distributions.

    Attributes
    ----------
    fitted_on : str
        Which snapshots, for summaries.
    floor : float
        The fee of general collateral and the lowest one, an annual fraction.
    fee_levels : ndarray, shape (201,)
        Quantiles of the natural logarithm of the fee over all names.
    share_levels : ndarray, shape (C, 201)
        Quantiles of log10(1 + shares), by class of the fee: less is left where the fee is high.
    all_share_levels : ndarray, shape (201,)
        The same over all names.
    gone : float
        Part of names and snapshots at which a name that had been listed could not be borrowed.
    fee_memory, share_memory : Memory
        Of a name's rank among all.
    fee_moves, share_moves : Moves
        Since a figure was last known.
    covariates : tuple of str
        What else is known of the names.
    correlations : ndarray, shape (1 + K, 1 + K)
        Of the normal scores of the fee and of the covariates.
    """

    fitted_on: str
    floor: float
    fee_levels: Floats
    share_levels: Floats
    all_share_levels: Floats
    gone: float
    fee_memory: Memory
    share_memory: Memory
    fee_moves: Moves
    share_moves: Moves
    covariates: tuple[str, ...]
    correlations: Floats

    def __repr__(self) -> str:
        return f"BorrowModel(fitted on {self.fitted_on})"

    def fees(
        self, rank: Floats, known: Floats, days: Floats, expected: Expected | None = None
    ) -> Floats:
        """Return fees at ranks of their distribution.

        Parameters
        ----------
        rank : ndarray of float64
            0 to 1, of the fee or, where one is known, of its move since.
        known : ndarray of float64, of the same shape
            Annual fractions last known; NaN where none is.
        days : ndarray of float64, of the same shape
            Days since.
        expected : Expected, optional
            What covariates say of the names whose fee is not known.

        Returns
        -------
        ndarray of float64
            Annual fractions.
        """
        seen = ~np.isnan(known)
        start = np.log(np.maximum(np.where(seen, known, self.floor), self.floor))
        moved = self.fee_moves.after(start, days, rank)
        if expected is not None:
            rank = normal_rank(expected.scores + expected.spread * normal_score(rank))
        fees = np.exp(np.where(seen, moved, quantile_at(self.fee_levels, rank)))
        # The exponential of a logarithm is not quite what went into it.
        return np.where(fees <= self.floor * (1 + 1e-9), self.floor, fees)

    def shares(
        self, rank: Floats, known: Floats, days: Floats, fees: Floats | None = None
    ) -> Floats:
        """Return shares available at ranks of their distribution, 0 where a name is gone.

        Parameters
        ----------
        rank
            As in `fees`.
        known : ndarray of float64
            Shares last known; NaN where none are.
        days
            As in `fees`.
        fees : ndarray of float64, optional
            Annual fractions at the time, for the names whose availability is not known. Default: unknown too.
        """
        seen = ~np.isnan(known)
        start = np.log10(1.0 + np.where(seen, known, 0.0))
        moved = self.share_moves.after(start, days, rank)
        present = np.clip((rank - self.gone) / (1 - self.gone), 0.0, 1.0)
        if fees is None:
            level = quantile_at(self.all_share_levels, present)
        else:
            of_class = np.searchsorted(
                FEE_CLASSES, np.log(np.maximum(fees, self.floor)), side="right"
            )
            level = quantile_at(self.share_levels, present, (of_class,))
        logs = np.where(seen, moved, np.where(rank < self.gone, -np.inf, level))
        return np.clip(np.floor(np.power(10.0, logs) - 1.0 + 1e-9), 0.0, float(LARGEST))

    def expected(self, covariates: pd.DataFrame | None, names: Sequence[str]) -> Expected | None:
        """Return what covariates say of the fees of names; None where there are none.

        Parameters
        ----------
        covariates : DataFrame, optional
            By symbol, columns out of those of the fit; what is NaN or has no row counts as average.
        names : sequence of str
            Symbols.
        """
        if covariates is None or not len(covariates.columns):
            return None
        unknown = [str(c) for c in covariates.columns if c not in self.covariates]
        if unknown:
            raise InvalidInputError(
                "covariates",
                ", ".join(unknown),
                f"be among those of the fit: {', '.join(self.covariates) or 'none'}",
            )
        at = [1 + self.covariates.index(c) for c in covariates.columns]
        between, with_fee = self.correlations[np.ix_(at, at)], self.correlations[at, 0]
        weights = np.linalg.lstsq(between, with_fee, rcond=None)[0]
        columns = [scores(covariates[c].to_numpy(dtype=np.float64)) for c in covariates.columns]
        index = [str(name) for name in covariates.index]
        found = pd.Series(np.nan_to_num(np.column_stack(columns)) @ weights, index=index)
        explained = float(np.clip(with_fee @ weights, 0.0, 1.0))
        values = found.reindex([str(name) for name in names]).fillna(0.0)
        return Expected(np.array(values, np.float64), float(np.sqrt(1.0 - explained)))


def quantile_at(quantiles: Floats, rank: Floats, of: tuple[Indices, ...] = ()) -> Floats:
    """Return values between quantiles at ranks; `of` says of which row of `quantiles`, (…, 201), each rank is."""
    place = np.clip(rank, 0.0, 1.0) * (len(PROBABILITIES) - 1)
    low = np.minimum(place.astype(np.int64), len(PROBABILITIES) - 2)
    part = place - low
    return np.asarray((1 - part) * quantiles[*of, low] + part * quantiles[*of, low + 1])


def fit_borrow_model(
    provider: ProviderLike,
    times: Iterable[LocalTime],
    symbols: Sequence[str] | None = None,
    covariates: pd.DataFrame | None = None,
) -> BorrowModel:
    """Fit a model on snapshots.

    Parameters
    ----------
    provider : IShortableProvider
        Of the snapshots, with borrow rates.
    times : iterable of datetime
        One for each snapshot, exchange-local. Leave out repeats: a list that was published twice would look calm.
    symbols : sequence, optional
        Default: all that could be borrowed at some of the times.
    covariates : DataFrame, optional
        Price, volume, short interest, market value, … by symbol; only their ranks count.

    Raises
    ------
    InvalidInputError
        There is too little to fit.
    """
    return fit(BorrowHistory.of(provider, times, symbols), covariates)


def fit(history: BorrowHistory, covariates: pd.DataFrame | None = None) -> BorrowModel:
    """Fit a model on a history, see `fit_borrow_model`."""
    fees, shares = history.fees, history.shares
    both = ~np.isnan(fees) & ~np.isnan(shares) & (shares > 0)
    if both.sum() < FEWEST:
        raise InvalidInputError(
            "provider",
            int(both.sum()),
            f"have a fee and a quantity for {FEWEST} names and times at least",
        )
    every = _quantiles(shares[both])
    classes = np.searchsorted(FEE_CLASSES, np.where(both, fees, 0.0), side="right")
    levels = [
        _quantiles(chosen) if len(chosen := shares[both & (classes == c)]) >= FEWEST else every
        for c in range(len(FEE_CLASSES) + 1)
    ]
    listed = ~np.isnan(shares)
    days = history.days
    names, correlations = _correlations(history, covariates)
    return BorrowModel(
        f"{len(history.times)} snapshots of {len(history.symbols):,} symbols, "
        f"{history.times[0].astype('datetime64[D]')} to {history.times[-1].astype('datetime64[D]')}",
        history.floor,
        _quantiles(fees[~np.isnan(fees)]),
        np.array(levels),
        every,
        float((shares[listed] == 0).mean()),
        _memory(np.array([scores(row) for row in fees]), days, tied=_at_floor(fees)),
        _memory(np.array([scores(np.where(row > 0, row, np.nan)) for row in shares]), days),
        _moves(fees, days, FEE_CLASSES, gone=False),
        _moves(shares, days, SHARE_CLASSES, gone=True),
        names,
        correlations,
    )


def _moves(values: Floats, days: Floats, bounds: Floats, *, gone: bool) -> Moves:
    count, found = len(bounds) + 1, {}
    pairs = [(i, j) for i in range(len(days)) for j in range(i + 1, len(days))]
    horizon = [
        int(np.searchsorted(HORIZONS, days[j] - days[i], side="right")) - 1 for i, j in pairs
    ]
    for at in sorted(set(horizon)):
        chosen = [pair for pair, h in zip(pairs, horizon, strict=True) if h == at]
        chosen = chosen[:: -(-len(chosen) // MOST_PAIRS)]
        start = np.concatenate([values[i] for i, _ in chosen])
        end = np.concatenate([values[j] for _, j in chosen])
        known = ~np.isnan(start) & ~np.isnan(end)
        mean = float(np.mean([days[j] - days[i] for i, j in chosen]))
        found[at] = (mean, start[known], end[known])
    quantiles, lost = (
        np.zeros((count, len(found), len(PROBABILITIES))),
        np.zeros((count, len(found))),
    )
    for column, (_, start, end) in enumerate(found.values()):
        here = (end > 0) if gone else np.ones(len(end), dtype=bool)
        moved = end - start
        of_class = np.searchsorted(bounds, start, side="right")
        for c in range(count):
            mine = of_class == c
            some = mine & here if (mine & here).sum() >= FEWEST else here
            quantiles[c, column] = _quantiles(moved[some]) if some.any() else 0.0
            lost[c, column] = 1.0 - here[mine].mean() if mine.any() else 0.0
    means = np.array([mean for mean, _, _ in found.values()])
    return Moves(bounds, means, quantiles, lost, _memory_of_moves(values, days, bounds))


def _at_floor(fees: Floats) -> float:
    known = fees[~np.isnan(fees)]
    return float((known <= known.min()).mean())


def _memory(by_time: Floats, days: Floats, tied: float = 0.0) -> Memory:
    """Fit how long ranks last, on the correlations of every two snapshots; `tied` is the part that shares one rank."""
    lags, found = [], []
    for i in range(len(days)):
        for j in range(i + 1, len(days)):
            known = ~np.isnan(by_time[i]) & ~np.isnan(by_time[j])
            if known.sum() >= FEWEST:
                lags.append(days[j] - days[i])
                found.append(float(np.corrcoef(by_time[i][known], by_time[j][known])[0, 1]))
    return _fitted(np.array(lags), _without_ties(np.array(found), tied))


def _memory_of_moves(values: Floats, days: Floats, bounds: Floats) -> Memory:
    """Fit how long a name's rank among moves from one start lasts."""
    moved = values[1:] - values[0]
    of_class = np.searchsorted(bounds, np.nan_to_num(values[0]), side="right")
    ranks = np.full(moved.shape, np.nan)
    for row in range(len(moved)):
        for c in np.unique(of_class):
            mine = of_class == c
            ranks[row, mine] = scores(moved[row, mine])
    if len(days) < 3:
        return Memory(0.0, 1.0)
    return _memory(ranks, days[1:])


def _without_ties(correlations: Floats, tied: float) -> Floats:
    """Return correlations as they would be if the lowest part of the ranks were not all one rank."""
    if tied < 0.01:
        return correlations
    first, other = np.random.default_rng(0).standard_normal((2, 20_000))
    bound = normal_score(np.array([tied]))[0]
    below = first[first < bound].mean()
    true = np.linspace(0.0, 0.999, 41)
    with_ties = []
    for correlation in true.tolist():
        second = correlation * first + np.sqrt(1 - correlation**2) * other
        pair = [np.where(scored < bound, below, scored) for scored in (first, second)]
        with_ties.append(np.corrcoef(*pair)[0, 1])
    return np.interp(correlations, with_ties, true)


def _fitted(lags: Floats, found: Floats) -> Memory:
    good = np.isfinite(found)
    lags, found = lags[good], found[good]
    if not len(lags):
        return Memory(0.0, 1.0)
    fading = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)
    tries = [Memory(w, d) for w in np.linspace(0, 0.99, 100).tolist() for d in fading]
    errors = [
        float(np.square(m.lasting + (1 - m.lasting) * np.exp(-lags / m.days) - found).sum())
        for m in tries
    ]
    return tries[int(np.argmin(errors))]


def _correlations(
    history: BorrowHistory, covariates: pd.DataFrame | None
) -> tuple[tuple[str, ...], Floats]:
    if covariates is None or not len(covariates.columns):
        return (), np.ones((1, 1))
    known = ~np.isnan(history.fees)
    total = np.where(known, history.fees, 0.0).sum(axis=0)
    mean = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
    table = covariates.copy()
    table.index = pd.Index([str(name) for name in table.index])
    table = table.reindex([str(name) for name in history.symbols])
    columns = [scores(mean), *(scores(table[c].to_numpy(dtype=np.float64)) for c in table.columns)]
    correlations = pd.DataFrame(np.column_stack(columns)).corr(min_periods=FEWEST).to_numpy()
    if np.isnan(correlations).any():
        raise InvalidInputError(
            "covariates",
            ", ".join(map(str, covariates.columns)),
            f"be known, and differ, for {FEWEST} symbols of the snapshots at least",
        )
    return tuple(map(str, covariates.columns)), correlations


def _quantiles(values: Floats) -> Floats:
    return np.quantile(values, PROBABILITIES)
