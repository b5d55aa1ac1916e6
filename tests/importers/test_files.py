"""Files as they are kept: gzipped, zipped alone or together, damaged."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from shortable.errors import ImportRefusedError
from shortable.importers import import_source
from shortable.importers.files import read_file, unzip

TABLE = b"symbol,time,quantity\nGME,2021-04-23 09:30,{}\n"


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return file.getvalue()


def test_a_packed_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "usa.txt.gz"
    path.write_bytes(gzip.compress(b"hello"))
    assert (read_file(path).name, read_file(path).data) == ("usa.txt", b"hello")
    path = tmp_path / "all.zip"
    path.write_bytes(zipped(usa_txt=b"hello"))
    assert (read_file(path).name, read_file(path).data) == ("usa.txt", b"hello")
    assert unzip(tmp_path / "none") is None


def test_every_file_of_a_zip_file_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "days.zip"
    one, two = (f"symbol,quantity\nGME,{n}\n".encode() for n in (5, 6))
    path.write_bytes(
        zipped(short_20210423_csv=one, short_20210426_csv=two).replace(b"short.", b"short_")
    )
    report = import_source(
        "table", path, broker="mine", data_folder=tmp_path / "d", publish_at="18:00"
    )
    assert [str(s.local_time) for s in report.snapshots] == [
        "2021-04-23 18:00:00",
        "2021-04-26 18:00:00",
    ]
    assert report.source == "short_20210423.csv, short_20210426.csv"


def test_what_unpacks_beyond_the_bound_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shortable.importers.files.LARGEST", 1000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.csv", "b.csv"):
            archive.writestr(name, b"x" * 600)  # together above the bound, alone below it
    with pytest.raises(ImportRefusedError, match=r"b\.csv unpacks to more than 400 bytes"):
        unzip(packed.getvalue())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b"x" * 1000)[:-12], "not a readable gzip file"),
        (zipped(a_csv=b"x" * 1000)[:40], "not a readable zip file"),
        (zipped(), "cannot be read|neither text|not a readable|no files|holds no"),
        (zipped(a_csv=b""), "a.csv: the file is empty"),
        (
            zipped(**{"[Content_Types]_xml": b"x"}).replace(b".Types", b"_Types"),
            "a spreadsheet; save its sheet as CSV",
        ),
    ],
    ids=["cut gzip", "damaged zip", "empty zip", "empty file", "spreadsheet"],
)
def test_a_packed_file_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "packed"
    path.write_bytes(data)
    with pytest.raises(ImportRefusedError, match=message):
        import_source("table", path, broker="mine", data_folder=tmp_path / "d")
    assert not (tmp_path / "d").exists()
