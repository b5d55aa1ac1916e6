"""``shortable serve`` as a process: it starts, answers, stops when it is told to, and refuses what it must."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from .client import TOKEN, bearer
from .process import clean_environment, serving

pytest.importorskip("typer", reason="the extra cli is not installed")
pytestmark = [pytest.mark.usefixtures("web"), pytest.mark.slow]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shortable", "serve", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env=clean_environment(), timeout=60, check=False
    )


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no such signals for other processes"
)
@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop_and_ends_with_0(data: Path, signalled: int) -> None:
    import httpx

    with serving("--data", data) as served:
        with httpx.Client(base_url=served.url) as client:
            assert client.get("/health").json()["status"] == "ok"
            assert client.get("/shortable").status_code == 401
            assert client.get("/shortable/acme", headers=bearer()).json()["total"] == 1
            assert "server" not in client.get("/health").headers
        assert served.stop(signalled) == 0
        assert served.process.stderr is not None
        assert served.process.stderr.read() == ""


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no such signals for other processes"
)
def test_a_request_under_way_is_answered_before_it_stops(data: Path) -> None:
    with serving("--data", data) as served:
        host, port = "127.0.0.1", int(served.url.rpartition(":")[2])
        with socket.create_connection((host, port), 10) as one:
            one.sendall(
                f"GET /shortable HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 2\r\n\r\nx".encode()
            )
            time.sleep(0.3)  # it is being read: one byte of its body is to come
            ended: list[int] = []
            stopper = threading.Thread(target=lambda: ended.append(served.stop(signal.SIGTERM)))
            stopper.start()
            time.sleep(0.5)
            assert served.process.poll() is None
            one.sendall(b"x")
            assert one.recv(65536).startswith(b"HTTP/1.1 200")
        stopper.join(30)
        assert ended == [0]


def test_without_keys_it_says_so_and_serves_this_machine(data: Path) -> None:
    import httpx

    with serving("--data", data, keys=None) as served:
        assert httpx.get(f"{served.url}/shortable").status_code == 200
        assert (
            httpx.get(f"{served.url}/shortable", headers={"host": "evil.example"}).status_code
            == 421
        )
        served.process.terminate()
        served.process.wait(20)
        assert served.process.stderr is not None
        assert "no keys" in served.process.stderr.read()


def test_without_a_data_folder_the_made_up_sample_is_served_and_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    monkeypatch.chdir(tmp_path)
    with serving() as served:
        found = httpx.get(f"{served.url}/shortable", headers=bearer()).json()
        assert found["data_is_sample"] is True
        assert {b["made_up"] for b in found["brokers"]} == {True}
        served.process.terminate()
        served.process.wait(20)
        assert served.process.stderr is not None
        assert "made-up" in served.process.stderr.read()


def test_keys_from_a_file(data: Path, tmp_path: Path) -> None:
    import httpx

    file = tmp_path / "keys"
    file.write_text("SHORTABLE_API_TOKEN=of-the-file\n")
    file.chmod(0o600)
    with serving("--data", data, "--keys", file) as served:
        assert (
            httpx.get(f"{served.url}/shortable", headers=bearer("of-the-file")).status_code == 200
        )
        assert httpx.get(f"{served.url}/shortable", headers=bearer()).status_code == 401


def test_with_keys_other_machines_may_ask_and_the_person_is_told_that_nothing_is_encrypted(
    data: Path,
) -> None:
    import httpx

    with serving("--data", data, "--host", "0.0.0.0") as served:
        port = served.url.rpartition(":")[2]
        answer = httpx.get(
            f"http://127.0.0.1:{port}/shortable", headers={**bearer(), "host": "shorts.example"}
        )
        assert answer.status_code == 200
        assert httpx.get(f"http://127.0.0.1:{port}/shortable").status_code == 401
        served.process.terminate()
        served.process.wait(20)
        assert served.process.stderr is not None
        assert "TLS" in served.process.stderr.read()


def test_a_port_that_is_taken_is_refused(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run("--data", data, "--port", taken.getsockname()[1])
    assert ended.returncode == 2
    assert "listen" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_the_extra_the_command_names_it(data: Path) -> None:
    blocked = (
        "import sys; sys.modules['fastapi'] = None; from shortable.cli import main; "
        f"sys.argv = ['shortable', 'serve', '--data', {str(data)!r}]; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", blocked], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "shortable-provider[server]" in ended.stderr
