"""Find the algorithm in a user's Python file, and the user's own line when it raises."""

from __future__ import annotations

import importlib.util
import inspect
import linecache
import operator
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import shortable
from shortable.errors import InvalidInputError

if TYPE_CHECKING:
    from shortable.engine import Algorithm

__all__ = ["UserCodeError", "load_algorithm", "users_line"]

_PACKAGE = Path(shortable.__file__).resolve().parent


class UserCodeError(Exception):
    """The user's file raised while it was being loaded; the cause is what it raised."""


def load_algorithm(path: Path, class_name: str | None = None) -> type[Algorithm]:
    """Run a Python file and return the one `Algorithm` subclass that it defines.

    Parameters
    ----------
    path : Path
        The file. Its folder comes first on the import path, as when Python runs it.
    class_name : str, optional
        Which subclass, where the file defines several.

    Raises
    ------
    InvalidInputError
        There is no such file, or it defines no such class, none, or several.
    UserCodeError
        The file itself raised.
    """
    from shortable.engine import Algorithm

    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise InvalidInputError("algorithm", str(path), "be a Python file", f"That {what}.")
    module = _load(path)
    found = [
        c
        for c in vars(module).values()
        if isinstance(c, type) and issubclass(c, Algorithm) and c.__module__ == module.__name__
    ]
    found = list(dict.fromkeys(found))  # an alias is not a second class
    names = ", ".join(c.__name__ for c in found)
    if class_name is not None:
        for candidate in found:
            if candidate.__name__ == class_name:
                return candidate
        has = f"It defines {names}." if found else "It defines no subclass of Algorithm."
        raise InvalidInputError("--class", class_name, f"be an Algorithm subclass in {path}", has)
    # A base class that the file only derives from is not what is to be run.
    leaves = [
        c for c in found if not any(other is not c and issubclass(other, c) for other in found)
    ]
    if len(leaves) == 1:
        return leaves[0]
    if not leaves:
        hint = "It needs a class that derives from shortable.engine.Algorithm."
    else:
        hint = f"It defines {names}: choose one with --class NAME."
    raise InvalidInputError(
        "algorithm", str(path), "define exactly one subclass of Algorithm", hint
    )


def _load(path: Path) -> ModuleType:
    name = f"shortable_user_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise InvalidInputError(
            "algorithm",
            str(path),
            "be a Python file ending in .py",
            "`shortable examples` lists the examples.",
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise UserCodeError(str(path)) from error
    return module


def users_line(error: BaseException, folder: Path) -> str | None:
    """Return the deepest line of the user's own code in a traceback, or None where there is none.

    Parameters
    ----------
    error : BaseException
        What was raised.
    folder : Path
        Folder of the user's file; helpers beside it count as the user's code.

    Returns
    -------
    str or None
        ``file, line N, in function`` and the line's text below it.
    """
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return _shown(error.filename, error.lineno, None, error.text)
    mine = [
        f for f in traceback.extract_tb(error.__traceback__) if _is_users(Path(f.filename), folder)
    ]
    if not mine:
        return _called_wrongly(error, folder)
    last = mine[-1]
    return _shown(last.filename, last.lineno or 0, last.name, last.line)


def _called_wrongly(error: BaseException, folder: Path) -> str | None:
    """Return where a function of the user's begins that was given other arguments than it takes."""
    wrong_call = re.match(r"([\w.]+)\(\) (?:takes|missing|got)", str(error))
    if wrong_call is None or not isinstance(error, TypeError):
        return None
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not _is_users(Path(file), folder):
            continue
        try:
            code = inspect.unwrap(operator.attrgetter(wrong_call[1])(module)).__code__
        except (AttributeError, TypeError):
            continue
        return _shown(code.co_filename, code.co_firstlineno, code.co_name, None)
    return None


def _is_users(file: Path, folder: Path) -> bool:
    file, folder = file.resolve(), folder.resolve()
    if "site-packages" in file.parts and "site-packages" not in folder.parts:
        return False
    ours = file.is_relative_to(_PACKAGE) and not folder.is_relative_to(_PACKAGE)
    return file.is_relative_to(folder) and not ours


def _shown(file: str, line: int, function: str | None, text: str | None) -> str:
    path = Path(file).resolve()
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    where = f"{path}, line {line}" + (
        f", in {function}" if function and function != "<module>" else ""
    )
    code = (text or linecache.getline(file, line)).strip()
    return f"{where}\n    {code}" if code else where
