"""What every request passes: name, rate, credentials; and that whatever goes wrong stays inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from shortable.server import Credentials, Settings, create_app
from shortable.server.errors import without_paths

from .client import Client, bearer, habittrade_headers, longbridge_headers

FACES = {
    "/shortable": {"error", "message", "trace_id"},
    "/v1/asset/stock": {"code", "message"},
    "/api/v1.0/accounts/1/positions": {"s", "errcode", "errmsg"},
    "/account/v1/positions": {"code", "message", "details"},
}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8000", 200),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("[::2]", 421),
    ],
)
def test_on_loopback_only_its_own_names_are_answered(
    open_client: Client, host: str, status: int
) -> None:
    assert open_client.get("/health", headers={"host": host}).status_code == status


def test_elsewhere_any_name_is(data: Path, web: None) -> None:
    client = Client(create_app(Settings(data, host="0.0.0.0", credentials=Credentials(token="t"))))
    assert client.get("/health", headers={"host": "shorts.example"}).status_code == 200


def test_too_many_requests_are_refused_in_each_faces_words_and_others_are_not(
    data: Path, web: None
) -> None:
    app = create_app(Settings(data, rate=0.001))  # one request, then one every 1,000 seconds
    assert Client(app, "10.0.0.1").get("/health").status_code == 200
    for path, keys in FACES.items():
        answer = Client(app, "10.0.0.1").get(path)
        assert (answer.status_code, set(answer.json())) == (429, keys)
        assert 990 <= int(answer.headers["retry-after"]) <= 1000
    assert Client(app, "10.0.0.1").get("/v1/asset/stock").json()["code"] == 429001
    assert Client(app, "10.0.0.2").get("/health").status_code == 200


def test_a_bad_name_takes_nothing_from_the_rate(data: Path, web: None) -> None:
    client = Client(create_app(Settings(data, rate=0.001)))
    assert client.get("/health", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize("path", [*FACES, "/nowhere", "/v1/nowhere"])
def test_with_keys_nothing_is_told_to_strangers(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/health", "/openapi.json"])
def test_what_holds_no_data_needs_no_credentials(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_shortables_own_face_takes_token_and_signature(client: Client) -> None:
    assert client.get("/shortable", headers=bearer()).status_code == 200
    assert client.get("/shortable", headers=habittrade_headers("/shortable")).status_code == 200
    assert (
        client.get("/shortable", headers=habittrade_headers("/shortable", secret="x")).status_code
        == 401
    )


def test_the_clock_is_the_applications(data: Path, web: None) -> None:
    app = create_app(
        Settings(data, credentials=Credentials("the-key", "the-secret")),
        clock=lambda: 2_000_000_000.0,
    )
    path = "/v1/quote/short-positions/us"
    for at, status in ((2_000_000_299, 200), (2_000_000_301, 403), (1_999_999_699, 403)):
        headers = longbridge_headers(path, "symbol=TSLA.US", at=at)
        assert Client(app).get(f"{path}?symbol=TSLA.US", headers=headers).status_code == status


@pytest.mark.parametrize("path", list(FACES))
def test_an_unforeseen_error_is_500_in_the_faces_words_with_a_trace_id_that_the_log_has(
    data: Path,
    web: None,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from shortable.server.availability import AvailabilityAnswers
    from shortable.server.sources import Book

    def break_down(*_: object) -> None:
        raise RuntimeError("secret inside of /srv/machine")

    monkeypatch.setattr(AvailabilityAnswers, "brokers", break_down)
    monkeypatch.setattr(Book, "get", break_down)
    answer = Client(create_app(Settings(data))).get(path)
    assert (answer.status_code, set(answer.json())) == (500, FACES[path])
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-trace-id"] in caplog.text
    assert "secret inside" in caplog.text


@pytest.mark.parametrize(
    "path", ["/", "/health", "/shortable", "/shortable/acme/SPY", "/v1/asset/stock", "/nowhere"]
)
def test_head_is_get_without_the_body(open_client: Client, path: str) -> None:
    get, head = open_client.get(path), open_client.ask("HEAD", path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.content))
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", list(FACES))
def test_other_methods_are_refused(open_client: Client, method: str, path: str) -> None:
    answer = open_client.ask(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


def test_every_answer_forbids_sniffing_and_storing(open_client: Client) -> None:
    for path in ("/", "/health", "/shortable", "/nowhere", "/v1/asset/stock"):
        headers = open_client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert len(headers["x-trace-id"]) == 32


def test_a_caller_that_goes_away_is_no_error(data: Path, web: None) -> None:
    import asyncio

    sent = []

    async def ask() -> None:
        app = create_app(Settings(data))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "method": "GET",
            "path": "/shortable",
            "raw_path": b"/shortable",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 1),
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "root_path": "",
        }

        async def receive():
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)

    asyncio.run(ask())
    assert sent == []


def test_folders_are_blotted_out_the_longest_first() -> None:
    assert (
        without_paths("/srv/data/equity and /srv/data", ["/srv/data", "/srv/data/equity", "/"])
        == "… and …"
    )
