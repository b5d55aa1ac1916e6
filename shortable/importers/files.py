"""Files off the disk: their bytes, unpacked where they are gzipped or zipped, and what messages call them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from shortable.errors import ImportRefusedError
from shortable.unpacking import LARGEST, gunzip, read_member

__all__ = ["File", "SourceFile", "in_utf8", "read_file", "source_name", "unzip"]

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # as spreadsheets save "Unicode text"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read, unpacked."""

    name: str
    """What messages call it: its file name, without the folder and the ending of the packer."""
    data: bytes = field(repr=False)
    """Its bytes."""


File = str | Path | bytes | SourceFile
"""What is read as a file: a path, the bytes themselves, or a file that was read."""


def source_name(source: object) -> str:
    """Return what messages call a source: its file name, or its type where it is in memory."""
    if isinstance(source, SourceFile):
        return source.name
    return Path(source).name if isinstance(source, (str, Path)) else f"<{type(source).__name__}>"


def read_file(source: File) -> SourceFile:
    """Read a file; one that is gzipped, or zipped alone, is unpacked, and text in UTF-16 becomes UTF-8.

    Raises
    ------
    ImportRefusedError
        There is no such file, it cannot be read or unpacked, it unpacks to more than a gibibyte, it is empty, or it is
        a zip file of several files.
    """
    if isinstance(source, SourceFile):
        return source
    files = unzip(source)
    if files is None:
        name, data = source_name(source), _bytes(source)
        if data.startswith(_GZIP):
            name, data = name.removesuffix(".gz"), _gunzip(data, name)
        return _opened(name, data)
    if len(files) != 1:
        raise ImportRefusedError(
            f"{source_name(source)}: the zip file holds {len(files)} files; import them one by one"
        )
    return files[0]


def unzip(source: object) -> list[SourceFile] | None:
    """Return the files of a zip file in the order of their names; None where the source is none.

    Raises
    ------
    ImportRefusedError
        The zip file is damaged, unpacks to more than a gibibyte, holds no files or an empty one, or is a spreadsheet.
    """
    if not isinstance(source, (str, Path, bytes)) or not _begins(source, _ZIP):
        return None
    name = source_name(source)
    try:
        with zipfile.ZipFile(io.BytesIO(_bytes(source))) as archive:
            members = sorted(m for m in archive.namelist() if not m.endswith("/"))
            if "[Content_Types].xml" in members:
                raise ImportRefusedError(
                    f"{name}: a spreadsheet; save its sheet as CSV and import that"
                )
            files, left = [], LARGEST
            for member in members:
                files.append(SourceFile(Path(member).name, read_member(archive, member, left)))
                left -= len(files[-1].data)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ImportRefusedError(f"{name}: not a readable zip file ({error})") from None
    if not files:
        raise ImportRefusedError(f"{name}: the zip file holds no files; nothing was imported")
    return [_opened(file.name, file.data) for file in files]


def in_utf8(file: SourceFile, encoding: str) -> SourceFile:
    """Return a file in UTF-8; one that is not is read in the encoding that its publisher uses."""
    try:
        file.data.decode("utf-8")
    except UnicodeDecodeError:
        return SourceFile(file.name, file.data.decode(encoding, errors="replace").encode())
    return file


def _bytes(source: str | Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise ImportRefusedError(f"{source}: cannot be read ({error.strerror or error})") from None


def _begins(source: str | Path | bytes, mark: bytes) -> bool:
    if isinstance(source, bytes):
        return source.startswith(mark)
    try:
        with Path(source).open("rb") as file:
            return file.read(len(mark)) == mark
    except OSError:
        return False


def _gunzip(data: bytes, name: str) -> bytes:
    try:
        return gunzip(data, name)
    except OSError as error:
        raise ImportRefusedError(f"{name}: {error}") from None


def _opened(name: str, data: bytes) -> SourceFile:
    if data.startswith(_UTF_16):
        data = data.decode("utf-16", errors="replace").encode()
    if not data or data.isspace():
        raise ImportRefusedError(f"{name}: the file is empty; nothing was imported")
    return SourceFile(name, data)
