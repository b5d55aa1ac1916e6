"""Writing to a store in object storage: parts first, then the manifest, which takes the place of the one that was read or is lost.

An object takes its place whole or not at all, and the manifest is put on the condition that it is still the one that the writer
read. Of two writers one loses, and begins again with what the other stored. Parts lie in a folder that Parquet readers pass over:
what a dead writer left is in no manifest, and nobody counts it.
"""

from __future__ import annotations

import dataclasses
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from shortable.errors import MissingDependencyError, StoreError, StoreLockedError
from shortable.store.files import check_timeout, damaged
from shortable.store.manifest import MANIFEST, PARTS, Manifest, part_name, part_number
from shortable.store.parts import PartFile, write_part
from shortable.store.remote import ObjectFolder, endpoint, uri_of
from shortable.store.rows import Rows
from shortable.store.snapshot_list import SnapshotList

__all__ = ["ObjectPlace", "committed"]

T = TypeVar("T")
_PAUSE = 0.2  # seconds, at most, before a writer that lost begins again
_LEFT_BEHIND = timedelta(days=1)  # older parts without a manifest are a dead writer's
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


class _LostError(StoreError):
    """Another writer has committed since the manifest was read."""


def committed(path: Path, timeout: float, write: Callable[[ObjectPlace], T]) -> T:
    """Write to a store, again from its new state whenever another writer was faster.

    Raises
    ------
    StoreLockedError
        Others were faster for `timeout` seconds.
    MissingDependencyError
        boto3 is not installed.
    """
    deadline = time.monotonic() + check_timeout(timeout)
    while True:
        try:
            return write(ObjectPlace(path))
        except _LostError:
            if time.monotonic() >= deadline:
                raise StoreLockedError(
                    f"other writers kept changing {uri_of(path)} (tried for {timeout:g} s). Wait for them to end, or pass a "
                    "longer lock_timeout."
                ) from None
            time.sleep(random.uniform(0, _PAUSE))  # nosec B311  # a pause, no secret


class ObjectPlace:
    """A store in object storage, as one of its writers has it.

    Parameters
    ----------
    path : Path
        The store.

    Attributes
    ----------
    grown : bool
        True: it is a folder from the start.
    """

    grown = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = ObjectFolder(path)
        self._client = _client()
        self._tag: str | None = None
        self._old: Manifest | None = None
        self._new: set[int] = set()
        self._outcome_known = True
        self._lost = False

    def present(self) -> Manifest | None:
        """Return what the store holds, None where there is nothing."""
        self._old = self._read()
        return self._old

    def _read(self) -> Manifest | None:
        with self._asking():
            try:
                found = self._client.get_object(**self._object(MANIFEST))
            except self._client.exceptions.NoSuchKey:
                return None
            text, self._tag = found["Body"].read(), found["ETag"]
        with damaged(self.path / MANIFEST):
            return Manifest.decode(text.decode("utf-8"), uri_of(self.path / MANIFEST))

    def _object(self, name: str) -> dict[str, str]:
        return {"Bucket": self._folder.bucket, "Key": f"{self._folder.key}/{name}"}

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn an error of the service into `StoreError` with the URI."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise StoreError(f"cannot write {uri_of(self.path)}: {error}") from None

    def new_number(self, number: int) -> int:
        """Return a number that no other writer takes."""
        return secrets.randbits(52)

    def open_part(self, number: int) -> PartFile:
        """Open a part of the present state or a new one."""
        name = f"{PARTS}/{part_name(number)}"
        try:
            return PartFile(self.path / name, self._folder.open(name))
        except FileNotFoundError:
            raise _LostError(f"{name} is gone") from None  # another writer has ended it

    def write_part(
        self,
        number: int,
        rows: Rows,
        snapshots: SnapshotList,
        head: Mapping[str, str],
        *,
        dense: bool,
    ) -> str:
        """Write a part of the next state; return its digest."""
        name = part_name(number)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            digest = write_part(file, rows, snapshots, head, dense=dense)
            self._new.add(number)
            with self._asking(), file.open("rb") as body:
                self._client.put_object(
                    **self._object(f"{PARTS}/{name}"), Body=body, IfNoneMatch="*"
                )
        return digest

    def forget(self, number: int) -> None:
        """Remove a part of the next state; one of the present state ends with it."""
        if number in self._new:
            self._delete(number)
            self._new.remove(number)

    def _delete(self, number: int) -> None:
        with self._asking():
            self._client.delete_object(**self._object(f"{PARTS}/{part_name(number)}"))

    def commit_file(self, number: int) -> None:
        """A store in object storage is no single file."""
        raise StoreError(f"{uri_of(self.path)} is a folder")

    def commit_folder(self, manifest: Manifest) -> None:
        """Let the parts of a manifest be the store, unless another writer has committed since the manifest was read."""
        from botocore.exceptions import ClientError

        old = () if self._old is None else self._old.numbers
        ended = tuple(sorted(set(old) - set(manifest.numbers)))
        text = dataclasses.replace(manifest, retired=ended).encode()
        condition = {"IfNoneMatch": "*"} if self._tag is None else {"IfMatch": self._tag}
        self._outcome_known = False
        with self._asking():
            try:
                self._client.put_object(
                    **self._object(MANIFEST), Body=text.encode("utf-8"), **condition
                )
            except ClientError as error:
                self._outcome_known = True
                if error.response["Error"]["Code"] not in _LOST:
                    raise
                self._lost = True
                raise _LostError(f"{uri_of(self.path)} was changed by another writer") from None
        self._outcome_known = True
        self._clean(manifest, ended)

    def _clean(self, manifest: Manifest, ended: tuple[int, ...]) -> None:
        """Remove the parts that ended with the commit before this one, and what dead writers left a day ago."""
        if self._old is not None:
            for number in self._old.retired:
                self._delete(number)
        known = {*manifest.numbers, *ended}
        for number, made, now in self._parts():
            if number not in known and now - made > _LEFT_BEHIND:
                self._delete(number)

    def _parts(self) -> Iterator[tuple[int, datetime, datetime]]:
        """Return number and time of every part that is there, and the service's own time."""
        where = self._object(f"{PARTS}/")
        pages = self._client.get_paginator("list_objects_v2")
        with self._asking():
            for page in pages.paginate(Bucket=where["Bucket"], Prefix=where["Key"]):
                now = _date(page["ResponseMetadata"]["HTTPHeaders"]["date"])
                for one in page.get("Contents", ()):
                    number = part_number(one["Key"].rsplit("/", 1)[1])
                    if number is not None:
                        yield number, one["LastModified"], now

    def size(self) -> int:
        """Return the bytes of the present parts and the manifest."""
        manifest = self._read()
        names = [MANIFEST]
        names += [f"{PARTS}/{part_name(n)}" for n in (manifest.numbers if manifest else ())]
        with self._asking():
            found = [self._client.head_object(**self._object(n))["ContentLength"] for n in names]
        return sum(found)

    def forget_before(self) -> None:
        """Nothing: the parts of the state before stay until the next commit."""

    def roll_back(self) -> None:
        """Remove the parts that were written, unless a manifest names them or may name them."""
        if not self._outcome_known:
            return
        named: set[int] = set()
        if self._lost:
            # The service may have taken a first try whose answer was lost, and then refused the second.
            now = self._read()
            named = set() if now is None else {*now.numbers, *now.retired}
        for number in self._new - named:
            self._delete(number)


def _client() -> Any:  # boto3 makes its classes when it runs
    try:
        import boto3
    except ImportError:
        raise MissingDependencyError("writing to object storage", "s3") from None
    return boto3.client("s3", endpoint_url=endpoint())


def _date(text: str) -> datetime:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(text)
