"""Signed requests that were answered, so that none is answered twice while its time is good."""

from __future__ import annotations

import heapq

__all__ = ["Nonces"]


class Nonces:
    """Signatures that were used, each until its time runs out.

    Parameters
    ----------
    most : int
        How many are kept; beyond, nothing more is taken until some run out. Only who has the secret can fill it.

    Examples
    --------
    >>> nonces = Nonces()
    >>> [nonces.take("a", until=300, now=now) for now in (0, 1, 300)]
    ['new', 'used', 'used']
    >>> nonces.take("b", until=700, now=400), len(nonces)
    ('new', 1)
    """

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._used: set[str] = set()
        self._ends: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._used)

    def take(self, nonce: str, *, until: float, now: float) -> str:
        """Use a signature.

        Parameters
        ----------
        nonce : str
            The signature.
        until : float
            Unix time after which it is refused for its age alone.
        now : float
            Unix time.

        Returns
        -------
        {"new", "used", "full"}
            Whether it may be answered, was used before, or cannot be remembered, and so may not be answered.
        """
        while self._ends and self._ends[0][0] < now:
            self._used.discard(heapq.heappop(self._ends)[1])
        if nonce in self._used:
            return "used"
        if len(self._used) >= self._most:
            return "full"
        self._used.add(nonce)
        heapq.heappush(self._ends, (until, nonce))
        return "new"
