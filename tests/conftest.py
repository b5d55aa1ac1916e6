"""What all tests share: Hypothesis profiles and the folder of real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A rule is tried on 15 examples in the README's command, on 30 in .ci/run, and on 2,000 by whoever wants to look further.
for _name, _examples in (("default", 15), ("thorough", 30), ("explore", 2000)):
    settings.register_profile(
        _name,
        deadline=None,
        derandomize=_name != "explore",
        max_examples=_examples,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_REAL_DATA = Path(
    os.environ.get("SHORTABLE_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")
)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real vendor files that may not be redistributed; the test is skipped where it is absent."""
    if not _REAL_DATA.is_dir():
        pytest.skip(
            f"real vendor files are not shipped and not found at {_REAL_DATA} (set SHORTABLE_REAL_DATA)"
        )
    return _REAL_DATA


@pytest.fixture(autouse=True)
def _no_data_folder_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHORTABLE_DATA", raising=False)
