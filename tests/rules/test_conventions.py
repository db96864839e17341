"""Spellings, kinks and refusals: what the samples of the catalogue do not say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import check_grads, grad, value_and_grad, vjp
from adgen.errors import UserError
from tests.rules.calls import Sample, compiled, vector
from tests.rules.harness import check_gradient

# -- spellings that samples do not have ------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x0.reshape(2, -1)", np.ones((4, 3))),
        ("x0.reshape((3, 4))", np.ones((4, 3))),
        ("x0.reshape(-1)", np.ones((4, 3))),
        ("x0.reshape(x0.shape[1], x0.shape[0])", np.ones((4, 3))),
        ("x0.reshape(x0.shape[0], -1)", np.ones((4, 3, 2))),
        ("x0.transpose()", np.ones((4, 3))),
        ("x0.transpose(1, 2, 0)", np.ones((4, 3, 2))),
        ("x0.transpose((1, 0, 2))", np.ones((4, 3, 2))),
        ("x0.sum(0)", np.ones((4, 3))),
        ("x0.mean(axis=1, keepdims=True)", np.ones((4, 3))),
        ("x0.var(ddof=1)", np.arange(12.0).reshape(4, 3)),
        ("x0.max(axis=0)", np.arange(12.0).reshape(4, 3)),
        ("x0.dot(x0.T)", np.arange(12.0).reshape(4, 3)),
        ("x0.clip(0.5, 2.5)", np.arange(12.0).reshape(4, 3)),
        ("x0.clip(min=2.5)", np.arange(12.0).reshape(4, 3)),
        ("x0.clip(max=2.5)", np.arange(12.0).reshape(4, 3)),
        ("x0.ravel()[::2]", np.arange(12.0).reshape(4, 3)),
        ("x0.swapaxes(0, 1)", np.ones((4, 3))),
        ("x0.squeeze()", np.ones((4, 1))),
        ("x0.cumsum()", np.ones((4, 3))),
        ("x0.take([0, 0, 2])", np.arange(3.0)),
        ("x0[[0, 0, 2]]", np.arange(3.0)),
        ("x0.repeat(2)", np.ones(3)),
        ("x0.trace()", np.ones((3, 3))),
        ("x0.prod()", np.arange(1.0, 4.0)),
        ("x0.item() * 2", np.ones(1)),
        ("x0 * float(len(x0))", np.ones(3)),
        ("x0[x0 > 0.5]", np.arange(3.0)),
        ("x0[np.argsort(x0)]", np.array([3.0, 1.0, 2.0])),
        ("x0 * (x0 > 0.5)", np.arange(3.0)),
        ("x0 // 2 * x0", np.array([3.0, 1.0, 5.0])),
        ("np.round(x0, 1) * x0", np.array([3.13, 1.18, 5.01])),
        ("np.sign(x0) * x0", np.array([3.13, -1.18, 5.01])),
        ("x0 * np.arange(3)", np.ones(3)),
        ("x0 * np.linspace(0, 1, 3)", np.ones(3)),
        ("x0 + np.zeros((2, 3))", np.ones(3)),
        ("x0 @ np.eye(3)", np.ones(3)),
        ("x0 * np.ones_like(x0)", np.ones(3)),
        ("np.where(np.logical_and(x0 > 0.5, ~np.isnan(x0)), x0, 0)", np.arange(3.0)),
        ("x0 * x0.size + np.ndim(x0)", np.ones(3)),
    ],
)
def test_spelling(text, value):
    check_gradient(Sample(text, [value], "differences"))


# -- kinks ------------------------------------------------------------------------------

TIE = np.array([2.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("text", "values", "gradients"),
    [
        ("abs(x0)", [0.0], [0.0]),
        ("np.abs(x0)", [np.zeros(2)], [[0, 0]]),
        ("max(0.0, x0)", [0.0], [0.0]),
        ("max(x0, 0)", [0.0], [0.0]),
        ("np.maximum(0, x0)", [np.zeros(2)], [[0, 0]]),
        ("np.maximum(x0, 0)", [np.zeros(2)], [[0, 0]]),
        ("np.minimum(x0, 0)", [np.zeros(2)], [[0, 0]]),
        ("max(x0, x1)", [1.0, 1.0], [1.0, 0.0]),
        ("min(x0, x1)", [1.0, 1.0], [1.0, 0.0]),
        ("max(x0, x1, x2)", [1.0, 2.0, 2.0], [0.0, 1.0, 0.0]),
        ("np.maximum(x0, x1)", [TIE, TIE], [[1, 1, 1], [0, 0, 0]]),
        ("np.minimum(x0, x1)", [TIE, TIE], [[1, 1, 1], [0, 0, 0]]),
        ("np.fmax(x0, x1)", [TIE, np.full(3, np.nan)], [[1, 1, 1], [0, 0, 0]]),
        ("np.max(x0)", [TIE], [[0.5, 0, 0.5]]),
        ("np.min(x0)", [-TIE], [[0.5, 0, 0.5]]),
        ("max(x0)", [TIE], [[1, 0, 0]]),
        ("np.clip(x0, 1, 2)", [np.array([0.5, 1.0, 1.5, 2.0])], [[0, 0, 1, 0]]),
        ("x0 ** 0", [0.0], [0.0]),
        ("x0 ** 0.0", [np.zeros(2)], [[0, 0]]),
        ("x0 ** 1", [0.0], [1.0]),
        ("x0 ** 2", [np.zeros(2)], [[0, 0]]),
        ("x0 ** x1", [0.0, 2.0], [0.0, 0.0]),
        ("x0 ** x1", [0.0, 0.0], [0.0, 0.0]),
        ("x0 ** x1", [np.zeros(2), np.array([0.0, 1.0])], [[0, 1], [0, 0]]),
        ("x0 ** 0.5", [np.zeros(2)], [[np.inf, np.inf]]),
        ("np.where(x0 > 0, np.log(x0), 0.0)", [np.array([1.0, 2.0])], [[1.0, 0.5]]),
        ("np.heaviside(x0, x1)", [np.array([-1.0, 0.0]), 0.5], [[0, 0], 1.0]),
        ("np.prod(x0)", [np.zeros(2)], [[0, 0]]),
        ("np.sinc(x0)", [np.zeros(2)], [[0, 0]]),
        (
            "np.interp(x0, [0.0, 1.0, 2.0], [0.0, 3.0, 4.0])",
            [np.array([0.0, 1.0, 2.0])],
            [[3, 1, 0]],
        ),
        ("np.ptp(x0)", [TIE], [[0.5, -1, 0.5]]),
        ("np.median(x0)", [TIE], [[1, 0, 0]]),
        ("np.linalg.norm(x0, 1)", [np.array([0.0, -2.0])], [[0, -1]]),
        ("np.cumprod(x0)", [np.zeros(2)], [[1, 0]]),
        ("np.linalg.svd(x0, full_matrices=False)[1]", [np.eye(2)], [np.eye(2)]),
        ("np.linalg.eigh(x0)[0]", [np.eye(2)], [np.eye(2)]),
        ("np.linalg.eigvalsh(x0)", [np.eye(2)], [np.eye(2)]),
    ],
)
def test_kink_follows_the_convention(text, values, gradients):
    f = compiled(text, len(values))
    out, pullback = vjp(f, *values, wrt=tuple(range(len(values))))
    quiet = np.errstate(divide="ignore" if np.inf in np.ravel(gradients[0]) else "raise",
                        invalid="raise")  # fmt: skip
    with quiet:
        found = pullback(np.ones(out.shape) if isinstance(out, np.ndarray) else 1.0)
    for gradient, expected in zip(found, gradients, strict=True):
        assert_allclose(gradient, expected)


def test_a_number_drawn_at_random_is_drawn_once():
    f = compiled("x0 * np.random.normal(size=3)", 1)
    x = np.array([1.0, 2.0, 4.0])
    out, pullback = vjp(f, x)
    assert_allclose(pullback(np.ones(3)), out / x)


def second(unused, taken):
    return taken


def of_the_second_number(x):
    rng = np.random.default_rng(1)
    pair = (rng.normal(x, 1.0), x)
    return pair[1] * second(rng.normal(), rng.normal(x, 2.0))


def test_a_number_that_nothing_reads_is_drawn():
    value, slope = value_and_grad(of_the_second_number)(0.5)
    assert value == of_the_second_number(0.5)
    assert_allclose(slope, value / 0.5 + 0.5)


# -- several results at once ----------------------------------------------------------


def of_singular_values(x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return np.sum(np.sin(u)) * np.sum(s**3) + np.sum(np.cos(vh)) * s[0]


def of_eigenvalues(x):
    w, v = np.linalg.eigh(x @ x.T)
    return np.sum((v * np.exp(-w)) @ v.T * np.sin(v)) + w[0] * w[1]


def of_factors(x):
    q, r = np.linalg.qr(x)
    return np.sum(np.sin(q)) * np.sum(np.cos(r))


def of_determinant(x):
    sign, logdet = np.linalg.slogdet(x.T @ x)
    return sign * logdet**2


@pytest.mark.parametrize("f", [of_singular_values, of_eigenvalues, of_factors, of_determinant])
def test_several_results_at_once(f):
    x = np.array([[2.0, 0.5, -0.3], [0.1, 1.0, 0.7], [0.4, -0.6, 0.5]])
    assert check_grads(f, (x,)).ok
    if f is not of_eigenvalues:
        assert check_grads(f, (np.vstack([x, x[:1] ** 2]),)).ok


# -- what is not done is refused -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("max(x0, 0)", vector()),
        ("float(x0)", vector()),
        ("np.einsum('...i->i', x0)", np.ones((2, 3))),
        ("np.einsum('ij->ji', x0)", vector()),
        ("np.einsum(x0, [0], x0, [x0.size])", vector()),
        ("np.einsum('ij,j->i', x0, x0)", vector()),
        ("np.pad(x0, 1, constant_values=(x0[0], 0))", vector()),
        ("np.convolve(x0, x0, mode='wrap')", vector()),
        ("x0.partition(1)", vector()),
        ("x0.resize(2)", vector()),
        ("np.linalg.qr(x0, 'complete')[0]", np.ones((3, 2))),
        ("np.split(x0, [3, 1])[0]", vector()),
    ],
)
def test_refused(text, value):
    with pytest.raises(UserError):
        vjp(compiled(text, 1), value)


def seen_through_a_view(x):
    y = 2 * x
    wide = np.broadcast_to(y, (2, 3))
    y += 1.0
    return np.sum(wide * wide)


def test_a_view_is_not_taken_for_a_copy():
    x = np.array([1.0, 2.0, 3.0])
    try:
        out, pullback = vjp(seen_through_a_view, x)
    except UserError:
        return  # refused is right, too
    assert out == seen_through_a_view(x)
    assert_allclose(pullback(1.0), 8 * (2 * x + 1))


def pair_made_before_a_write(x):
    y = 2 * x
    pair = (y[1:], [y])
    y *= 3.0
    return pair


def test_a_result_has_what_its_parts_are_when_it_is_returned():
    _, pullback = vjp(pair_made_before_a_write, np.ones(3))
    assert_allclose(pullback((np.ones(2), [np.ones(3)])), [6.0, 12.0, 12.0])


def displays(x, y):
    return np.sum(np.array([x * 2, y]) ** 2)


def test_a_display_of_differentiated_values_is_followed_or_refused():
    try:
        _, pullback = vjp(displays, 1.0, 2.0)
    except UserError:
        return
    assert_allclose(pullback(1.0), (8.0, 4.0))


def of_a_named_list(x, y):
    parts = [x * 2, y]
    return np.sum(np.concatenate(parts) ** 2)


def of_a_named_tuple_of_lists(x, y):
    rows = ([x[0], y[1]], [y[0], x[1]])
    return np.sum(np.array(rows) ** 3)


@pytest.mark.parametrize("f", [of_a_named_list, of_a_named_tuple_of_lists])
def test_a_name_for_several_operands_hands_on_to_each(f):
    assert check_grads(grad(f, wrt=("x", "y")), (np.array([1.0, 2.0]), np.array([0.5, -1.0]))).ok


@pytest.mark.parametrize(
    "text", ["1.0 / (x0[1] * (x0[0] > 0.1))", "x0[2] / (x0[1] * (x0[0] > 0.1))"]
)
def test_a_truth_value_has_no_sign(text):
    assert check_grads(compiled(text, 1), (np.array([0.3, 0.9, 2.0]),)).ok
