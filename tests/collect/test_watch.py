"""The loop that goes on for years: schedules, clocks that are set, SIGTERM, a second copy, a full disk, SIGKILL."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time as system_time
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")

from pyarrow.dataset import dataset

from shortable.collect import At, Clock, Every, Job, Patience, collect, read_at, read_every, watch
from shortable.errors import InvalidInputError, StoreLockedError
from shortable.importers import import_source
from shortable.store import open_store, writer_lock

from .servers import Published, free_port, ftp_server, ibkr_file

pytestmark = pytest.mark.slow
FAST = Patience(attempts=2, first_wait=0.01, jitter=0, stall=1, whole=5, delay=0)


class Hand:
    """A clock that the test turns: sleeping moves it on."""

    def __init__(self, now: str) -> None:
        self.wall = datetime.fromisoformat(now).replace(tzinfo=UTC)
        self.steady = 0.0
        self.jumps: list[tuple[float, timedelta]] = []

    def sleep(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds)
        if self.jumps and self.steady >= self.jumps[0][0]:
            self.wall += self.jumps.pop(0)[1]

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.steady, self.sleep)


def test_every_keeps_its_beat_whatever_is_done_to_the_wall_clock():
    hand, every = Hand("2024-01-02 00:00"), read_every("15m")
    hand.jumps = [(1000.0, timedelta(days=-400)), (2000.0, timedelta(days=900))]
    begun = []
    for number in range(4):
        every.wait(hand.clock, first=number == 0)
        begun.append(hand.steady)
        hand.sleep(100)
    assert begun == [0, 900, 1800, 2700]


def test_what_a_long_pass_has_missed_is_left_out():
    hand, every = Hand("2024-01-02 00:00"), Every(10)
    every.wait(hand.clock, first=True)
    hand.sleep(34)  # the passes at 10, 20 and 30 are missed
    every.wait(hand.clock, first=False)
    assert hand.steady == 40


def test_at_a_time_of_day_on_the_publishers_clock():
    hand, at = Hand("2025-03-03 10:00"), read_at(["22:40"], "Asia/Taipei")
    at.wait(hand.clock, first=True)
    assert hand.wall == datetime(2025, 3, 3, 14, 40, tzinfo=UTC)
    at.wait(hand.clock, first=False)
    assert hand.wall == datetime(2025, 3, 4, 14, 40, tzinfo=UTC)


def test_a_skipped_and_a_repeated_time_of_day_are_due_once():
    at = At((time(2, 30),), "America/New_York")
    spring = at.next_after(datetime(2024, 3, 10, 0, tzinfo=UTC))
    assert spring == datetime(2024, 3, 10, 7, 30, tzinfo=UTC)  # 03:30 summer time
    autumn = at.next_after(datetime(2024, 11, 3, 0, tzinfo=UTC))
    at = At((time(1, 30),), "America/New_York")
    autumn = at.next_after(datetime(2024, 11, 3, 0, tzinfo=UTC))
    assert autumn == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)  # the first of the two
    assert at.next_after(autumn) == datetime(2024, 11, 4, 6, 30, tzinfo=UTC)


def test_a_clock_that_was_years_ahead_is_not_waited_for():
    hand, at = Hand("2038-01-19 00:00"), read_at(["22:40"], "UTC")
    hand.jumps = [(30.0, datetime(2025, 3, 3, tzinfo=UTC) - datetime(2038, 1, 19, tzinfo=UTC))]
    at.wait(hand.clock, first=True)
    assert hand.wall == datetime(2025, 3, 3, 22, 40, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "15", "0m", "-1h", "15 minutes", "99d", "1.5h"])
def test_a_span_that_is_none_is_refused(text):
    with pytest.raises(InvalidInputError, match="every="):
        read_every(text)


@pytest.mark.parametrize("texts", [[], ["24:00"], ["7"], ["22:40", "noon"]])
def test_a_time_of_day_that_is_none_is_refused(texts):
    with pytest.raises(InvalidInputError, match="at="):
        read_at(texts, "UTC")


@pytest.fixture
def published(tmp_path: Path):
    served = Published({"usa.txt": ibkr_file(0, {"GME": (1, 30.0)})})
    with ftp_server(served, tmp_path / "ftp") as url:
        served.url = url
        yield served


def job(published: Published, data: Path, **more) -> Job:
    return Job(source="ibkr", data_folder=data, url=published.url, patience=FAST, **more)


def test_a_dead_server_ends_nothing(tmp_path):
    port = free_port()
    published = Published({"usa.txt": ibkr_file(0, {"GME": (1, 30.0)})})
    ours = Job(
        source="ibkr",
        data_folder=tmp_path / "d",
        url=f"ftp://shortstock@127.0.0.1:{port}/",
        patience=FAST,
    )
    seen = []

    def passed(report) -> None:
        seen.append(report.files[0].outcome)
        if len(seen) == 2:
            alive.__enter__()

    alive = ftp_server(published, tmp_path / "ftp", port)
    try:
        watch(ours, Every(0.01), passed=passed, passes=4)
    finally:
        alive.__exit__(None, None, None)
    assert seen == ["failed", "failed", "stored", "unchanged"]


def test_a_second_copy_is_refused_and_the_lock_goes_with_its_process(published, tmp_path):
    ours = job(published, tmp_path / "d")
    with writer_lock(ours.folder, 0), pytest.raises(StoreLockedError):
        collect(ours)
    assert collect(ours).files[0].outcome == "stored"


def test_a_store_that_is_locked_is_waited_for_and_nothing_is_fetched_twice(
    published, tmp_path, monkeypatch
):
    import shortable.store.write as write

    ours = job(published, tmp_path / "d")
    monkeypatch.setattr(
        write.append, "__kwdefaults__", write.append.__kwdefaults__ | {"lock_timeout": 0.05}
    )
    path = tmp_path / "d/equity/usa/shortable/interactivebrokers.parquet"
    with writer_lock(path, 0):
        assert collect(ours).files[0].outcome == "waiting"
        again = collect(ours)
        assert [f.outcome for f in again.files] == ["waiting", "waiting"]
        assert len(list((ours.folder / "incoming").iterdir())) == 1
    assert [f.outcome for f in collect(ours).files] == ["stored", "unchanged"]
    assert not list((ours.folder / "incoming").iterdir())


# What the processes below run: passes without a pause, until they are killed.
LOOP = """
import sys
from shortable.collect import Every, Job, Patience, watch
patience = Patience(attempts=2, first_wait=0.01, jitter=0, stall=1, delay=0)
job = Job(source="ibkr", data_folder=sys.argv[1], url=sys.argv[2], patience=patience, keep_raw=True)
print("ready", flush=True)
watch(job, Every(0.001), passed=lambda report: print(report.files[-1].outcome, flush=True))
print("ended", flush=True)
"""


def start(published: Published, data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LOOP, str(data), published.url],
        stdout=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "SHORTABLE_DATA"},
    )


def stored(data: Path) -> set[int]:
    try:
        return set(open_store("interactivebrokers", data_folder=data).as_of.tolist())
    except LookupError:
        return set()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to wait for")
def test_sigterm_ends_the_loop_cleanly(published, tmp_path):
    process = start(published, tmp_path / "d")
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(3)]
    assert lines[:2] == ["ready", "stored"]
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out.splitlines()[-1] == "ended"
    assert len(stored(tmp_path / "d")) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to wait for")
def test_sigterm_ends_one_pass_as_it_ends_any_process(published, tmp_path):
    published.faults = ["stall"] * 9
    arguments = ["collect", "ibkr", "--once", "--data", tmp_path / "d", "--url", published.url]
    process = subprocess.Popen(
        [sys.executable, "-m", "shortable", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ends = system_time.monotonic() + 60
    while not published.requests and system_time.monotonic() < ends:
        system_time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (-signal.SIGTERM, "", "")


def kill_at_random_moments(published: Published, data: Path, *, times: int, seed: int) -> None:
    """Kill the loop again and again while new lists appear; nothing that was in the store or waited for it is lost.

    What the server counts as delivered is no measure of it: whoever is killed after the last byte hangs up before the
    server knows that all was sent.
    """
    chance = random.Random(seed)
    minute, reported = 0, 0
    before: set[int] = set()
    for kill in range(times):
        process = start(published, data)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        ends = system_time.monotonic() + chance.uniform(0, 0.25)
        while system_time.monotonic() < ends:
            minute += 1
            rows = {f"A{n}": (minute, 0.25) for n in range(200)}
            published.files["usa.txt"] = ibkr_file(minute, rows)
            system_time.sleep(0.02)
        process.send_signal(signal.SIGKILL if kill % 4 else signal.SIGTERM)
        out, _ = process.communicate(timeout=20)
        reported += out.split().count("stored")
        before, old = stored(data), before  # readable, whatever it was killed at
        assert old <= before
        assert reported <= len(before)
        # A list that was whole when the process died is imported by the next one, though the server has a newer one.
        texts = [
            one.read_bytes() for one in (data / "collect/ibkr/incoming").glob("[0-9]*/usa.txt")
        ]
        if texts:
            collect(Job(source="ibkr", data_folder=data, url=published.url, patience=FAST))
            for text in texts:
                assert import_source("ibkr", text, data_folder=data).rows_stored == 0
            before = stored(data)
    collect(Job(source="ibkr", data_folder=data, url=published.url, patience=FAST))
    assert_as_published(data, minute)
    assert not list((data / "collect/ibkr/incoming").iterdir())


def assert_as_published(data: Path, last: int) -> None:
    """Each snapshot is, row for row, the list that was published in its minute; the first of all held one row."""
    begin = datetime(2024, 1, 1, 5, tzinfo=UTC).timestamp()  # midnight in New York
    path = data / "equity/usa/shortable/interactivebrokers.parquet"
    rows = dataset(path).to_table(columns=["as_of", "quantity"]).to_pydict()
    held: dict[int, list[int]] = {}
    for as_of, quantity in zip(rows["as_of"], rows["quantity"], strict=True):
        held.setdefault(round((as_of.timestamp() - begin) / 60), []).append(quantity)
    first = held.pop(0, [1])
    assert first == [1]
    assert last in held
    assert held == {minute: [minute] * 200 for minute in held}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_sigkill_at_random_moments_loses_nothing(published, tmp_path):
    kill_at_random_moments(
        published, tmp_path / "d", times=int(os.environ.get("KILLS", "6")), seed=1
    )


# A disk that is full, made by the system's own bound on the size of files.
FULL = """
import resource, signal, sys
from shortable.collect import Every, Job, Patience, watch

patience = Patience(attempts=1, first_wait=0, jitter=0, stall=1, delay=0)
job = Job(source="ibkr", data_folder=sys.argv[1], url=sys.argv[2], patience=patience)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
seen = []
def passed(report):
    seen.extend(f.outcome for f in report.files)
    full = len(seen) < 3
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 if full else resource.RLIM_INFINITY, resource.RLIM_INFINITY))
resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
watch(job, Every(0.01), passed=passed, passes=5)
print(seen)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bound on the size of files")
def test_a_full_disk_is_lived_through(published, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "d"), published.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = done.stdout.strip()
    assert "'waiting'" in outcomes
    assert "'stored'" in outcomes
    assert len(stored(tmp_path / "d")) == 1
