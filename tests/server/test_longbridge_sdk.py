"""Longbridge's real SDK, pointed at ``shortable serve`` on the real files of FINRA and SFC.

Interpreters that have it: this one, and those that ``SHORTABLE_LONGBRIDGE_PYTHON`` names (paths joined as in PATH),
so that several versions can be asked in one run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from shortable.importers import import_source

from .backtests import finished
from .client import KEY, SECRET, TOKEN
from .process import clean_environment, serving

PYTHONS = [
    *([sys.executable] if find_spec("longbridge") else []),
    *filter(None, os.environ.get("SHORTABLE_LONGBRIDGE_PYTHON", "").split(os.pathsep)),
]
pytestmark = [
    *[
        pytest.mark.usefixtures("web"),
        pytest.mark.skipif(
            not PYTHONS, reason="Longbridge's SDK is not installed (extra longbridge)"
        ),
    ],
    pytest.mark.slow,
]
# Read off the files with grep: shrt20210115.csv and shrt20210129.csv, the lines of TSLA; SFC of 2022-12-02, stock 700.
EMPTY = dict.fromkeys(
    (
        "amount",
        "balance",
        "cost",
        "current_shares_short",
        "avg_daily_share_volume",
        "days_to_cover",
        "rate",
        "close",
    ),
    "",
)
TSLA = [
    EMPTY
    | {
        "timestamp": "2021-01-15T05:00:00Z",
        "current_shares_short": "56367815",
        "avg_daily_share_volume": "42129010",
        "days_to_cover": "1.34",
    },
    EMPTY
    | {
        "timestamp": "2021-01-29T05:00:00Z",
        "current_shares_short": "52379526",
        "avg_daily_share_volume": "23224100",
        "days_to_cover": "2.26",
    },
]
# 13,593,878,144 HKD / 45,925,264 shares = 296.
TENCENT = [
    EMPTY
    | {
        "timestamp": "2022-12-01T16:00:00Z",
        "amount": "45925264",
        "balance": "13593878144",
        "cost": "296.000",
    }
]


@pytest.fixture(scope="module")
def url(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("real")
    for day in ("20210115", "20210129"):
        import_source("finra", real_data / "finra" / f"shrt{day}.csv", data_folder=folder)
    import_source("sfc", next((real_data / "sfc").glob("*20221202.csv")), data_folder=folder)
    result = finished(tmp_path_factory.mktemp("saved") / "result")
    with serving("--data", folder, "--result", result) as served:
        yield served.url


@pytest.fixture(scope="module", params=PYTHONS)
def said(
    request: pytest.FixtureRequest, url: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Everything that one version of the SDK was told."""
    home = tmp_path_factory.mktemp("home")
    token = {
        "client_id": "shortable",
        "access_token": TOKEN,
        "refresh_token": None,
        "expires_at": 4_102_444_800,
    }
    for place in (
        ".longbridge/openapi/tokens",
        ".longbridge-openapi/tokens",
    ):  # the newer SDKs', the older ones'
        (home / place).mkdir(parents=True)
        (home / place / "shortable").write_text(json.dumps(token))
    client = Path(__file__).with_name("sdk_client.py")
    done = subprocess.run(
        [request.param, str(client), url, KEY, SECRET, TOKEN, "shortable"],
        capture_output=True,
        text=True,
        env=clean_environment() | {"HOME": str(home), "USERPROFILE": str(home)},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("way", ["apikey", "oauth", "apikey async", "oauth async"])
def test_the_rows_of_the_real_files_come_through(said: dict[str, Any], way: str) -> None:
    assert said[way]["TSLA.US"] == TSLA
    assert said[way]["700.HK"] == TENCENT


@pytest.mark.parametrize("way", ["apikey", "oauth"])
def test_spellings_and_the_default_count(said: dict[str, Any], way: str) -> None:
    assert said[way]["tsla.us"] == said[way]["default"] == TSLA
    assert said[way]["00700.HK"] == TENCENT
    assert said[way]["NOBODY.US"] == []


@pytest.mark.parametrize("way", ["apikey", "oauth"])
def test_counts_behave_as_documented(said: dict[str, Any], way: str) -> None:
    assert said[way]["count 1"] == TSLA[1:]
    assert said[way]["count 100"] == TSLA
    for count in (0, 101, 1000):  # documented: 1 to 100; else 400, a bad request
        refused = said[way][f"count {count}"]
        assert (refused["error"], refused["code"]) == ("OpenApiException", 400000)
        assert "count" in refused["message"]
        assert refused["trace_id"]
    assert said[f"{way} async"]["count 101"] == {"error": "OpenApiException", "code": 400000}


@pytest.mark.parametrize(
    ("what", "code", "message"),
    [
        ("wrong secret", 403201, "signature invalid"),
        ("wrong key", 403203, "apikey illegal"),
        ("wrong token", 401004, "token invalid"),
    ],
)
def test_wrong_credentials_are_the_sdks_exception(
    said: dict[str, Any], what: str, code: int, message: str
) -> None:
    assert (said[what]["error"], said[what]["code"], said[what]["message"]) == (
        "OpenApiException",
        code,
        message,
    )


def test_stock_positions_are_read(said: dict[str, Any]) -> None:
    # 100 AAPL bought at 180, 50 SPY shorted at 470; both are new.
    assert [row[:2] for row in said["positions"]] == [["AAPL.US", "100"], ["SPY.US", "-50"]]
    assert [float(row[2]) for row in said["positions"]] == [180.0, 470.0]
