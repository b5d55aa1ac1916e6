"""`SubscriptionDataConfig`: one kind of data of one security at one resolution."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.collections import CountedList
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType
from shortable.lean.names import LeanObject
from shortable.lean.symbols import Symbol

__all__ = ["INCREMENT", "SubscriptionDataConfig", "data_types", "finest", "known_resolution"]

INCREMENT = {
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}
"""How long a bar of each resolution lasts."""


def known_resolution(resolution: Any) -> Resolution:
    """Return a resolution that can be run.

    Raises
    ------
    InvalidInputError
        It is tick or second, or no resolution at all.

    Examples
    --------
    >>> known_resolution(Resolution.Daily).name
    'DAILY'
    """
    try:
        found = Resolution(resolution)
    except ValueError:
        found = None
    if found not in INCREMENT:
        raise InvalidInputError(
            "resolution",
            str(resolution),
            "be Resolution.MINUTE, HOUR or DAILY",
            "shortable.lean runs bars of US equities; tick and second data are out of its scope.",
        )
    return found


def data_types(resolution: Resolution) -> list[tuple[type, TickType]]:
    """Return what an equity is subscribed to: trades, and quotes where there are any.

    Below hours LEAN has no quotes (DataManager.LookupSubscriptionConfigDataTypes).
    """
    trades: list[tuple[type, TickType]] = [(TradeBar, TickType.TRADE)]
    return [*trades, (QuoteBar, TickType.QUOTE)] if resolution == Resolution.MINUTE else trades


class SubscriptionDataConfig(LeanObject):
    """One subscription.

    Attributes
    ----------
    symbol : Symbol
    type : type
        `TradeBar` or `QuoteBar`.
    tick_type : TickType
    resolution : Resolution
    increment : timedelta
    fill_data_forward, extended_market_hours, is_internal_feed : bool
    data_normalization_mode : DataNormalizationMode
    consolidators : list
        What wants the subscription's data, in order of registration.
    """

    is_custom_data = False
    is_filtered_subscription = True

    def __init__(
        self,
        symbol: Symbol,
        type: type,
        tick_type: TickType,
        resolution: Resolution,
        *,
        fill_forward: bool = True,
        extended_market_hours: bool = False,
        is_internal_feed: bool = False,
        data_normalization_mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED,
    ) -> None:
        self.symbol = symbol
        self.type, self.tick_type = type, tick_type
        self.resolution, self.increment = resolution, INCREMENT[resolution]
        self.fill_data_forward = fill_forward
        self.extended_market_hours = extended_market_hours
        self.is_internal_feed = is_internal_feed
        self.data_normalization_mode = data_normalization_mode
        self.consolidators: list[Any] = CountedList()

    def at(self, resolution: Resolution) -> SubscriptionDataConfig:
        """Return the same at another resolution, without consolidators."""
        return SubscriptionDataConfig(
            self.symbol,
            self.type,
            self.tick_type,
            resolution,
            fill_forward=self.fill_data_forward,
            extended_market_hours=self.extended_market_hours,
            is_internal_feed=self.is_internal_feed,
            data_normalization_mode=self.data_normalization_mode,
        )

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two configurations one (SubscriptionDataConfig.Equals)."""
        return (
            self.symbol,
            self.type,
            self.tick_type,
            self.resolution,
            self.fill_data_forward,
            self.extended_market_hours,
            self.is_internal_feed,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SubscriptionDataConfig) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        inside = ",Internal" if self.is_internal_feed else ""
        return f"<{self.symbol},#0,{self.type.__name__},{self.resolution}{inside}>"


def finest(
    configs: Sequence[SubscriptionDataConfig], default: Resolution = Resolution.DAILY
) -> Resolution:
    """Return the finest resolution among configurations."""
    return min((config.resolution for config in configs), default=default)
