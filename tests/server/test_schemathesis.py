"""schemathesis asks everything that the OpenAPI document allows, and much that it does not.

One of its checks is left out, `positive_data_acceptance`: a date such as 30 February, or a symbol of another market
than the path's, fits any schema and is still refused. What it must never find: a 500, an answer that the document
does not describe, an invalid value that is taken, an answer without credentials.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .backtests import finished
from .client import TOKEN
from .process import KEYS, serving

ST = Path(sys.executable).with_name("st")
# A few examples by default; with the variable set, so many, and the phase that walks through every schema's edges.
EXAMPLES = os.environ.get("SHORTABLE_SCHEMATHESIS_EXAMPLES", "")
AMOUNT = (
    ["--max-examples", EXAMPLES] if EXAMPLES else ["--max-examples", "5", "--phases", "fuzzing"]
)
# A query has no types: a number in the place of a list of texts is a list of one text, and rightly taken.
CONFIG = """
[checks]
positive_data_acceptance.enabled = false

[[operations]]
include-path = "/v1/asset/stock"
checks.negative_data_rejection.enabled = false
"""
pytestmark = [
    *[
        pytest.mark.usefixtures("web"),
        pytest.mark.skipif(not ST.exists(), reason="schemathesis is not installed"),
    ],
    pytest.mark.slow,
]


@pytest.mark.parametrize("keys", [None, KEYS], ids=["without keys", "with keys"])
def test_no_500_and_no_violation_of_the_schema(
    data: Path, tmp_path: Path, keys: dict[str, str] | None
) -> None:
    result = finished(tmp_path / "result")
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    with serving("--data", data, "--result", result, keys=keys) as served:
        command = [str(ST), "run", f"{served.url}/openapi.json", "--seed", "1", *AMOUNT]
        if keys:
            command += ["-H", f"Authorization: Bearer {TOKEN}"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=1800, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stdout[-6000:]
        cases = re.search(r"([\d,]+) generated", done.stdout)
        assert cases is not None
        assert int(cases[1].replace(",", "")) > 20
        print(cases[0])
        assert served.stop(15) == 0
        assert served.process.stderr is not None
        assert "Traceback" not in served.process.stderr.read()
