"""The samples, against numbers worked out by hand, closed forms and central differences."""

import math
import runpy
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import check_grads, grad, value_and_grad, vjp
from tests.check_program import same
from tests.sample_functions import SAMPLE_FUNCTIONS, SAMPLES, every_sample
from tests.sample_functions import load as load_file


def load(name):
    """The module samples/<name>.py."""
    return load_file(SAMPLES / f"{name}.py")


# --- scalars -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "expected"),
    [((2.0, 3.0, 4.0), (4, 4, 5)), ((-2.0, 5.0, -4.0), (-4, -4, 3))],
)
def test_add_then_multiply(point, expected):
    gradient = grad(load("add_mul").f)(*point)
    assert gradient == expected
    assert all(type(g) is float for g in gradient)


def test_product_plus_sin():
    assert_allclose(grad(load("product_plus_sin").f)(2.0, 3.0), (3 + math.cos(2), 2), rtol=1e-15)


def test_staged():
    f = load("staged").f
    out, (dx, dy) = value_and_grad(f)(3.0, -4.0)
    assert out == f(3.0, -4.0)
    # worked out on paper with the quotient rule
    sigx, sigy = 1 / (1 + math.exp(-3.0)), 1 / (1 + math.exp(4.0))
    num, den = 3.0 + sigy, sigx + 1.0
    assert_allclose(dx, 1 / den - num / den**2 * (sigx * (1 - sigx) - 2), rtol=1e-14)
    assert_allclose(dy, sigy * (1 - sigy) / den + 2 * num / den**2, rtol=1e-14)


def test_sigmoid_neuron():
    neuron = load("neuron").neuron
    out, (dw, dx) = value_and_grad(neuron)([2.0, -3.0, -3.0], [-1.0, -2.0])
    assert_allclose(out, 1 / (1 + math.exp(-1)), rtol=1e-15)
    ddot = (1 - out) * out
    assert isinstance(dw, list) and isinstance(dx, list)
    assert_allclose(dw, [-ddot, -2 * ddot, ddot], rtol=1e-14)
    assert_allclose(dx, [2 * ddot, -3 * ddot], rtol=1e-14)


def test_gates():
    gates = load("gates")
    assert grad(gates.add)(3.0, -4.0) == (1, 1)
    assert grad(gates.multiply)(3.0, -4.0) == (-4, 3)
    assert grad(gates.larger)(3.0, -4.0) == (1, 0)
    assert grad(gates.larger)(-4.0, 3.0) == (0, 1)
    assert grad(gates.circuit)(3.0, -4.0, 2.0, -1.0) == (-8, 6, 2, 0)


def test_linear_models():
    models = load("linear_models")
    assert grad(models.slope_loss, wrt="w")(2.0, 1.0, 4.0) == -8
    assert grad(models.line_loss, wrt=("w", "b"))(1.0, 1.0, 2.0, 2.0) == (2, 2)
    assert grad(models.parabola_loss, wrt=("w1", "w2"))(2.0, 2.0, 2.0, 1.0, 9.0) == (32, 16)


# --- arrays --------------------------------------------------------------------------------------


@pytest.fixture
def matrices():
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 10)), rng.normal(size=(10, 3)), rng.normal(size=(5, 3))


def test_matrix_product(matrices):
    W, X, dD = matrices
    D, pullback = vjp(load("matmul").product, W, X)
    dW, dX = pullback(dD)
    assert_allclose(D, W @ X, rtol=0)
    assert_allclose(dW, dD @ X.T, rtol=1e-15)
    assert_allclose(dX, W.T @ dD, rtol=1e-15)


def test_matrix_product_reads_like_the_notes(matrices):
    W, X, _ = matrices
    lines = [line.strip() for line in grad(load("matmul").product).source(W, X).splitlines()]
    assert "dW = dD @ X.T" in lines
    assert "dX = W.T @ dD" in lines


def test_inputs_a_thousand_times_larger_scale_dW_by_a_thousand(matrices):
    """Why data are normalised first: the step for W follows the scale of its inputs."""
    W, X, dD = matrices
    product = load("matmul").product
    dW, _ = vjp(product, W, X)[1](dD)
    dW_scaled, _ = vjp(product, W, 1000 * X)[1](dD)
    assert_allclose(dW_scaled, 1000 * dW, rtol=1e-13)


def _softmax_derivative(x, dout):
    p = np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)
    return p * (dout - np.sum(p * dout, axis=-1, keepdims=True))


CLOSED_FORMS = {
    "sigmoid": lambda x, dout: dout / (2 + np.exp(x) + np.exp(-x)),
    "tanh": lambda x, dout: dout / np.cosh(x) ** 2,
    "relu": lambda x, dout: dout * (x > 0),
    "leaky_relu": lambda x, dout: dout * np.where(x > 0, 1, 0.01),
    "softmax": _softmax_derivative,
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
@pytest.mark.parametrize("shape", [(6,), (4, 3)])
def test_activation_derivative(name, shape):
    rng = np.random.default_rng(1)
    x, dout = rng.normal(size=shape), rng.normal(size=shape)
    f = getattr(load("activations"), name)
    out, pullback = vjp(f, x)
    dx = pullback(dout)
    assert np.array_equal(out, f(x))
    assert_allclose(dx, CLOSED_FORMS[name](x, dout), rtol=1e-12, atol=1e-15)


def test_swish():
    rng = np.random.default_rng(2)
    x, w, dout = rng.normal(size=(3, 4))
    dx, dw = vjp(load("swish").swish, x, w)[1](dout)
    s = np.tanh(x * w)
    assert_allclose(dx, dout * (s + x * w * (1 - s**2)), rtol=1e-13)
    assert_allclose(dw, dout * x**2 * (1 - s**2), rtol=1e-13)


# --- training ------------------------------------------------------------------------------------


def test_training_a_slope_ends_at_the_right_prediction():
    assert round(4.0 * load("train_linear").train(), 3) == 8.0


def test_training_on_a_spiral_draws_a_falling_loss(tmp_path, capsys):
    picture = tmp_path / "loss.png"
    losses, accuracy = load("train_spiral").main(["--epochs", "200", "--out", str(picture)])
    assert_allclose(losses[0], math.log(3), rtol=0.05)  # three arms, no knowledge yet
    assert losses[-1] < 0.8 * losses[0]
    assert accuracy > 0.5
    assert picture.read_bytes().startswith(b"\x89PNG")
    written = capsys.readouterr()
    assert "accuracy" in written.out
    assert "200/200" in written.err  # the progress bar


def test_clipping_keeps_the_direction_and_bounds_the_norm():
    clip = load("train_spiral").clip
    assert_allclose(clip([np.array([30.0]), np.array([[40.0]])], 5.0)[0], [3.0])
    assert_allclose(clip([np.array([0.3]), np.array([[0.4]])], 5.0)[1], [[0.4]])
    assert_allclose(clip([np.zeros(2)], 5.0)[0], [0, 0])


# --- as scripts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_sample_runs_as_a_script(path, tmp_path, monkeypatch, capsys):
    arguments = ["--epochs", "2"] if path.stem == "train_spiral" else []
    monkeypatch.setattr(sys, "argv", [str(path), *arguments])
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out


# --- all of them ---------------------------------------------------------------------------------


def test_every_function_has_arguments_to_try():
    assert not [f.target for f in SAMPLE_FUNCTIONS if f.args is None]


@every_sample
def test_gradients_agree_with_differences(f, args, wrt):
    assert check_grads(f, args, wrt=wrt).ok
    assert same(vjp(f, *args, wrt=wrt)[0], f(*args))


@pytest.mark.parametrize(
    ("origin", "radius"),
    [((0, 0, 0), 1.0), ((0.3, 1.8, 2.9), 1.0), ((0, 0, 9), 1.0), ((5, 0, 0), 0.5)],
)
def test_each_way_that_a_ray_may_take(origin, radius):
    sample = load("ray_sphere")
    _, direction, centre, _ = sample.EXAMPLE
    args = (np.array(origin, dtype=float), direction, centre, radius)
    assert check_grads(sample.distance_to_sphere, args).ok
