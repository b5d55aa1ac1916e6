"""Virtual environments of the peers' own, made on demand and kept in the benchmark's cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PEERS = Path(__file__).parent / "peers"
ROOT = Path(__file__).parents[2]
REQUIREMENTS = {
    "backtesting": ["backtesting>=0.6.5"],
    "backtrader": ["backtrader>=1.9.78", "pandas"],
    "duckdb": ["duckdb>=1.0"],
    "nautilus": ["nautilus_trader>=1.200,<2", "pandas", "pyarrow"],
    "polars": ["polars>=1", "numpy"],
    "vectorbt": ["vectorbt>=1.2"],
    "zipline": ["zipline-reloaded>=3.1", "pyarrow"],
}


def cache() -> Path:
    """The folder for environments and generated files: SHORTABLE_BENCH_CACHE, else under the temporary one."""
    given = os.environ.get("SHORTABLE_BENCH_CACHE")
    folder = Path(given) if given else Path(tempfile.gettempdir()) / "shortable-benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def say(*words: object) -> None:
    """Progress goes to stderr: stdout may be JSON."""
    print(*words, file=sys.stderr, flush=True)


def say_load() -> None:
    """Say how busy the machine is, where it tells: what others run slows memory, cores and disk unevenly."""
    if hasattr(os, "getloadavg"):
        load, cores = os.getloadavg()[0], os.cpu_count() or 1
        busy = "; BUSY: ratios of this run are unsure" if load > cores else ""
        say(f"load average {load:.1f} on {cores} cores{busy}")


def machine() -> list[str]:
    """Processor, cores, memory, system, and the versions of what ran here."""
    import importlib.metadata
    import platform

    info = Path("/proc/cpuinfo")
    named = [
        line.partition(":")[2].strip()
        for line in (info.read_text().splitlines() if info.exists() else ())
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [
        f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "pandas", "pyarrow")
    ]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return [
        f"{named[0] if named else platform.processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}; "
        f"load average {load:.1f} at the end.",
        f"Python {platform.python_version()}, {', '.join(versions)}.",
    ]


def interpreter(peer: str) -> Path:
    """Python of that peer's environment, made and filled at the first call."""
    folder = cache() / "venvs" / f"{peer}-{sys.version_info.major}.{sys.version_info.minor}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready"
    if not ready.exists():
        say(f"making the environment of {peer} ...")
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(folder)], check=True, stdout=sys.stderr
        )
        subprocess.run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *REQUIREMENTS[peer],
            ],
            check=True,
            stdout=sys.stderr,
        )
        ready.touch()
    return python


def environment() -> dict[str, str]:
    """What a measured process starts with: this tree, and bytecode that is kept, as an installed package's is."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT)}


def last_json(command: list[str]) -> Any:
    """Run a command in the repository's root and read the last line that it prints."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=environment()
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def run_peer(peer: str, script: str, *arguments: object) -> Any:
    """Run a script of `peers/` in its environment; its JSON line."""
    return last_json([str(interpreter(peer)), str(PEERS / script), *map(str, arguments)])


def run_ours(module: str, *arguments: object) -> Any:
    """Run a module of this package in a new process of this interpreter; its JSON line."""
    return last_json([sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)])
