"""Every listing of the examples, read by machine: see `listing_checks`."""

import importlib
import pkgutil

import pytest

from adgen.api import Gradient
from adgen.emission import emit
from tests import kernels
from tests.conftest import GOLDEN
from tests.constructs import ROWS
from tests.everyday import CASES
from tests.listing_checks import complaints, helpers_called

HELPERS = ("unbroadcast", "unreduce")
# what has lengths that only a run tells: masks, and types that settle after the first trip
UNTOLD = {
    "number_that_becomes_an_array", "autocorr", "pairwise_tree", "settling", "conv2d_bias", "lenet",
    "resnet_bottleneck", "nbody", "lennard_jones", "mandelbrot_masked", "prefix_sums",
    "masked_growth", "untold",
}  # fmt: skip
# which side was taken, of a branch of which it turns out that nothing is to be undone
NEEDLESS = {
    "list_trips_backward: `broke` is never read",
    "match_in_loop_backward: `saved0` is never read",
}


def programs():
    """The functions of the tables, each at the first of its inputs for each signature."""
    yield from CASES
    for row in ROWS:
        yield from ((row.function, args) for args in row.inputs if not row.refusal)
    for module in pkgutil.iter_modules(kernels.__path__):
        table = importlib.import_module(f"tests.kernels.{module.name}").ARGUMENTS
        yield from ((kernel, args) for kernel, calls in table.items() for args in calls)


def by_function():
    found = {}
    for function, args in programs():
        found.setdefault(function, []).append(args)
    return found.items()


def listing(gradient, args):
    return "\n\n".join(emit(gradient.compilation(*args).pair).parts)


@pytest.mark.parametrize(
    ("function", "calls"), [pytest.param(f, c, id=f.__name__) for f, c in by_function()]
)
def test_listing(function, calls):
    gradient = Gradient(function)
    for text in {listing(gradient, args) for args in (calls[0], calls[-1])}:
        assert set(complaints(text)) <= NEEDLESS
        if function.__name__ not in UNTOLD:
            assert not helpers_called(text, HELPERS)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.py")), ids=lambda path: path.stem)
def test_listing_of_a_sample(path):
    text = path.read_text(encoding="utf-8")
    assert not complaints(text)
    assert not helpers_called(text, HELPERS)


KEPT_IN_VAIN = """
def f_backward(dout, cache):
    x, y = cache
    return y * dout
"""
OVERWRITTEN = """
def f_backward(dout, cache):
    x = cache
    dx = 2 * x
    dx = x * dout
    return dx
"""
NEVER_ADDED_TO = """
def f_backward(dout, cache):
    x = cache
    dy = np.zeros_like(x)
    dx = dout * dy
    return dx
"""
TWO_TAPES = """
def f_forward(x):
    tape, tape0 = [], []
    for i in range(3):
        tape.append(x)
        if i > 1:
            break
        tape0.append(i)
    return x, (tape, tape0)
"""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (KEPT_IN_VAIN, "`x` is never read"),
        (OVERWRITTEN, "`dx = 2 * x` is overwritten before it is read"),
        (NEVER_ADDED_TO, "`dy` is zeros, and nothing is added to it"),
        (TWO_TAPES, "2 appends to tapes in one trip of `for i in range(3):`"),
    ],
)
def test_what_is_struck_out(text, complaint):
    (found,) = complaints(text)
    assert found.endswith(complaint)
