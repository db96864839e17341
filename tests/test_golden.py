"""Golden listings: what adgen writes for the samples, kept to be read, and run against numbers.

`pytest --update-golden` writes them anew.
"""

import ast
import re
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen.api import Gradient
from adgen.explain.listings import described
from tests.conftest import GOLDEN
from tests.differences import vector_jacobian
from tests.sample_functions import ROOT, SAMPLE_FUNCTIONS, load

# samples with more functions than one
SEVERAL = ("gates", "activations", "everyday", "lists", "recurrent", "viterbi", "descent", "heat")


@dataclass(frozen=True)
class Listing:
    """A sample's function, and how many lines a good teacher would take for it."""

    sample: str
    function: str
    wrt: tuple[str, ...] | None = None
    most: int | None = None

    @property
    def target(self):
        return f"samples/{self.sample}.py:{self.function}"

    @property
    def file(self):
        single = self.sample not in SEVERAL
        return f"{self.sample}.py" if single else f"{self.sample}_{self.function}.py"


# `most`: lines of forward and backward without blank ones and comments
LISTINGS = [
    Listing("staged", "f", most=26),
    Listing("neuron", "neuron", most=11),
    Listing("gates", "add"),
    Listing("gates", "multiply"),
    Listing("gates", "larger"),
    Listing("gates", "circuit", most=17),
    Listing("two_layer", "loss", ("W1", "b1", "W2", "b2"), most=32),
    Listing("batchnorm", "batchnorm", ("x", "gamma", "beta"), most=22),
    Listing("borrowed", "fork", most=12),
    Listing("loops", "iterate", ("x", "a"), most=38),
    Listing("recursion", "polynomial", most=42),
    Listing("swish", "swish"),
    Listing("matmul", "product"),
    *(
        Listing("activations", name)
        for name in ("sigmoid", "tanh", "relu", "leaky_relu", "softmax")
    ),
    Listing("everyday", "group_norm", ("x", "gamma", "beta")),
    Listing("everyday", "cosine_similarity_loss"),
    Listing("everyday", "huber_loss"),
    Listing("everyday", "softmax_regression_loss"),
    Listing("everyday", "poisson_log_likelihood"),
    Listing("lists", "recurrence"),
    Listing("lists", "rollout"),
    Listing("lists", "alignment"),
    Listing("recurrent", "rnn_loss", ("Wx", "Wh", "b")),
    Listing("descent", "loss_after_descent", ("w", "rate")),
    Listing("descent", "loss_after_adaptation", ("w", "rate")),
    Listing("newton", "kepler"),
    Listing("heat", "relaxed"),
    Listing("heat", "conducted"),
    Listing("viterbi", "best_score"),
    Listing("viterbi", "edit_distance"),
    Listing("ray_sphere", "distance_to_sphere"),
]
every_listing = pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.file[:-3])


def primal(listing):
    """The sample's function and arguments for it."""
    (found,) = [f for f in SAMPLE_FUNCTIONS if f.target == listing.target]
    return found.function, found.args


def read(listing):
    return (GOLDEN / listing.file).read_text(encoding="utf-8")


@every_listing
def test_listing_is_what_adgen_writes(listing, golden, monkeypatch):
    monkeypatch.chdir(ROOT)  # the heading names the file as seen from here
    function, args = primal(listing)
    golden(listing.file, described(Gradient(function, listing.wrt), args, preamble=True))


@every_listing
def test_listing_runs_by_itself_and_is_right(listing):
    function, args = primal(listing)
    module = load(GOLDEN / listing.file)
    out, cache = getattr(module, f"{listing.function}_forward")(*args)
    expected = function(*args)
    assert np.array_equal(out, expected) and np.shape(out) == np.shape(expected)
    dout = np.random.default_rng(8).normal(size=np.shape(out))
    dout = dout if np.ndim(out) else float(dout)
    gradients = getattr(module, f"{listing.function}_backward")(dout, cache)
    names = differentiated(listing)
    for name, gradient in zip(names, gradients if len(names) > 1 else [gradients], strict=True):
        expected = vector_jacobian(function, args, name, dout)
        assert_allclose(gradient, expected, rtol=1e-5, atol=1e-7, err_msg=f"d{name}")


def differentiated(listing):
    """The parameters that the listing's heading says it is the adjoint for."""
    heading = " ".join(re.findall(r"^# (.*)", read(listing), re.MULTILINE))
    names = re.search(r"with respect to (.*?), for ", heading).group(1).split(", ")
    assert listing.wrt is None or tuple(names) == listing.wrt
    return names


@every_listing
def test_listing_needs_no_help_with_broadcasting(listing):
    called = {ast.unparse(n.func) for n in ast.walk(ast.parse(read(listing)))
              if isinstance(n, ast.Call)}  # fmt: skip
    assert not called & {"unbroadcast", "unreduce"}


@every_listing
def test_listing_imports_numpy_and_math_alone(listing):
    for node in ast.walk(ast.parse(read(listing))):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= {"numpy", "math"}
        assert not isinstance(node, ast.ImportFrom)


def lines(text):
    """The lines of forward and backward that say something."""
    functions = text[text.index("def ") :].splitlines()
    return [line for line in functions if line.strip() and not line.strip().startswith("#")]


@pytest.mark.parametrize(
    "listing",
    [listing for listing in LISTINGS if listing.most],
    ids=lambda listing: listing.file[:-3],
)
def test_listing_is_no_longer_than_one_written_by_hand(listing):
    assert len(lines(read(listing))) <= listing.most


def test_every_golden_file_belongs_to_a_listing():
    assert {path.name for path in GOLDEN.glob("*.py")} == {listing.file for listing in LISTINGS}
