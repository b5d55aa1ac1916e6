"""Plots are drawn without a screen, and closed after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    matplotlib = pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    matplotlib.use("agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")
