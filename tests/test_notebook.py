"""Gradients in notebooks."""

from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pytest
from IPython.testing.globalipapp import start_ipython
from nbclient import NotebookClient

from adgen import UserError, grad
from adgen.notebook import show

SAMPLE = Path(__file__).parent.parent / "samples" / "backprop.ipynb"


def squares(x):
    return np.sum(x * x)


KEY = "</pre></style></script></title><b id='planted'>&amp;"


def markup(parts):
    """</pre></script><b id='planted'>"""
    w = parts["</pre></style></script></title><b id='planted'>&amp;"]  # <b id="planted">
    return np.sum(w * w)


class Tags(HTMLParser):
    """The tags of a text, and what their attributes say."""

    def __init__(self, text):
        super().__init__()
        self.seen = set()
        self.attributes = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += attrs


@pytest.fixture(scope="module")
def shell():
    """An IPython with the extension loaded."""
    found = start_ipython()
    found.run_line_magic("load_ext", "adgen.notebook")
    return found


def test_the_listing_stands_beside_the_circuit():
    html = show(squares, np.ones(3))._repr_html_()
    assert html.index("squares_backward") < html.index("<svg")


def test_svg_alone():
    assert "<svg" in show(squares, np.ones(3))._repr_svg_()


def test_a_gradient_can_be_shown_as_well():
    shown = show(grad(squares), np.ones(3))
    assert "dx = (2 * dout) * x" in str(shown)
    assert repr(shown) == "<the gradient of squares at array([1., 1., 1.])>"


def test_the_page_is_escaped_in_its_frame():
    framed = show(squares, np.ones(3)).steps(height=300)._repr_html_()
    assert framed.count("<") == 2 and 'height="300"' in framed


def test_text_of_the_author_is_shown_as_text():
    """In the listing, the picture and its hover text, and the page in its frame."""
    shown = show(markup, {KEY: np.ones(3)})
    listing, picture = Tags(shown._repr_html_()), Tags(shown._repr_svg_())
    assert "b" not in listing.seen | picture.seen and "script" not in listing.seen
    assert ("id", "planted") not in listing.attributes + picture.attributes
    assert "planted" in shown._repr_svg_()
    (page,) = [
        value for name, value in Tags(shown.steps()._repr_html_()).attributes if name == "srcdoc"
    ]
    assert "b" not in Tags(page).seen and "planted" in page


def test_the_magic_steps_through_the_last_function(shell):
    cell = "def g(x):\n    return x\n\n\ndef f(x, y):\n    return x * y\n"
    framed = shell.run_cell_magic("backprop", "3.0, -4.0", cell)
    assert "f_backward" in framed.page
    assert shell.user_ns["f"](2.0, 3.0) == 6.0


def test_the_magic_says_what_it_needs(shell):
    with pytest.raises(UserError, match="no function in this cell"):
        shell.run_cell_magic("backprop", "3.0", "x = 1.0")


def test_gradients_show_their_listing_where_annotations_say_enough(shell):
    html = shell.display_formatter.formatters["text/html"]

    def annotated(x: float) -> float:
        return x * x

    gradient = grad(annotated)
    assert "annotated_backward" in html.lookup(gradient)(gradient)


def test_the_sample_runs():
    notebook = nbformat.read(SAMPLE, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    assert sum("text/html" in o.get("data", {}) for o in outputs) == 3
    assert not any(o.output_type == "error" for o in outputs)
