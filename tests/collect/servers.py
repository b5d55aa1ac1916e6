"""Servers on loopback that speak the real protocols, and do wrong when they are told to.

`Published` is what they serve: files that the test replaces, and the faults of the next attempts. What was delivered whole
and right is noted there, on the servers' side, so that a test can ask whether it is in the store.
"""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import FTPServer


@dataclass
class Published:
    """What the servers serve. A name is a path without the leading slash."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """Of the next attempts, one each; none: all goes well."""
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    """Name and content of everything that was sent whole and right."""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path with its query, headers; of FTP the command and its argument."""
    posted: list[bytes] = field(default_factory=list)
    generation: int = 0
    """Part of every ETag."""
    retry_after: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_fault(self) -> str:
        with self.lock:
            return self.faults.pop(0) if self.faults else ""

    def note(self, *request: Any) -> None:
        with self.lock:
            self.requests.append(request)  # type: ignore[arg-type]

    def deliver(self, name: str, data: bytes) -> None:
        with self.lock:
            self.delivered.append((name, data))


# ---------------------------------------------------------------- HTTP


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    published: Published

    def log_message(self, *args: Any) -> None: ...

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.published.posted.append(body)
        self.do_GET()

    def do_GET(self) -> None:
        published = self.published
        published.note(self.command, self.path, {k.lower(): v for k, v in self.headers.items()})
        name = self.path.lstrip("/")
        fault = published.next_fault()
        if fault == "refused":
            self._reset()
            return
        if fault in ("429", "500", "503", "403"):
            extra = {"Retry-After": published.retry_after} if published.retry_after else {}
            self._answer(int(fault), b"later\n", extra)
            return
        if name not in published.files:
            self._answer(404, b"<html>no such file</html>", {"Content-Type": "text/html"})
            return
        data = published.files[name]
        if fault == "html":
            self._answer(200, b"<!DOCTYPE html><html><body>We are busy.</body></html>", {})
            return
        if fault == "eof":
            data = wrong_eof(data)
        if fault == "etag":
            published.generation += 1
        etag = f'"{published.generation}-{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {
            "ETag": etag,
            "Last-Modified": formatdate(1_700_000_000, usegmt=True),
            "Accept-Ranges": "bytes",
            "Content-Type": "text/plain",
        }
        if self.headers.get("If-None-Match") == etag:
            self._answer(304, b"", headers)
            return
        begin, status, body = 0, 200, data
        asked = self.headers.get("Range", "")
        if asked and self.headers.get("If-Range", etag) == etag:
            begin = int(asked.removeprefix("bytes=").split("-")[0])
            status, body = 206, data[begin:]
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        if fault == "no length":
            self._unbounded(headers, body)
        elif fault in ("cut", "stall"):
            self._half(status, headers, body, stall=fault == "stall")
        else:
            self._answer(status, body, headers)
            if fault != "eof":
                published.deliver(name, data)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304:
            self.wfile.write(body)

    def _half(self, status: int, headers: dict[str, str], body: bytes, *, stall: bool) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.close_connection = True
        if stall:  # until the client has had enough
            self.connection.settimeout(30)
            try:
                self.connection.recv(1)
            except OSError:
                return

    def _unbounded(self, headers: dict[str, str], body: bytes) -> None:
        self.send_response(200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.connection.close()
        self.close_connection = True


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


@contextmanager
def http_server(published: Published, port: int = 0) -> Iterator[str]:
    """Serve by HTTP; yields the root's address."""
    handler = type("Handler", (_Handler,), {"published": published})
    server = _Quiet(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


# ---------------------------------------------------------------- FTP


class _Stalls(DTPHandler):
    """Sends what it is given, and then neither more nor the end."""

    def handle_write(self) -> None:
        if getattr(self.cmd_channel, "fault", "") == "stall" and self.get_transmitted_bytes():
            self.set_wakeup = None
            time.sleep(0.01)
            return
        super().handle_write()  # type: ignore[no-untyped-call]


class _FtpHandler(FTPHandler):
    published: Published
    root: Path
    fault = ""
    banner = "ready"
    use_sendfile = False

    def on_login(self, username: str) -> None:
        self.published.note("LOGIN", username, {})
        self.fault = self.published.next_fault()
        self._refresh()

    def _refresh(self) -> None:
        """Write the files as this session is to see them."""
        for old in self.root.iterdir():
            old.unlink()
        for name, data in self.published.files.items():
            seen = wrong_eof(data) if self.fault == "eof" else data
            (self.root / name).write_bytes(seen[: len(seen) // 2] if self.fault == "half" else seen)
            if self.fault != "no md5":
                md5 = hashlib.md5(seen + (b"?" if self.fault == "md5" else b"")).hexdigest()
                (self.root / f"{name}.md5").write_text(f"{md5}  {name}\n")

    def ftp_RETR(self, file: str) -> Any:
        name = Path(file).name
        self.published.note("RETR", name, {"rest": str(self._restart_position)})
        if not name.endswith(".md5"):
            if self.fault == "500":
                self.respond("450 try again later")
                return None
            if self.fault == "cut":
                whole = self.root / name
                whole.write_bytes(whole.read_bytes()[: max(1, whole.stat().st_size // 2)])
                self._cut = True
            elif not self.fault:
                self._delivers = (name, (self.root / name).read_bytes())
        return super().ftp_RETR(file)  # type: ignore[no-untyped-call]

    _cut = False
    _delivers: tuple[str, bytes] | None = None

    def on_file_sent(self, file: str) -> None:
        if Path(file).name.endswith(".md5"):
            return
        if self._delivers is not None:
            self.published.deliver(*self._delivers)

    def respond(self, answer: str, logfun: Any = None) -> None:
        if self._cut and answer.startswith("226"):
            self.close()  # the line goes dead instead of an end
            return
        if logfun is None:
            super().respond(answer)  # type: ignore[no-untyped-call]
        else:
            super().respond(answer, logfun)  # type: ignore[no-untyped-call]

    def on_connect(self) -> None:
        if self.published.faults[:1] == ["refused"]:
            self.published.next_fault()
            self.close()

    def log(self, *args: Any, **kwargs: Any) -> None: ...
    def logline(self, *args: Any, **kwargs: Any) -> None: ...


@contextmanager
def ftp_server(published: Published, root: Path, port: int = 0) -> Iterator[str]:
    """Serve by FTP, to the user shortstock without a password; yields the root's address."""
    root.mkdir(parents=True, exist_ok=True)
    users = DummyAuthorizer()
    users.add_user("shortstock", "", str(root), perm="elr")
    handler = type(
        "Handler",
        (_FtpHandler,),
        {
            "published": published,
            "root": root,
            "authorizer": users,
            "dtp_handler": _Stalls,
            "auth_failed_timeout": 0,
        },
    )
    server = FTPServer(("127.0.0.1", port), handler)
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            server.serve_forever(timeout=0.02, blocking=False, handle_exit=False)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"ftp://shortstock@127.0.0.1:{server.address[1]}/"
    finally:
        stop.set()
        thread.join(5)
        server.close_all()


# ---------------------------------------------------------------- files


def wrong_eof(data: bytes) -> bytes:
    """Return a list whose last line counts a row too many."""
    head, _, last = data.rstrip(b"\n").rpartition(b"\n")
    count = int(last.removeprefix(b"#EOF|")) if last.startswith(b"#EOF|") else 0
    return head + b"\n#EOF|%d\n" % (count + 1)


def ibkr_file(minute: int, rows: dict[str, tuple[int, float]]) -> bytes:
    """Return a list of Interactive Brokers, published that many minutes after 2024-01-01 00:00 New York, in months of 28 days."""
    day, rest = divmod(minute, 1440)
    lines = [f"#BOF|2024.{1 + day // 28:02}.{1 + day % 28:02}|{rest // 60:02}:{rest % 60:02}:00"]
    lines.append("#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|")
    for number, (symbol, (shares, fee)) in enumerate(rows.items()):
        lines.append(f"{symbol}|USD|NAME OF {symbol}|{number}|X|1.0|{fee}|{shares}|")
    lines.append(f"#EOF|{len(rows)}")
    return "\n".join(lines).encode() + b"\n"


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
