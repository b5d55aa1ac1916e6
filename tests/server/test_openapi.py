"""The OpenAPI document says what is true: routes, errors in each api's words, and how callers prove who they are."""

from __future__ import annotations

from typing import Any

import pytest

from shortable.server import Credentials, Settings, create_app
from shortable.server.apis import FUTU, HABITTRADE, LONGBRIDGE, OWN

from .client import Client

PATHS = {
    "/health": OWN,
    "/shortable": OWN,
    "/shortable/{broker}": OWN,
    "/shortable/{broker}/{symbol}": OWN,
    "/short-interest/{symbol}": OWN,
    "/v1/quote/short-positions/us": LONGBRIDGE,
    "/v1/quote/short-positions/hk": LONGBRIDGE,
    "/v1/asset/stock": LONGBRIDGE,
    "/api/v1.0/accounts/{acc_id}/positions": FUTU,
    "/account/v1/positions": HABITTRADE,
}


def document(client: Client) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def test_every_route_is_there_with_the_errors_of_its_face(open_client: Client) -> None:
    found = document(open_client)
    assert set(found["paths"]) == set(PATHS)
    models = {
        LONGBRIDGE: "LongbridgeError",
        FUTU: "FutuError",
        HABITTRADE: "HabitTradeError",
        OWN: "OwnError",
    }
    for path, api in PATHS.items():
        responses = found["paths"][path]["get"]["responses"]
        for status, said in responses.items():
            name = said["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert (status == "200") != (name == models[api]), (path, status, name)
        if path != "/health":
            assert {"200", "401", "404", "413", "429", "500"} <= set(responses)
            assert ("403" in responses) == (api is LONGBRIDGE)
            assert ("422" in responses) == (api is OWN and path != "/shortable")
    assert "HTTPValidationError" not in found["components"]["schemas"]


def test_every_face_says_how_its_callers_prove_who_they_are(open_client: Client) -> None:
    tags = {tag["name"]: tag["description"] for tag in document(open_client)["tags"]}
    assert set(tags) == {api.name for api in PATHS.values()}
    assert "X-API-Timestamp" in tags["habittrade"]
    assert "Bearer" in tags["futu"]


def test_without_keys_no_credentials_are_asked_for(open_client: Client) -> None:
    found = document(open_client)
    assert "securitySchemes" not in found["components"]
    assert all("security" not in path["get"] for path in found["paths"].values())


@pytest.mark.parametrize(
    ("credentials", "ways"),
    [
        (Credentials("k", "s", "t"), {OWN: 2, LONGBRIDGE: 2, FUTU: 1, HABITTRADE: 1}),
        (Credentials("k", "s"), {OWN: 1, LONGBRIDGE: 1, FUTU: 0, HABITTRADE: 1}),
        (Credentials(token="t"), {OWN: 1, LONGBRIDGE: 1, FUTU: 1, HABITTRADE: 0}),
    ],
)
def test_with_keys_it_says_which_ways_in_there_are(
    web: None, data, credentials: Credentials, ways: dict[Any, int]
) -> None:
    found = document(Client(create_app(Settings(data, credentials=credentials))))
    for path, api in PATHS.items():
        security = found["paths"][path]["get"].get("security")
        assert security is None if path == "/health" else len(security) == ways[api]


def test_two_applications_share_nothing(open_client: Client, client: Client) -> None:
    assert document(open_client) != document(client)
    assert "securitySchemes" not in document(open_client)["components"]
