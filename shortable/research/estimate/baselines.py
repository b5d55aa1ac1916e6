"""Two honest baselines beside an estimate: everything is easy to borrow, and nothing has changed since it was known."""

from __future__ import annotations

from datetime import datetime

from shortable.clock import as_datetime
from shortable.provider import ProviderLike, as_provider
from shortable.providers import CustomShortableProvider
from shortable.research.estimate.history import LARGEST
from shortable.symbol import Symbol

__all__ = ["general_collateral", "last_known"]


def general_collateral(fee_rate: float = 0.0025) -> CustomShortableProvider:
    """Return a provider by which every name is general collateral: as much as a vendor shows, at the lowest fee.

    Parameters
    ----------
    fee_rate : float
        Annual fraction. Interactive Brokers' lowest is 0.25 %.

    Examples
    --------
    >>> provider = general_collateral()
    >>> now = datetime(2026, 4, 1, 10)
    >>> provider.shortable_quantity("GME", now), provider.fee_rate("GME", now)
    (10000000, 0.0025)
    """
    return CustomShortableProvider(
        lambda symbol, time: LARGEST, fee_rate=lambda symbol, time: fee_rate
    )


def last_known(provider: ProviderLike, at: datetime) -> CustomShortableProvider:
    """Return a provider by which everything has stayed as it was known at a time.

    Parameters
    ----------
    provider : IShortableProvider
    at : datetime
        Exchange-local.
    """
    known, moment = as_provider(provider), as_datetime(at, "at")

    def fee(symbol: Symbol, time: datetime) -> float | None:
        return known.fee_rate(symbol, moment) if known.has_fee_rate(symbol, moment) else None

    return CustomShortableProvider(
        lambda symbol, time: known.shortable_quantity(symbol, moment),
        lambda time: known.all_shortable_symbols(moment),
        fee_rate=fee,
    )
