"""Connections that keep the server waiting: half-open ones by the thousand, slow ones, and requests that are none."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .process import clean_environment

pytestmark = [
    pytest.mark.usefixtures("web"),
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="file handles are bounded"),
]

# A server that may open so many files.
SERVE = """
import resource, sys
from pathlib import Path
from shortable.server import Settings, serve
handles, data, header, answer, most = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_NOFILE, (int(handles), int(handles)))
serve(
    Settings(data_folder=Path(data), port=0, header_seconds=float(header), answer_seconds=float(answer), connections=int(most)),
    lambda url: print(url, flush=True),
)
"""


@contextlib.contextmanager
def serving(
    data: Path, *, handles: int = 200, header: float = 2, answer: float = 2, most: int = 512
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, *map(str, (handles, data, header, answer, most))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment({}),
    )
    try:
        assert process.stdout is not None
        found = re.search(r":(\d+)$", process.stdout.readline().strip())
        assert found is not None, process.communicate()
        yield int(found[1]), process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def health(port: int, timeout: float = 5) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout) as one:
        one.settimeout(timeout)
        one.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return one.recv(65536).decode().splitlines()[0]


def is_closed(one: socket.socket, timeout: float) -> bool:
    one.settimeout(timeout)
    try:
        while one.recv(65_536):
            pass  # what was answered before
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def is_reset(one: socket.socket, data: bytes) -> bool:
    """Whether the other side has given the connection up: what is sent then comes back as an error."""
    try:
        for _ in range(50):
            one.sendall(data)
            time.sleep(0.05)
    except OSError:
        return True
    return False


@pytest.fixture
def handles() -> Iterator[None]:
    """File handles for a thousand connections of this process."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip("this process may not open 1,000 connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_half_open_connections_stop_nothing(data: Path, handles: None) -> None:
    with serving(data) as (port, process), contextlib.ExitStack() as stack:
        half = []
        for number in range(1000):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), 20))
            with contextlib.suppress(OSError):  # the server may have closed it by now
                one.sendall(b"GET /health HTTP/1.1\r\nHost: loc")
            half.append(one)
            if number % 100 == 99:
                assert health(port) == "HTTP/1.1 200 OK"
        begun = time.monotonic()
        assert health(port) == "HTTP/1.1 200 OK"
        assert time.monotonic() - begun < 2
        # After the deadline not one of them is held any more.
        ends = time.monotonic() + 10
        assert all(is_closed(one, max(0.1, ends - time.monotonic())) for one in half)
        assert health(port) == "HTTP/1.1 200 OK"
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_headers_that_trickle_in_have_a_deadline(data: Path) -> None:
    with serving(data, header=1) as (port, _), socket.create_connection(("127.0.0.1", port)) as one:
        begun = time.monotonic()
        one.settimeout(5)
        try:
            for byte in b"GET /health HTTP/1.1\r\nX: " + b"x" * 100:
                one.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            pass
        assert time.monotonic() - begun < 4


def test_the_second_request_of_a_connection_has_a_deadline_too(data: Path) -> None:
    with serving(data, header=1) as (port, _), socket.create_connection(("127.0.0.1", port)) as one:
        one.settimeout(5)
        one.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert one.recv(65536).startswith(b"HTTP/1.1 200")
        one.sendall(b"GET /health HTTP/1.1\r\n")
        assert is_closed(one, 4)


def test_an_answer_that_is_not_taken_has_a_deadline(data: Path) -> None:
    with serving(data, answer=1) as (port, _):
        one = socket.socket()
        with one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.connect(("127.0.0.1", port))
            ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
            with contextlib.suppress(OSError):
                one.sendall(
                    ask * 200
                )  # answers of more than any buffer holds, and nobody reads them
            time.sleep(3)
            one.settimeout(5)
            assert is_reset(one, ask)
        assert health(port) == "HTTP/1.1 200 OK"


def test_one_too_many_closes_the_one_that_waits_longest_and_none_that_is_answered(
    data: Path,
) -> None:
    with (
        serving(data, header=30, answer=30, most=3) as (port, _),
        contextlib.ExitStack() as stack,
    ):

        def connect(first: bytes) -> socket.socket:
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
            one.sendall(first)
            time.sleep(0.2)
            return one

        busy = connect(b"GET /shortable HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx")
        oldest, newer = connect(b"GET"), connect(b"GET")
        newest = connect(b"GET")
        assert is_closed(oldest, 5)
        assert not is_closed(newer, 0.2)
        assert not is_closed(newest, 0.2)
        busy.settimeout(5)
        busy.sendall(b"x")
        assert busy.recv(65536).startswith(b"HTTP/1.1 200")


def test_what_is_no_request_floods_no_log(data: Path) -> None:
    with serving(data) as (port, process):
        for _ in range(200):
            with socket.create_connection(("127.0.0.1", port), 5) as one:
                one.sendall(b"\x16\x03\x01 no request\r\n\r\n")
                is_closed(one, 5)
        assert health(port) == "HTTP/1.1 200 OK"
        process.terminate()
        process.wait(20)
        assert process.stderr is not None
        assert process.stderr.read() == ""
