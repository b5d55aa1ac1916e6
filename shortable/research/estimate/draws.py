"""One seeded draw of availability and fees, as a provider."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from shortable.arrays import Floats
from shortable.clock import LocalTime
from shortable.errors import InvalidInputError
from shortable.provider import ProviderLike, as_provider
from shortable.providers import FrameShortableProvider
from shortable.research.estimate.history import LARGEST
from shortable.research.estimate.model import BorrowModel, Expected
from shortable.research.estimate.normal import normal_rank
from shortable.symbol import Symbol

__all__ = ["EstimatedShortableProvider"]


class EstimatedShortableProvider(FrameShortableProvider):
    """Availability and fees drawn from a model: an estimate, never data. One seed, one draw; vary it for a band.

    A symbol's draw depends on the seed and on the symbol alone, not on which others are drawn with it; and up to a time, not on how
    many times come after it.

    Parameters
    ----------
    model : BorrowModel
    symbols : sequence of str or Symbol
        Of one market.
    times : iterable of datetime
        At which figures change, exchange-local: one a session is usual.
    seed : int
        At least 0.
    known : IShortableProvider, optional
        What is known of some of the symbols at `known_at`: their draws start there.
    known_at : datetime, optional
        Before the first of `times`.
    covariates : DataFrame, optional
        By symbol, columns of the fit.

    Raises
    ------
    InvalidInputError
        No times or symbols, `known` without `known_at`, or `known_at` after the first time.

    Examples
    --------
    >>> from shortable.research import fit_borrow_model  # doctest: +SKIP
    >>> model = fit_borrow_model(LocalDiskShortableProvider("interactivebrokers"), times)  # doctest: +SKIP
    >>> draws = [EstimatedShortableProvider(model, ["GME"], sessions, seed) for seed in range(50)]  # doctest: +SKIP
    """

    def __init__(
        self,
        model: BorrowModel,
        symbols: Sequence[str],
        times: Iterable[LocalTime],
        seed: int,
        *,
        known: ProviderLike | None = None,
        known_at: datetime | None = None,
        covariates: pd.DataFrame | None = None,
    ) -> None:
        names = [Symbol.create(symbol) for symbol in symbols]
        index = pd.DatetimeIndex(sorted({pd.Timestamp(time) for time in times}))
        if not names or not len(index):
            raise InvalidInputError("times" if names else "symbols", "none", "be one at least")
        if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
            raise InvalidInputError("seed", seed, "be a whole number, at least 0")
        self.model, self.seed = model, seed
        start, known_fees, known_shares = _known(known, known_at, names, index)
        days = ((index - start) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)
        expected = model.expected(covariates, names)
        shape = len(index), len(names)
        fees, shares = np.empty(shape), np.empty(shape)
        for column, name in enumerate(names):
            # A generator a path, so that more times change nothing that was drawn for those before them.
            one = np.random.default_rng([seed, zlib.crc32(str(name).encode())])
            two, three, four = one.spawn(3)
            level, move = (
                model.fee_memory.path(days, one),
                model.fee_moves.memory.path(days, two),
            )
            known_fee = np.full(len(index), known_fees[column])
            mine = None if expected is None else Expected(expected.scores[column], expected.spread)
            rank = normal_rank(level if np.isnan(known_fees[column]) else move)
            fees[:, column] = model.fees(rank, known_fee, days, mine)
            level, move = (
                model.share_memory.path(days, three),
                model.share_moves.memory.path(days, four),
            )
            rank = normal_rank(level if np.isnan(known_shares[column]) else move)
            known_share = np.full(len(index), known_shares[column])
            shares[:, column] = model.shares(rank, known_share, days, fees[:, column])
        columns = pd.Index(names, dtype=object)
        super().__init__(
            pd.DataFrame(shares.astype(np.int64), index, columns),
            pd.DataFrame(fees, index, columns),
        )

    def __repr__(self) -> str:
        return f"EstimatedShortableProvider(an estimate, seed {self.seed}, {self.model.fitted_on})"


def _known(
    known: ProviderLike | None,
    known_at: datetime | None,
    names: list[Symbol],
    index: pd.DatetimeIndex,
) -> tuple[pd.Timestamp, Floats, Floats]:
    """Return the time from which days count, and fees and shares then; NaN where they are not known."""
    nothing = np.full(len(names), np.nan)
    if known is None and known_at is None:
        return index[0], nothing, nothing
    if known is None or known_at is None:
        missing = "known" if known is None else "known_at"
        raise InvalidInputError(
            missing, None, "be given together with the other of known and known_at"
        )
    start = pd.Timestamp(known_at)
    if start > index[0]:
        raise InvalidInputError(
            "known_at", known_at, f"lie at or before the first time, {index[0]}"
        )
    provider, moment = as_provider(known), start.to_pydatetime()
    quantities = provider.shortable_quantities(names, moment)
    stated = provider.has_quantities(names, moment)
    shares = np.where(stated, np.where(quantities < 0, LARGEST, quantities), np.nan)
    return start, provider.fee_rates(names, moment), shares
