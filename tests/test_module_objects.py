"""Functions that read objects of their module: models, configurations, layers in lists."""

import enum
import os
import re
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import Gradient, grad, vjp
from tests.check_program import check

X = np.array([0.3, -0.7, 1.1])


class Layer:
    gain = 0.5

    def __init__(self, n, m):
        self.W = np.arange(1.0, n * m + 1).reshape(n, m) / 7
        self.rate = 0.3

    def forward(self, x):
        return np.tanh(x @ self.W) * self.rate

    def __call__(self, x):
        return self.forward(x) * self.gain

    @property
    def norm(self):
        return np.sum(self.W**2) * self.rate


layer = Layer(3, 2)
layers = [Layer(3, 2), Layer(2, 2)]
named = {"first": Layer(3, 2)}
settings = SimpleNamespace(scale=2.0, shift=np.ones(3), kind="sin", layer=layer, act=np.tanh)
factor = 2.0
weights = [1.0, 2.0]


def method(x):
    return layer.forward(x)


def called(x):
    return layer(x)


def called_one_after_the_other(x):
    for each in layers:
        x = each(x)
    return x


def method_of_an_element(x):
    return layers[0].forward(x) + named["first"].forward(x)


def element_called(x):
    return named["first"](x) - settings.layer(x)


def numbers_of_objects(x):
    return x * settings.scale * layer.rate * Layer.gain + settings.shift * layer.norm


def function_held(x):
    return settings.act(x) if settings.kind == "sin" else x


def default_of_the_module(x, model=layer, by=factor, more=factor * 3, act=np.sin):
    return np.sum(act(model(x))) * by * more


PROGRAMS = [method, called, called_one_after_the_other, method_of_an_element, element_called,
            numbers_of_objects, function_held]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program(f):
    check(f, (X,))


def test_listing_says_where_an_object_is_held():
    forward = Gradient(called_one_after_the_other).source(X)
    assert "np.tanh(x @ layers[0].W)" in forward
    assert "layers[1].W @" in forward


def test_defaults_are_at_hand_for_every_form():
    expected = default_of_the_module(X)
    value, pullback = vjp(default_of_the_module, X)
    assert value == expected
    gradient = Gradient(default_of_the_module, wrt="x")
    value, cache = gradient.forward(X)
    assert value == expected
    assert_allclose(gradient.backward(1.0, cache), pullback(1.0)[0])


def test_default_of_a_name_that_means_something_else_by_now():
    steps = [lambda x, i=i: x * i for i in (2.0, 3.0)]
    assert [Gradient(step, wrt="x").forward(1.0)[0] for step in steps] == [2.0, 3.0]


@pytest.mark.parametrize(
    ("holder", "attribute", "value"),
    [
        (settings, "scale", 5.0),
        (settings, "kind", "cos"),
        (settings, "shift", np.ones(1)),
        (settings, "layer", layers[0]),
        (layer, "rate", 0.9),
        (layer, "W", np.ones((3, 2))),
        (Layer, "gain", 7.0),
    ],
)
def test_objects_are_read_as_they_are_now(holder, attribute, value, monkeypatch):
    def f(x):
        kept = np.sin(x) if settings.kind == "sin" else np.cos(x)
        return kept * settings.scale + np.mean(settings.shift * x) + np.sum(settings.layer(x))

    gradient = Gradient(f)
    gradient.forward(X)
    monkeypatch.setattr(holder, attribute, value)
    value, cache = gradient.forward(X)
    assert_allclose(value, f(X))
    slope = [np.sum(f(X + 1e-6 * e) - f(X - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    assert_allclose(gradient.backward(np.ones(3), cache), slope, rtol=1e-6)


def test_list_that_has_become_longer():
    def f(x):
        return sum(w * x for w in weights)

    gradient = grad(f)
    assert gradient(1.0) == 3.0
    weights.append(4.0)
    assert gradient(1.0) == 7.0
    weights.pop()


# -- objects that the function writes to ------------------------------------------------


class Remembering:
    def __init__(self):
        self.W = np.arange(6.0).reshape(3, 2) / 7
        self.x = None
        self.calls = 0
        self.seen = {}

    def __call__(self, x):
        self.x = x
        return np.tanh(x @ self.W)

    def penalty(self):
        return np.sum(self.x**2)


@pytest.fixture
def remembering(monkeypatch):
    made = Remembering()
    monkeypatch.setattr("tests.test_module_objects.model", made)
    return made


model = Remembering()


def cached_by_a_layer(x):
    return np.sum(model(x)) * model.penalty()


def written_on_either_path(x):
    if x[0] > 0:
        model.x = x
    else:
        model.x = 2 * x
    return np.sum(model.x * x)


def written_in_a_loop(x):
    for i in range(3):
        model.x = x * i
        x = x + model.x
    return x * model.x


def written_and_then_changed(x):
    model.x = np.sin(x)
    model.x[0] = 5.0
    return model.x * x


def kept_in_a_dict(x):
    model.seen["x"] = x
    model.seen["twice"] = 2 * model.seen["x"]
    return np.sum(model.seen["twice"] * x)


WRITERS = [cached_by_a_layer, written_on_either_path, written_in_a_loop,
           written_and_then_changed, kept_in_a_dict]  # fmt: skip


@pytest.mark.parametrize("f", WRITERS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [X, -X], ids=["0", "1"])
def test_object_that_is_written_to(f, x, remembering):
    check(f, (x,))


def test_the_forward_leaves_what_the_function_leaves(remembering):
    def f(x):
        before = model.calls
        model.calls += 1
        model.x = np.sin(x)
        model.seen["last"] = x
        return model.x * (model.calls + 10 * before)

    gradient = Gradient(f)
    for count in (1, 2, 3):
        value, cache = gradient.forward(X)
        assert_allclose(value, np.sin(X) * (11 * count - 10))
        assert model.calls == count and model.seen["last"] is X
        assert_allclose(model.x, np.sin(X))
        assert_allclose(gradient.backward(np.ones(3), cache), np.cos(X) * (11 * count - 10))
        assert model.calls == count


def test_listing_writes_as_the_author_does(remembering):
    text = Gradient(cached_by_a_layer).source(X)
    assert "    model.x = x\n" in text


RATES = {"a": 1.0, "b": 2.0}
COUNTS = Counter("aab")
STAGES = [{"n": 3, "act": np.tanh}, {"n": 2, "act": np.sin}]
ROWS = [[], [0.5], [0.0, 0.75]]


def items_of_a_dict(x):
    s = 0.0
    for i, (name, rate) in enumerate(RATES.items()):
        s += rate * x**i
        if name == "b":
            s += x
    return s


def keys_and_values_of_a_dict(x):
    s = sum(v * x for v in RATES.values())
    for k in RATES:
        s = s + RATES[k] * x
    return s * len(RATES) + max(RATES.values()) * x + sum(x * RATES[k] for k in sorted(RATES))


def parts_of_a_dict(x):
    more = {**RATES, "c": 3.0}
    return x * sum(more.values()) + dict(RATES)["a"] * RATES.get("z", 10.0) * x**2


def items_of_a_counter(x):
    return sum(n * x ** len(k) for k, n in COUNTS.items()) + COUNTS["z"] * x


def rows_that_are_longer_and_longer(x):
    ks = []
    for row in ROWS:
        ks.append(np.sin(x + sum(a * k for a, k in zip(row, ks, strict=False))))
    return ks[-1]


@pytest.mark.parametrize(
    "f",
    [items_of_a_dict, keys_and_values_of_a_dict, parts_of_a_dict, items_of_a_counter,
     rows_that_are_longer_and_longer],
)  # fmt: skip
def test_constants_that_are_run_through(f):
    check(f, (1.3,))


def test_dict_is_read_as_it_is_now():
    gradient = grad(keys_and_values_of_a_dict)
    before = gradient(1.0)
    RATES["c"] = 5.0
    try:
        assert gradient(1.0) == 3 * 16 + 5 + 8
        RATES["c"] = 6.0
        assert gradient(1.0) == 3 * 18 + 6 + 9
    finally:
        del RATES["c"]
    assert gradient(1.0) == before


def test_numbers_in_dicts_of_a_list_are_known_as_numbers():
    def f(x):
        for stage in STAGES:
            x = stage["act"](x) * stage["n"]
        return x

    text = grad(f).source(0.3)
    assert ".real" not in text and 'stage["n"]' in text
    check(f, (0.3,))


class Sign(enum.Enum):
    PLUS = "+"
    MINUS = "-"


def member_by_its_value(x):
    return x * (1.0 if Sign("+") is Sign.PLUS else 2.0)


def member_by_its_name(x):
    return x * (1.0 if Sign["MINUS"] is not Sign.PLUS else 2.0)


class Times(enum.IntEnum):
    ONCE = 1
    TWICE = 2


def member_that_counts(x):
    for _ in range(Times.TWICE):
        x = x * Times.TWICE + x**Times.ONCE
    return sum([x] * Times.TWICE) if Times(2) is Times.TWICE else x


def members_one_by_one(x):
    s = 0.0
    for times, sign in zip(Times, Sign, strict=True):
        s += (x**times if sign is Sign.PLUS else -x * times) / len(Sign)
    return s


def variable_that_is_not_set(x):
    return x**2 if os.environ.get("A_VARIABLE_THAT_IS_NOT_SET") is None else x


def what_is_not_found(x):
    found = re.match("(b+)", "abb")
    if found is not None:
        x = x * len(found.group(1))
    found = re.search("(b+)", "abb")
    return x if found is None else x * len(found.group(1))


@pytest.mark.parametrize(
    "f",
    [member_by_its_value, member_by_its_name, member_that_counts, members_one_by_one,
     variable_that_is_not_set, what_is_not_found],
)  # fmt: skip
def test_what_only_a_run_knows_is_asked_in_it(f):
    check(f, (1.3,))
