"""check_grads against gradients that are right, wrong, and of the wrong kind."""

import numpy as np
import pytest

from adgen import AdgenError, GradientError, check_grads
from adgen.api import Gradient
from adgen.checking import describe, extrapolated

RNG = np.random.default_rng(2)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers_in_any_order():
    RNG.bit_generator.state = START


def altered(function, change):
    """A gradient whose backward is not what it should be."""
    gradient = Gradient(function)
    right = gradient.backward
    gradient.backward = lambda dout, cache: change(right(dout, cache))
    return gradient


def energy(x):
    return np.sum(np.exp(x) * x)


def energy_of(params, x):
    return {"sum": np.sum(params["W"] @ x), "parts": (params["k"] * x, x[0] ** 2)}


class Spring:
    def __init__(self, k, rest):
        self.k, self.rest = k, rest

    def energy(self, x):
        return 0.5 * self.k * (x - self.rest[0]) ** 2


def test_dicts_objects_and_several_results():
    params = {"W": np.arange(6.0).reshape(2, 3), "k": 2.0, "name": "x"}
    report = check_grads(energy_of, (params, np.array([1.0, 2.0, 3.0])))
    places = [slope.place for argument in report.arguments for slope in argument.slopes]
    assert places[0] == "params['W'][0, 0]" and "params['k']" in places and "x[2]" in places
    assert check_grads(Spring(2.0, [0.5]).energy, (1.5,), wrt="self").ok
    assert check_grads(Spring(2.0, [0.5]).energy, (1.5,), wrt="self.rest[0]").ok


def test_right_gradients_pass():
    report = check_grads(lambda x, y: np.tanh(x) * y, (RNG.normal(size=(3, 4)), RNG.normal(size=4)))
    assert report.ok
    assert [a.name for a in report.arguments] == ["x", "y"]
    assert all(a.relative_error < 1e-9 for a in report.arguments)


def test_lists_of_numbers():
    report = check_grads(lambda w, x: w[0] * x[0] + w[1] * x[1], ([1.0, 2.0], (3.0, 4.0)))
    assert [a.type for a in report.arguments] == ["list of 2", "tuple of 2"]


def test_arguments_are_left_alone():
    x = RNG.normal(size=5)
    before = x.copy()
    check_grads(energy, (x,))
    assert np.array_equal(x, before)


def test_what_is_not_differentiated_is_not_checked():
    report = check_grads(lambda x, n: x * n, (2.0, 3))
    assert [a.name for a in report.arguments] == ["x"]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_scale_does_not_matter(scale):
    assert check_grads(lambda x: np.log(x) * x, (scale,)).ok


def test_float32_is_held_to_its_own_precision():
    x = RNG.normal(size=(3, 4)).astype(np.float32)
    assert check_grads(energy, (x,)).ok


def test_a_wrong_entry_is_named():
    def change(dx):
        dx = dx.copy()
        dx[1, 2] += 1e-3
        return dx

    with pytest.raises(GradientError, match=r"dx\[1, 2\] is") as caught:
        check_grads(altered(energy, change), (RNG.normal(size=(2, 3)),))
    assert isinstance(caught.value, AssertionError) and isinstance(caught.value, AdgenError)
    assert not caught.value.report.ok


def test_a_wrong_entry_of_a_large_array_is_found_along_directions():
    def change(dx):
        dx = dx.copy()
        dx[17, 5] *= 1.001
        return dx

    with pytest.raises(GradientError, match=r"dx\[17, 5\] is"):
        check_grads(altered(energy, change), (RNG.normal(size=(40, 30)),))


def test_a_wrong_element_of_a_list_is_named():
    gradient = altered(lambda w: w[0] * w[1], lambda dw: [dw[0], 2 * dw[1]])
    with pytest.raises(GradientError, match=r"dw\[1\] is 6, differences say 3"):
        check_grads(gradient, ([3.0, 4.0],))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda dx: dx.astype("f4"), r"dx is f4\[3\], the argument is f8\[3\]"),
        (lambda dx: dx[:2], r"dx is f8\[2\], the argument is f8\[3\]"),
        (lambda dx: dx * np.nan, r"dx\[0\] is nan"),
    ],
)
def test_gradients_of_another_kind(change, message):
    with pytest.raises(GradientError, match=message):
        check_grads(altered(energy, change), (np.ones(3),))


def test_tolerances_can_be_given():
    gradient = altered(energy, lambda dx: dx * 1.01)
    assert check_grads(gradient, (np.ones(3),), rtol=0.1).ok


def test_the_adjoint_of_the_result_can_be_given():
    only_first = np.array([1.0, 0.0, 0.0])
    report = check_grads(lambda x: x * x, (np.ones(3),), dout=only_first)
    assert [s.gradient for s in report.arguments[0].slopes] == [2.0, 0.0, 0.0]


def test_table():
    table = str(check_grads(lambda x: x * x, (3.0,)))
    heading, row = table.splitlines()
    assert " ".join(heading.split()) == "argument type max abs error max rel error"
    assert row.startswith("x         float  ") and row.endswith("  ok")


def test_extrapolation_is_good_to_ten_digits():
    def sides(step):
        return np.sin(1 + step), 1.0, np.sin(1 - step), 1.0

    slope, noise = extrapolated(sides)
    assert abs(slope - np.cos(1)) < 1e-11
    assert noise < 1e-9


def test_types_as_people_read_them():
    assert describe(np.zeros((3, 4), "f4")) == "f4[3,4]"
    assert describe(1.0) == "float"
    assert describe([1.0, 2.0]) == "list of 2"


# -- complex numbers -------------------------------------------------------------------------


def spectrum(z, x):
    return np.fft.fft(z) * x


def test_complex_arguments_and_results():
    z = RNG.normal(size=(2, 4)) + 1j * RNG.normal(size=(2, 4))
    assert check_grads(spectrum, (z, RNG.normal(size=4))).ok
    assert check_grads(lambda z: (z * z).imag, (1.5 - 0.5j,)).ok
    assert check_grads(lambda z: z**3, (np.complex128(1.5 - 0.5j),)).ok


def test_complex64_is_held_to_its_own_precision():
    z = (RNG.normal(size=4) + 1j * RNG.normal(size=4)).astype(np.complex64)
    assert check_grads(spectrum, (z, RNG.normal(size=4).astype(np.float32))).ok


@pytest.mark.parametrize("length", [4, 500], ids=["by-entry", "by-direction"])
def test_a_conjugate_that_is_missing_is_found(length):
    z = RNG.normal(size=length) + 1j * RNG.normal(size=length)
    wrong = altered(lambda z: np.sum(np.abs(z) ** 2), np.conj)
    with pytest.raises(GradientError, match=r"dz\[\d+\] along the imaginary axis is"):
        check_grads(wrong, (z,))
