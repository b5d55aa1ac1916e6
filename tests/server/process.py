"""A server in a process of its own, as a person starts one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .client import KEY, SECRET, TOKEN

KEYS = {"SHORTABLE_API_KEY": KEY, "SHORTABLE_API_SECRET": SECRET, "SHORTABLE_API_TOKEN": TOKEN}
_ADDRESS = re.compile(r"http://\S+?:(\d+)")


@dataclass
class Served:
    """A server that answers."""

    process: subprocess.Popen[str]
    url: str

    def stop(self, signal: int, timeout: float = 30) -> int:
        self.process.send_signal(signal)
        return self.process.wait(timeout)

    def resident_kib(self) -> int:
        """Memory of the process in KiB, as the system counts it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(
            int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")
        )


def clean_environment(keys: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {
        n: v
        for n, v in os.environ.items()
        if not n.startswith("SHORTABLE_") and n not in ("COLUMNS", "FORCE_COLOR")
    }
    return kept | {"PYTHONIOENCODING": "utf-8", **(keys or {})}


@contextmanager
def serving(*arguments: object, keys: Mapping[str, str] | None = KEYS) -> Iterator[Served]:
    """Start ``shortable serve`` on a free port; it is stopped afterwards, if it has not been."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shortable", "serve", "--port", "0", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=clean_environment(keys),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = _ADDRESS.search(line)
        if found is None:
            process.kill()
            raise AssertionError(f"it did not start: {line!r} {process.communicate()}")
        yield Served(process, found[0])
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
