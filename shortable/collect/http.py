"""Fetching by HTTP(S): only what has changed, on from where it was cut off, and no page for people in place of a file.

The request asks for the bytes as they are (``Accept-Encoding: identity``): parts of a file can then be put together, and a file
in the archive is what was published.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shortable.collect.fetch import (
    AbsentError,
    Body,
    BusyError,
    DamagedError,
    DeniedError,
    FetchError,
    Known,
    Limits,
    NotDataError,
    Partial,
    UnreachableError,
    check_is_data,
)
from shortable.errors import MissingDependencyError

if TYPE_CHECKING:
    import httpx

__all__ = ["HttpTransfer", "check_httpx"]

_REDIRECTS = 5
_LATER = {408, 425, 429}


def check_httpx() -> None:
    """Refuse to go on without the package httpx.

    Raises
    ------
    MissingDependencyError
        The extra ``collect`` is not installed.
    """
    try:
        import httpx  # noqa: F401
    except ImportError:
        raise MissingDependencyError("collecting by HTTP", "collect") from None


class HttpTransfer:
    """Fetches one file from an HTTP server.

    Parameters
    ----------
    url : str
        Its address.
    known : Known
        What is known of the file.
    limits : Limits
        Bounds of the transfer.
    post : bytes
        JSON that is posted; empty: the file is simply got. Of an answer to a post no part can be asked for.
    """

    def __init__(self, url: str, known: Known, limits: Limits, post: bytes = b"") -> None:
        self._url, self._known, self._limits, self._post = url, known, limits, post
        self._partial = Partial()
        parts = urlsplit(url)
        self._shown = f"{parts.scheme}://{parts.hostname}{parts.path}"

    def attempt(self) -> Body | None:
        """Return the file; None where the server says that it has not changed.

        Raises
        ------
        FetchError
            It could not be fetched whole.
        """
        import httpx

        limits = self._limits
        headers = self._headers()
        try:
            with (
                httpx.Client(
                    timeout=limits.stall,
                    follow_redirects=True,
                    max_redirects=_REDIRECTS,
                    headers={"User-Agent": limits.user_agent, "Accept-Encoding": "identity"},
                ) as client,
                client.stream(
                    "POST" if self._post else "GET",
                    self._url,
                    headers=headers,
                    content=self._post or None,
                ) as answer,
            ):
                return self._take(answer, asked_from=len(self._partial.data))
        except (httpx.TooManyRedirects, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise DeniedError(f"{self._shown}: {error}") from None
        except (httpx.HTTPError, OSError) as error:
            if not self._partial.validator:
                self._partial.drop()
            reason = str(error) or type(error).__name__
            raise UnreachableError(f"{self._shown}: {reason}") from None

    def _headers(self) -> dict[str, str]:
        if self._partial.data:
            return {
                "Range": f"bytes={len(self._partial.data)}-",
                "If-Range": self._partial.validator,
            }
        headers = {"Content-Type": "application/json"} if self._post else {}
        if self._known.etag:
            headers["If-None-Match"] = self._known.etag
        if self._known.modified:
            headers["If-Modified-Since"] = self._known.modified
        return headers

    def _take(self, answer: httpx.Response, *, asked_from: int) -> Body | None:
        status = answer.status_code
        if status == 304 and not asked_from:
            return None
        if status in (
            304,
            416,
        ):  # an answer to a part of a file: what came before is none of this one's
            self._partial.drop()
            raise DamagedError(f"{self._shown}: the file has changed while it was fetched")
        if status not in (200, 206):
            raise self._refusal(answer)
        if not self._limits.html and "html" in answer.headers.get("content-type", "").lower():
            self._partial.drop()
            raise NotDataError(f"{self._shown}: the server sent a web page instead of the file")
        encoding = answer.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise DeniedError(f"{self._shown}: packed by {encoding}, which was not asked for")
        known = Known(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
        if status == 206 and not self._continues(answer, known, asked_from):
            self._partial.drop()
            raise DamagedError(f"{self._shown}: the server sent another part than was asked for")
        if status == 200:
            self._partial.drop()
            self._partial.validator = "" if self._post else _validator(known, answer.headers)
        self._check_length_is_stated(answer)
        self._receive(answer)
        data = bytes(self._partial.data)
        self._partial.drop()
        check_is_data(data, self._limits, self._shown)
        return Body(data, known)

    def _continues(self, answer: httpx.Response, known: Known, asked_from: int) -> bool:
        """Whether a part begins where the one before ended, in the same file."""
        begins = answer.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
        same = _validator(known, {"accept-ranges": "bytes"}) in ("", self._partial.validator)
        return bool(asked_from) and begins == str(asked_from) and same

    def _check_length_is_stated(self, answer: httpx.Response) -> None:
        stated = "content-length" in answer.headers or "chunked" in answer.headers.get(
            "transfer-encoding", ""
        )
        if not stated and not self._limits.states_its_end:
            raise DamagedError(
                f"{self._shown}: the server does not state the length, so nobody can tell whether the file is whole"
            )

    def _receive(self, answer: httpx.Response) -> None:
        ends, most = time.monotonic() + self._limits.whole, self._limits.size
        for block in answer.iter_raw():
            self._partial.data.extend(block)
            if len(self._partial.data) > most:
                raise DeniedError(f"{self._shown}: larger than {most:,} bytes")
            if time.monotonic() > ends:
                raise UnreachableError(f"{self._shown}: not whole after {self._limits.whole:g} s")

    def _refusal(self, answer: httpx.Response) -> FetchError:
        status = answer.status_code
        message = f"{self._shown}: the server answers {status} {answer.reason_phrase}".rstrip()
        if status in (404, 410, 204):
            return AbsentError(message)
        if status in _LATER or status >= 500:
            return BusyError(message, _seconds(answer.headers.get("retry-after", ""), self._limits))
        return DeniedError(message)


def _validator(known: Known, headers: Mapping[str, str]) -> str:
    """Return what tells this file from the next one; empty where its parts cannot be asked for."""
    if headers.get("accept-ranges", "").lower() != "bytes":
        return ""
    return known.etag if known.etag and not known.etag.startswith("W/") else known.modified


def _seconds(text: str, limits: Limits) -> float | None:
    """Read Retry-After: seconds, or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    now = limits.now() if limits.now is not None else datetime.now(UTC)
    return max(0.0, (until - now).total_seconds()) if until.tzinfo else None
