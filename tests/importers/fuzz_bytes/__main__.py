"""Fuzzes one source. What it owes is in `read`; a finding is printed and kept once for each place in the code.

An input that takes longer than `LONGEST` or more memory than `MEMORY` ends the run, and is kept as well. The inputs that reached
new code are kept, too: the next run goes on from them.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["shortable.importers", "shortable.actions", "shortable.short_interest"]
):
    from shortable.importers import SOURCES

from tests.importers.fuzz_bytes.read import ODD, Asked, WrongRowsError, read, seeds, spoiled

LONGEST, MEMORY = 10, 2048
"""Seconds that one input may take, and mebibytes that the process may."""


class Target:
    """One source: an input's first byte says how the source is asked for the rest of it."""

    def __init__(self, source: str, keep: Path) -> None:
        self.source, self.keep = SOURCES[source], keep
        self.ways: list[Asked] = []
        self.found: set[str] = set()
        for way, _ in seeds(source):
            if way not in self.ways:
                self.ways.append(way)

    def __call__(self, data: bytes) -> None:
        way = self.ways[data[0] % len(self.ways)] if data else self.ways[0]
        try:
            read(self.source, data[1:], way)
        except Exception as error:
            finding = where(error)
            if finding not in self.found:
                self.found.add(finding)
                (self.keep / f"fault-{len(self.found)}").write_bytes(data[1:])
                print(f"FAULT {self.source.name}: {finding}: {error!r:.300}, {way}", flush=True)

    def corpus(self, folder: Path) -> None:
        """Write the seeds as inputs."""
        for at, (way, data) in enumerate(seeds(self.source.name)):
            (folder / str(at)).write_bytes(bytes([self.ways.index(way)]) + data)


def where(error: BaseException) -> str:
    """Return what was raised and the innermost line of ours, by which findings are told apart."""
    if isinstance(error, WrongRowsError):
        return f"WrongRowsError: {str(error).split()[0]}"
    lines = [f for f in traceback.extract_tb(error.__traceback__) if "shortable" in f.filename]
    return f"{type(error).__name__} at " + (
        f"{lines[-1].filename}:{lines[-1].lineno}" if lines else str(error)
    )


def change(data: bytes, longest: int, seed: int) -> bytes:
    """Change bytes as the fuzzer does, or cells and lines."""
    chance = random.Random(seed)
    if chance.random() < 0.5:
        return bytes(atheris.Mutate(data, longest))
    return (data[:1] + spoiled(data[1:], chance))[:longest]


def main() -> None:
    """Fuzz one source for some seconds."""
    asked = argparse.ArgumentParser(prog="python -m tests.importers.fuzz_bytes")
    asked.add_argument("source", choices=SOURCES)
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument(
        "--keep",
        type=Path,
        default=Path("build/fuzz"),
        help="folder of findings, and of the inputs from which the next run goes on",
    )
    given = asked.parse_args()
    keep = given.keep / given.source
    corpus, words = keep / "corpus", keep / "words"
    corpus.mkdir(parents=True, exist_ok=True)
    target = Target(given.source, keep)
    target.corpus(corpus)
    cells = (cell.encode("utf-8", "surrogatepass") for cell in ODD if 0 < len(cell) < 64)
    escaped = ("".join(f"\\x{byte:02x}" for byte in cell) for cell in cells)
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    arguments = [
        f"-max_total_time={given.seconds}",
        f"-timeout={LONGEST}",
        f"-rss_limit_mb={MEMORY}",
        "-max_len=16384",
        "-print_final_stats=1",
        f"-artifact_prefix={keep}{os.sep}",
        f"-dict={words}",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *arguments], target, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
