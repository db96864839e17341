"""Dicts, objects, tuples and classes: followed part by part, against differences."""

import copy
import functools
import json
import operator
from collections import Counter, OrderedDict, defaultdict
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import UserError, grad, value_and_grad, vjp

RNG = np.random.default_rng(5)


def places(value, way=()):
    """The floats that a value holds, and the way to each."""
    if isinstance(value, float):
        yield way
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
        yield from ((*way, index) for index in np.ndindex(value.shape))
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from places(held, (*way, key))
    elif isinstance(value, tuple | list):
        for i, held in enumerate(value):
            yield from places(held, (*way, i))
    elif hasattr(value, "__dict__"):
        for key, held in vars(value).items():
            yield from places(held, (*way, key))


def moved(value, way, by):
    """The value with one of its floats changed."""
    if not way:
        return value + by
    key, rest = way[0], way[1:]
    if isinstance(value, np.ndarray):
        made = value.copy()
        made[key] += by
        return made
    if isinstance(value, tuple):
        held = [moved(v, rest, by) if i == key else v for i, v in enumerate(value)]
        return type(value)(*held) if hasattr(value, "_fields") else tuple(held)
    made = copy.copy(value)
    if isinstance(value, dict | list):
        made[key] = moved(value[key], rest, by)
    else:
        setattr(made, key, moved(getattr(value, key), rest, by))
    return made


def found(gradient, way):
    for key in way:
        gradient = gradient[key]
    return gradient


def check(function, *args):
    """Every float of every argument: its gradient against differences."""
    given = copy.deepcopy(args)
    value, gradients = value_and_grad(function)(*args)
    assert value == function(*copy.deepcopy(args))
    held = [i for i, arg in enumerate(args) if next(places(arg), None) is not None]
    gradients = dict(zip(held, gradients if len(held) > 1 else [gradients], strict=True))
    for way in places(tuple(args)):
        up, down = (function(*copy.deepcopy(moved(tuple(args), way, h))) for h in (1e-6, -1e-6))
        slope = found(gradients[way[0]], way[1:])
        assert_allclose(slope, (up - down) / 2e-6, rtol=1e-5, atol=1e-7, err_msg=str(way))
    for before, after in zip(given, args, strict=True):
        assert_same(before, after)


def assert_same(before, after):
    assert type(before) is type(after)
    assert list(places(before)) == list(places(after))


# -- dicts ----------------------------------------------------------------------------


def two_layer(params, X, y):
    W1, b1 = params["W1"], params["b1"]
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ params["W2"] + params["b2"]
    return np.mean((scores - y) ** 2)


def regularised(params, X, reg=0.1):
    loss = np.sum(X @ params["W1"])
    for name, value in params.items():
        if name.startswith("W"):
            loss += reg * np.sum(value * value)
    return loss


def numbered(params, n, X):
    for i in range(1, n + 1):
        X = np.tanh(X @ params["W" + str(i)] + params[f"b{i}"])
    return np.sum(X)


def state_in_a_loop(x, n):
    state = {"x": x, "v": 0.0}
    for _ in range(n):
        state["v"] = state["v"] - 0.1 * state["x"] ** 2
        state["x"] += 0.1 * state["v"]
    return state["x"]


def step(s, dt):
    return {"x": s["x"] + dt * s["v"], "v": s["v"] - dt * s["x"]}


def state_made_anew(x, n):
    s = {"x": x, "v": 1.0}
    for _ in range(n):
        s = step(s, 0.1)
    return s["x"] ** 2 * s["v"]


def two_names(x, flag):
    s = {"a": x, "k": 1.0}
    t = s
    if flag > 0:
        t["a"] = t["a"] ** 2
    return s["a"] + s["k"]


def either(x, flag):
    if flag > 0:
        p = {"a": x, "b": 2.0}
    else:
        p = {"a": 2 * x, "b": x}
    return p["a"] * p["b"]


def updated(params, grads):
    new = dict(params)
    new["a"] = new["a"] - 0.1 * grads["a"]
    new.update(b=new["b"] * 2)
    return new["a"] * new["b"] + params["a"] * new.get("c", 3.0)


def with_keywords(x, y):
    def area(width, height=1.0, *, scale=1.0):
        return width * height * scale

    options = {"height": y, "scale": x}
    return area(x, **options) + area(**{"width": y})


def new_key_in_a_loop(x, n):
    seen = {}
    for i in range(n):
        seen["last"] = x * i
    return seen["last"] ** 2


def key_on_one_path(x, flag):
    box = {}
    if flag > 0:
        box["a"] = x**2
    else:
        box["b"] = x
        box["a"] = box["b"] * 3
    return box["a"]


def nothing_yet(xs):
    best = {"x": None}
    for x in xs:
        if best["x"] is None or x > best["x"]:
            best["x"] = x * 2.0
    return best["x"]


def array_in_a_dict(params, x):
    params["W"] += 1.0
    params["W"][0] = x
    return np.sum(params["W"] ** 2)


PARAMS = {
    "W1": RNG.normal(size=(3, 4)),
    "b1": RNG.normal(size=4),
    "W2": RNG.normal(size=(4, 2)),
    "b2": RNG.normal(size=2),
}
X, Y = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2))


@pytest.mark.parametrize(
    "function, args",
    [
        (two_layer, (PARAMS, X, Y)),
        (regularised, (PARAMS, X, 0.3)),
        (numbered, (PARAMS, 2, X)),
        (numbered, (PARAMS, 1, X)),
        (state_in_a_loop, (1.3, 5)),
        (state_in_a_loop, (1.3, 0)),
        (state_made_anew, (0.7, 4)),
        (state_made_anew, (0.7, 0)),
        (two_names, (1.5, 1.0)),
        (two_names, (1.5, -1.0)),
        (either, (1.5, 1.0)),
        (either, (1.5, -1.0)),
        (updated, ({"a": 1.0, "b": 2.0}, {"a": 0.5})),
        (with_keywords, (1.5, 0.3)),
        (new_key_in_a_loop, (1.5, 3)),
        (key_on_one_path, (1.5, 1.0)),
        (key_on_one_path, (1.5, -1.0)),
        (nothing_yet, (np.array([1.0, 3.0, 2.0]),)),
        (array_in_a_dict, ({"W": np.arange(3.0)}, 2.0)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_dicts(function, args):
    check(function, *args)


def test_the_gradient_of_a_dict_has_its_keys():
    params = {"a": 2.0, "n": 3, "name": "x", "b": np.ones(2)}

    def f(params):
        return params["a"] ** params["n"] * np.sum(params["b"])

    found = grad(f)(params)
    assert list(found) == ["a", "b"]
    assert found["a"] == 24.0 and found["b"].tolist() == [8.0, 8.0]


def test_whether_a_key_is_there_may_depend_on_the_path():
    def f(x, n):
        seen = {}
        for _ in range(n):
            if "first" not in seen:
                seen["first"] = x
        return seen["first"] * x

    check(f, 1.5, 2)
    check(f, 1.5, 4)


def test_a_key_that_some_paths_have():
    def f(x, y):
        seen = {}
        if x > 0:
            seen["first"] = x
        return len(seen) * y

    def in_trips(x, y):
        seen = {}
        for v in (x, y):
            if v > 0:
                seen["first"] = v
        return len(seen) * y

    check(f, 1.5, 2.0)
    check(f, -1.5, 2.0)
    with pytest.raises(UserError, match="which keys this dict has depends on the path taken"):
        grad(in_trips)(1.5, 2.0)


# -- tuples ---------------------------------------------------------------------------


class Point(NamedTuple):
    x: float
    y: float = 1.0

    def squared(self):
        return self.x**2 + self.y**2


def pair_in_a_loop(x, n):
    s = (x, 0.0)
    for _ in range(n):
        a, b = s
        s = (a + 0.1 * b, b - 0.1 * a**3)
    return s[0] * s[1]


def pair_from_paths(x, flag):
    def both(x, flag):
        if flag > 0:
            return x * 2, x
        return x, x**2

    a, b = both(x, flag)
    return a * b


def points(p, k):
    q = Point(p.x * k, y=p.y + 1.0)
    r = q._replace(x=2.0)
    return q.squared() + p[0] * r.x + Point(k).y


def nested(pair, flag):
    (a, b), c = pair
    if flag > 0:
        pair = ((b, a), c * 2.0)
    return pair[0][0] * pair[1] + a


@pytest.mark.parametrize(
    "function, args",
    [
        (pair_in_a_loop, (1.3, 5)),
        (pair_in_a_loop, (1.3, 0)),
        (pair_from_paths, (1.5, 1.0)),
        (pair_from_paths, (1.5, -1.0)),
        (points, (Point(1.0, 2.0), 3.0)),
        (nested, (((1.0, 2.0), 3.0), 1.0)),
        (nested, (((1.0, 2.0), 3.0), -1.0)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_tuples(function, args):
    check(function, *args)


def test_the_gradient_of_a_named_tuple_is_one():
    gradient = grad(points, wrt="p")(Point(1.0, 2.0), 3.0)
    assert type(gradient) is Point


# -- objects --------------------------------------------------------------------------


@dataclass
class Spring:
    k: float
    rest: float = 1.0
    tags: list = field(default_factory=list)

    def energy(self, x):
        return 0.5 * self.k * (x - self.rest) ** 2


class Layer:
    def __init__(self, W, b):
        self.W = W
        self.b = b

    def __call__(self, x):
        return np.tanh(x @ self.W + self.b)


class Net:
    scale = 0.5

    def __init__(self, layers, reg=0.1):
        self.layers = layers
        self.reg = reg

    @property
    def depth(self):
        return len(self.layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        self.last = x
        return x

    def loss(self, x, y):
        out = self.forward(x)
        penalty = self.reg * self.scale * np.sum(self.layers[0].W ** 2)
        return np.mean((self.last - y) ** 2) + penalty * self.depth + np.sum(out) * 0.1


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __neg__(self):
        return -1.0 * self

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def dot(self, other):
        return self.x * other.x + self.y * other.y


class Base:
    def __init__(self, k):
        self.k = k

    def value(self, x):
        return self.k * x


class Derived(Base):
    def __init__(self, k, shift):
        super().__init__(k)
        self.shift = shift

    def value(self, x):
        return super().value(x) + self.shift

    @classmethod
    def unit(cls, k):
        return cls(k, 1.0)

    @staticmethod
    def doubled(x):
        return 2 * x


def springs(spring, x):
    other = Spring(spring.k * 2, rest=x)
    return spring.energy(x) + other.energy(3.0)


def net_loss(net, x, y):
    return net.loss(x, y)


def vectors(a, b):
    u, v = Vector(a, b), Vector(b, 2.0)
    w = u + 3.0 * v
    for _ in range(3):
        w = w + u * 0.5
    return w.dot(-v) * w[0]


def inherited(k, shift, x):
    return Derived(k, shift).value(x) + Derived.doubled(Derived.unit(k).value(x))


def moving(spring, n):
    spring.v = 0.0
    x = 2.0
    for _ in range(n):
        spring.v -= 0.1 * spring.k * (x - spring.rest)
        x = x + 0.1 * spring.v
    return x


class Stack:
    """Parameters under numbered names, as course assignments keep them."""

    def __init__(self, sizes):
        self.depth = len(sizes) - 1
        self.params = {}
        for i in range(self.depth):
            self.params[f"W{i + 1}"] = RNG.normal(size=(sizes[i], sizes[i + 1]))
            self.params[f"b{i + 1}"] = RNG.normal(size=sizes[i + 1])

    def loss(self, X, y):
        caches = {}
        a = X
        for i in range(1, self.depth + 1):
            W, b = self.params[f"W{i}"], self.params["b" + str(i)]
            z = a @ W + b
            a = np.maximum(z, 0) if i < self.depth else z
            caches[i] = z
        return np.mean((a - y) ** 2) + 0.01 * np.sum(caches[1] ** 2)


class Normalised:
    def __init__(self, size):
        self.gamma = np.full(size, 1.3)
        self.mean = np.zeros(size)

    def __call__(self, x, train=True):
        if train:
            mean = x.mean(axis=0)
            self.mean = 0.9 * self.mean + 0.1 * mean
        else:
            mean = self.mean
        return self.gamma * (x - mean)


class Body:
    def __init__(self, x, v, m):
        self.x, self.v, self.m = x, v, m


def stacked(stack, X, y):
    return stack.loss(X, y)


def training(layer, x, w):
    return np.sum(layer(x) * w) + np.sum(layer.mean**2)


def evaluating(layer, x, w):
    return np.sum(layer(x, train=False) * w)


def attracted(bodies, dt):
    for _ in range(3):
        for b in bodies:
            force = np.zeros(2)
            for other in bodies:
                if other is not b:
                    d = other.x - b.x
                    force = force + other.m * d / (np.dot(d, d) + 0.1) ** 1.5
            b.v = b.v + dt * force
        for b in bodies:
            b.x = b.x + dt * b.v
    return np.sum(bodies[0].x ** 2) + np.sum(bodies[1].x ** 2)


def replaced(spring, x):
    softer = replace(spring, k=spring.k * x)
    return softer.energy(2.0) + copy.copy(spring).k


def records(observed, theta):
    total = 0.0
    for o in observed:
        total += (o["y"] - theta * o["x"]) ** 2
    return total


def stepped(params, rate):
    new = {}
    for key, value in params.items():
        new[key] = value - rate * 2 * value
    for key in new:
        new[key] = new[key] ** 2
    return new["a"] * new["b"]


def comprehended(params, rate):
    new = {key: value - rate * value**2 for key, value in params.items() if key != "c"}
    squares = {i: params["a"] * i for i in range(3)}
    return new["a"] * new["b"] + squares[2] * len(new) + sum(v**2 for v in params.values())


def bodies():
    def vector():
        return RNG.normal(size=2)

    return [Body(vector(), vector(), 1.0), Body(vector(), vector(), 2.0)]


def net():
    first = Layer(RNG.normal(size=(3, 4)), RNG.normal(size=4))
    return Net([first, Layer(RNG.normal(size=(4, 2)), RNG.normal(size=2))])


@pytest.mark.parametrize(
    "function, args",
    [
        (springs, (Spring(2.0, 0.5), 1.5)),
        (net_loss, (net(), X, Y)),
        (vectors, (1.2, 0.3)),
        (inherited, (1.2, 0.3, 0.7)),
        (moving, (Spring(2.0, 0.5), 4)),
        (moving, (Spring(2.0, 0.5), 0)),
        (stacked, (Stack([3, 5, 4, 2]), X, Y)),
        (training, (Normalised(3), X, RNG.normal(size=(5, 3)))),
        (evaluating, (Normalised(3), X, RNG.normal(size=(5, 3)))),
        (attracted, (bodies(), 0.1)),
        (replaced, (Spring(2.0, 0.5), 1.5)),
        (records, ([{"x": 1.0, "y": 2.0}, {"x": 0.5, "y": 0.7}], 1.2)),
        (comprehended, ({"a": 1.0, "b": 2.0, "c": 0.3}, 0.1)),
        (stepped, ({"a": 1.0, "b": 2.0}, 0.1)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_objects(function, args):
    check(function, *args)


def test_wrt_a_path_into_an_object():
    model = net()
    whole = grad(net_loss, wrt="net")(model, X, Y)
    gradient = grad(model.loss, wrt=("self.layers[0].W", "self.reg"))
    dW, dreg = gradient(X, Y)
    assert_allclose(dW, whole["layers"][0]["W"])
    assert_allclose(dreg, whole["reg"])
    assert_allclose(grad(model.loss, wrt="self.layers[1].b")(X, Y), whole["layers"][1]["b"])
    assert_allclose(grad(two_layer, wrt='params["W2"]')(PARAMS, X, Y).shape, (4, 2))


def test_a_bound_method_is_differentiated_in_its_arguments():
    model = net()
    dx, dy = grad(model.loss)(X, Y)
    assert dx.shape == X.shape and dy.shape == Y.shape
    assert not hasattr(model, "last")


def test_a_path_that_leads_nowhere():
    with pytest.raises(UserError, match="there is no `params.'W9'.` in the arguments"):
        grad(two_layer, wrt="params['W9']")(PARAMS, X, Y)


def test_an_object_that_has_changed_gives_the_new_gradient():
    spring = Spring(2.0)
    energy = grad(spring.energy)
    assert energy(3.0) == 4.0
    spring.k = 4.0
    assert energy(3.0) == 8.0
    spring.k = np.array([1.0, 2.0])

    with pytest.raises(UserError, match="is an array, not a scalar"):
        energy(3.0)


def test_a_method_that_has_been_replaced_gives_the_new_gradient():
    class Force:
        def at(self, x):
            return x * x

    def f(force, x):
        return force.at(x)

    gradient = grad(f, wrt="x")
    assert gradient(Force(), 3.0) == 6.0
    Force.at = lambda self, x: 5.0 * x
    assert gradient(Force(), 3.0) == 5.0


# -- results --------------------------------------------------------------------------


def several(x, k):
    return {"y": k * x, "both": (x**2, k)}


def test_vjp_of_several_results():
    out, pullback = vjp(several, np.array([1.0, 2.0]), 3.0)
    assert list(out) == ["y", "both"]
    dout = {"y": np.array([1.0, 0.0]), "both": (np.array([0.0, 1.0]), 10.0)}
    dx, dk = pullback(dout)
    assert_allclose(dx, [3.0, 4.0])
    assert dk == 11.0
    assert dout["both"][1] == 10.0


def test_vjp_of_a_tuple():
    def both(x):
        return np.exp(x), 3.0 * x

    out, pullback = vjp(both, 2.0)
    assert out == both(2.0)
    assert_allclose(pullback((10.0, 1.0)), 10.0 * np.exp(2.0) + 3.0)


def test_an_adjoint_of_another_structure_is_refused():
    _, pullback = vjp(several, 1.0, 3.0)
    with pytest.raises(UserError, match="the adjoint of this result is a dict with the keys"):
        pullback((1.0, 2.0))


def test_a_gradient_needs_one_result():
    with pytest.raises(UserError, match="several values, and a gradient needs one"):
        grad(several)(1.0, 2.0)


# -- Python's own functions ---------------------------------------------------------------


class Triple:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __iter__(self):
        return iter((self.x, self.y, self.z))

    def __len__(self):
        return 3

    def __abs__(self):
        return (self.x**2 + self.y**2 + self.z**2) ** 0.5


class Cached:
    def __init__(self, x):
        self.x = x
        self._square = None

    @property
    def square(self):
        if self._square is None:
            self._square = self.x**2
        return self._square


def of_triple(a, b):
    v = Triple(a, b, 1.0)
    x, y, z = v
    return x * y * z * len(v) + abs(v)


def of_cached(a):
    c = Cached(a)
    return c.square + c.square * c.x


def by_name(spring, x):
    total = 0.0
    for name in ("k", "rest", "missing"):
        if hasattr(spring, name):
            total += getattr(spring, name) * x
    spring.k = x**2
    return total + spring.k + getattr(spring, "missing", 2.0)


def of_sorted(d):
    if not d:
        return 0.0
    first = sorted(d)[0]
    names = list(d)
    return d[first] * len(names) + d[names[0]] ** 2 + ("b" in d)


def counted(x, words):
    totals = defaultdict(float)
    for word in words:
        totals[word] += x * len(word)
    return totals["a"] ** 2 + totals["none"] + totals["bc"]


def memoised(x):
    memo = {}
    for n in range(6):
        memo[n] = x if n < 2 else memo[n - 1] * 0.5 + memo[n - 2] * x
    return memo[5]


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def total(self):
        s = self.value**2
        for _ in range(2):
            s = s * 1.1
        if self.left is not None:
            s = s + self.left.total()
        if self.right is not None:
            s = s + 0.5 * self.right.total()
        return s


class Node:
    def __init__(self, op, *args):
        self.op, self.args = op, args

    def eval(self, values):
        if self.op == "var":
            return values[self.args[0]]
        first, second = (arg.eval(values) for arg in self.args)
        return first + second if self.op == "add" else first * second


EXPRESSION = Node("add", Node("mul", Node("var", "x"), Node("var", "y")), Node("var", "x"))


def of_tree(tree):
    return tree.total()


def of_expression(x, y):
    return EXPRESSION.eval({"x": x, "y": y})


def summed(held):
    if isinstance(held, dict):
        return sum(summed(part) for part in held.values())
    if isinstance(held, list | tuple):
        return sum(summed(part) for part in held)
    return np.sum(held**2)


def evaluated(expression, x):
    if isinstance(expression, tuple):
        op, a, b = expression
        a, b = evaluated(a, x), evaluated(b, x)
        return a + b if op == "+" else a * b
    return x if expression == "x" else expression


def of_tuples(x):
    return evaluated(("*", ("+", "x", 2.0), ("*", "x", "x")), x)


@pytest.mark.parametrize(
    "function, args",
    [
        (of_tree, (Tree(1.0, Tree(2.0), Tree(3.0, Tree(4.0))),)),
        (of_expression, (1.2, 0.7)),
        (summed, ({"a": 1.0, "b": [2.0, np.ones(2)], "c": {"d": 3.0}},)),
        (of_tuples, (1.3,)),
        (of_triple, (1.2, 0.4)),
        (of_cached, (1.5,)),
        (by_name, (Spring(2.0, 0.5), 1.5)),
        (of_sorted, ({"b": 1.5, "a": 2.0},)),
        (counted, (1.5, ("a", "bc", "a"))),
        (memoised, (0.7,)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_pythons_own_functions(function, args):
    check(function, *args)


def test_an_object_for_unknown_code_is_refused():
    def f(params):
        return params["a"] * len(json.dumps(params))

    with pytest.raises(UserError, match="no derivative rule for json.dumps"):
        grad(f)({"a": 1.0})


def test_gradients_of_a_dict_and_beside_it_are_arrays_of_their_own():
    def f(par, v):
        par["b"] += v
        return np.minimum(1.3, par["b"])

    _, pullback = vjp(f, {"b": np.ones(3)}, np.ones(3))
    dpar, dv = pullback(np.ones(3))
    assert not np.shares_memory(dpar["b"], dv)


def test_list_on_one_path_and_array_on_the_other():
    """Once the gradient of the list was dropped in silence."""

    def f(b, nums, k):
        if k:
            nums = np.ones(3)
        return b * np.mean(nums)

    def in_a_trip(b, nums, k):
        for i in range(k):
            if i > b:
                nums = np.ones(3)
        return b * np.mean(nums)

    check(f, 1.0, [1.0, 2.0], 0)
    check(f, 1.0, [1.0, 2.0], 1)
    with pytest.raises(UserError, match="different on each path") as caught:
        grad(in_a_trip)(1.0, [1.0, 2.0], 2)
    assert caught.value.help == "make it the same kind of value on every path"


def test_tuple_that_one_path_alone_makes():
    def f(x, n):
        if n == 0:
            y = 2.0 * x
        else:
            whole, scales = (x, n), [n, 2]
            y = x
        if n == 0:
            return y * x
        return whole[0] * whole[1] * y + scales[0]

    def in_later_trips(x, n):
        total, before = x, None
        for i in range(n):
            if i > 0:
                total = total * before[0] + before[1]
            if i < 2:
                before = (total * x, i)
            else:
                total = total + before[0]
        return total

    for n in (0, 3):
        check(f, -2.0, n)
    for n in (0, 1, 4):
        check(in_later_trips, 0.7, n)
    assert "whole[1]" not in grad(f, wrt="x").source(-2.0, 3)


def test_tuple_that_one_path_alone_makes_and_reads():
    def f(x, n):
        y = 2.0 * x
        if n > 0:
            whole = (x, n)
            y = whole[0] * whole[1]
        return y * x

    assert "whole_0" not in grad(f, wrt="x").source(-2.0, 3)


def test_dicts_joined():
    def f(x):
        state = dict(a=x[0], b=x[1])
        kept = state
        state |= {"b": 2 * x[2], "c": x[0] * x[1]}
        both = state | {"a": x[1] ** 2, "d": 3.0}
        return both["a"] * kept["b"] + state["a"] * both["c"] * both["d"]

    check(f, np.array([0.3, -0.7, 1.1]))


def test_keys_that_the_data_choose():
    def by_name(x):
        total = {"low": 0.0, "high": 1.0}
        for v in x:
            kind = "low" if v < 0.5 else "high"
            total[kind] += v * v
        return total["low"] * total["high"]

    def by_truth(x):
        kept = {True: [], False: []}
        for v in x:
            kept[v > 0.5].append(v)
        return sum(kept[True]) * sum(kept[False])

    def by_number(x):
        total = {0: 1.0, 1: 0.0, 2: 0.5}
        for v in x:
            total[min(int(3 * v), 2)] *= v
            total[int(v > 0.5) + 1] += v
        return total[0] * total[1] + total[2]

    for x in (np.array([0.3, 0.7, 0.9]), np.array([0.2, 0.4, 1.1])):
        for f in (by_name, by_truth, by_number):
            check(f, x)


def test_a_key_that_is_not_there_leads_to_its_handler():
    def remembered(x, n):
        known = {}

        def cost(i, j):
            try:
                return known[i, j]
            except KeyError:
                pass
            known[i, j] = x * i + x * x * min(cost(i - 1, j), cost(i, j - 1)) if i and j else x
            return known[i, j]

        return cost(n, n)

    def in_a_tuple(x, n):
        given = {"a": x}
        try:
            first = given["b"]
        except (IndexError, KeyError):
            first = 2 * x
        try:
            second = given["a"]
        except LookupError:
            second = 5.0
        else:
            second = second * n
        return first * second

    for f in (remembered, in_a_tuple):
        check(f, 0.3, 3)


def test_a_key_that_is_none_of_a_dict_s():
    def f(x):
        total = {1: x, 2: 2 * x}
        return total[int(x)]

    check(f, 2.5)
    with pytest.raises(KeyError):
        grad(f)(3.5)


def test_what_is_printed_of_dicts_and_objects(capsys):
    def f(x):
        state, log = {"a": x}, []
        for k in range(2):
            log.append(f"{k}: {x}")
        print(", ".join(log), state["a"], state, len(state))
        return x * state["a"]

    assert grad(f)(3.0) == 6.0
    assert capsys.readouterr().out == "0: 3.0, 1: 3.0 3.0 {'a': 3.0} 1\n"


def test_default_entries_that_one_path_makes():
    def sums(x):
        total = defaultdict(float)
        for v in x:
            if v > 0.5:
                total["large"] += v * v
            else:
                total["small"] += v
        return total["large"] * total["small"]

    def lists(x):
        groups = defaultdict(list)
        for v in x:
            groups["large" if v > 0.5 else "small"].append(v)
        return sum(groups["large"]) * sum(groups["small"])

    def counted(x):
        count = Counter()
        for i, v in enumerate(x):
            count[i % 2] += v * v
        return count[0] * count[1] + sum(count.values())

    for x in (np.array([0.3, 0.7, 0.9, 0.1]), np.array([0.8, 0.4])):
        for f in (sums, lists, counted):
            check(f, x)


class Arrow:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Arrow(self.x + other.x, self.y + other.y)

    def __radd__(self, other):
        return self if other == 0 else self + other

    def __iter__(self):
        yield self.x
        yield self.y


def test_objects_that_are_summed_chosen_and_unpacked():
    def f(a, b):
        points = [Arrow(a * k, b + k) for k in range(3)]
        x, y = sum(points)
        total = functools.reduce(operator.add, points, Arrow(b, a))
        first = max(Arrow(a, 2 * b), Arrow(b, a), key=lambda p: p.x * p.y)
        last = min([Arrow(a, b), Arrow(b, 3 * a)], key=lambda p: p.x)
        return x * y + total.x * first.y + sum(last) ** 2

    for a, b in ((0.7, 1.3), (1.6, 0.2)):
        check(f, a, b)


def test_the_best_of_several_and_what_belongs_to_it():
    def tuples(x):
        best = (1e9, None)
        for i, v in enumerate(x):
            off = (v - 0.5) ** 2
            if off < best[0]:
                best = (off, i)
        return best[0] * 3 + x[best[1]]

    def names(x):
        scores = {"a": x[0] * x[1], "b": x[1] + x[2], "c": x[0] - x[2]}
        best = max(scores, key=scores.get)
        _, most = max(scores.items(), key=lambda item: item[1])
        return scores[best] ** 2 * most

    def ordered(x):
        points = sorted(((v, i) for i, v in enumerate(x)), reverse=True)
        largest = max((v * v, i) for i, v in enumerate(x))
        turned = points[1:] + points[:1]
        turned.sort(key=lambda point: point[1])
        return sum(v * k * i for k, (v, i) in enumerate(points)) + largest[0] * turned[2][0]

    for x in (np.array([0.9, 0.3, 0.8]), np.array([-0.4, 1.7, 0.6])):
        for f in (tuples, names, ordered):
            check(f, x)


def test_a_key_and_a_name_of_a_comprehension_spelled_alike():
    def f(x, n):
        total = {"p": x, "q": 2 * x}
        key = "p" if n else "q"
        total[key] += sum(total[key] for key in total)
        return total["p"] * total["q"]

    for n in (0, 1):
        check(f, 0.7, n)


@dataclass
class Rates:
    lr: float
    wd: float = 0.1
    steps: list = field(default_factory=list)


@dataclass
class Options:
    rates: Rates
    scale: float


def test_a_dataclass_as_a_dict():
    def f(a, b):
        options = Options(Rates(a, steps=[a, b]), b)
        given = asdict(options)
        given["rates"]["lr"] *= b
        given["rates"]["steps"].append(a * b)
        again = Rates(**given["rates"])
        return again.lr * options.rates.lr + sum(again.steps) * len(options.rates.steps)

    check(f, 0.3, 0.7)


def test_sets_that_are_the_same_in_every_run():
    def f(x):
        both = {1, 2, 3} & set([2, 3, 4])
        total = 0.0
        for k in sorted(both, reverse=True):
            total = total * x + x**k
        for k in both:
            total += k * x
        return total * len(both) + sum(both) * x * max(both)

    check(f, 0.7)


def test_sets_that_change():
    def taken_from(x):
        some = {0, 1}
        k = some.pop()
        return x * k if 0 in some else 2 * x

    def added_to(x):
        some = other = {0, 1}
        some |= {2}
        return x * len(other)

    for f in (taken_from, added_to):
        with pytest.raises(UserError, match="of this set is|changes a set"):
            grad(f)(0.7)


class Weight:
    def __init__(self, w, name):
        self.w, self.name = w, name

    def heavier(self, by):
        return Weight(self.w * by, self.name)


def test_objects_in_order():
    def ordered(x, reverse):
        some = [Weight(x[0] * x[1], 1.0), Weight(x[1], 2.0), Weight(x[2] ** 2, 3.0)]
        first, *rest = sorted(some, key=lambda one: one.w, reverse=True)
        some.append(Weight(1.0, 4.0).heavier(x[2]))
        some.sort(key=lambda one: one.w)
        total = first.w * rest[0].name + rest[1].w ** 2
        for place, one in enumerate(some):
            total += place * one.w * one.name
        return total

    for x in ([0.3, 0.7, 0.9], [2.0, 0.4, -1.1], [-1.0, 0.5, 3.0]):
        check(ordered, x, True)


def test_parts_of_strings():
    def f(x, y, text):
        total = 0.0
        for part in text.split("+"):
            sign = -1.0 if part[0] == "-" else 1.0
            for letter in part[1:].strip("()")[::-1]:
                total = total * y + sign * {"a": x, "b": y}.get(letter, 2.0)
        return total

    check(f, 0.3, 0.7, " (ab)+-ba+ c")


def test_an_object_that_the_data_choose_among_named_ones():
    def read(x, y):
        a, b = Weight(x, 1.0), Weight(y * 2, 2.0)
        best = a if a.w > b.w else b
        return best.w * a.w + best.heavier(y).w + b.w**2

    def best_so_far(x, y):
        some = [Weight(x, 1.0), Weight(y * 2, 2.0), Weight(x * y, 3.0)]
        best = some[0]
        for one in some[1:]:
            if one.w > best.w:
                best = one
        return best.w * best.name + some[1].w * y

    def in_a_loop(x, y):
        a, b = Weight(x, 1.0), Weight(y * 2, 2.0)
        best = a
        for i in range(4):
            best = b if best.w < b.w + i * y else a
            x = x + best.w
        return x

    def given_back(x, y):
        a, b = Weight(x, 1.0), Weight(y * 2, 2.0)

        def heaviest():
            return max(a, b, key=lambda one: one.w)

        before = heaviest().w
        a.w = a.w * (y + 2)
        return before * heaviest().w

    for f in (read, best_so_far, in_a_loop, given_back):
        for y in (0.3, 0.7):
            check(f, 1.0, y)


def test_what_the_data_choose_stays_what_it_is():
    def writes(x, y):
        a, b = Weight(x, 1.0), Weight(y, 2.0)
        best = a if a.w > b.w else b
        best.w = best.w * 3
        return a.w + b.w

    def writes_to_one_of_them(x, y):
        a, b = Weight(x, 1.0), Weight(y, 2.0)
        best = max([a, b], key=lambda one: one.w)
        b.w = b.w * 3
        return best.w * a.w

    def writes_before_another_is_chosen(x, y):
        a, b = Weight(x, 1.0), Weight(y, 2.0)
        best, total = a, 0.0
        for i in range(4):
            b.w += y
            total += best.w
            best = b if total > i else a
        return total

    def writes_in_a_loop(x, y):
        a, b = Weight(x, 1.0), Weight(y, 2.0)
        best, total = a, 0.0
        for i in range(4):
            total += best.w
            best = b if total > i else a
            b.w += y
        return total

    for args in ((1.0, 0.7), (0.2, 1.2)):
        check(writes, *args)
        check(writes_in_a_loop, *args)
        check(writes_to_one_of_them, *args)
    with pytest.raises(UserError, match="this changes an object that the data may have chosen"):
        grad(writes_before_another_is_chosen)(1.0, 0.7)

    def asks(x, y):
        a, b = Weight(x, 1.0), Weight(y, 2.0)
        best = a if a.w > b.w else b
        return x if best is a else y

    with pytest.raises(UserError, match="which object this is, the data decide"):
        grad(asks)(1.0, 0.7)


def by_sign(xs):
    totals = {"loss": 1.0, "gain": 0.5, "none": 2.0}
    for x in xs:
        if x > 0.5:
            kind = "gain"
        elif x < 0.0:
            kind = "loss"
        else:
            kind = "none"
        totals[kind] += x * totals["gain"]
    return totals["gain"] * totals["loss"] + totals["none"]


def test_keys_that_a_branch_has_just_chosen_need_no_other_way():
    xs = np.array([0.7, -1.2, 0.3, 2.0])
    check(by_sign, xs)
    assert "KeyError" not in grad(by_sign).source(xs)


def test_ordered_dict_is_a_dict():
    weights = OrderedDict(a=2.0, b=np.ones(2))

    def f(p, x):
        return x * sum(np.sum(v**2) for v in p.values()) + p["a"]

    dp, dx = grad(f)(weights, 3.0)
    assert list(dp) == ["a", "b"] and dp["a"] == 13.0 and dx == 6.0
    assert_allclose(dp["b"], [6.0, 6.0])
    assert grad(lambda x: x * weights["a"])(1.0) == 2.0


def test_named_tuple_whose_class_the_function_does_not_know():
    class pair(NamedTuple):
        w: float
        b: float

    given = {"inside": pair(2.0, 3.0)}
    assert grad(product_inside)(given) == {"inside": pair(3.0, 2.0)}
    # the parameter has the name of the class
    assert grad(lambda pair: pair.w * pair.b)(pair(2.0, 3.0)) == pair(3.0, 2.0)


def product_inside(d):
    return d["inside"].w * d["inside"].b


MATRIX = np.asarray([[1.0, 2.0], [3.0, 4.0]]).view(np.matrix)
MASKED = np.ma.array([1.0, 2.0], mask=[False, True])
HOLDER = {"matrix": MATRIX}


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(MATRIX * x),
        lambda x: np.sum(2 * MASKED * x),
        lambda x: np.sum(MATRIX[0] * x),
        lambda x: np.sum(HOLDER["matrix"] * x),
    ],
)
def test_constants_with_operators_of_their_own_are_refused(f):
    with pytest.raises(UserError, match="whose operators need not be those of arrays"):
        grad(f)(np.ones((2, 2)))


@pytest.mark.parametrize("kind", [lambda a: a, lambda a: [a], lambda a: {"a": a}])
def test_arguments_with_operators_of_their_own_are_refused(kind):
    gradient = grad(lambda x, a: np.sum(x), wrt="x")
    gradient(1.0, kind(np.ones(2)))
    with pytest.raises(UserError, match="MaskedArray"):
        gradient(1.0, kind(MASKED))


def test_class_inside_that_reads_itself_and_functions_around():
    def f(x, y):
        def squared(v):
            return 2 * v * v

        class Value:
            scale = 2.0

            def __init__(self, v):
                self.v = v

            def up(self):
                return Value(squared(self.v) * Value.scale)

            @staticmethod
            def of(v):
                return Value(v).up()

        class More(Value):
            def up(self):
                return More(super().up().v + 1)

            def __add__(self, other):
                return More(self.v + other.v) if isinstance(other, Value) else NotImplemented

        return (More(x) + Value(y)).up().up().v + Value.of(y).v

    check(f, 0.3, 0.5)


PAIRS = [("a", "b"), ("b", "c")]


def counted_while_compiling(x):
    times = Counter(name for pair in PAIRS for name in pair)
    times["a"] += 1
    total = sum(n * x ** len(k) for k, n in times.items()) + Counter("aab")["a"] * x
    return total + times["z"] + len(times) * x


def counter_that_is_asked(x):
    times = Counter("ab")
    zero = times["z"] * x
    return len(times) * x + zero + (x if "z" in times else 0.0)


@pytest.mark.parametrize("f", [counted_while_compiling, counter_that_is_asked])
def test_what_a_counter_counts(f):
    value, slope = value_and_grad(f)(1.5)
    assert value == f(1.5)
    assert_allclose(slope, (f(1.5 + 1e-6) - f(1.5 - 1e-6)) / 2e-6, rtol=1e-6)
