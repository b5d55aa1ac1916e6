"""The page, as text and in a headless browser: what a person sees of an empty, a short and a long history.

``SHORTABLE_SCREENSHOTS=FOLDER`` keeps a picture of each, light and dark, wide and as narrow as a phone.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shortable.clock import to_instant
from shortable.server.page import page, policy
from shortable.store import append, make_snapshot

from .client import TOKEN, Client
from .conftest import add_short_interest
from .process import serving

pytestmark = pytest.mark.slow

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def test_the_page_is_one_file_that_asks_nobody_else() -> None:
    text = page()
    addresses = set(re.findall(r"https?://[^\s'\"<>)]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, never fetched
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"'](?!data:)", text)
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text
    assert '<meta name="viewport"' in text


def test_its_policy_allows_its_own_script_and_style_alone(open_client: Client) -> None:
    answer = open_client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == policy()
    assert policy().startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy()
    assert not re.search(r"<[^>]+ (style|on[a-z]+)=", page())  # neither would run under that policy


def test_every_control_has_a_name() -> None:
    for control in re.findall(r"<(?:input|select)[^>]*id=\"([a-z-]+)\"", page()):
        assert re.search(
            rf"<label[^>]*>[^<]+<(?:input|select)[^>]*id=\"{control}\"",
            page().replace("\n      ", ""),
        ), control


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LONG: eight made-up years of `daily`; SPY: one snapshot of `once`, two of FINRA's rows; TSLA: 25 of those."""
    folder = tmp_path_factory.mktemp("shown")
    chance = random.Random(7)
    snapshots, day, shares, fee = [], datetime(2017, 1, 3), 4_000_000, 0.003
    while day < datetime(2025, 1, 1):
        if day.weekday() < 5 and not datetime(2020, 3, 1) < day < datetime(
            2020, 4, 15
        ):  # six weeks of silence
            shares = max(1_000, int(shares * chance.uniform(0.94, 1.065)))
            fee = min(0.9, max(0.0025, fee * chance.uniform(0.93, 1.08)))
            row = {
                "symbol": ["LONG"],
                "quantity": [shares],
                "fee_rate": [fee],
                "rebate_rate": [0.02 - fee],
            }
            snapshots.append(make_snapshot(to_instant(day), row, complete=True, made_up=True))
        day += timedelta(days=1)
    append("daily", snapshots, data_folder=folder)
    once = {
        "symbol": ["SPY", "TSLA"],
        "quantity": [5_000, 10_000_000],
        "quantity_is_floor": [False, True],
        "fee_rate": [0.0025, None],
    }
    append(
        "once",
        [make_snapshot(to_instant(datetime(2024, 1, 2, 16)), once, complete=True)],
        data_folder=folder,
    )
    add_short_interest(folder, tmp_path_factory.mktemp("sources"))
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def url(shown: Path, web: None, browser: Any) -> Iterator[str]:
    with serving("--data", shown, keys=None) as served:
        yield served.url


ANSWERED = """() => {
    const shown = (id) => !document.getElementById(id).hidden;
    const busy = document.getElementById("answer").getAttribute("aria-busy") === "true";
    return !busy && (shown("availability") || shown("hint") || shown("message"));
}"""


class Seen:
    """One page in the browser, and everything that went wrong on it."""

    def __init__(self, browser: Any, url: str, scheme: str = "light", width: int = 1000) -> None:
        self.url, self.width = url, width
        self.context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on(
            "request",
            lambda r: None if r.url.startswith((url, "data:")) else self.foreign.append(r.url),
        )

    def go(self, query: str) -> str:
        self.page.goto(f"{self.url}/{query}")
        self.page.wait_for_function(ANSWERED)
        return self.text()

    def text(self) -> str:
        return self.page.inner_text("main")

    def keep(self, name: str) -> None:
        if folder := os.environ.get("SHORTABLE_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def fits(self) -> bool:
        return self.page.evaluate("document.documentElement.scrollWidth") <= self.width


HISTORIES = {
    "start": ("", ["Type a symbol"], 0),
    "empty": (
        "?symbol=NOBODY&broker=once",
        ["No snapshot names NOBODY", "No short interest is stored"],
        0,
    ),
    "short": (
        "?symbol=SPY&broker=once",
        ["5,000", "0.25 %", "2 Jan 2024, 16:00", "No short interest is stored"],
        2,
    ),
    "floor": (
        "?symbol=TSLA&broker=once",
        ["≥ 10,000,000", "Not known at any time", "3,400", "6.80", "15 Jan 2021", "FINRA"],
        3,
    ),
    "long": (
        "?symbol=LONG&broker=daily",
        ["made-up", "Shares available", "Borrow fee", "rows, the newest 500"],
        2,
    ),
    "hongkong": (
        "?symbol=700.HK&broker=once",
        ["no availability of broker 'once' in market 'hkex'", "45,925,264", "13.6B HKD"],
        1,
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_what_a_person_sees(browser: Any, url: str, name: str) -> None:
    query, words, charts = HISTORIES[name]
    sizes = {"wide": 1000, "phone": 390}
    looks = [("light", "wide"), ("dark", "phone")]
    if os.environ.get("SHORTABLE_SCREENSHOTS"):
        looks += [("light", "phone"), ("dark", "wide")]
    for scheme, size in looks:
        seen = Seen(browser, url, scheme, sizes[size])
        text = seen.go(query)
        for word in words:
            assert word in text
        assert len(seen.page.query_selector_all("svg[role=img]")) == charts
        assert seen.fits()
        assert [e for e in seen.errors if "404" not in e] == []
        assert seen.foreign == []
        seen.keep(f"{name}_{scheme}_{size}")
        seen.context.close()


def test_a_person_types_a_symbol_and_the_address_keeps_it(browser: Any, url: str) -> None:
    seen = Seen(browser, url)
    seen.go("")
    seen.page.fill("#symbol", "spy")
    seen.page.select_option("#broker", "once")
    seen.page.press("#symbol", "Enter")
    seen.page.wait_for_selector("text=Availability of SPY")
    assert seen.page.url.endswith("?symbol=spy&broker=once")
    seen.page.fill("#symbol", "!!!")
    seen.page.click("button")
    seen.page.wait_for_selector("#message:not([hidden])")
    assert "symbol" in seen.page.inner_text("#message")
    seen.context.close()


def test_charts_are_read_with_the_keyboard_and_their_figures_stand_in_tables(
    browser: Any, url: str
) -> None:
    seen = Seen(browser, url)
    seen.go("?symbol=TSLA&broker=once")
    chart = seen.page.query_selector("#interest svg[role=img]")
    status = seen.page.text_content("[role=status]")  # what is read aloud when an answer comes
    assert "Availability of TSLA: Shares available: ≥ 10,000,000" in status
    assert "Shares short: 3,400" in status
    assert "Shares short, from 1,000 on 15 Jan 2020 to 3,400 on 15 Jan 2021" in chart.get_attribute(
        "aria-label"
    )
    chart.focus()
    seen.page.keyboard.press("End")
    tip = seen.page.query_selector("#interest .tip")
    assert tip.inner_text() == "15 Jan 2021: 3,400"
    seen.page.keyboard.press("ArrowLeft")
    assert tip.inner_text() == "28 Dec 2020: 3,300"
    seen.page.keyboard.press("Home")
    assert tip.inner_text() == "15 Jan 2020: 1,000"
    seen.page.keyboard.press("Escape")
    assert not tip.is_visible()
    box = chart.bounding_box()
    chart.hover(position={"x": box["width"] - 15, "y": 50})
    assert tip.inner_text() == "15 Jan 2021: 3,400"
    seen.page.click("#interest summary")
    rows = seen.page.query_selector_all("#interest tbody tr")
    assert len(rows) == 25
    assert rows[0].inner_text().split("\t") == ["15 Jan 2021", "3,400", "500", "6.80"]
    assert seen.errors == []
    seen.context.close()


def test_a_span_of_a_long_history(browser: Any, url: str) -> None:
    seen = Seen(browser, url)
    seen.go("?symbol=LONG&broker=daily")
    before = seen.page.get_attribute("#availability svg path.line", "d")
    seen.page.select_option("#availability .span select", label="last quarter")
    after = seen.page.get_attribute("#availability svg path.line", "d")
    assert len(after) < len(before) / 10
    assert seen.page.query_selector_all("#availability svg[role=img]").__len__() == 2
    seen.keep("long_light_quarter")
    seen.context.close()


def test_where_there_are_keys_the_page_asks_for_the_token_and_keeps_it_for_the_visit(
    browser: Any, shown: Path
) -> None:
    with serving("--data", shown) as served:
        seen = Seen(browser, served.url)
        text = seen.go("?symbol=SPY")
        assert "Authorization: Bearer" in text  # what the server misses
        assert seen.page.is_visible("#token")
        seen.page.fill("#token", TOKEN)
        seen.page.select_option("#broker", []) if seen.page.query_selector(
            "#broker option"
        ) else None
        seen.page.press("#token", "Enter")
        seen.page.wait_for_selector("#availability h2")
        seen.page.select_option("#broker", "once")
        seen.page.click("button")
        seen.page.wait_for_selector("text=5,000")
        assert TOKEN not in seen.page.url
        assert not seen.page.is_visible("#token")
        seen.keep("token_light_wide")
        seen.context.close()
