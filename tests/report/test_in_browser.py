"""Pages in a headless Chromium: they fit a phone and a desktop, sort, search, print, and axe finds no fault in them.

``SHORTABLE_SCREENSHOTS=FOLDER`` keeps a picture of each, light and dark, wide and narrow, and lets axe look at all of them: at the
page of 200 symbols that takes it minutes. axe-core comes with the package axe-playwright-python.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shortable import CustomShortableProvider
from shortable.report import audit_html, report_html
from shortable.research import Trades, audit

from ..plots.runs import run

pytestmark = pytest.mark.slow

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SIZES = {"wide": 1200, "phone": 390}


def axe_source() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    (script,) = Path(found.origin).parent.rglob("axe.min.js")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def audited() -> str:
    done = Trades.of(
        ["2024-01-02", "2024-01-02", "2024-01-04"], "GME", [-100, -300, 400], [20.0, 20.0, 18.0]
    )
    return audit_html(
        audit(done, CustomShortableProvider({"GME": 300})),
        source="trades.csv",
        assumptions={"availability": "made by hand"},
        currency="USD",
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    pages = {f"symbols_{n}": report_html(run(n), run(n, limited=False)) for n in (0, 1, 200)} | {
        "audit": audited()
    }
    pages["faulty"] = (
        "<!doctype html><title>x</title><img src='data:,'><input><p style='color:#999;background:#aaa'>faint</p>"
    )
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


class Seen:
    """One page in the browser, and everything that went wrong on it."""

    def __init__(self, browser: Any, file: Path, scheme: str = "light", width: int = 1200) -> None:
        self.context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.goto(file.as_uri())

    def faults(self) -> list[tuple[str, str, str]]:
        self.page.evaluate(axe_source())
        found = self.page.evaluate("axe.run(document)")
        assert found["passes"]
        return [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found["violations"]]

    def column(self, table: str, at: int) -> list[str]:
        cells = f"table[data-sorts={table}] tbody tr:not([hidden]) td:nth-child({at})"
        found: list[str] = self.page.eval_on_selector_all(
            cells, "all => all.map(e => e.textContent)"
        )
        return found


@pytest.mark.parametrize("name", ["symbols_0", "symbols_1", "symbols_200", "audit"])
def test_it_fits_asks_nobody_and_has_no_fault_that_axe_finds(
    browser: Any, written: Path, name: str
) -> None:
    folder = os.environ.get("SHORTABLE_SCREENSHOTS")
    for scheme, size in (
        ("light", "wide"),
        ("dark", "phone"),
        ("light", "phone"),
        ("dark", "wide"),
    ):
        seen = Seen(browser, written / f"{name}.html", scheme, SIZES[size])
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]
        assert seen.asked == [(written / f"{name}.html").as_uri()]
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            seen.page.screenshot(
                path=Path(folder) / f"report_{name}_{scheme}_{size}.png", full_page=True
            )
        if folder or (
            name != "symbols_200" and (scheme, size) in (("light", "wide"), ("dark", "phone"))
        ):
            assert seen.faults() == []
        assert seen.errors == []
        seen.context.close()


def test_axe_does_find_faults(browser: Any, written: Path) -> None:
    assert {"image-alt", "label", "color-contrast"} <= {
        name for name, *_ in Seen(browser, written / "faulty.html").faults()
    }


def test_a_table_sorts_by_mouse_and_by_keyboard(browser: Any, written: Path) -> None:
    seen = Seen(browser, written / "symbols_200.html")
    fees = [float(text.replace(",", "")) for text in seen.column("costs-by-symbol", 5)]
    assert fees == sorted(fees, reverse=True)
    heading = seen.page.locator("table[data-sorts=costs-by-symbol] th button").nth(4)
    heading.click()
    assert [float(t.replace(",", "")) for t in seen.column("costs-by-symbol", 5)] == sorted(fees)
    assert (
        seen.page.locator("table[data-sorts=costs-by-symbol] th").nth(4).get_attribute("aria-sort")
        == "ascending"
    )
    heading.press("Enter")
    assert [float(t.replace(",", "")) for t in seen.column("costs-by-symbol", 5)] == fees
    seen.page.locator("table[data-sorts=costs-by-symbol] th button").nth(0).press("Space")
    names = seen.column("costs-by-symbol", 1)
    assert names == sorted(names)
    assert seen.page.locator("table[data-sorts=costs-by-symbol] th[aria-sort]").count() == 1
    seen.context.close()


def test_a_table_is_searched(browser: Any, written: Path) -> None:
    seen = Seen(browser, written / "symbols_200.html")
    refused = run(200).refusals["symbol"].astype(str)
    seen.page.get_by_label("Search").first.fill("s017")
    assert set(seen.column("refused", 2)) == {"S017"}
    assert len(seen.column("refused", 2)) == (refused == "S017").sum()
    assert (
        seen.page.inner_text("#refused-n") == f"{(refused == 'S017').sum()} of {len(refused)} rows"
    )
    seen.page.get_by_label("Search").first.fill("")
    assert len(seen.column("refused", 2)) == len(refused)
    seen.context.close()


def test_on_paper_everything_is_there_and_no_control(browser: Any, written: Path) -> None:
    seen = Seen(
        browser, written / "symbols_200.html", "dark", 700
    )  # what the margins leave of A4, at 96 dots an inch
    seen.page.emulate_media(media="print")
    assert not seen.page.get_by_label("Search").first.is_visible()
    assert (
        seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    inside, shown = seen.page.evaluate(
        "(e => [e.scrollHeight, e.clientHeight])(document.querySelector('.scroll'))"
    )
    assert shown >= inside
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 700
    assert seen.page.pdf(format="A4").startswith(b"%PDF")
    seen.context.close()


def test_the_content_is_one_tab_away(browser: Any, written: Path) -> None:
    seen = Seen(browser, written / "symbols_1.html")
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    seen.page.keyboard.press("Enter")
    assert seen.page.url.endswith("#main")
    seen.context.close()
