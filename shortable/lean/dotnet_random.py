""".NET's `Random`, number for number: LEAN's algorithms seed it and their published figures depend on it."""

from __future__ import annotations

import random as _random

from shortable.errors import InvalidInputError
from shortable.lean.names import LeanObject

__all__ = ["Random"]

_LARGEST = 2**31 - 1
_SEED = 161_803_398
_SIZE = 55
_LAG = 21


def _wrapped(value: int) -> int:
    """Return a value as a 32-bit integer holds it."""
    return (value + 2**31) % 2**32 - 2**31


class Random(LeanObject):
    """A subtractive generator after Knuth, as .NET has it for a given seed.

    Parameters
    ----------
    seed : int, optional
        32-bit. Without one every run draws other numbers, in .NET as here.

    References
    ----------
    .NET, System.Random, compatibility implementation for seeds; D. E. Knuth, The Art of Computer Programming, 3.2.2.

    Examples
    --------
    >>> r = Random(0)
    >>> r.next(), r.Next(), r.next_double() < 1
    (1559595546, 1755192844, True)
    """

    def __init__(self, seed: int | None = None) -> None:
        start = _random.randrange(_LARGEST) if seed is None else int(seed)  # nosec B311  # no secret
        state = [0] * (_SIZE + 1)
        last = state[_SIZE] = _SEED - min(abs(start), _LARGEST)
        step = 1
        for i in range(1, _SIZE):
            at = _LAG * i % _SIZE
            state[at] = step
            step = last - step
            if step < 0:
                step += _LARGEST
            last = state[at]
        for _ in range(4):
            for i in range(1, _SIZE + 1):
                state[i] = _wrapped(state[i] - state[1 + (i + 30) % _SIZE])
                if state[i] < 0:
                    state[i] += _LARGEST
        self._state, self._one, self._other = state, 0, _LAG

    def _draw(self) -> int:
        """Return the next number from 0 to 2^31 - 2."""
        self._one = self._one % _SIZE + 1
        self._other = self._other % _SIZE + 1
        drawn = self._state[self._one] - self._state[self._other]
        if drawn == _LARGEST:
            drawn -= 1
        if drawn < 0:
            drawn += _LARGEST
        self._state[self._one] = drawn
        return drawn

    def next(self, *bounds: int) -> int:
        """Return a whole number: any, below a bound, or from one bound up to below another.

        Raises
        ------
        InvalidInputError
            The bounds are in the wrong order, or there are more than two.
        """
        if not bounds:
            return self._draw()
        if len(bounds) > 2:
            raise InvalidInputError(
                "bounds", bounds, "be at most two: least, and the first that is too large"
            )
        least, end = (0, int(bounds[0])) if len(bounds) == 1 else (int(bounds[0]), int(bounds[1]))
        span = end - least
        if span < 0:
            raise InvalidInputError("bounds", bounds, "be in order, least first")
        if span > _LARGEST:
            return int(self._wide() * span) + least
        return int(self.next_double() * span) + least

    def _wide(self) -> float:
        """Return a number from 0 to below 1 of a double draw, for spans that one draw cannot fill."""
        drawn = self._draw()
        if self._draw() % 2 == 0:
            drawn = -drawn
        return (drawn + _LARGEST - 1) / (2 * _LARGEST - 1)

    def next_double(self) -> float:
        """Return a number from 0 to below 1."""
        return self._draw() * (1.0 / _LARGEST)
