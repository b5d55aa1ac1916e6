"""Tools of the store's tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from shortable.clock import to_instant
from shortable.store import SnapshotRows, make_snapshot


class Maker:
    """Makes snapshots in one line: ``make("2024-01-02", SPY=300, AAPL=(50, 0.0025))``."""

    def __call__(
        self, when: str | int, *, complete: bool = True, made_up: bool = False, **rows: Any
    ) -> SnapshotRows:
        stated = [value if isinstance(value, tuple) else (value, None) for value in rows.values()]
        return make_snapshot(
            when if isinstance(when, int) else self.at(when),
            {
                "symbol": list(rows),
                "quantity": [q for q, _ in stated],
                "fee_rate": [f for _, f in stated],
            },
            complete=complete,
            made_up=made_up,
        )

    @staticmethod
    def at(when: str) -> int:
        """Instant of a New York time."""
        return to_instant(datetime.fromisoformat(when))


@pytest.fixture(scope="session")
def make() -> Maker:
    return Maker()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compaction gives other tools a second to list the folder; no test has to wait for that."""
    monkeypatch.setattr("shortable.store.compaction._LISTING", 0.0)
