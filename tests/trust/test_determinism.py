"""S10: the same inputs give the same bytes, whatever the process, hash seed, time zone, locale, threads and order of input."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
USUAL = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
OTHERS = {
    "hash seed": {"PYTHONHASHSEED": "4242"},
    "time zone": {"TZ": "Asia/Kathmandu"},
    "locale": {
        "LC_ALL": "C",
        "LANG": "de_DE.UTF-8",
        "LC_NUMERIC": "de_DE.UTF-8",
        "PYTHONUTF8": "0",
    },
    "threads": {"OMP_NUM_THREADS": "7", "ARROW_IO_THREADS": "1", "OPENBLAS_NUM_THREADS": "3"},
    "line endings": {"LINE_ENDINGS": "windows"},
    "order of input": {},
}


def digests(folder: Path, environment: dict[str, str], order: int) -> list[str]:
    folder.mkdir()
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONUTF8", "SHORTABLE_DATA")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.everything", str(folder), str(order)],
        cwd=ROOT, env={**kept, "PYTHONPATH": str(ROOT), **USUAL, **environment}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    found = digests(tmp_path_factory.mktemp("usual") / "out", {}, 0)
    assert len(found) > 15, found
    return found


@pytest.mark.slow
@pytest.mark.parametrize("what", OTHERS)
def test_the_same_bytes(what: str, usual: list[str], tmp_path: Path) -> None:
    reordered = what == "order of input"
    found = digests(tmp_path / "out", OTHERS[what], int(reordered))
    if reordered:  # Parts are cut as snapshots come; what they answer is in parts.csv.
        usual, found = (
            [n for n in lines if "/parts.parquet/" not in n] for lines in (usual, found)
        )
    assert found == usual
