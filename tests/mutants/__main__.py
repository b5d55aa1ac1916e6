"""Mutants: change one expression of a file, and see whether its tests notice. ``python -m tests.mutants --help``.

The changes are mutmut's own (``mutmut.mutation.mutators``), a seeded sample a file; its runner is not used, because its
trampolines do not go with numba, frozen dataclasses and ``__all__``. Texts, annotations and ``raise`` are left alone:
messages have golden tests. Each mutant runs in a fork of a process that has imported numpy, pandas and pytest already.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
from mutmut.mutation.mutators import mutation_operators, operator_string

ROOT = Path(__file__).parents[2]
ORACLE = ["tests/oracle/test_research.py", "tests/oracle/test_engine.py"]
#: Which tests are to notice, by the beginning of the file's name; the first that fits counts. Those that bear the
#: file's own name are asked before them, since most mutants end there; its doctests always run.
TESTS = {
    "shortable/rule.py": ["tests/test_rule.py", "tests/test_rule_flow.py", ORACLE[0]],
    "shortable/borrow/": ["tests/borrow", ORACLE[0]],
    "shortable/clock.py": ["tests/test_clock.py", "tests/providers/test_frame.py"],
    "shortable/desk/": ["tests/desk", "tests/borrow", *ORACLE],
    "shortable/actions/": ["tests/actions", ORACLE[1]],
    "shortable/store/datasets/": [
        "tests/store/datasets",
        "tests/importers/sources/flows/test_net_short.py",
    ],
    "shortable/store/": ["tests/store", "tests/providers/test_local_disk.py"],
    "shortable/providers/as_of/": [
        "tests/providers/as_of",
        "tests/providers/test_frame.py",
        "tests/providers/test_daily_flow.py",
        "tests/providers/test_local_disk.py",
    ],
    "shortable/providers/": ["tests/providers", ORACLE[0]],
    "shortable/results/": [
        "tests/engine/test_ledger.py",
        "tests/research/test_ledger.py",
        "tests/results",
        "tests/research/test_same_ledger.py",
    ],
    "shortable/engine/statement.py": ["tests/positions"],
    "shortable/engine/": [ORACLE[1], "tests/engine"],
}
#: Seconds of waiting for a second of processor time, before a mutant counts as hanging.
WAIT = 20


class Sites(cst.CSTVisitor):
    """Collects what can be changed, and into what."""

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Note a node's changes; annotations, decorators, texts, imports and errors have none."""
        if isinstance(node, (cst.Annotation, cst.Decorator, cst.Raise, cst.Import, cst.ImportFrom)):
            return False
        texts = (cst.SimpleString, cst.ConcatenatedString)
        if isinstance(node, cst.Expr) and isinstance(node.value, texts):
            return False
        for kind, operator in mutation_operators:
            if operator is not operator_string and isinstance(node, kind):
                self.found += [(node, changed) for changed in operator(node)]  # type: ignore[arg-type]
        return True


def mutants(path: Path, sample: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield a sample of a file's mutants: what was changed, and the whole new text."""
    text = path.read_text()
    sites = Sites()
    module = cst.parse_module(text)
    module.visit(sites)
    random.Random(f"{seed} {path.name}").shuffle(sites.found)
    seen = {text}
    for node, changed in sites.found:
        if sample == 0:
            return
        new = module.deep_replace(node, changed).code  # type: ignore[arg-type]
        with contextlib.suppress(SyntaxError):
            compile(new, path.name, "exec")
            if new not in seen:
                seen.add(new)
                sample -= 1
                yield difference(text, new), new


def difference(old: str, new: str) -> str:
    """Return the first line that differs."""
    for number, (one, other) in enumerate(zip(old.splitlines(), new.splitlines(), strict=False), 1):
        if one != other:
            return f"{number}: {one.strip()}  →  {other.strip()}"
    return "the end"


def mirror(name: str) -> list[str]:
    """Return the tests that bear a file's name, where its folder has its like among the tests."""
    path = ROOT / "tests" / Path(name).relative_to("shortable")
    found = sorted(path.parent.glob(f"test_{path.stem}*.py"))
    return [test.relative_to(ROOT).as_posix() for test in found]


def passes(copy: Path, tests: list[str], seconds: int = 0) -> tuple[bool, float]:
    """Run tests in a fork; say whether all passed within some seconds of processor time, and how many they took.

    Processor time, so that a busy machine kills no mutant. `seconds` of 0 is no limit.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        os.chdir(copy)
        sys.path.insert(0, str(copy))
        os.environ["HYPOTHESIS_PROFILE"] = "mutants"
        import pytest

        if seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        code = pytest.main(
            ["-n", "0", "-x", "-q", "-p", "no:cacheprovider", "-W", "ignore", *tests]
        )
        os._exit(0 if code in (0, 5) else 1)  # 5: there is none of that kind
    end = time.monotonic() + (WAIT * seconds or math.inf)
    while time.monotonic() < end:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            return status == 0, usage.ru_utime + usage.ru_stime
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False, seconds


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="+", help="files of shortable, such as shortable/rule.py")
    parser.add_argument("--sample", type=int, default=20, help="mutants a file (default: 20)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slow", action="store_true", help="try survivors on the slow tests too")
    given = parser.parse_args()
    import hypothesis
    import numpy  # noqa: F401
    import pandas  # noqa: F401
    import pytest  # noqa: F401

    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        "mutants", deadline=None, derandomize=True, max_examples=25, phases=phases
    )
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
    sys.dont_write_bytecode = True
    killed = tried = 0
    takes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "shortable", copy / "shortable")
        for name in ("tests", "data", "notebooks", "pyproject.toml", "README.md"):
            (copy / name).symlink_to(ROOT / name)
        for name in given.files:
            start = next(start for start in TESTS if name.startswith(start))
            tests = [*TESTS[start], name]
            stages = [stage for stage in (mirror(name), tests) if stage]
            if given.slow:
                stages.append(["-m", "slow", *tests])
            target = copy / name
            whole = target.read_text()
            if start not in takes:
                passed, takes[start] = passes(copy, tests)
                if not passed:
                    sys.exit(f"{name}: its tests fail as it is")
            for what, text in mutants(ROOT / name, given.sample, given.seed):
                target.write_text(text)
                limit = (600 if given.slow else 30) + round(3 * takes[start])
                survives = all(passes(copy, stage, limit)[0] for stage in stages)
                tried, killed = tried + 1, killed + (not survives)
                print(f"{'SURVIVED' if survives else 'killed  '} {name}:{what}", flush=True)
            target.write_text(whole)
    low, high = interval(killed, tried)
    print(
        f"{killed} of {tried} killed: {killed / tried:.0%}, 95 % interval {low:.0%} to {high:.0%}"
    )


def interval(killed: int, tried: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    share, z = killed / tried, 1.96
    middle = (share + z**2 / (2 * tried)) / (1 + z**2 / tried)
    half = z / (1 + z**2 / tried) * math.sqrt(share * (1 - share) / tried + (z / tried) ** 2 / 4)
    return middle - half, middle + half


if __name__ == "__main__":
    main()
