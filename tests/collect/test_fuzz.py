"""Servers that answer anything at all: a pass ends with an outcome, raises nothing, and stores nothing but what is whole."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")
pytest.importorskip("httpx", reason="httpx is not installed (extra collect)")

from shortable.collect import Job, Patience, collect
from shortable.store import brokers, open_store

from .servers import ibkr_file

pytestmark = pytest.mark.slow

FAST = Patience(attempts=2, first_wait=0, jitter=0, stall=0.2, whole=1, delay=0, size=4096)
WHOLE = ibkr_file(0, {"GME": (1, 30.0)})
FINE = {"stored", "unchanged", "absent", "refused", "failed"}


@contextlib.contextmanager
def speaks(lines: list[bytes]) -> Iterator[int]:
    """A server that says one of its lines at each thing it is told, whatever that is, and then hangs up."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        said = iter(lines * 1000)

        def serve() -> None:
            while True:
                try:
                    one, _ = listener.accept()
                except OSError:
                    return
                with one, contextlib.suppress(OSError):
                    one.settimeout(0.2)
                    for _ in range(8):
                        one.sendall(next(said))
                        if not one.recv(4096):
                            break

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def answers(draw: st.DrawFn) -> bytes:
    status = draw(
        st.sampled_from([200, 200, 200, 204, 206, 301, 304, 400, 403, 404, 416, 429, 500])
    )
    names = st.sampled_from(
        [
            "ETag",
            "Content-Length",
            "Content-Range",
            "Content-Encoding",
            "Content-Type",
            "Retry-After",
            "Location",
            "Transfer-Encoding",
            "Last-Modified",
            "X",
        ]
    )
    values = st.sampled_from(
        [
            "",
            "0",
            "-1",
            "5",
            str(len(WHOLE)),
            "99999999999999999999",
            '"a"',
            'W/"a"',
            "bytes 0-4/9",
            "gzip",
            "br",
            "chunked",
            "text/html",
            "text/plain",
            "/usa.txt",
            "http://",
            "file:///x",
            "Wed, 21 Oct 2099 07:28:00 GMT",
            "Wed, 99 Oct",
            "\x80",
        ]
    )
    headers = draw(st.lists(st.tuples(names, values), max_size=4))
    body = draw(st.sampled_from([b"", b"\x00" * 9, WHOLE, WHOLE[:40], b"<html>", b"x" * 5000]))
    lines = [f"HTTP/1.1 {status} said", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


HTTP_ANSWERS = st.composite(answers)() | st.binary(max_size=60)
FTP_ANSWERS = st.sampled_from(
    [
        b"220 ready\r\n",
        b"331 who\r\n",
        b"230 in\r\n",
        b"250 there\r\n",
        b"200 fine\r\n",
        b"227 Entering Passive Mode (127,0,0,1,0,9)\r\n",
        b"229 Extended (|||9|)\r\n",
        b"227 no\r\n",
        b"150 here\r\n",
        b"226 done\r\n",
        b"550 none\r\n",
        b"421 busy\r\n",
        b"x\r\n",
        b"220-\r\n",
        b"\xff\r\n",
    ]
) | st.binary(max_size=20)


def check(scheme: str, lines: list[bytes], folder) -> None:
    with speaks(lines) as port:
        url = f"{scheme}://127.0.0.1:{port}/"
        report = collect(Job(source="ibkr", data_folder=folder, url=url, patience=FAST))
    assert {file.outcome for file in report.files} <= FINE
    assert not list((folder / "collect/ibkr").glob("incoming/*"))
    if brokers(folder):
        store = open_store("interactivebrokers", data_folder=folder)
        assert (store.rows_of.tolist(), store.complete.tolist()) == ([1], [True])


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(HTTP_ANSWERS, min_size=1, max_size=3))
def test_http(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    check("http", lines, tmp_path_factory.mktemp("http"))


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(FTP_ANSWERS, min_size=1, max_size=12))
def test_ftp(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    check("ftp", lines, tmp_path_factory.mktemp("ftp"))
