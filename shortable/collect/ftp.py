"""Fetching by FTP, as Interactive Brokers serves its lists: a user without a password, an MD5 beside each file.

The file ``usa.txt.md5`` is read first: where it is what it was, nothing else is fetched. The data are compared with it, and a
transfer that was cut off goes on where it stopped, as long as the MD5 is the same.
"""

from __future__ import annotations

import ftplib  # nosec B402  # the lists are public, and served by nothing else; an MD5 is compared
import hashlib
import posixpath
import re
import time
from contextlib import closing
from urllib.parse import SplitResult, unquote, urlsplit

from shortable.collect.fetch import (
    AbsentError,
    Body,
    BusyError,
    DamagedError,
    DeniedError,
    Known,
    Limits,
    Partial,
    UnreachableError,
    check_is_data,
)

__all__ = ["FtpTransfer"]

_HEX = re.compile(rb"[0-9a-fA-F]{32}")
_BLOCK = 1 << 16


class FtpTransfer:
    """Fetches one file from an FTP server.

    Parameters
    ----------
    url : str
        ``ftp://user:password@host:port/folder/file``; without a user it is anonymous.
    known : Known
        What is known of the file.
    limits : Limits
        Bounds of the transfer.
    """

    def __init__(self, url: str, known: Known, limits: Limits) -> None:
        parts = urlsplit(url)
        self._server: SplitResult = parts
        self._folder, self._name = posixpath.split(unquote(parts.path))
        self._known, self._limits = known, limits
        self._partial = Partial()
        self._shown = f"ftp://{parts.hostname}{parts.path}"

    def attempt(self) -> Body | None:
        """Return the file; None where its MD5 is the known one.

        Raises
        ------
        FetchError
            It could not be fetched whole.
        """
        try:
            with closing(self._connect()) as ftp:
                return self._fetch(ftp)
        except ftplib.error_perm as error:
            raise self._refused(str(error)) from None
        except ftplib.error_temp as error:
            raise BusyError(f"{self._shown}: the server answers {error}") from None
        except (OSError, EOFError, ftplib.Error) as error:
            reason = str(error) or type(error).__name__
            raise UnreachableError(f"{self._shown}: {reason}") from None

    def _connect(self) -> ftplib.FTP:
        server = self._server
        ftp = ftplib.FTP(timeout=self._limits.stall)  # nosec B321
        try:
            ftp.connect(server.hostname or "", server.port or ftplib.FTP_PORT)
            ftp.login(unquote(server.username or ""), unquote(server.password or ""))
            if self._folder.strip("/"):
                ftp.cwd(self._folder)
        except BaseException:
            ftp.close()
            raise
        return ftp

    def _fetch(self, ftp: ftplib.FTP) -> Body | None:
        listed = self._listing(ftp)
        if self._name not in listed:
            raise AbsentError(f"{self._shown}: the server does not list it")
        md5_name = f"{self._name}.md5"
        md5 = self._md5(ftp, md5_name) if md5_name in listed else ""
        if md5 and md5 == self._known.md5:
            return None
        notes = () if md5 else ("the server has no MD5 beside it",)
        length = self._length(ftp) if not md5 else None
        data = self._download(ftp, md5)
        if md5 and hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
            # A new list may have been published in between; its own MD5 is then there.
            md5 = self._md5(ftp, md5_name)
            if hashlib.md5(data, usedforsecurity=False).hexdigest() != md5:
                self._partial.drop()
                raise DamagedError(f"{self._shown}: its MD5 is not {md5}, which stands beside it")
        if length is not None and len(data) != length:
            self._partial.drop()
            raise DamagedError(f"{self._shown}: {len(data):,} bytes came of {length:,}")
        self._partial.drop()
        check_is_data(data, self._limits, self._shown)
        return Body(data, Known(md5=md5), notes)

    def _listing(self, ftp: ftplib.FTP) -> set[str]:
        try:
            return {posixpath.basename(name) for name in ftp.nlst()}
        except ftplib.error_perm as error:
            if str(error)[:3] == "550":  # how servers say that a folder is empty
                return set()
            raise

    def _md5(self, ftp: ftplib.FTP, name: str) -> str:
        text = bytearray()
        self._receive(ftp, name, text, 0, 4096)
        found = _HEX.search(text)
        if found is None:
            raise DamagedError(f"{self._shown}.md5: it holds no MD5")
        return found[0].decode("ascii").lower()

    def _length(self, ftp: ftplib.FTP) -> int | None:
        try:
            ftp.voidcmd("TYPE I")
            return ftp.size(self._name)
        except ftplib.error_perm:
            return None

    def _download(self, ftp: ftplib.FTP, md5: str) -> bytes:
        start = self._partial.begin(md5)
        try:
            self._receive(ftp, self._name, self._partial.data, start, self._limits.size)
        except ftplib.error_perm as error:
            if not start or str(error)[:3] not in ("500", "501", "502", "504", "554"):
                raise
            # The server cannot go on in the middle of a file.
            self._partial.begin("")
            self._receive(ftp, self._name, self._partial.data, 0, self._limits.size)
        return bytes(self._partial.data)

    def _receive(self, ftp: ftplib.FTP, name: str, into: bytearray, start: int, most: int) -> None:
        ends = time.monotonic() + self._limits.whole

        def take(block: bytes) -> None:
            into.extend(block)
            if len(into) > most:
                raise DeniedError(f"{self._shown}: larger than {most:,} bytes")
            if time.monotonic() > ends:
                raise UnreachableError(f"{self._shown}: not whole after {self._limits.whole:g} s")

        ftp.retrbinary(f"RETR {name}", take, blocksize=_BLOCK, rest=start or None)

    def _refused(self, answer: str) -> AbsentError | DeniedError:
        kind = AbsentError if answer[:3] == "550" else DeniedError
        return kind(f"{self._shown}: the server answers {answer}")
