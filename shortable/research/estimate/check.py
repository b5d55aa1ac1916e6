"""How far a model's estimates can be trusted: its bands and its loss on symbols and snapshots that it was not shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from numbers import Real

import numpy as np
import pandas as pd

from shortable.arrays import Floats
from shortable.clock import LocalTime
from shortable.errors import InvalidInputError
from shortable.provider import ProviderLike
from shortable.research.estimate.history import LARGEST, BorrowHistory
from shortable.research.estimate.model import BorrowModel, fit

__all__ = ["check_borrow_model"]


LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles whose pinball loss is averaged."""
_STARTS = (0.0, 0.025, 0.05, 0.075, 0.1)
"""Lower ends of bands that hold 90 %: many names stand at the lowest fee, so the middle one would hold more."""


def check_borrow_model(
    provider: ProviderLike,
    times: Iterable[LocalTime],
    symbols: Sequence[str] | None = None,
    *,
    held_out: float = 0.3,
    shown: float = 2 / 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Fit on a part of the snapshots, and compare with the rest.

    Two models are fitted: one on some of the symbols, asked about the others, of which it knows nothing; one on the
    earlier snapshots, asked about the later ones from what was last known.

    Parameters
    ----------
    provider, times, symbols
        As in `fit_borrow_model`.
    held_out : float
        Part of the symbols that the first model is not shown, between 0 and 1.
    shown : float
        Part of the snapshots that the second model is shown, between 0 and 1.
    seed : int
        Chooses the symbols.

    Returns
    -------
    DataFrame
        A row for each test and figure: ``test`` ("other symbols", "later snapshots"), ``figure`` ("fee", "shares"),
        ``compared``, how many values; ``covered``, the part of them in the narrowest band that holds 90 % of the model's
        distribution; and the mean pinball
        loss of the 5th, 25th, 50th, 75th and 95th percentile, in natural logarithms of the fee and decimal ones of
        1 + shares, of the model and of two baselines: ``loss``, ``loss_general_collateral``, ``loss_last_known`` (of
        symbols that nothing is known of, the median of those that are).
    """
    for name, value in (("held_out", held_out), ("shown", shown)):
        if not isinstance(value, Real) or not 0 < value < 1:
            raise InvalidInputError(name, value, "lie between 0 and 1")
    if not isinstance(seed, int) or seed < 0:
        raise InvalidInputError("seed", seed, "be a whole number, at least 0")
    history = BorrowHistory.of(provider, times, symbols)
    hidden = np.random.default_rng(seed).random(len(history.symbols)) < held_out
    split = round(shown * len(history.times))
    if not 2 <= split < len(history.times) or not hidden.any() or hidden.all():
        raise InvalidInputError(
            "times", len(history.times), "leave two snapshots and some symbols on both sides"
        )
    rows = [
        *_other_symbols(history.part(columns=~hidden), history.part(columns=hidden)),
        *_later_snapshots(history, split),
    ]
    return pd.DataFrame(rows)


def _other_symbols(
    shown: BorrowHistory, hidden: BorrowHistory
) -> Iterator[dict[str, str | int | float]]:
    model = fit(shown)
    shape = hidden.fees.shape
    nothing, never = np.full(shape, np.nan), np.zeros(shape)
    medians = {
        "fee": np.full(shape, np.nanmedian(shown.fees)),
        "shares": np.full(shape, np.nanmedian(shown.shares)),
    }
    yield from _rows("other symbols", model, hidden, nothing, nothing, never, medians)


def _later_snapshots(history: BorrowHistory, split: int) -> Iterator[dict[str, str | int | float]]:
    model = fit(history.part(slice(split)))
    later = history.part(slice(split, None))
    fees = np.broadcast_to(history.fees[split - 1], later.fees.shape)
    shares = np.broadcast_to(history.shares[split - 1], later.shares.shape)
    since = (later.times - history.times[split - 1]) / np.timedelta64(1, "D")
    days = np.broadcast_to(since[:, None], later.fees.shape)
    known = {"fee": fees, "shares": shares}
    counts = np.power(10.0, shares) - 1.0
    yield from _rows("later snapshots", model, later, np.exp(fees), counts, days, known)


def _rows(
    test: str,
    model: BorrowModel,
    actual: BorrowHistory,
    known_fees: Floats,
    known_shares: Floats,
    days: Floats,
    last: dict[str, Floats],
) -> Iterator[dict[str, str | int | float]]:
    def fees(level: float) -> Floats:
        return np.log(model.fees(np.full(days.shape, level), known_fees, days))

    def shares(level: float) -> Floats:
        return np.log10(1.0 + model.shares(np.full(days.shape, level), known_shares, days))

    plain = {"fee": np.log(actual.floor), "shares": np.log10(1.0 + LARGEST)}
    for figure, truth, at in (("fee", actual.fees, fees), ("shares", actual.shares, shares)):
        chosen = ~np.isnan(truth) & ~np.isnan(last[figure])
        found = truth[chosen]
        quantiles = [at(level)[chosen] for level in LEVELS]
        low, high = _narrowest([(at(a)[chosen], at(a + 0.9)[chosen]) for a in _STARTS])
        yield {
            "test": test,
            "figure": figure,
            "compared": len(found),
            "covered": float(((found >= low - 1e-9) & (found <= high + 1e-9)).mean()),
            "loss": _loss(found, quantiles),
            "loss_general_collateral": _loss(
                found, [np.full(len(found), plain[figure])] * len(LEVELS)
            ),
            "loss_last_known": _loss(found, [last[figure][chosen]] * len(LEVELS)),
        }


def _narrowest(bands: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return the narrowest of several bands for each value; of equal ones the first."""
    lows, highs = np.array([low for low, _ in bands]), np.array([high for _, high in bands])
    best = np.argmin(highs - lows, axis=0)[None]
    return np.take_along_axis(lows, best, 0)[0], np.take_along_axis(highs, best, 0)[0]


def _loss(found: Floats, quantiles: Sequence[Floats]) -> float:
    """Return the mean pinball loss over the quantiles."""
    losses = []
    for level, quantile in zip(LEVELS, quantiles, strict=True):
        over = found - quantile
        losses.append(float(np.maximum(level * over, (level - 1) * over).mean()))
    return float(np.mean(losses))
