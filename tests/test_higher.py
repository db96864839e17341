"""Products with Jacobians and Hessians, the matrices, and constants within a function."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import UserError, check_grads, grad, hessian, hvp, jacobian, jvp, stop_gradient
from tests.differences import vector_jacobian

_rng = np.random.default_rng(4)
A, X, V = _rng.normal(size=(3, 3)), _rng.normal(size=3), _rng.normal(size=3)


def vector(x, a=2.0):
    return np.tanh(A @ x) * a * x[0]


def quadratic(x, y):
    return np.sum(x**2 * y) + np.prod(y) * x[0]


# --- jvp -----------------------------------------------------------------------------------------


def along(f, x, v, step=1e-6):
    return (f(x + step * v) - f(x - step * v)) / (2 * step)


@pytest.mark.parametrize("f", [vector, np.sum, lambda x: np.outer(x, x), lambda x: x[1] ** 2])
def test_derivative_in_a_direction(f):
    def g(x):
        return f(x)

    out, moved = jvp(g, (X,), V, wrt="x")
    assert np.array_equal(out, g(X))
    assert_allclose(moved, along(g, X, V), rtol=1e-7, atol=1e-9)


def test_derivative_in_a_direction_of_several_arguments():
    y = np.array([1.0, -2.0, 0.5])
    _, moved = jvp(quadratic, (X, y), (V, A[0]))
    dx, dy = grad(quadratic)(X, y)
    assert_allclose(moved, dx @ V + dy @ A[0])


def test_derivative_in_a_direction_of_numbers_loops_and_branches():
    def f(x, n):
        for _ in range(n):
            x = 0.5 * x + 1.0
        return x * x if x < 5.0 else x

    out, moved = jvp(f, (1.2, 4), 1.0)
    assert out == f(1.2, 4)
    assert_allclose(moved, along(lambda x: f(x, 4), 1.2, 1.0), rtol=1e-7)


def test_direction_of_another_form_is_refused():
    with pytest.raises(UserError, match="has not the form of `x`"):
        jvp(vector, (X, 1.0), (np.zeros(2), 1.0))
    with pytest.raises(UserError, match="1 directions are given for x, a"):
        jvp(vector, (X, 1.0), (V,))


def test_parameters_may_have_any_names():
    def f(seed, v, d, np, grad, weighted):
        return seed * v * d * np * grad * weighted

    assert_allclose(jvp(f, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (1.0,) + (0.0,) * 5)[1], 720.0)
    assert_allclose(hvp(f)(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, (1.0,) + (0.0,) * 5)[1], 360.0)


# --- hvp, jacobian, hessian ----------------------------------------------------------------------


def test_jacobian_rows_are_gradients():
    rows = [vector_jacobian(vector, (X, 2.0), "x", e) for e in np.eye(3)]
    assert_allclose(jacobian(vector, wrt="x")(X, 2.0), rows, rtol=1e-6, atol=1e-8)


def test_axes_of_the_result_come_first():
    def f(x, s):
        return np.outer(x[0], x[1]) * s

    x = _rng.normal(size=(2, 3))
    dx, ds = jacobian(f)(x, 2.0)
    assert dx.shape == (3, 3, 2, 3) and ds.shape == (3, 3)
    assert_allclose(ds, np.outer(x[0], x[1]))
    assert_allclose(dx[1, 2, 0, 1], 2.0 * x[1, 2])


def test_jacobian_of_complex_results_in_real_numbers():
    assert jacobian(lambda x: x * 1j)(2.0) == 1j
    assert_allclose(jacobian(lambda x: np.exp(1j * x))(X), np.diag(1j * np.exp(1j * X)))
    made = jacobian(lambda x, z: {"a": x * z, "b": x})(2.0, 1 + 2j)
    assert made == {"a": (1 + 2j, 2.0), "b": (1.0, 0.0)}


def test_jacobian_of_a_scalar_result_is_the_gradient():
    assert_allclose(jacobian(lambda x: np.sum(x**3))(X), 3 * X**2)


def test_hessian_by_hand():
    def f(x):
        return 0.5 * x @ A @ x + np.sum(x**3)

    expected = 0.5 * (A + A.T) + np.diag(6 * X)
    assert_allclose(hessian(f)(X), expected)
    assert_allclose(hvp(f)(X, V), expected @ V)


def test_hessian_of_several_arguments():
    y = np.array([1.0, -2.0, 0.5])
    (xx, xy), (yx, yy) = hessian(quadratic)(X, y)
    assert_allclose(xx, np.diag(2 * y))
    assert_allclose(xy, yx.T)
    du, dw = hvp(quadratic)(X, y, (V, A[0]))
    assert_allclose(du, xx @ V + xy @ A[0])
    assert_allclose(dw, yx @ V + yy @ A[0])


def test_hessian_has_the_shape_of_its_argument_twice():
    x = _rng.normal(size=(2, 3))
    found = hessian(lambda x: np.sum(np.tanh(x) ** 2) * x[0, 0])(x)
    assert found.shape == (2, 3, 2, 3)
    assert_allclose(found, found.transpose(2, 3, 0, 1))


def test_derivative_of_a_number_is_a_number():
    assert_allclose(hessian(lambda x: x**3)(2.0), 12.0)
    assert_allclose(jacobian(lambda x: x * np.ones(2))(2.0), [1.0, 1.0])


# --- stop_gradient -------------------------------------------------------------------------------


def test_what_is_stopped_is_a_constant():
    def f(x):
        return np.sum(stop_gradient(x) * x)

    assert_allclose(grad(f)(X), X)
    assert "stop_gradient" not in grad(f).source(X)


def test_a_name_may_be_stopped():
    def f(x, y):
        target = stop_gradient(x * y)
        held, _ = stop_gradient((y, [x]))
        return np.sum((x - target) ** 2) + held

    x, y = X, 0.5
    assert_allclose(grad(f)(x, y)[0], 2 * (x - x * y))
    assert grad(f)(x, y)[1] == 0.0


def test_what_is_stopped_is_still_the_array():
    def f(x):
        y = x * 2.0
        z = stop_gradient(y)
        y[0] = 5.0 * x[1]
        return z @ y

    def by_hand(x):
        fixed = np.array([5.0 * X[1], 2.0 * X[1], 2.0 * X[2]])
        return fixed @ np.array([5.0 * x[1], 2.0 * x[1], 2.0 * x[2]])

    assert f(X) == grad(f).forward(X)[0]
    assert_allclose(grad(f)(X), grad(by_hand)(X))


def test_writing_through_what_is_stopped_is_refused():
    def f(x):
        y = x * 2.0
        stop_gradient(y)[0] = 1.0
        return np.sum(y)

    with pytest.raises(UserError):
        grad(f)(X)


# --- of dicts, objects and lists -----------------------------------------------------------------


@dataclass
class Layer:
    W: np.ndarray
    scale: float
    name: str = "layer"


def of_dict(p):
    return np.sum(np.tanh(X @ p["W"] + p["b"]) ** 2)


def of_list(p):
    h = X
    for W, b in p:
        h = np.tanh(h @ W + b)
    return np.sum(h**2)


def of_object(p):
    return np.sum(np.tanh(X @ p.W) ** 2) * p.scale**3


PARAMETERS = {
    of_dict: {"W": A[:, :2], "b": A[0, :2], "steps": 3},
    of_list: [(A, V), (A.T, X)],
    of_object: Layer(A, 1.5),
}


def form(f, like):
    """The gradient of f with every number replaced by one drawn at random."""
    rng = np.random.default_rng(3)

    def drawn(value):
        if isinstance(value, dict):
            return {key: drawn(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(drawn, value))
        return rng.normal(size=np.shape(value)) if np.ndim(value) else float(rng.normal())

    return drawn(grad(f)(like))


def flat(value):
    if isinstance(value, dict):
        value = [value[key] for key in value]
    if isinstance(value, list | tuple):
        return np.concatenate([flat(item) for item in value])
    return np.ravel(value)


def moved(value, by, step):
    if isinstance(value, Layer):
        return Layer(value.W + step * by["W"], value.scale + step * by["scale"])
    if isinstance(value, dict):
        return {k: moved(v, by[k], step) if k in by else v for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(moved(v, b, step) for v, b in zip(value, by, strict=True))
    return value + step * by


@pytest.mark.parametrize("f", PARAMETERS, ids=lambda f: f.__name__)
def test_products_with_the_hessian_of_a_structure(f):
    at, v = PARAMETERS[f], form(f, PARAMETERS[f])
    out, slope = jvp(f, (at,), v)
    assert out == f(at)
    assert_allclose(slope, (f(moved(at, v, 1e-6)) - f(moved(at, v, -1e-6))) / 2e-6, rtol=1e-6)
    up, down = (flat(grad(f)(moved(at, v, step))) for step in (1e-6, -1e-6))
    product = hvp(f)(at, v)
    assert_allclose(flat(product), (up - down) / 2e-6, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("f", PARAMETERS, ids=lambda f: f.__name__)
def test_hessian_of_a_structure(f):
    at, v = PARAMETERS[f], form(f, PARAMETERS[f])
    found = hessian(f)(at)

    def product(row, by):
        """The sum over what a row of the Hessian has for each part."""
        if isinstance(row, dict):
            return sum(product(row[key], by[key]) for key in row)
        if isinstance(row, list | tuple):
            return sum(product(r, b) for r, b in zip(row, by, strict=True))
        return np.tensordot(row, by, np.ndim(by))

    def rows(part, like):
        if isinstance(like, dict):
            return [r for key in like for r in rows(part[key], like[key])]
        if isinstance(like, list | tuple):
            return [r for p, item in zip(part, like, strict=True) for r in rows(p, item)]
        return list(np.ravel(product(part, v)))

    assert_allclose(rows(found, v), flat(hvp(f)(at, v)), rtol=1e-10, atol=1e-12)


def test_jacobian_of_a_dict_and_of_several_results():
    def f(p):
        h = np.tanh(p["W"] @ X)
        return h, {"loss": np.sum(h)}

    first, second = jacobian(f)({"W": A})
    slope = 1 - np.tanh(A @ X) ** 2
    assert_allclose(first["W"], slope[:, None, None] * np.eye(3)[:, :, None] * X)
    assert_allclose(second["loss"]["W"], np.outer(slope, X))


def penalised(p):
    d = grad(of_dict)(p)
    return of_dict(p) + np.sum(d["W"] ** 2) + np.sum(d["b"] ** 2)


def descended(p):
    p = dict(p)
    for _ in range(2):
        d = grad(of_dict)(p)
        p["W"] = p["W"] - 0.1 * d["W"]
        p["b"] = p["b"] - 0.1 * d["b"]
    return of_dict(p)


def penalised_object(p):
    d = grad(of_object)(p)
    return np.sum(d["W"] ** 2) + d["scale"]


def penalised_layers(p):
    return sum(np.sum(dW**2) + np.sum(db * db) for dW, db in grad(of_list)(p))


@pytest.mark.parametrize(
    ("f", "inner"),
    [
        (penalised, of_dict),
        (descended, of_dict),
        (penalised_object, of_object),
        (penalised_layers, of_list),
    ],
)
def test_gradient_of_a_structure_called_in_a_function(f, inner):
    assert check_grads(f, (PARAMETERS[inner],)).ok
