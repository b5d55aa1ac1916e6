"""Build the API reference: ``python tests/docs/reference.py FOLDER`` writes it there as HTML, and fails on any warning.

Every public name is read by Sphinx with numpydoc: a section that numpydoc does not know, a list of parameters that does not
render or markup that is not closed is a warning, and a warning is a failure. The extra ``docs`` has what it needs.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, get_origin

import numpy as np

import shortable

__all__ = ["build", "modules", "page", "sources"]

_CONF = """
project = "shortable"
author = copyright = "The shortable developers"
extensions = ["sphinx.ext.autodoc", "numpydoc"]
default_role = "py:obj"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# Sections: Examples in plural, of a known name, in numpydoc's order; parameters: those that there are, in their order,
# each with a space before its colon.
numpydoc_validation_checks = {"GL05", "GL06", "GL07", "PR02", "PR03", "PR05", "PR10", "YD01"}
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "no-value": True}
html_theme = "basic"
html_copy_source = False
"""


def modules() -> list[str]:
    """Return the names of the modules that make the public face: packages by their ``__all__``, and modules that stand alone."""
    found = [shortable.__name__]
    for module in pkgutil.iter_modules(shortable.__path__, "shortable."):
        name = module.name.rpartition(".")[2]
        if name.startswith("_") or name in ("cli", "examples"):
            continue
        found.append(module.name)
        package = importlib.import_module(module.name)
        if module.ispkg and not getattr(package, "__all__", None):
            # A room whose modules are used one by one, such as the adapters.
            found += [
                m.name
                for m in pkgutil.iter_modules(package.__path__, f"{module.name}.")
                if not m.ispkg
            ]
    return found


def page(name: str) -> str:
    """Return the page of a module: what is at home in its room in full, what it hands on from another by name."""
    module, room = importlib.import_module(name), name.split(".")[1:2]
    lines = [name, "=" * len(name), "", f".. automodule:: {name}", "   :no-members:", ""]
    for public in module.__all__:
        thing = getattr(module, public)
        home = getattr(thing, "__module__", None) or name
        if home.startswith("shortable") and home.split(".")[1:2] != room:
            lines += [f"``{public}``: see :py:mod:`{'.'.join(home.split('.')[:2])}`.", ""]
        elif get_origin(thing) is np.ndarray:  # autodoc would read numpy's own docstring
            lines += [f".. py:data:: {name}.{public}", ""]
        else:
            lines += [f".. {_directive(thing)}:: {name}.{public}", ""]
    return "\n".join(lines)


def _directive(thing: Any) -> str:
    if inspect.isclass(thing):
        return "autoexception" if issubclass(thing, BaseException) else "autoclass"
    return "autofunction" if callable(thing) and not hasattr(thing, "__args__") else "autodata"


def sources(folder: Path) -> list[str]:
    """Write what Sphinx reads into a folder: its settings, an index, and a page for each module; return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(_CONF, encoding="utf-8")
    names = [name for name in modules() if getattr(importlib.import_module(name), "__all__", None)]
    for name in names:
        (folder / f"{name}.rst").write_text(page(name), encoding="utf-8")
    index = [
        "shortable",
        "=========",
        "",
        ".. toctree::",
        "",
        *(f"   {name}" for name in names),
        "",
    ]
    (folder / "index.rst").write_text("\n".join(index), encoding="utf-8")
    return names


def build(out: Path) -> tuple[int, str]:
    """Build the reference into a folder; return Sphinx's exit code, which is not 0 after a warning, and its warnings."""
    with tempfile.TemporaryDirectory() as work:
        sources(Path(work) / "source")
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            "-d",
            str(Path(work) / "trees"),
            str(Path(work) / "source"),
            str(out),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


if __name__ == "__main__":
    code, warnings = build(Path(sys.argv[1]))
    print(warnings, end="")
    sys.exit(code)
