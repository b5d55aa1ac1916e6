"""Packed files: a bound, and one kind of error for whatever is wrong with them."""

from __future__ import annotations

import contextlib
import gzip
import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.unpacking import LARGEST, gunzip, read_member


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)
    return file.getvalue()


def member(data: bytes, largest: int = LARGEST) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return read_member(archive, archive.namelist()[0], largest)


@pytest.mark.parametrize("size", [0, 99, 100])
def test_what_is_within_the_bound_comes_out_whole(size: int) -> None:
    data = bytes(range(size))
    assert member(zipped(data), 100) == gunzip(gzip.compress(data), "a", 100) == data


@pytest.mark.parametrize("size", [101, 5_000_000])
def test_what_is_larger_is_refused(size: int) -> None:
    message = "unpacks to more than 100 bytes, the bound for packed files"
    with pytest.raises(OSError, match=rf"a\.csv {message}"):
        member(zipped(bytes(size)), 100)
    with pytest.raises(OSError, match=f"usa.txt {message}"):
        gunzip(gzip.compress(bytes(size)), "usa.txt", 100)


def test_a_zip_file_that_understates_its_size_is_refused_all_the_same() -> None:
    honest = zipped(bytes(5000))
    # The size stands in the local header and in the directory at the end.
    lying = honest.replace(struct.pack("<I", 5000), struct.pack("<I", 50))
    assert lying != honest
    with pytest.raises(OSError, match=r"a\.csv"):
        member(lying, 100)


@given(data=st.binary(max_size=300), at=st.integers(0, 200), by=st.integers(1, 255))
def test_damage_is_one_kind_of_error(data: bytes, at: int, by: int) -> None:
    packed, archive = bytearray(gzip.compress(data)), bytearray(zipped(data))
    packed[at % len(packed)] ^= by
    archive[at % len(archive)] ^= by
    with contextlib.suppress(OSError):
        assert isinstance(gunzip(bytes(packed), "a"), bytes)
    # What opening a zip file raises is the caller's; reading a member of it raises OSError alone.
    try:
        opened = zipfile.ZipFile(io.BytesIO(bytes(archive)))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return
    with opened, contextlib.suppress(OSError):
        for name in opened.namelist():
            assert isinstance(read_member(opened, name), bytes)
