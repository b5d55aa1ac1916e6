"""A real S3 server on loopback (moto's), and writers that are killed while they talk to it.

``python -m tests.store.s3 50`` makes as many kills and prints the line of the table in ``shortable/store/README.md``.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from shortable.store import append, compact, open_store

from .kills import LAYOUT, Found, acknowledged, seen, snapshot

BUCKET = "borrow"


@contextmanager
def server() -> Iterator[str]:
    """Run a server in this process, with an empty bucket; yield the data folder's URI. The environment names it meanwhile."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    _, port = running.get_host_and_port()
    given = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        # What servers of this process kept before is one state.
        urlopen(Request(f"http://127.0.0.1:{port}/moto-api/reset", method="POST")).close()
        client().create_bucket(Bucket=BUCKET)
        yield f"s3://{BUCKET}/data"
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        running.stop()


def client():
    import boto3

    return boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def write(folder: str, log: str, seed: int) -> None:
    """Append, and sometimes compact, until killed; `log` gets a line after each call that returned."""
    draw = random.Random(seed)
    number = seen(folder)
    with Path(log).open("ab", buffering=0) as done:
        while True:
            append("axos", [snapshot(number, 0)], data_folder=folder, layout=LAYOUT)
            number += 1
            done.write(f"{number}\n".encode())
            if draw.random() < 0.3:
                compact("axos", data_folder=folder, layout=LAYOUT)


def watch(folder: str, log: str, stop, results) -> None:
    looks, faults, last = 0, [], 0
    while not stop.is_set():
        told = acknowledged(log)
        try:
            count = seen(folder)
            if count < max(last, told):
                faults.append(f"{count} snapshots after {max(last, told)}")
            last, looks = count, looks + 1
        except Exception as error:
            faults.append(repr(error))
    results.put((looks, faults))


def hunt(folder: str, tries: int, seed: int) -> Found:
    """Kill as many writers as `tries`, each at a random moment beside a reader, and look at what is left."""
    context = multiprocessing.get_context("spawn")
    draw, found = random.Random(seed), Found()
    with tempfile.TemporaryDirectory() as name:
        log, stop, results = f"{name}/log", context.Event(), context.Queue()
        reader = context.Process(target=watch, args=(folder, log, stop, results))
        reader.start()
        while found.tries < tries:
            writer = context.Process(target=write, args=(folder, log, draw.randrange(1 << 30)))
            writer.start()
            held, began = acknowledged(log), time.monotonic()
            while acknowledged(log) == held and time.monotonic() - began < 60:
                time.sleep(0.002)
            time.sleep(draw.uniform(0, 0.3))
            os.kill(writer.pid, signal.SIGKILL)
            writer.join()
            found.tries += 1
            if writer.exitcode != -signal.SIGKILL:
                found.wrong.append(f"a writer ended by itself with {writer.exitcode}")
            left, told = seen(folder), acknowledged(log)
            if left < told:
                found.lost.append(f"{left} snapshots of {told} are left")
        stop.set()
        looks, faults = results.get(timeout=60)
        reader.join()
    found.looks, found.stored = looks, len(open_store("axos", data_folder=folder).as_of)
    found.wrong += faults
    return found


if __name__ == "__main__":
    with server() as folder:
        found = hunt(folder, int(sys.argv[1]), 3)
    print(
        f"| SIGKILL while a process imports into or compacts a store in object storage | {found.tries} | {len(found.lost)} | "
        f"{len(found.wrong)} | {found.stored:,} snapshots, {found.looks:,} looks |",
        *found.lost[:3],
        *found.wrong[:3],
        flush=True,
    )
