"""The API reference builds without a warning, holds every public name, and a bad docstring is one."""

from __future__ import annotations

import importlib
import re
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest.importorskip("sphinx", reason="Sphinx and numpydoc come with the extra `docs`")
pytest.importorskip("numpydoc", reason="Sphinx and numpydoc come with the extra `docs`")
for optional in ("fastapi", "matplotlib"):
    pytest.importorskip(
        optional, reason="the reference covers the rooms of the extras `server` and `plot` too"
    )

_FILE = Path(__file__).with_name("reference.py")
_spec = ModuleSpec(
    "docs_reference", SourceFileLoader("docs_reference", str(_FILE)), origin=str(_FILE)
)
reference = module_from_spec(_spec)
_spec.loader.exec_module(reference)  # type: ignore[union-attr]


# Code, and all that stands between angle brackets.
_NOT_PROSE = re.compile(r"<pre.*?</pre>|<[^>]+>", flags=re.DOTALL)


def test_it_builds_without_a_warning_and_holds_every_public_name(tmp_path: Path) -> None:
    code, warnings = reference.build(tmp_path / "html")
    assert not warnings
    assert code == 0
    pages = {
        path.stem: path.read_text("utf-8") for path in (tmp_path / "html").glob("shortable*.html")
    }
    assert {
        "shortable",
        "shortable.adapters.bt",
        "shortable.engine",
        "shortable.lean",
        "shortable.testing.conformance",
    } <= set(pages)
    for name, text in pages.items():
        left = [line.strip() for line in _NOT_PROSE.sub("", text).splitlines() if "`" in line]
        assert not left, f"markup that does not render on the page of {name}"
        for public in importlib.import_module(name).__all__:
            assert f"{public}</span>" in text or f'id="{name}.{public}"' in text, (
                f"{public} is not on the page of {name}"
            )


@pytest.mark.parametrize(
    ("docstring", "said"),
    [
        (
            "Do it.\n\n    Parametres\n    ----------\n    x : int\n        What.\n    ",
            "Unknown section Parametres",
        ),
        (
            "Do it.\n\n    Parameters\n    ----------\n    y : int\n        What.\n    ",
            "Unknown parameters {'y'}",
        ),
        ("Do it with *that.\n    ", "emphasis start-string without end-string"),
        (
            "Do it.\n\n    Returns\n    -------\n    int\n        What.\n\n    Parameters\n    ----------\n    x : int\n        What.\n    ",
            "wrong order",
        ),
    ],
)
def test_a_bad_docstring_fails_the_build(
    docstring: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "badly.py").write_text(
        f'"""A module."""\n__all__ = ["do"]\ndef do(x):\n    """{docstring}"""\n', encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(reference, "modules", lambda: ["badly"])
    try:
        code, warnings = reference.build(tmp_path / "html")
    finally:
        sys.modules.pop("badly", None)
    assert code != 0
    assert said in warnings
