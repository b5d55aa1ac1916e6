"""Every notebook is executed: its cells run, its figures show something, and what it prints is what was committed."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
image = pytest.importorskip("matplotlib.image")

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# Of an absolute path on anybody's machine.
_HOME = re.compile(r"(?<![\w.])/(?:home|root|tmp|work|usr|opt|Users|private)\b|[A-Z]:\\\\")


def figures(notebook: Any) -> list[str]:
    """Return the pictures among the outputs, base64 PNG."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]


def texts(notebook: Any, *, printed_only: bool = False) -> list[str]:
    """Return what the cells print and, unless `printed_only`, show; pictures aside."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    shown = [] if printed_only else [o["data"].get("text/plain", "") for o in outputs if "data" in o]
    return [o["text"] for o in outputs if o.output_type == "stream"] + shown


def is_empty(png: str) -> bool:
    """Say whether a figure shows no data: axes, ticks and letters are grey, data is coloured."""
    pixels = image.imread(io.BytesIO(base64.b64decode(png)), format="png")[..., :3]
    coloured = np.ptp(pixels, axis=-1) > 0.3
    return bool(coloured.sum() < 500)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Return a notebook as committed and as executed now, in a folder of its own."""
    committed = nbformat.read(request.param, as_version=4)
    executed = nbformat.read(request.param, as_version=4)
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as outside:
        outside.delenv("MPLBACKEND", raising=False)  # a backend chosen outside would keep figures out of the notebook
        nbclient.NotebookClient(
            executed, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute()
    return committed, executed


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS][:1] == ["01_quickstart"]


def test_no_figure_is_empty(both: tuple[Any, Any]) -> None:
    for notebook in both:
        pictures = figures(notebook)
        assert pictures
        assert not any(is_empty(picture) for picture in pictures)


def test_it_was_committed_executed_from_top_to_bottom(both: tuple[Any, Any]) -> None:
    counts = [cell.execution_count for cell in both[0].cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_it_prints_what_was_committed(both: tuple[Any, Any]) -> None:
    # Printed text only: how a DataFrame is laid out is pandas' own business.
    committed, executed = (texts(notebook, printed_only=True) for notebook in both)
    assert len(committed) >= 3
    assert executed == committed


def test_no_output_is_an_error_a_warning_or_a_path_of_this_machine(both: tuple[Any, Any]) -> None:
    for cell in both[0].cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
    assert not [text for text in texts(both[0]) if _HOME.search(text)]


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
