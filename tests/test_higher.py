"""Products with Jacobians and Hessians, the matrices, and constants within a function."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import UserError, grad, hessian, hvp, jacobian, jvp, stop_gradient
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
