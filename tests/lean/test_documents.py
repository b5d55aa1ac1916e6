"""Documents 003 and 004: every Python block that is whole, wrapped in the smallest algorithm, by `shortable run`.

The documents are read where they lie. Document 004 gives its code in LEAN's older spelling; each block runs as it is
and in today's, turned over name by name. Of document 003 the one block lost lines; the example restores it.
"""

from __future__ import annotations

import ast
import json
import re
import textwrap
from pathlib import Path

import pytest

from shortable.examples import EXAMPLES
from shortable.names import snake_case
from shortable.rule import exceeds_tag

from .folder import LeanFolder

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
DAYS = ("2024-01-02", "2024-01-03")
_STARTS = re.compile(r"#|(\w+ = )?self\.|class ")
_SHARP = re.compile(r";\s*$|^\s*//|\bnew \w")  # C#


def document(number: str) -> str:
    found = sorted(SEEDS.glob(f"{number}_*.txt")) if SEEDS.is_dir() else []
    if not found:
        pytest.skip(f"the documents are not shipped and not found at {SEEDS}")
    return found[0].read_text(encoding="utf-8")


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def python_blocks(text: str) -> list[str]:
    """Return every longest run of lines that begins as code does, is Python as a whole, and calls something."""
    lines, blocks, at = text.splitlines(), [], 0
    while at < len(lines):
        end = at
        if _STARTS.match(lines[at]):
            for stop in range(at + 1, len(lines) + 1):
                if _SHARP.search(lines[stop - 1]):
                    break
                if lines[stop - 1].strip() and parses("\n".join(lines[at:stop])):
                    end = stop
        block = "\n".join(lines[at:end])
        if end > at and any(isinstance(node, ast.Call) for node in ast.walk(ast.parse(block))):
            blocks.append(block)
        at = max(end, at + 1)
    return blocks


BLOCKS = (
    "on the security",
    "in an initializer",
    "extending the default initializer",
    "a provider of one's own",
    "can it be shorted",
    "how many",
    "of all symbols",
)


def block(number: int) -> str:
    return python_blocks(document("004"))[number]


def todays(code: str) -> str:
    """Return code in today's spelling: methods, functions and arguments in snake_case; classes and members stay."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {
            "self",
            "security",
            "super()",
            "Symbol",
        }:
            node.attr = snake_case(node.attr)
        elif isinstance(node, ast.FunctionDef):
            node.name = snake_case(node.name)
        elif isinstance(node, ast.arg):
            node.arg = snake_case(node.arg)
    return ast.unparse(tree)


def algorithm(code: str, *, before: str = "", after: str = "", inside: str = "initialize") -> str:
    """Wrap a block: classes beside the algorithm, functions with `self` into it, the rest into one of its methods."""
    parts: dict[str, list[str]] = {"beside": [], "methods": [], "rest": []}
    for node in ast.parse(code).body:
        own = (
            isinstance(node, ast.FunctionDef)
            and node.args.args[:1]
            and node.args.args[0].arg == "self"
        )
        parts["beside" if isinstance(node, ast.ClassDef) else "methods" if own else "rest"].append(
            ast.unparse(node)
        )
    rest = "\n".join([before, *parts["rest"], after])
    start = "self.SetStartDate(2024, 1, 2)\nself.SetEndDate(2024, 1, 3)\nself.SetCash(10_000_000)"
    bodies = {"initialize": start, "on_data": ""}
    bodies[inside] += "\n" + rest
    text = [
        "from AlgorithmImports import *",
        *parts["beside"],
        "class Wrapped(QCAlgorithm):",
        "    asked = False",
    ]
    for name, body in bodies.items():
        signature = "self" if name == "initialize" else "self, slice"
        text += [f"    def {name}({signature}):", textwrap.indent(body.strip() or "pass", " " * 8)]
    text += [textwrap.indent(method, " " * 4) for method in parts["methods"]]
    return "\n".join(text) + "\n"


# What every program with a provider does on its first minute: one share too many, then what there is.
ASK = """
    def OnData(self, slice):
        if self.asked:
            return
        self.asked = True
        refused = self.MarketOrder("SPY", -{more})
        assert refused.Status == OrderStatus.Invalid, refused.Status
        assert refused.SubmitRequest.Response.ErrorCode == OrderResponseErrorCode.ExceedsShortableQuantity
        accepted = self.MarketOrder("SPY", -{lent})
        assert accepted.Status == OrderStatus.Filled, accepted.Status
        self.Log("done")
"""

BROKER = """
class Broker(DefaultBrokerageModel):
    def GetShortableProvider(self, security):
        return LocalDiskShortableProvider("axos")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of SPY's minutes, of which axos lends 1,000 shares."""
    lean = LeanFolder(tmp_path_factory.mktemp("lean")).map_file("SPY").factor_file("SPY")
    for day in DAYS:
        lean.session("SPY", day, 100.0).shortable_dates("axos", day, [("SPY", 1000)])
    lean.shortable("axos", "SPY", [(day, 1000) for day in DAYS])
    return lean.path


def run(program: str, folder: Path, tmp_path: Path) -> dict[str, object]:
    """Run a program by the command line; return its document."""
    testing = pytest.importorskip("typer.testing", reason="the command line is an extra (cli)")
    from shortable.cli.app import app

    file = tmp_path / "program.py"
    file.write_text(program, encoding="utf-8")
    ended = testing.CliRunner().invoke(
        app, ["run", str(file), "--data", str(folder), "--json"], prog_name="shortable"
    )
    assert ended.exit_code == 0, f"{program}\n{ended.output}"
    told: dict[str, object] = json.loads(ended.stdout)
    return told


def logged(told: dict[str, object]) -> list[str]:
    return [line["text"] for line in told["log"]]  # type: ignore[attr-defined]


@pytest.fixture(params=["as it is", "in today's spelling"])
def spelled(request: pytest.FixtureRequest) -> object:
    return (lambda code: code) if request.param == "as it is" else todays


def test_document_004_has_seven_blocks_and_all_are_whole() -> None:
    blocks = python_blocks(document("004"))
    assert len(blocks) == len(BLOCKS)
    assert "".join(blocks).count("self.") == document("004").count("self.")


def test_today_is_spelled_as_today() -> None:
    code = 'x = self.AddEquity("SPY", Resolution.Daily)\ndef CustomOne(self, localTime): return Symbol.Create("A")'
    assert todays(code) == (
        "x = self.add_equity('SPY', Resolution.Daily)\n\n"
        "def custom_one(self, local_time):\n    return Symbol.create('A')"
    )


@pytest.mark.parametrize(
    ("number", "before", "after", "lent"),
    [
        (0, "", "", 1000),
        (1, "", "", 1000),
        (2, "", 'self.AddEquity("SPY")', 1000),
        (3, 'security = self.AddEquity("SPY")', "", 10_000),
    ],
    ids=BLOCKS[:4],
)
def test_a_provider_is_set(
    number: int, before: str, after: str, lent: int, spelled, folder, tmp_path
) -> None:
    program = algorithm(spelled(block(number)), before=before, after=after)
    program = program.replace("    def on_data(self, slice):\n        pass\n", "") + ASK.format(
        more=lent + 1, lent=lent
    )
    told = run(program, folder, tmp_path)
    assert logged(told)[-1] == "done"
    assert told["statistics"]["Total Orders"] == "2"
    (refusal,) = told["refusals"]
    assert refusal["tag"] == exceeds_tag("SPY", lent + 1)


def test_the_providers_own_list(spelled, folder, tmp_path) -> None:
    program = algorithm(
        spelled(block(3)),
        before='security = self.AddEquity("SPY")',
        after="\n".join(
            [
                "listed = security.ShortableProvider.AllShortableSymbols(self.Time)",
                "assert {str(s.Value): q for s, q in listed.items()} == {'SPY': 0, 'AAPL': 10}, listed",
                "self.Log('done')",
            ]
        ),
    )
    assert "done" in logged(run(program, folder, tmp_path))


@pytest.mark.parametrize(
    ("number", "checks"),
    [
        (4, ["assert is_shortable is True", "assert is_shortable_quantity is {expected}"]),
        (5, ["assert quantity == 1000"]),
        (
            6,
            [
                "assert [(s.Value, q) for s, q in quantity_by_symbol.items()] == [('SPY', 1000)]",
                "assert [(p.Key.Value, p.Value) for p in quantity_by_symbol] == [('SPY', 1000)]",
            ],
        ),
    ],
    ids=BLOCKS[4:],
)
@pytest.mark.parametrize(("asked", "expected"), [(-1000, True), (-1001, False)])
def test_availability_is_asked_for(
    number, checks, asked, expected, spelled, folder, tmp_path
) -> None:
    program = algorithm(
        spelled(block(number)),
        inside="on_data",
        before=f"symbol, quantity = self.symbol, {asked}",
        after="\n".join([*(c.format(expected=expected) for c in checks), "self.Log('done')"]),
    )
    program = program.replace(
        "self.SetCash(10_000_000)",
        'self.SetCash(10_000_000)\n        self.SetBrokerageModel(Broker())\n        self.symbol = self.AddEquity("SPY").Symbol',
    ).replace("class Wrapped", BROKER + "class Wrapped")
    told = run(program, folder, tmp_path)
    assert logged(told)[-1] == "done"


def test_the_failure_carries_the_documents_tag() -> None:
    (quoted,) = re.findall(r'following tag: "(.*)"', document("004"))
    assert quoted.replace("Symbol ticker", "Symbol SPY").replace(
        ": quantity", ": 1001"
    ) == exceeds_tag("SPY", 1001)


# What of document 003's block the example has otherwise, and why.
OTHERWISE = {
    "self.set_start_date(2021, 1, 1)": "the sample's dates",
    "self.set_end_date(2022, 1, 1)": "the sample's dates",
    "if f.market_cap > 5e6 or f.price > 1:": "both numbers are options",
    "security.bbands =, 20, 2, resolution=Resolution.HOUR)": "torn; the C# has BB(security.Symbol, 20, 2, …)",
    "if not and security.price > bb.upper_band.current.value:": "torn; the C# has !security.Holdings.Invested",
    "elif and security.price < bb.middle_band.current.value:": "torn; the C# has security.Holdings.Invested",
    "# Get the number of shares avaiable for shorting.": "its misspelling",
}


def test_the_example_keeps_every_line_of_document_003_in_order() -> None:
    text = document("003")
    assert not parses(text[text.index("class USEquityShortingExampleAlgorithm(QCAlgorithm)") :])
    torn = [
        line.strip()
        for line in text[
            text.index("class USEquityShortingExampleAlgorithm(QCAlgorithm)") :
        ].splitlines()
    ]
    lines = [line for line in torn if line and line not in OTHERWISE]
    assert len(lines) > 40
    # Without white space: the formatter breaks a line of the document's where it is too long.
    example = squeezed(EXAMPLES["penny_stock_top_gainers"].lean_file.read_text(encoding="utf-8"))
    at = 0
    for line in lines:
        found = example.find(squeezed(line), at)
        assert found >= 0, f"{line!r} is missing, or not in its place"
        at = found + len(squeezed(line))


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_what_document_003_says_elsewhere_than_the_example_is_still_in_it() -> None:
    text = document("003")
    assert [line for line in OTHERWISE if line not in text] == []
