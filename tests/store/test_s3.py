"""A store in object storage: by URI it is read, appended to, compacted; of two writers none loses; a dead one leaves nothing."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shortable import LocalDiskShortableProvider, Market
from shortable.errors import (
    CorruptStoreError,
    InvalidInputError,
    MissingDependencyError,
    SnapshotConflictError,
    StoreError,
    StoreLockedError,
    UnknownBrokerError,
)
from shortable.importers import import_source
from shortable.store import Layout, append, brokers, compact, coverage, open_store
from shortable.store.object_place import ObjectPlace

from .model import contents, read_parts, read_symbols
from .test_interrupted import days

pytest.importorskip("moto.server", reason="moto[server] is of the extra `test`")
pytest.importorskip("boto3", reason="boto3 is of the extra `s3`")
from .s3 import BUCKET, client, hunt, server

PARTS = Layout(single_file_rows=0, part_rows=1000, fan=50)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with server() as folder:
        yield folder


@pytest.fixture
def folder(bucket: str, request: pytest.FixtureRequest) -> str:
    return f"{bucket}/{request.node.name.split('[')[0]}"


def keys(folder: str) -> list[str]:
    prefix = folder.removeprefix(f"s3://{BUCKET}/") + "/"
    found = client().list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [one["Key"].removeprefix(prefix) for one in found.get("Contents", [])]


def test_it_answers_what_a_store_on_disk_does(folder: str, tmp_path: Path, make: Any) -> None:
    for day in (2, 4, 3, 6):
        for where in (folder, tmp_path):
            append("axos", days(make, day), data_folder=where, layout=PARTS)
    for where in (folder, tmp_path):
        append("axos", days(make, 4, plus=9), data_folder=where, layout=PARTS, replace=True)
    there, here = (open_store("axos", data_folder=where) for where in (folder, tmp_path))
    assert contents(there) == contents(here)
    assert read_parts(there) == read_symbols(here)
    again = append("axos", days(make, 2, 3), data_folder=folder)
    assert (len(again.stored), len(again.unchanged)) == (0, 2)
    with pytest.raises(SnapshotConflictError):
        append("axos", days(make, 3, plus=1), data_folder=folder)
    assert contents(open_store("axos", data_folder=folder)) == contents(here)
    assert brokers(Path(folder)) == ["axos"]
    found = coverage("axos", data_folder=folder)
    assert len(found.snapshots) == 4
    for where in (folder, tmp_path):
        provider = LocalDiskShortableProvider("axos", data_folder=where)
        for one in (provider, pickle.loads(pickle.dumps(provider))):
            assert one.shortable_quantity("SPY", datetime(2024, 1, 5)) == 13
            assert len(one.all_shortable_symbols(datetime(2024, 1, 3, 12))) == 2


def test_compaction_changes_no_answer_and_ends_the_parts_one_commit_later(
    folder: str, make: Any
) -> None:
    for day in range(2, 8):
        append("axos", days(make, day), data_folder=folder, layout=PARTS)
    early = open_store("axos", data_folder=folder)
    before = contents(open_store("axos", data_folder=folder))
    report = compact("axos", data_folder=folder)
    assert (report.rows, report.parts_before, report.parts_after) == (18, 6, 1)
    assert contents(open_store("axos", data_folder=folder)) == before
    assert len([key for key in keys(folder) if "part-" in key]) == 7
    append("axos", days(make, 9), data_folder=folder, layout=PARTS)
    assert len([key for key in keys(folder) if "part-" in key]) == 2
    assert contents(early) == before  # opened before all of it, and reading only now


def test_an_import_by_uri(folder: str) -> None:
    csv = b"symbol,time,quantity\nSPY,2024-01-02 18:00,500\nF,2024-01-02 18:00,7\n"
    report = import_source("table", csv, broker="axos", data_folder=folder)
    assert report.rows_stored == 2
    provider = LocalDiskShortableProvider("axos", data_folder=folder)
    assert provider.shortable_quantity("SPY", datetime(2024, 1, 3)) == 500


def test_two_writers_lose_nothing(folder: str, make: Any) -> None:
    failed: list[BaseException] = []

    def some(first: int) -> None:
        try:
            for day in range(first, 28, 2):
                append("axos", days(make, day), data_folder=folder, layout=PARTS, lock_timeout=60)
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=some, args=(first,)) for first in (2, 3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    store = open_store("axos", data_folder=folder)
    assert store.as_of.tolist() == [make.at(f"2024-01-{day:02}") for day in range(2, 28)]
    assert [values[0] for _, values in read_symbols(store)[("F", "USD")]] == list(range(2, 28))
    named = {f"_parts/part-{number:06d}.parquet" for number in store._numbers}
    there = {key.split("axos.parquet/")[1] for key in keys(folder) if "part-" in key}
    assert there == named  # who lost has removed what he had written


def other_commits_first(monkeypatch: pytest.MonkeyPatch, other: Any, times: int) -> None:
    commit, left = ObjectPlace.commit_folder, [times]

    def late(self: ObjectPlace, manifest: Any) -> None:
        if left[0]:
            left[0] -= 1
            with monkeypatch.context() as inside:
                inside.setattr(ObjectPlace, "commit_folder", commit)
                other()
        commit(self, manifest)

    monkeypatch.setattr(ObjectPlace, "commit_folder", late)


def test_who_loses_begins_again_from_the_new_state(
    folder: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other() -> None:
        append("axos", days(make, 2), data_folder=folder)

    other_commits_first(monkeypatch, other, 1)
    report = append("axos", iter(days(make, 2, 3)), data_folder=folder)
    assert [s.as_of for s in report.stored] == [make.at("2024-01-03")]
    assert [s.as_of for s in report.unchanged] == [make.at("2024-01-02")]
    assert len(open_store("axos", data_folder=folder).as_of) == 2


def test_who_contradicts_what_was_stored_meanwhile_is_told(
    folder: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_commits_first(monkeypatch, lambda: append("axos", days(make, 2), data_folder=folder), 1)
    with pytest.raises(SnapshotConflictError):
        append("axos", days(make, 2, plus=1), data_folder=folder)
    assert len([key for key in keys(folder) if "part-" in key]) == 1


def test_who_always_loses_gives_up_in_time(
    folder: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = iter(range(2, 30))
    other_commits_first(
        monkeypatch, lambda: append("axos", days(make, next(number)), data_folder=folder), 20
    )
    with pytest.raises(StoreLockedError, match=r"other writers kept changing s3://.*lock_timeout"):
        append("axos", days(make, 30), data_folder=folder, lock_timeout=0)
    assert len(open_store("axos", data_folder=folder).as_of) == 1


def test_a_commit_whose_answer_was_lost_is_not_undone(
    folder: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client asks again, and the service refuses the second try because of the first."""
    append("axos", days(make, 2), data_folder=folder, layout=PARTS)
    commit = ObjectPlace.commit_folder
    first = [True]

    def twice(self: ObjectPlace, manifest: Any) -> None:
        if first[0]:
            first[0] = False
            tag = self._tag
            commit(self, manifest)
            self._tag = tag
        commit(self, manifest)

    monkeypatch.setattr(ObjectPlace, "commit_folder", twice)
    report = append("axos", days(make, 3), data_folder=folder, layout=PARTS)
    assert len(report.unchanged) == 1
    assert len(contents(open_store("axos", data_folder=folder))[0]) == 2


@pytest.mark.slow
def test_writers_that_die(folder: str) -> None:
    found = hunt(folder, 5, seed=1)
    assert (found.tries, found.lost, found.wrong) == (5, [], [])
    assert found.stored >= 5


def test_damage_and_what_is_not_there(folder: str, make: Any) -> None:
    with pytest.raises(UnknownBrokerError, match="s3://borrow/data/test_damage"):
        open_store("axos", data_folder=folder)
    append("axos", days(make, 2), data_folder=folder)
    key = next(key for key in keys(folder) if "part-" in key)
    prefix = folder.removeprefix(f"s3://{BUCKET}/")
    body = client().get_object(Bucket=BUCKET, Key=f"{prefix}/{key}")["Body"].read()
    client().put_object(Bucket=BUCKET, Key=f"{prefix}/{key}", Body=body[:-20])
    with pytest.raises(CorruptStoreError, match="is damaged"):
        contents(open_store("axos", data_folder=folder))
    client().delete_object(Bucket=BUCKET, Key=f"{prefix}/{key}")
    with pytest.raises(CorruptStoreError, match="is missing"):
        contents(open_store("axos", data_folder=folder))
    with pytest.raises(StoreError, match="NoSuchBucket"):
        append("axos", days(make, 2), data_folder="s3://nobodys-bucket/data")


def test_a_part_of_another_store_is_refused(folder: str, make: Any) -> None:
    append("axos", days(make, 2), data_folder=folder)
    append("axos", days(make, 2, plus=1), data_folder=f"{folder}/other")
    prefix = folder.removeprefix(f"s3://{BUCKET}/")
    one, other = (
        next(k for k in keys(where) if "part-" in k and not k.startswith("other"))
        for where in (folder, f"{folder}/other")
    )
    client().copy_object(
        Bucket=BUCKET, Key=f"{prefix}/{one}", CopySource=f"{BUCKET}/{prefix}/other/{other}"
    )
    with pytest.raises(CorruptStoreError, match="is intact, but not the part"):
        contents(open_store("axos", data_folder=folder))


@pytest.mark.parametrize(
    "uri", ["gs://bucket/x", "s3://", "s3://B", "s3://bucket?x=1", "http://127.0.0.1/x"]
)
def test_what_is_no_uri_of_ours_is_refused(uri: str) -> None:
    for call in (open_store, compact, LocalDiskShortableProvider):
        with pytest.raises(InvalidInputError, match=r"data_folder=.* must be a folder, or s3://"):
            call("axos", data_folder=uri)


def test_only_availability_lies_there(folder: str) -> None:
    from shortable.store import data_folder, writable_folder

    for find in (data_folder, writable_folder):
        with pytest.raises(InvalidInputError, match="Only availability can lie in object storage"):
            find(folder)
    assert not Path("s3:").exists()


def test_without_boto3_reading_works_and_writing_says_what_to_install(
    folder: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    append("axos", days(make, 2), data_folder=folder)
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert len(open_store("axos", data_folder=folder).as_of) == 1
    with pytest.raises(MissingDependencyError, match="shortable-provider\\[s3\\]"):
        append("axos", days(make, 3), data_folder=folder)


def test_without_a_uri_nothing_of_it_is_imported(tmp_path: Path) -> None:
    script = """
        import sys
        from datetime import datetime
        from shortable import LocalDiskShortableProvider
        from shortable.store import append, compact, make_snapshot
        append("axos", [make_snapshot(0, {"symbol": ["A"], "quantity": [1]}, complete=True)], data_folder=sys.argv[1])
        compact("axos", data_folder=sys.argv[1])
        LocalDiskShortableProvider("axos", sys.argv[1])
        print([m for m in sys.modules if m.split(".")[0] in ("boto3", "botocore") or m == "shortable.store.object_place"])
    """
    import textwrap

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_markets_and_brokers_are_listed(folder: str, make: Any) -> None:
    append("axos", days(make, 2), data_folder=folder)
    append("zeta", days(make, 2), data_folder=folder, market=Market.CANADA)
    assert brokers(Path(folder)) == ["axos", "zeta"]
    assert brokers(Path(folder), Market.CANADA) == ["zeta"]
    with pytest.raises(UnknownBrokerError, match=r"There are: axos \(usa\); zeta \(canada\)"):
        open_store("nobody", data_folder=folder)


def test_the_command_line_takes_the_uri(folder: str, tmp_path: Path) -> None:
    import re

    from typer.testing import CliRunner

    from shortable.cli.app import app

    table = tmp_path / "table.csv"
    table.write_text("symbol,time,quantity\nSPY,2024-01-02 18:00,500\n")

    def run(*arguments: str) -> str:
        ended = CliRunner().invoke(app, [*arguments, "--broker", "axos", "--data", folder])
        assert ended.exit_code == 0, ended.output
        return re.sub(r"\s+", " ", ended.stdout)

    assert f"in {folder}" in run("import", "table", str(table))
    assert "500" in run("quote", "SPY", "--at", "2024-01-03")
    assert "500" in run("list", "--at", "2024-01-03")
    store = f"{folder}/equity/usa/shortable/axos.parquet"
    assert store in run("coverage").replace(" ", "")
    assert "1 before, 1 now" in run("compact")
    assert not Path("s3:").exists()


def test_figures_are_refused_before_anything_is_stored(folder: str) -> None:
    actions = b"date,symbol,kind,ratio\n2024-01-02,SPY,split,2\n"
    with pytest.raises(InvalidInputError, match="Only availability"):
        import_source("actions", actions, data_folder=folder)
    assert keys(folder) == []
