"""Gzip and zip files, unpacked up to a bound: four megabytes can hold four gigabytes of zeros.

Whatever is wrong with a packed file comes out as one kind of error, an `OSError` that says what it is.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

__all__ = ["LARGEST", "gunzip", "read_member"]

LARGEST = 1 << 30
"""Bytes that a packed file may unpack to: a gibibyte, which is sixty times a year of one market's daily lists."""


def read_member(archive: zipfile.ZipFile, name: str, largest: int = LARGEST) -> bytes:
    """Return one file of a zip file.

    Parameters
    ----------
    archive : zipfile.ZipFile
        Opened for reading.
    name : str
        One of its names.
    largest : int
        Bytes that it may unpack to.

    Raises
    ------
    OSError
        It is larger, encrypted, packed in a way that is not known here, or damaged.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
    ...     archive.writestr("zeros", bytes(5000))
    >>> with zipfile.ZipFile(file) as archive:
    ...     read_member(archive, "zeros", largest=4096)
    Traceback (most recent call last):
    OSError: zeros unpacks to more than 4,096 bytes, the bound for packed files
    """
    try:
        if archive.getinfo(name).file_size > largest:
            raise _too_large(name, largest)
        # What a file says of its size may be wrong.
        with archive.open(name) as member:
            data = member.read(largest + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise OSError(f"{name} cannot be unpacked ({error})") from None
    if len(data) > largest:
        raise _too_large(name, largest)
    return data


def gunzip(data: bytes, name: str, largest: int = LARGEST) -> bytes:
    """Return what a gzip file holds.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        What messages call it.
    largest : int
        Bytes that it may unpack to.

    Raises
    ------
    OSError
        It is larger, cut off or damaged.

    Examples
    --------
    >>> gunzip(gzip.compress(b"text"), "usa.txt")
    b'text'
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            unpacked = file.read(largest + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise OSError(f"not a readable gzip file ({error})") from None
    if len(unpacked) > largest:
        raise _too_large(name, largest)
    return unpacked


def _too_large(name: str, largest: int) -> OSError:
    return OSError(f"{name} unpacks to more than {largest:,} bytes, the bound for packed files")
