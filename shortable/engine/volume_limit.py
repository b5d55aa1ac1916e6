"""Volume limits: how much of a bar's volume the algorithm's orders may be (S33)."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from numbers import Real
from typing import Protocol, runtime_checkable

from shortable.errors import EngineError, InvalidInputError

__all__ = ["NullVolumeLimit", "VolumeLimit", "VolumeLimitModel"]


@runtime_checkable
class VolumeLimitModel(Protocol):
    """How many shares of a security may fill in one bar."""

    def fillable(self, volume: float) -> float:
        """Return shares, at least 0.

        Parameters
        ----------
        volume : float
            Shares traded in the bar; NaN where the prices have none.
        """
        ...


@dataclass(frozen=True, slots=True)
class NullVolumeLimit:
    """Any order fits into any bar."""

    def fillable(self, volume: float) -> float:
        """Return infinity."""
        return float("inf")


@dataclass(frozen=True, slots=True)
class VolumeLimit:
    """A share of the bar's volume, rounded down to whole shares.

    Attributes
    ----------
    share : float
        Above 0 and at most 1.

    Examples
    --------
    >>> VolumeLimit(0.1).fillable(12_345.0)
    1234
    """

    share: float

    def __post_init__(self) -> None:
        if not (isinstance(self.share, Real) and 0 < self.share <= 1):
            raise InvalidInputError("share", self.share, "be above 0 and at most 1")

    def fillable(self, volume: float) -> float:
        """Return share × volume.

        Raises
        ------
        EngineError
            The prices have no volume.
        """
        if volume != volume:
            raise EngineError(
                f"{self!r} needs the volume of every bar in which an order could fill"
            )
        # Rounded at 1e-9 first: 0.07 × 100 is 7.000000000000001 in binary, and 0.29 × 100 below 29.
        return floor(round(self.share * volume, 9))
