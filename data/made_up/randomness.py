"""Seeded random streams, one a purpose."""

from __future__ import annotations

import zlib

import numpy as np

SEED = 20240102


def stream(*purpose: str) -> np.random.RandomState:
    """Return the random numbers of one purpose: another symbol more or less does not move the others.

    `RandomState` because NumPy promises never to change its streams, which it does not of `Generator`.
    """
    return np.random.RandomState([SEED, zlib.crc32("/".join(purpose).encode())])
