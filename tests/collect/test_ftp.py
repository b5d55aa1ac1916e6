"""Collecting by FTP from a real server on loopback: Interactive Brokers' way."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")

from shortable.collect import Job, Patience, collect
from shortable.store import open_store

from .servers import Published, free_port, ftp_server, ibkr_file

FAST = Patience(attempts=3, first_wait=0.01, jitter=0, stall=1, whole=10, delay=0)
ONE = ibkr_file(0, {f"A{n}": (n + 1, 0.25) for n in range(2000)})
TWO = ibkr_file(15, {"GME": (2, 30.0)})


@pytest.fixture
def published(tmp_path: Path):
    served = Published({"usa.txt": ONE, "canada.txt": TWO})
    with ftp_server(served, tmp_path / "ftp") as url:
        served.url = url
        yield served


def job(published: Published, data: Path, **more) -> Job:
    return Job(source="ibkr", data_folder=data, url=published.url, patience=FAST, **more)


def outcomes(report) -> list[tuple[str, str]]:
    return [(f.key, f.outcome) for f in report.files]


def retrieved(published: Published) -> list[str]:
    return [name for command, name, _ in published.requests if command == "RETR"]


def test_a_list_is_fetched_once_and_then_recognised_by_its_md5(published, tmp_path):
    ours = job(published, tmp_path / "d")
    assert outcomes(collect(ours)) == [("usa.txt", "stored")]
    assert retrieved(published) == ["usa.txt.md5", "usa.txt"]
    assert outcomes(collect(ours)) == [("usa.txt", "unchanged")]
    assert retrieved(published) == ["usa.txt.md5", "usa.txt", "usa.txt.md5"]
    assert open_store("interactivebrokers", data_folder=tmp_path / "d").rows_of.tolist() == [2000]


def test_markets_are_files_and_the_importer_is_told(published, tmp_path):
    from shortable import Market

    ours = job(published, tmp_path / "d", markets=(Market.USA, Market.CANADA))
    assert outcomes(collect(ours)) == [("usa.txt", "stored"), ("canada.txt", "stored")]
    canada = open_store("interactivebrokers", market=Market.CANADA, data_folder=tmp_path / "d")
    assert canada.rows_of.tolist() == [1]


def test_a_broker_of_ones_own(published, tmp_path):
    collect(job(published, tmp_path / "d", broker="mine"))
    assert open_store("mine", data_folder=tmp_path / "d").rows_of.tolist() == [2000]


@pytest.mark.parametrize("fault", ["cut", "stall", "half", "md5", "eof", "500", "refused"])
def test_a_fault_is_tried_again(published, tmp_path, fault):
    published.faults = [fault]
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "stored")]
    assert open_store("interactivebrokers", data_folder=tmp_path / "d").rows_of.tolist() == [2000]


def test_a_transfer_that_was_cut_off_goes_on_where_it_stopped(published, tmp_path):
    published.faults = ["cut"]
    collect(job(published, tmp_path / "d"))
    rests = [h["rest"] for c, n, h in published.requests if (c, n) == ("RETR", "usa.txt")]
    assert rests == ["0", str(len(ONE) // 2)]


def test_nothing_is_put_together_of_two_lists(published, tmp_path):
    """A cut list and the rest of the next one would have the right length and a row count that fits neither."""
    published.faults = ["cut"]
    later = ibkr_file(15, {f"A{n}": (n + 2, 0.35) for n in range(2000)})
    original = published.next_fault

    def then_publish_another() -> str:
        fault = original()
        if not fault:
            published.files["usa.txt"] = later
        return fault

    published.next_fault = then_publish_another
    collect(job(published, tmp_path / "d"))
    rests = [h["rest"] for c, n, h in published.requests if (c, n) == ("RETR", "usa.txt")]
    assert rests == ["0", "0"]
    store = open_store("interactivebrokers", data_folder=tmp_path / "d")
    assert len(store.as_of) == 1


def test_too_many_faults_are_one_failed_pass_and_the_next_one_goes_well(published, tmp_path):
    ours = job(published, tmp_path / "d")
    published.faults = ["md5"] * 3
    report = collect(ours)
    assert outcomes(report) == [("usa.txt", "failed")]
    assert "its MD5 is not" in report.files[0].detail
    assert not (tmp_path / "d" / "equity").exists()
    assert outcomes(collect(ours)) == [("usa.txt", "stored")]


def test_a_list_that_stays_wrong_is_kept_and_not_fetched_again(published, tmp_path):
    ours = job(published, tmp_path / "d")
    published.files["usa.txt"] = ONE.replace(b"#EOF|2000", b"#EOF|2001")
    report = collect(ours)
    assert outcomes(report) == [("usa.txt", "refused")]
    assert "counts 2,001 rows, and 2,000 are there" in report.files[0].detail
    kept = sorted((tmp_path / "d/collect/ibkr/refused").glob("*/*.txt"))
    assert len(kept) == 1
    assert "counts 2,001 rows" in kept[0].read_text()
    published.requests.clear()
    assert outcomes(collect(ours)) == [("usa.txt", "refused")]
    assert len(sorted((tmp_path / "d/collect/ibkr/refused").glob("*/*.txt"))) == 1
    published.files["usa.txt"] = ONE
    assert outcomes(collect(ours)) == [("usa.txt", "stored")]


def test_a_server_without_md5_is_checked_by_length_and_by_the_list_itself(published, tmp_path):
    published.faults = ["no md5"]
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "stored")]


def test_a_file_that_is_not_there_is_absent(published, tmp_path):
    del published.files["usa.txt"]
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "absent")]


def test_a_wrong_user_is_denied_at_once(published, tmp_path):
    url = published.url.replace("shortstock", "nobody")
    report = collect(Job(source="ibkr", data_folder=tmp_path / "d", url=url, patience=FAST))
    assert outcomes(report) == [("usa.txt", "failed")]
    assert "530" in report.files[0].detail


def test_a_dead_server_is_a_failed_pass(tmp_path):
    url = f"ftp://shortstock@127.0.0.1:{free_port()}/"
    report = collect(Job(source="ibkr", data_folder=tmp_path / "d", url=url, patience=FAST))
    assert outcomes(report) == [("usa.txt", "failed")]
    assert "refused" in report.files[0].detail.lower()


def test_a_list_that_is_larger_than_any_is_not_swallowed(published, tmp_path):
    few = Patience(attempts=1, first_wait=0, jitter=0, stall=1, delay=0, size=1000)
    report = collect(
        Job(source="ibkr", data_folder=tmp_path / "d", url=published.url, patience=few)
    )
    assert "larger than 1,000 bytes" in report.files[0].detail


def test_raw_files_are_kept_if_asked(published, tmp_path):
    import gzip

    collect(job(published, tmp_path / "d", keep_raw=True))
    (kept,) = (tmp_path / "d/collect/ibkr/raw").rglob("*.gz")
    assert gzip.decompress(kept.read_bytes()) == ONE
    assert kept.name == "usa.txt.gz"  # importers read days and symbols from names
    assert not list((tmp_path / "d/collect/ibkr/incoming").iterdir())
