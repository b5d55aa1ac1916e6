"""Files that are not what they claim to be are refused by name, never read wrongly."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.errors import CorruptStoreError, InvalidInputError, SchemaVersionError
from shortable.store import Layout, append, make_snapshot, open_store
from shortable.store.schema import checksum

from .model import contents

PARTS = Layout(single_file_rows=0, part_rows=40, fan=2)


def fill(folder: Path, layout: Layout) -> Path:
    made = [
        make_snapshot(
            t * 10**9,
            {
                "symbol": [f"S{i}" for i in range(20)],
                "quantity": [i * t for i in range(20)],
                "fee_rate": [i / 7 * t for i in range(20)],
            },
            complete=True,
        )
        for t in range(1, 6)
    ]
    return append("axos", made, data_folder=folder, layout=layout).path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return fill(tmp_path, Layout())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path, PARTS)


def metadata(file: Path) -> dict[str, str]:
    said = pq.read_metadata(file).metadata
    return {
        name.decode(): value.decode() for name, value in said.items() if name != b"ARROW:schema"
    }


def refusal(tmp_path: Path) -> str:
    with pytest.raises(CorruptStoreError) as caught:
        contents(open_store("axos", data_folder=tmp_path))
    return str(caught.value)


def test_an_empty_file(tmp_path: Path, file: Path) -> None:
    file.write_bytes(b"")
    assert str(file) in refusal(tmp_path)
    assert "import its sources again" in refusal(tmp_path)


@pytest.mark.parametrize("length", [1, 4, 100, -1, -8, -500])
def test_a_file_cut_off(tmp_path: Path, file: Path, length: int) -> None:
    file.write_bytes(file.read_bytes()[:length])
    assert str(file) in refusal(tmp_path)


@pytest.mark.parametrize(
    "content", [b"symbol,quantity\nSPY,1\n", b"PK\x03\x04" * 100, b"PAR1" * 10]
)
def test_a_file_of_another_kind(tmp_path: Path, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert str(file) in refusal(tmp_path)


def test_a_parquet_file_of_somebody_else(tmp_path: Path, file: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), file)
    assert "not written by shortable" in refusal(tmp_path)
    pq.write_table(pq.read_table(file).replace_schema_metadata({"schema_version": "1"}), file)
    assert "not written by shortable" in refusal(tmp_path)


def test_a_store_that_somebody_wrote_again_with_other_rows(tmp_path: Path, file: Path) -> None:
    table, said = pq.read_table(file), metadata(file)
    for wrong in (
        table.slice(1),
        table.drop_columns("fee_rate"),
        table.append_column("more", table.column("as_of")),
    ):
        pq.write_table(wrong.replace_schema_metadata(said), file)
        assert str(file) in refusal(tmp_path)


@pytest.mark.parametrize("version", ["99", "0", "", "one"])
def test_another_schema_version(tmp_path: Path, file: Path, version: str) -> None:
    said = metadata(file) | {"schema_version": version}
    pq.write_table(pq.read_table(file).replace_schema_metadata(said), file)
    with pytest.raises(
        SchemaVersionError,
        match=rf"axos\.parquet has schema version '{version}'.*reads versions 1, 2.* and \d\.",
    ):
        open_store("axos", data_folder=tmp_path)
    with pytest.raises(SchemaVersionError):
        append("axos", [], data_folder=tmp_path)


def test_another_schema_version_of_a_folder(tmp_path: Path, folder: Path) -> None:
    manifest = folder / "_manifest.json"
    body = json.loads(manifest.read_text().splitlines()[1]) | {"schema_version": "99"}
    text = json.dumps(body)
    manifest.write_text(f"{checksum(text)}\n{text}\n")
    with pytest.raises(SchemaVersionError, match="'99'"):
        open_store("axos", data_folder=tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"00000000\n{}\n", b"\xff\xfe", None])
def test_a_folder_whose_manifest_is_damaged_or_gone(
    tmp_path: Path, folder: Path, content: bytes | None
) -> None:
    manifest = folder / "_manifest.json"
    if content is None:
        manifest.unlink()
    else:
        manifest.write_bytes(content)
    assert "axos.parquet" in refusal(tmp_path)
    with pytest.raises(CorruptStoreError):
        append("axos", [], data_folder=tmp_path)


def test_a_folder_whose_part_is_gone_or_damaged(tmp_path: Path, folder: Path) -> None:
    part = sorted(folder.glob("part-*"))[0]
    whole = part.read_bytes()
    part.write_bytes(whole[:-20])
    assert str(part) in refusal(tmp_path)
    part.unlink()
    assert "part-" in refusal(tmp_path)
    part.write_bytes(whole)
    assert len(open_store("axos", data_folder=tmp_path).keys()) == 20


def test_a_damaged_store_is_not_written_to(tmp_path: Path, file: Path, make: Any) -> None:
    file.write_bytes(b"damaged")
    with pytest.raises(CorruptStoreError):
        append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path)
    assert file.read_bytes() == b"damaged"


def test_a_part_that_is_not_there_is_misuse(tmp_path: Path, file: Path) -> None:
    store = open_store("axos", data_folder=tmp_path)
    for part in (-1, 1):
        with pytest.raises(InvalidInputError, match="part="):
            store.read_part(part, ["quantity"])


@pytest.mark.parametrize("layout", [Layout(), PARTS], ids=["file", "parts"])
@settings(max_examples=40)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), which=st.integers(0, 99))
def test_one_flipped_bit_is_noticed_or_changes_no_answer(
    layout: Layout, place: float, bit: int, which: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = fill(Path(name), layout)
        right = contents(open_store("axos", data_folder=name))
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        victim = files[which % len(files)]
        content = bytearray(victim.read_bytes())
        content[int(place * len(content))] ^= 1 << bit
        victim.write_bytes(content)
        try:
            found, complaint = contents(open_store("axos", data_folder=name)), path.name
        except (CorruptStoreError, SchemaVersionError) as error:
            found, complaint = right, str(error)
        assert found == right
        assert path.name in complaint
