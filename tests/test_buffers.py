"""No thread of Arrow's needs Python's lock when the process ends: it used to end 3 of 95 refused imports with exit code 134."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shortable.buffers import arrow_reader

# Threads wait three seconds for the lock, so that whatever needs it after the reading still waits at the end; with bytes of
# Python's own or a callback, a quarter of such runs were aborted.
ENDS_AT_ONCE = """
import sys, time
from shortable.importers.delimited import read_delimited
sys.setswitchinterval(3)
body = b"1,2,3,4\\n" * 50000 + {odd!r}
names = ["a", "b", "c", "d"]
read = read_delimited(body, names, names, delimiter=",", first_line=2, quoted=True)
end = time.perf_counter() + 0.01
while time.perf_counter() < end:
    pass
sys.exit(2)
"""


def test_the_bytes_are_read_back() -> None:
    assert [arrow_reader(data).read() for data in (b"", b"x", bytes(10_000))] == [
        b"",
        b"x",
        bytes(10_000),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("odd", [b"", b"one,cell,too,many,here\n"])
def test_a_process_that_ends_after_reading_has_its_exit_code(odd: bytes) -> None:
    for _ in range(8):
        done = subprocess.run(
            [sys.executable, "-c", ENDS_AT_ONCE.format(odd=odd)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=Path(__file__).parents[1],
        )
        assert (done.returncode, done.stderr) == (2, "")
