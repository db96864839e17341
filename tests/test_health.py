"""What `adgen health` and `debug_nans` say of gradients that go wrong."""

import numpy as np
import pytest

from adgen import NotFiniteError, debug_nans, grad, value_and_grad
from adgen.cli import main
from adgen.health import health


def recurrent(w, h, steps):
    for _ in range(steps):
        h = np.tanh(w * h)
    return np.sum(h)


def layers(X, W, V):
    h = np.maximum(0, X @ W)
    return np.sum((h @ V) ** 2)


def logarithm(x):
    p = x * x
    s = np.sum(np.log(p))
    return s * 2.0


def at_the_edge(x):
    r = np.sqrt(np.sum(x * x))
    return r * 3.0


def remarks(function, args, wrt=None):
    found = health(grad(function, wrt=wrt), args)
    return {gate.text: gate.remarks for gate in found.gates if gate.remarks}


def test_gradients_that_vanish_and_explode():
    vanishing = remarks(recurrent, (0.1, np.ones(3), 12), ("h",))
    assert "vanishes" in vanishing["h = np.tanh(h0)"][0]
    exploding = remarks(recurrent, (5.0, np.full(3, 1e-12), 12), ("h",))
    assert "explodes" in exploding["h = np.tanh(h0)"][0]
    assert not remarks(recurrent, (1.0, np.full(3, 0.1), 12), ("h",))


def test_dead_units():
    X = np.array([[1.0, 2.0], [3.0, 1.0]])
    W = np.array([[1.0, -1.0, 0.5], [0.5, -2.0, 1.0]])
    assert remarks(layers, (X, W, np.ones((3, 1)))) == {
        "h = np.maximum(0, h0)": ("1 of 3 units are dead",)
    }


def test_the_first_value_that_is_not_finite():
    with np.errstate(all="ignore"):
        said = health(grad(logarithm), (np.array([1.0, 0.0]),)).origin
    assert "`s0 = np.log(p)`" in said and "test_health.py:" in said
    assert "first value that is infinite" in said


def test_debug_nans_names_the_gate():
    f = value_and_grad(at_the_edge)
    x = np.array([0.0, 0.0])
    with np.errstate(all="ignore"):
        f(x)  # outside, nothing is said
        with debug_nans(), pytest.raises(NotFiniteError, match=r"`s0 = np.log\(p\)`"):
            grad(logarithm)(np.array([1.0, 0.0]))
        f(x)


def test_debug_nans_lets_finite_gradients_through():
    gradient = grad(at_the_edge)
    x = np.array([3.0, 4.0])
    with debug_nans():
        inside = gradient(x)
    assert inside.tolist() == gradient(x).tolist() == pytest.approx([1.8, 2.4])


def test_the_command(capsys, tmp_path):
    (tmp_path / "model.py").write_text(
        "import numpy as np\n\n\ndef f(x):\n    h = np.maximum(0, x)\n    return np.sum(h * h)\n"
    )
    target = f"{tmp_path / 'model.py'}:f"
    args = ["--args", "np.array([[-1.0, 2.0], [-3.0, 4.0]])"]
    assert main(["health", target, *args]) == 0
    assert "1 of 2 units are dead" in capsys.readouterr().out
    picture = tmp_path / "h.svg"
    assert main(["health", target, *args, "-o", str(picture)]) == 0
    assert "<svg" in picture.read_text()
    assert main(["health", target, *args, "-o", str(tmp_path / "h.what")]) == 2
