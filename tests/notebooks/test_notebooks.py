"""Every notebook is executed: its cells run, its figures show something, and what it prints is what was committed."""

from __future__ import annotations

import base64
import importlib.util
import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
image = pytest.importorskip("matplotlib.image")

_FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(_FOLDER.glob("[0-9]*.ipynb"))
# On files that may not be redistributed: what these print are counts and quantiles.
REAL = sorted(_FOLDER.glob("real_*.ipynb"))
NAMES = [
    "01_quickstart",
    "02_your_own_data",
    "03_how_much_of_my_alpha_is_borrowable",
    "04_short_interest",
    "05_custom_provider",
    "06_plug_in",
    "07_optimiser",
    "08_penny_stock_top_gainers",
    "09_own_use",
]
# Of an absolute path on anybody's machine.
_HOME = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|usr|opt|Users|private)\b|[A-Z]:\\\\")
# Chosen outside, these would keep figures out of a notebook or give it other data.
_OUTSIDE = ("MPLBACKEND", "SHORTABLE_DATA", "SHORTABLE_REAL_DATA")


def figures(notebook: Any) -> list[str]:
    """Return the pictures among the outputs, base64 PNG."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]


def texts(notebook: Any, *, printed_only: bool = False) -> list[str]:
    """Return what each cell prints and, unless `printed_only`, shows; pictures aside."""
    outputs = [cell.get("outputs", []) for cell in notebook.cells]
    shown = (
        []
        if printed_only
        else [o["data"].get("text/plain", "") for cell in outputs for o in cell if "data" in o]
    )
    # A busy kernel sends what one cell prints in several pieces.
    printed = ["".join(o["text"] for o in cell if o.output_type == "stream") for cell in outputs]
    return [text for text in printed if text] + shown


def is_empty(png: str) -> bool:
    """Say whether a figure shows no data: axes, ticks and letters are grey, data is coloured."""
    pixels = image.imread(io.BytesIO(base64.b64decode(png)), format="png")[..., :3]
    coloured = np.ptp(pixels, axis=-1) > 0.3
    return bool(coloured.sum() < 500)


def needs(notebook: Any) -> list[str]:
    """Return the modules that a notebook names in its metadata, because not everybody has them."""
    return list(notebook.metadata.get("shortable", {}).get("needs", []))


def execute(path: Path, folder: Path, **environment: str) -> Any:
    """Run a notebook from top to bottom in a folder of its own and return it; skip where it needs what is not installed."""
    notebook = nbformat.read(path, as_version=4)
    absent = [name for name in needs(notebook) if importlib.util.find_spec(name) is None]
    if absent:
        pytest.skip(f"{path.stem} needs {', '.join(absent)}, which the extra `notebooks` installs")
    # In the kernel's environment alone: a backend of this process's stays as it is.
    inside = {
        name: value for name, value in os.environ.items() if name not in _OUTSIDE
    } | environment
    # What is made up is said in the notebook's own text; the warning names a file of this machine.
    inside["PYTHONWARNINGS"] = "ignore::UserWarning"
    client = nbclient.NotebookClient(
        notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=inside)
    return notebook


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def committed(request: pytest.FixtureRequest) -> Any:
    """Return a notebook as committed."""
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, Any]:
    """Return a notebook as committed and as executed now, in a folder of its own."""
    return nbformat.read(request.param, as_version=4), execute(
        request.param, tmp_path_factory.mktemp("notebook")
    )


def test_all_nine_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES


def test_it_runs_and_prints_what_was_committed(both: tuple[Any, Any]) -> None:
    # Printed text only: how a DataFrame is laid out is pandas' own business.
    before, now = (texts(notebook, printed_only=True) for notebook in both)
    assert len(before) >= 2
    assert now == before


def test_no_figure_is_empty(both: tuple[Any, Any]) -> None:
    for notebook in both:
        pictures = figures(notebook)
        assert 2 <= len(pictures) <= 3
        assert not any(is_empty(picture) for picture in pictures)


def test_it_was_committed_executed_from_top_to_bottom(committed: Any) -> None:
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_no_output_is_an_error_a_warning_or_a_path_of_this_machine(committed: Any) -> None:
    for cell in committed.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
    assert not [text for text in texts(committed) if _HOME.search(text)]


def test_made_up_data_are_called_so_before_the_first_figure(committed: Any) -> None:
    cells = committed.cells
    first = next(
        at for at, cell in enumerate(cells) if cell.cell_type == "code" and figures_of(cell)
    )
    assert any("made up" in cell.source for cell in cells[:first] if cell.cell_type == "markdown")


def figures_of(cell: Any) -> list[Any]:
    """Return the outputs of a cell that are pictures."""
    return [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]


@pytest.mark.parametrize(
    "path",
    [p for p in NOTEBOOKS if "SHORTABLE_REAL_DATA" in p.read_text("utf-8")],
    ids=lambda path: path.stem,
)
def test_the_same_cells_run_on_real_files_and_say_so(
    path: Path, real_data: Path, tmp_path: Path
) -> None:
    notebook = execute(path, tmp_path, SHORTABLE_REAL_DATA=str(real_data.absolute()))
    pictures = figures(notebook)
    assert pictures
    assert not any(is_empty(picture) for picture in pictures)
    assert not [
        o for cell in notebook.cells for o in cell.get("outputs", []) if o.get("name") == "stderr"
    ]
    printed = texts(notebook, printed_only=True)
    assert "real" in printed[0] + printed[1]
    assert "made-up sample data" not in "".join(printed)
    assert not [text for text in texts(notebook) if _HOME.search(text)]


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_real_files_give_what_was_committed(path: Path, real_data: Path, tmp_path: Path) -> None:
    committed = nbformat.read(path, as_version=4)
    now = execute(path, tmp_path, SHORTABLE_REAL_DATA=str(real_data.absolute()))
    assert texts(now, printed_only=True) == texts(committed, printed_only=True)
    for notebook in (committed, now):
        assert len(figures(notebook)) == 2
        assert not any(is_empty(picture) for picture in figures(notebook))
        assert not [text for text in texts(notebook) if _HOME.search(text)]


def test_real_notebooks_are_there() -> None:
    assert [path.stem for path in REAL] == [
        "real_borrow_market",
        "real_daily_limits",
        "real_leveraged_pairs",
    ]


def test_a_notebook_that_raises_is_no_passing_test(tmp_path: Path) -> None:
    path = tmp_path / "raises.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), path)
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        execute(path, tmp_path)


def test_an_empty_figure_would_be_seen() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    shown = []
    for data in ([], [1, 3, 2]):
        figure, axes = pyplot.subplots()
        axes.plot(data, color="#0072B2")
        axes.set(title="Title", ylabel="Label")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=72)
        pyplot.close(figure)
        shown.append(is_empty(base64.b64encode(buffer.getvalue()).decode()))
    assert shown == [True, False]
