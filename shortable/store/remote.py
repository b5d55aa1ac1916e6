"""Stores in object storage: how they are named, and how they are read, through pyarrow's file system.

A data folder in object storage is given as ``s3://bucket/prefix``. As a `Path`, which holds one slash after the colon, it goes
wherever a folder goes; `is_remote` tells it. Credentials, region and endpoint are found as Amazon's tools find them
(``AWS_ENDPOINT_URL`` for another service).
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shortable.errors import InvalidInputError, StoreError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.fs import FileSystem

__all__ = ["ObjectFolder", "endpoint", "is_remote", "object_names", "remote_folder", "uri_of"]

_SCHEME = "s3:"
_URI = re.compile(r"s3:/{1,2}([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[\w.=+@-]+)*)/?")


def is_remote(path: Path) -> bool:
    """Whether a path lies in object storage."""
    return path.parts[:1] == (_SCHEME,)


def remote_folder(text: str) -> Path | None:
    """Return the path of a data folder in object storage, None for text that is no URI of one.

    Raises
    ------
    InvalidInputError
        Another kind of URI, or one without a valid bucket.
    """
    if "://" not in text and not text.startswith("s3:/"):
        return None
    found = _URI.fullmatch(text)
    if found is None:
        raise InvalidInputError(
            "data_folder",
            text,
            "be a folder, or s3://bucket/prefix",
            "The endpoint of another service is AWS_ENDPOINT_URL in the environment.",
        )
    return Path(f"{_SCHEME}/{found[1]}{found[2]}")


def uri_of(path: Path) -> str:
    """Return how a path is shown: a URI for one in object storage.

    Examples
    --------
    >>> uri_of(Path("s3:/bucket/borrow")), uri_of(Path("borrow"))
    ('s3://bucket/borrow', 'borrow')
    """
    return f"s3://{'/'.join(path.parts[1:])}" if is_remote(path) else str(path)


def endpoint() -> str | None:
    """Return the service to talk to, None for Amazon's."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


class ObjectFolder:
    """A folder in object storage, for reading.

    Parameters
    ----------
    path : Path
        One for which `is_remote` holds.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.bucket = path, path.parts[1]
        self.key = "/".join(path.parts[2:])
        self._files = _file_system(self.bucket, endpoint())

    def open(self, name: str) -> pa.NativeFile:
        """Open one object for reading at any position.

        Raises
        ------
        FileNotFoundError
            There is none.
        """
        return self._files.open_input_file(f"{self.bucket}/{self.key}/{name}")

    def read(self, name: str) -> bytes:
        """Return one object; raises as `open`."""
        with self.open(name) as handle:
            content: bytes = handle.read()
        return content

    def names(self) -> list[str]:
        """Return the names of the objects and folders in it; none where it is not there."""
        from pyarrow.fs import FileSelector

        selector = FileSelector(f"{self.bucket}/{self.key}", allow_not_found=True)
        return sorted(one.base_name for one in self._files.get_file_info(selector))


def object_names(path: Path) -> list[str]:
    """Return the names in a folder in object storage.

    Raises
    ------
    StoreError
        The service cannot be asked.
    """
    try:
        return ObjectFolder(path).names()
    except OSError as error:
        raise StoreError(f"cannot list {uri_of(path)}: {str(error).splitlines()[0]}") from None


@lru_cache(maxsize=16)
def _file_system(bucket: str, service: str | None) -> FileSystem:
    from pyarrow.fs import FileSystem

    try:
        found, _ = FileSystem.from_uri(f"s3://{bucket}{_query(service)}")
    except OSError as error:
        raise StoreError(f"cannot open s3://{bucket}: {str(error).splitlines()[0]}") from None
    return found


def _query(service: str | None) -> str:
    """Return the part of pyarrow's URI that names another service than Amazon's.

    Examples
    --------
    >>> _query("http://127.0.0.1:9000"), _query(None)
    ('?scheme=http&endpoint_override=127.0.0.1:9000', '')
    """
    if service is None:
        return ""
    parts = urlsplit(service)
    return f"?scheme={parts.scheme}&endpoint_override={parts.netloc}"
