"""Only `test_*.py` holds tests here; the peers' scripts import what this environment need not have."""

from pathlib import Path

collect_ignore_glob = ["peers/*"]
collect_ignore = [
    path.name for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_")
]
