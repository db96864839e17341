"""Operations written out by hand are seen as single gates, and nothing else is."""

import ast
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import grad, vjp
from adgen.rules import catalogue
from tests.rules.calls import Sample, compiled, measured
from tests.rules.harness import check_gradient

X = np.random.default_rng(3).normal(size=(3, 4))
PATTERNS = {
    "sigmoid": [
        "1 / (1 + np.exp(-x0))",
        "1.0 / (1.0 + np.exp(-x0))",
        "1 / (np.exp(-x0) + 1)",
        "np.exp(x0) / (1 + np.exp(x0))",
    ],
    "sigmoid of -x": ["1 / (1 + np.exp(x0))"],
    "softplus": [
        "np.log1p(np.exp(x0))",
        "np.log1p(np.exp(-x0))",
        "np.log(1 + np.exp(x0))",
        "np.log(np.exp(x0) + 1.0)",
    ],
    "log of sigmoid": ["np.log(1 / (1 + np.exp(-x0)))"],
    "log of 1 - sigmoid": ["np.log(1 - 1 / (1 + np.exp(-x0)))"],
    "log of a quotient": ["np.log(x0 / np.sign(x0))", "np.log(-3.0 / -abs(x0))"],
    "log of determinant": ["np.log(np.linalg.det(x0 @ x0.T))"],
    "square": ["x0 * x0"],
    "squared size": [
        "np.abs(x0) ** 2",
        "np.absolute(x0) ** 2.0",
        "np.square(np.abs(x0))",
        "abs(x0) ** 2",
        "(x0 * x0.conj()).real",
        "np.real(np.conj(x0) * x0)",
    ],
    "softmax": [
        "np.exp(x0) / np.sum(np.exp(x0))",
        "np.exp(x0) / np.exp(x0).sum(axis=1, keepdims=True)",
        "np.exp(x0) / np.sum(np.exp(x0), axis=(0, 1), keepdims=True)",
        "np.exp(x0 - np.max(x0)) / np.sum(np.exp(x0 - np.max(x0)))",
        "np.exp(x0 - x0.max(axis=0, keepdims=True))"
        " / np.sum(np.exp(x0 - x0.max(axis=0, keepdims=True)), axis=0, keepdims=True)",
    ],
    "log of softmax": [
        "x0 - np.log(np.sum(np.exp(x0)))",
        "x0 - np.log(np.sum(np.exp(x0), axis=1, keepdims=True))",
        "x0 - np.max(x0) - np.log(np.sum(np.exp(x0 - np.max(x0))))",
        "x0 - x0.max(axis=1, keepdims=True)"
        " - np.log(np.sum(np.exp(x0 - x0.max(axis=1, keepdims=True)), axis=1, keepdims=True))",
    ],
    "logsumexp": [
        "np.log(np.sum(np.exp(x0)))",
        "np.log(np.sum(np.exp(x0), axis=1))",
        "np.log(np.sum(np.exp(x0), axis=0, keepdims=True))",
        "np.max(x0) + np.log(np.sum(np.exp(x0 - np.max(x0))))",
        "x0.max(axis=0) + np.log(np.exp(x0 - x0.max(axis=0)).sum(axis=0))",
        "np.max(x0, axis=1) + np.log(np.sum(np.exp(x0 - np.max(x0, axis=1)[:, None]), axis=1))",
        "np.max(x0, -1) + np.log(np.sum(np.exp(x0 - np.max(x0, -1)[..., None]), -1))",
        "np.log(np.sum(np.exp(x0 - np.max(x0, axis=1, keepdims=True)), axis=1))"
        " + np.max(x0, axis=1, keepdims=True)[:, 0]",
    ],
    "logsumexp, axes kept": [
        "np.log(np.sum(np.exp(x0 - np.max(x0, axis=1, keepdims=True)), axis=1, keepdims=True))"
        " + np.max(x0, axis=1, keepdims=True)",
    ],
}


def recognised(f: Any, *args: Any) -> set[Any]:
    """The operations without a function of their own among a program's gates."""
    program_ = grad(f).compilation(*args).staged.program
    ops = [gate.op.function for _, gate in program_.gates() if gate.op is not None]
    return {op for op in ops if isinstance(op, str) and op != "copy"}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in PATTERNS.items() for text in texts]
)
def test_pattern_is_recognised(name, text):
    assert name in recognised(compiled(text, 1), X)
    check_gradient(Sample(text, [X], "differences"))


@pytest.mark.parametrize(
    "text",
    [
        "np.exp(x0) / np.sum(np.exp(x0), axis=0)",
        "np.exp(x0) / np.sum(np.exp(2 * x0))",
        "np.exp(x0) / np.sum(np.exp(x0), axis=0, keepdims=False)",
        "2 / (1 + np.exp(-x0))",
        "1 / (2 + np.exp(-x0))",
        "x0[0] * x0[1]",
    ],
)
def test_what_only_looks_like_a_pattern_is_not_taken_for_one(text):
    assert recognised(compiled(text, 1), X) == set()
    check_gradient(Sample(text, [X], "differences"))


def test_the_largest_of_other_rows_is_not_that_which_is_taken_off():
    x = "x0[:, :3]"
    text = (
        f"np.max({x}, axis=0) + np.log(np.sum(np.exp({x} - np.max({x}, axis=0)[:, None]), axis=0))"
    )
    check_gradient(Sample(text, [X], "differences"))


def stable_softmax(x):
    m = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - m)
    total = np.sum(e, axis=-1, keepdims=True)
    return e / total


def shared_parts(x):
    e = np.exp(x)
    return e / e.sum() + e


@pytest.mark.parametrize("f", [stable_softmax, shared_parts])
def test_pattern_looks_through_names(f):
    assert recognised(f, X) == {"softmax"}
    out, pullback = vjp(f, X)
    dout = np.random.default_rng(4).normal(size=out.shape)
    assert_allclose(pullback(dout), measured(f, [X], 0, dout, "differences"), 1e-6, 1e-8)


def test_every_pattern_names_an_operation():
    assert [p.function for p in catalogue().patterns if catalogue().find(p.function) is None] == []
    assert {p.function for p in catalogue().patterns} == set(PATTERNS)
    assert all(isinstance(p.tree, ast.BinOp | ast.Call) for p in catalogue().patterns)
