"""Many passes at high speed, a third of them with faults: the store is what the servers delivered, no more and no less.

The oracle is on the servers' side: what they noted as sent whole and right. It reads those lists with a parser of three lines.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")
pytest.importorskip("httpx", reason="httpx is not installed (extra collect)")

from shortable.clock import from_instant
from shortable.collect import Job, Patience, collect
from shortable.store import open_store

from .servers import Published, free_port, ftp_server, http_server, ibkr_file

CYCLES = int(os.environ.get("CYCLES", "60"))
FAST = Patience(attempts=3, first_wait=0.001, jitter=0, stall=0.5, whole=10, delay=0)
FTP = ["cut", "stall", "half", "md5", "eof", "500", "refused"]
HTTP = ["cut", "stall", "eof", "429", "500", "503", "etag", "html", "refused"]


def stated(data: bytes) -> tuple[str, dict[str, tuple[int, float]]]:
    """Return time and rows of a list, by hand."""
    first, _, *rows, _ = data.decode().splitlines()
    cells = [row.split("|") for row in rows]
    return first, {c[0]: (int(c[7]), round(float(c[6]) / 100, 10)) for c in cells}


def run(folder: Path, cycles: int, seed: int) -> dict[str, int]:
    """Make the passes; return how many ended how."""
    chance = random.Random(seed)
    published, data = Published(), folder / "d"
    dead, count = free_port(), {"faulty": 0}
    with ftp_server(published, folder / "ftp") as ftp, http_server(published) as http:
        for cycle in range(cycles):
            if cycle == 0 or chance.random() < 0.8:  # now and then there is nothing new
                names = chance.sample([f"S{n}" for n in range(30)], chance.randint(1, 20))
                rows = {n: (chance.randint(1, 10**7), chance.randint(1, 9999) / 100) for n in names}
                published.files["usa.txt"] = ibkr_file(cycle * 15, rows)
            by_ftp = chance.random() < 0.5
            url = ftp if by_ftp else http
            published.faults.clear()
            if chance.random() < 1 / 3:
                count["faulty"] += 1
                kinds = FTP if by_ftp else HTTP
                published.faults = chance.choices(kinds, k=chance.choice([1, 1, 1, 2, 3, 4]))
                published.retry_after = chance.choice(["", "0"])
                if chance.random() < 0.1:
                    url = f"{url.partition(':')[0]}://127.0.0.1:{dead}/"  # nobody listens
            report = collect(Job(source="ibkr", data_folder=data, url=url, patience=FAST))
            (outcome,) = {file.outcome for file in report.files}
            count[outcome] = count.get(outcome, 0) + 1
    store = open_store("interactivebrokers", data_folder=data)
    found: dict[str, dict[str, tuple[int, float]]] = {}
    for part in range(store.n_parts):
        rows = store.read_part(part, ["quantity", "fee_rate"])
        columns = (rows.columns["quantity"].tolist(), rows.columns["fee_rate"].tolist())
        for code, at, quantity, fee in zip(
            rows.codes.tolist(), rows.as_of.tolist(), *columns, strict=True
        ):
            when = f"#BOF|{from_instant(at):%Y.%m.%d|%H:%M:%S}"
            found.setdefault(when, {})[rows.tickers[code]] = (quantity, round(fee, 10))
    assert found == dict(stated(sent) for _, sent in published.delivered)
    assert store.complete.all()
    assert not list((data / "collect/ibkr/incoming").iterdir())
    return count | {"snapshots": len(found)}


@pytest.mark.slow
def test_the_store_is_what_was_delivered(tmp_path):
    count = run(tmp_path, CYCLES, seed=7)
    print(count)
    assert count["faulty"] > CYCLES / 5
    assert count["stored"] > CYCLES / 2
    assert count["failed"] > 0
