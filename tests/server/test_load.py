"""200 clients at once: every request is answered rightly, and memory stays where the first round left it.

``SHORTABLE_LOAD_ROUNDS`` makes it longer; each round is 200 clients with four signed requests of each API one after
another. What is counted is requests and memory, never time.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from .backtests import finished
from .client import bearer, habittrade_headers, longbridge_headers
from .process import serving

CLIENTS = 200
ROUNDS = int(os.environ.get("SHORTABLE_LOAD_ROUNDS", "2"))
SHORT = "/v1/quote/short-positions/us"
REQUESTS = [
    ("/shortable/acme/SPY", lambda: bearer()),
    (
        f"{SHORT}?symbol=TSLA.US&count=20",
        lambda: longbridge_headers(SHORT, "symbol=TSLA.US&count=20"),
    ),
    ("/account/v1/positions?page=1", lambda: habittrade_headers("/account/v1/positions", "page=1")),
    ("/api/v1.0/accounts/1/positions", lambda: bearer()),
]
pytestmark = [pytest.mark.usefixtures("web"), pytest.mark.slow]


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, headers: dict[str, str]
) -> tuple[int, str]:
    """One request on a connection that stays open; a client library would take more time than the server."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{n}: {v}" for n, v in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(
        int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length")
    )
    return int(head.split()[1]), (await reader.readexactly(length)).decode()


async def round_of_all(url: str) -> Counter[tuple[str, int, str]]:
    """Return how often each request was answered with which status and body."""
    answers: Counter[tuple[str, int, str]] = Counter()
    host, _, port = url.removeprefix("http://").rpartition(":")

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for path, headers in REQUESTS:
            status, body = await ask(reader, writer, path, headers())
            answers[path, status, body] += 1
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return answers


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_no_request_is_lost_and_no_memory_is_leaked(data: Path, tmp_path: Path) -> None:
    result = finished(tmp_path / "result")
    with serving("--data", data, "--result", result) as served:
        memory, answers = [served.resident_kib()], Counter()
        for _ in range(ROUNDS):
            answers += asyncio.run(round_of_all(served.url))
            memory.append(served.resident_kib())
        print(
            f"{sum(answers.values()):,} requests; resident KiB before and after each round: {memory}"
        )
        # Every client got the same answer to the same question, each of them a success.
        assert {path for path, _, _ in answers} == {path for path, _ in REQUESTS}
        assert len(answers) == len(REQUESTS)
        assert {status for _, status, _ in answers} == {200}
        assert set(answers.values()) == {CLIENTS * ROUNDS}
        # The first round fills caches and stacks of threads; from then on nothing may pile up.
        assert memory[-1] - memory[1] < 16 * 1024
        assert served.stop(15) == 0
