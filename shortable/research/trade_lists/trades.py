"""A finished trade list, as every exporter's becomes one: signed quantities at exchange-local times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Floats
from shortable.clock import LocalTime
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.market_data.bar_times import at_midnight, read_labels
from shortable.symbol import Symbol

__all__ = ["Trades"]


@dataclass(frozen=True, slots=True)
class Trades:
    """Fills in the order in which they happened, all of one market.

    `of` makes one out of columns and checks them.
    """

    times: npt.NDArray[np.datetime64]
    """Shape (M,), exchange-local, ascending; equal times keep the order in which they were given."""
    symbols: npt.NDArray[np.object_]
    """Shape (M,), of `Symbol`."""
    quantities: npt.NDArray[np.float64]
    """Shape (M,), shares, negative for a sale, never 0; fractions of a share are taken as they are."""
    prices: npt.NDArray[np.float64]
    """Shape (M,), per share, above 0."""
    commissions: npt.NDArray[np.float64]
    """Shape (M,), what the exporter states, 0.0 where it states none."""
    effects: npt.NDArray[np.object_]
    """Shape (M,), "open" or "close" where the list says what a trade does to a position, else empty."""
    market: Market
    """Whose clock it is."""

    @classmethod
    def of(
        cls,
        time: Iterable[LocalTime | str],
        symbol: str | Iterable[str],
        quantity: npt.ArrayLike,
        price: npt.ArrayLike,
        commission: npt.ArrayLike = 0.0,
        effect: str | Iterable[str] = "",
    ) -> Trades:
        """Make a trade list out of columns of the same length.

        Parameters
        ----------
        time : array-like
            Exchange-local where naive.
        symbol : array-like or str
            In any spelling; one for all, or one each.
        quantity : array-like
            Shares, signed.
        price : array-like
        commission : array-like or float
            What was paid, negative for a rebate.
        effect : array-like of {"", "open", "close"}, or one of them
            What a trade does to a position, where that is known; the audit checks it.

        Raises
        ------
        InvalidInputError
            A value is missing, a quantity 0, a price not above 0, or the symbols are of several markets.

        Examples
        --------
        >>> Trades.of(["2024-01-02 10:00"], "SPY", [-5], [470.0]).symbols.tolist()
        [Symbol('SPY')]
        """
        amount, cost = _numbers("quantity", quantity).ravel(), _numbers("price", price).ravel()
        if not len(amount):
            raise InvalidInputError("trades", "empty", "hold at least one")
        codes, names = pd.factorize(
            _spread("symbol", np.asarray(symbol, dtype=object), len(amount))
        )
        if (codes < 0).any():
            raise InvalidInputError(
                "symbol",
                f"missing in trade {int(np.flatnonzero(codes < 0)[0]) + 1}",
                "be there for each trade",
            )
        known = [Symbol.create(name) for name in names]
        markets = sorted({s.market for s in known})
        if len(markets) > 1:
            raise InvalidInputError(
                "symbol",
                f"markets {', '.join(markets)}",
                "be of one market",
                "Audit each market by itself.",
            )
        if isinstance(time, pd.DataFrame):
            raise InvalidInputError("time", time, "be one column of times")
        labels = read_labels(pd.Series(time), markets[0], "the trades")
        charged = _spread("commission", _numbers("commission", commission), len(amount))
        for name, values, good, bound in (
            ("quantity", amount, np.isfinite(amount) & (amount != 0), "be finite and not 0"),
            ("price", cost, np.isfinite(cost) & (cost > 0), "be finite and above 0"),
            ("commission", charged, np.isfinite(charged), "be finite"),
        ):
            if len(values) != len(labels):
                raise InvalidInputError(
                    name, f"{len(values)} values", f"be one for each of {len(labels)} trades"
                )
            if not good.all():
                at = int(np.flatnonzero(~good)[0])
                raise InvalidInputError(name, f"{values[at]} in trade {at + 1}", bound)
        effects = _spread("effect", np.asarray(effect, dtype=object), len(amount))
        wrong = [one for one in dict.fromkeys(effects.tolist()) if one not in ("", "open", "close")]
        if wrong:
            raise InvalidInputError("effect", wrong[0], "be '', 'open' or 'close'")
        order = np.argsort(labels, kind="stable")
        each = np.array([known[c] for c in codes.tolist()], dtype=object)
        return cls(
            labels[order],
            each[order],
            amount[order],
            cost[order],
            charged[order],
            effects[order],
            markets[0],
        )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def daily(self) -> bool:
        """Whether all times are midnights, which stand for dates."""
        return at_midnight(self.times)


def _numbers(name: str, given: object) -> Floats:
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(name, given, "be numbers") from None


def _spread(name: str, given: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    """Return one value for each trade of one for all, or of as many."""
    try:
        return np.broadcast_to(given, (length,))
    except ValueError:
        raise InvalidInputError(
            name, f"{given.shape} values", f"be one for each of {length} trades"
        ) from None
