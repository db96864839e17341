"""Functions as values: returned, stored, passed on, given some arguments, decorated."""

import copy
import functools
import heapq
import math
import operator
import statistics
from functools import partial, reduce
from pickle import dumps, loads

import numpy as np
import pytest

import tests.package.helpers
import tests.package.inner.deep as deep
from adgen import UserError, grad
from tests.check_program import check
from tests.package import helpers
from tests.package.helpers import cube
from tests.package.helpers import square as h2


def scaled(x, *, k=2.0, b=0.0):
    return k * x + b


OPTIONS = {"k": 3.0, "b": 1.0}


def constant_dict_as_keywords(x, y):
    return y * scaled(x, **OPTIONS)


def display_as_keywords(x, y):
    return scaled(x, **{"k": y, "b": x * y}) + scaled(y, **dict(k=x))


def every_argument_of_a_helper(x, y):
    def total(*xs):
        s = 0.0
        for v in xs:
            s = s + v * v
        return s

    return total(x, y, x * y) + total(*(x, y))


def positional(a, b, /, c, *, d=2.0):
    return a * b + c * d


def positional_and_keyword_only(x, y):
    return positional(x, y, x) + positional(x, y, c=y, d=x)


def made(k):
    def g(x):
        return k * x * x

    return g


def closures_over_differentiated_names(x, y):
    g = made(y)
    h = made(x)
    return g(x) + h(2 * x) * g(y)


def closure_called_at_once(x, y):
    return made(y)(x) + (lambda a, b: a * b + a)(x, y)


def composed(f, g):
    return lambda x: f(g(x))


def composition(x, y):
    return composed(math.sin, lambda t: y * t)(x)


def nested_factories(x, y):
    def outer(a):
        def middle(b):
            def inner(c):
                return a * b * c

            return inner

        return middle

    return outer(x)(y)(x + y)


def names_of_the_module_that_a_lambda_stands_in(x, y):
    return helpers.applied(lambda t: t * h2(y), x)


TABLE = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "square": helpers.square}
LAYERS = [np.tanh, helpers.square, lambda x: x + 1.0]


def table(x, y):
    return TABLE["tanh"](x) * y + TABLE["square"](y) + TABLE["relu"](x)


def layers(x, y):
    for f in LAYERS:
        x = f(x)
    return x * LAYERS[1](y) + LAYERS[-1](x)


def layers_of_its_own(x, y):
    fs = [math.sin, lambda t: t * y, scaled]
    out = x
    for f in fs:
        out = f(out)
    return out * len(fs)


def pairs_of_weight_and_function(x, y):
    out = x
    for w, f in [(y, math.sin), (2.0, math.exp), (x, lambda t: t * t)]:
        out = f(w * out)
    return out


tripled = partial(scaled, k=3.0)
tripled_and_more = partial(tripled, b=1.0)


def partial_of_the_module(x, y):
    return tripled(x) * tripled_and_more(y)


def partial_of_its_own(x, y):
    p = functools.partial(scaled, k=y)
    q = partial(p, b=x)
    return p(x) + q(y) + partial(np.power, x)(2.0)


def default_of_a_lambda(x, y):
    f = lambda t, k=y, b=2.0: t * k + b  # noqa: E731
    return f(x) + f(x, 3.0)


def default_is_evaluated_once(x, y):
    def g(t, *, s=x):
        return t * s

    x = 2.0 * y
    return g(x) + g(y, s=2.0)


def mapped(x, y):
    a, b = map(lambda t: t * t, (x, y))
    return a * b + sum(map(math.sin, [x, y]))


def reduced(x, y):
    return reduce(lambda a, b: a * b, [x, y, x + y]) + reduce(operator.add, (x, y), 1.0)


def operators(x, y):
    return operator.add(x, y) * operator.mul(x, y) - operator.truediv(x, y) + operator.neg(x)


def helpers_of_other_modules(x, y):
    near = helpers.square(x) + tests.package.helpers.square(y)
    return near + h2(x) * deep.quartic(y)


def functions_made_by_a_factory(x, y):
    return y * cube(x) + helpers.cube(2 * x)


def several_functions_of_one_factory(x, y):
    return made(2.0)(x) + made(3.0)(y) + made(4.0)(x * y)


two, three, four = helpers.power_of(2), helpers.power_of(3), helpers.power_of(4)


def several_closures_of_the_module(x, y):
    return two(x) + three(y) + four(x * y)


def decorator_inside(x, y):
    def twice(f):
        @functools.wraps(f)
        def again(t):
            return f(f(t))

        return again

    @twice
    def g(t):
        return t * y

    return g(x)


class Tools:
    @staticmethod
    def square(x):
        return x * x


def static_method(x, y):
    return Tools.square(x) * y


def function_of_a_loop(x, y):
    def times(f, n, value):
        for _ in range(n):
            value = f(value)
        return value

    return times(lambda t: t * y + 0.1, 3, x)


def newton(f, df, x, steps):
    for _ in range(steps):
        x = x - f(x) / df(x)
    return x


def newtons_method(x, y):
    return newton(lambda t: t * t - y, lambda t: 2 * t, x, 5)


def with_options(x, **options):
    return scaled(x, **options) * 2


def options_that_a_helper_collects(x, y):
    return with_options(x, k=y, b=1.5) + with_options(y)


def options_by_name(x, **options):
    return x * options.get("k", 2.0) + options["b"]


def options_looked_up(x, y):
    return options_by_name(x, b=y) + options_by_name(x, k=y, b=x)


def passed_on(f, *args, **kwargs):
    return f(*args, **kwargs)


def everything_passed_on(x, y):
    return passed_on(scaled, x, k=y) * passed_on(math.sin, x)


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


@doubled
def product(x, y=1.0):
    return x * x * y


def decorated_function(x, y):
    return product(x) + product(x, y=y)


def largest_of_many(x, y):
    return max(x, y, x * y, x - y, y - x, 0.3) * min((x, y, x + y, 2 * x)) + max([x])


def largest_of_several_functions(x, y):
    most = max(f(x) for f in (math.sin, math.cos, lambda t: y * t))
    return most - min(v * v for v in [x, y, x * y, 1.0])


PROGRAMS = [
    largest_of_many, largest_of_several_functions,
    options_that_a_helper_collects, options_looked_up, everything_passed_on, decorated_function,
    constant_dict_as_keywords, display_as_keywords, every_argument_of_a_helper,
    positional_and_keyword_only, closures_over_differentiated_names, closure_called_at_once,
    composition, nested_factories, names_of_the_module_that_a_lambda_stands_in, table, layers,
    layers_of_its_own, pairs_of_weight_and_function, partial_of_the_module, partial_of_its_own,
    default_of_a_lambda, default_is_evaluated_once, mapped, reduced, operators,
    helpers_of_other_modules, functions_made_by_a_factory, several_functions_of_one_factory,
    several_closures_of_the_module, decorator_inside, static_method, function_of_a_loop,
    newtons_method, cube,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x, y", [(0.7, 1.3), (-0.4, 2.5)])
def test_program(f, x, y):
    check(f, (x, y)[: f.__code__.co_argcount])


def sum_of_squares(*xs, scale=2.0):
    return scale * sum(x * x for x in xs)


def test_parameters_that_collect_others():
    gradient = grad(sum_of_squares, wrt="xs")
    assert gradient(1.0, 3.0) == (4.0, 12.0)
    assert gradient(1.0, 3.0, -1.0) == (4.0, 12.0, -4.0)
    assert grad(sum_of_squares)(1.0, 3.0) == ((4.0, 12.0), 10.0)
    out, cache = gradient.forward(1.0, 3.0, scale=1.0)
    assert out == 10.0 and gradient.backward(1.0, cache) == (2.0, 6.0)


def test_parameters_that_collect_keywords():
    def f(x, **p):
        return x * p["a"] * p["b"] ** 2

    assert grad(f)(2.0, a=3.0, b=4.0) == (48.0, {"a": 32.0, "b": 48.0})
    assert grad(f, wrt="x")(2.0, b=4.0, a=3.0) == 48.0
    out, cache = grad(f).forward(2.0, a=3.0, b=4.0)
    assert out == 96.0 and grad(f).backward(1.0, cache)[0] == 48.0
    text = grad(f).source(2.0, a=3.0, b=4.0, joint=True)
    assert "def f_gradient(x, *, dout=1.0, **p):" in text


def test_decorated_function_itself():
    gradient = grad(product)
    assert gradient(3.0, 2.0) == (24.0, 18.0)
    assert gradient.value_and_grad(3.0, 2.0) == (36.0, (24.0, 18.0))


def test_partial_function():
    assert grad(partial(positional, 2.0), wrt=("b", "c"))(3.0, 5.0) == (2.0, 2.0)
    assert grad(tripled_and_more)(0.5) == 3.0
    assert grad(tripled, wrt="b")(0.5, b=1.0) == 1.0


@pytest.mark.parametrize(
    "function, args, slopes",
    [
        (math.sin, (0.5,), math.cos(0.5)),
        (np.tanh, (0.5,), 1 - np.tanh(0.5) ** 2),
        (np.multiply, (2.0, 3.0), (3.0, 2.0)),
        (np.sum, (np.ones(2),), np.ones(2)),
        (np.linalg.det, (np.diag([2.0, 3.0]),), np.diag([3.0, 2.0])),
    ],
)
def test_function_without_source(function, args, slopes):
    assert np.allclose(grad(function)(*args), slopes)


class Line:
    def __init__(self, slope):
        self.slope = slope

    def __call__(self, x):
        return self.slope * x * x


def test_object_that_can_be_called():
    assert grad(Line(3.0), wrt="x")(2.0) == 12.0


def test_choice_by_name():
    def f(x, name):
        return TABLE[name](x) * x

    gradient = grad(f)
    assert np.isclose(gradient(1.5, "square"), 3 * 2.5 * 1.5**2)
    assert gradient(1.5, "relu") == 3.0
    assert gradient(-1.5, "relu") == 0.0


def test_what_a_table_holds_is_looked_up_at_each_call():
    chosen = {"f": math.sin}

    def f(x):
        return chosen["f"](x)

    gradient = grad(f)
    assert gradient(0.5) == math.cos(0.5)
    chosen["f"] = lambda x: 3.0 * x
    assert gradient(0.5) == 3.0


def test_function_of_another_module_is_looked_up_at_each_call(monkeypatch):
    def f(x):
        return helpers.square(x)

    gradient = grad(f)
    assert gradient(2.0) == 10.0
    monkeypatch.setattr(helpers, "square", lambda x: 7.0 * x)
    assert gradient(2.0) == 7.0


def test_free_names_of_a_closure_are_looked_up_at_each_call():
    k = 2.0

    def g(x):
        return k * x

    def f(x):
        return g(x) * x

    gradient = grad(f)
    assert gradient(3.0) == 12.0
    k = 5.0  # noqa: F841
    assert gradient(3.0) == 30.0


def refused(f, *args):
    with pytest.raises(UserError) as caught:
        grad(f)(*args)
    return caught.value


def applied(act, x):
    return act(x) * 2.0


@pytest.mark.parametrize("k", [0, 1, 2])
def test_function_that_depends_on_the_path(k):
    """It is called on each path by itself, wherever it was chosen and whoever calls it."""

    def f(x, k):
        if k == 0:
            act = np.tanh
        elif k == 1:
            act = np.sin
        else:
            act = lambda z: z * z  # noqa: E731
        held, weight = (act, 3.0) if x[0] > 0.5 else (np.cos, 2.0)
        layers = {"last": held}
        return weight * np.sum(applied(act, x)) + sum(map(layers["last"], x))

    for start in (0.3, 0.7):
        check(f, (np.array([start, 0.8, 1.1]), k))


def test_function_chosen_in_a_constructor():
    class Layer:
        def __init__(self, smooth):
            self.act = np.tanh if smooth else np.abs

        def __call__(self, x):
            return np.sum(self.act(x))

    def f(x, smooth):
        return Layer(smooth)(x)

    for smooth in (0, 1):
        check(f, (np.array([0.3, -0.7]), smooth))


def test_function_chosen_by_what_has_changed():
    """The test cannot be asked again: what it read has been written to."""

    def f(x):
        g = np.sin if x[0] > 0 else np.cos
        x[0] = -1.0
        return np.sum(g(x))

    check(f, (np.ones(2),))
    check(f, (-np.ones(2),))

    def in_a_trip(x):
        for _ in range(2):
            g = np.sin if x[0] > 0 else np.cos
            x[0] = -1.0
        return np.sum(g(x))

    said = refused(in_a_trip, np.ones(2))
    assert said.message == "which function `g` is depends on the path taken"
    assert said.help == "call each of the functions on its own path"


def test_closure_that_one_path_alone_makes():
    def f(x, y):
        g = math.sin
        if y > 0:
            g = made(2 * y)
        return g(x)

    check(f, (1.0, 2.0))
    check(f, (1.0, -2.0))


def test_function_with_a_cache():
    @functools.lru_cache
    def g(x):
        return x * x

    def f(x):
        return g(x) * g(2 * x)

    check(f, (1.5,))


def test_function_with_a_cache_itself():
    with pytest.raises(UserError, match="give `square.__wrapped__`"):
        grad(functools.cache(helpers.square))


def test_vectorized_function():
    g = np.vectorize(lambda t: t * t)

    def f(x):
        return np.sum(g(x))

    x = np.array([1.0, -2.0, 3.0])
    assert np.array_equal(grad(f)(x), 2 * x)


def test_argument_given_twice():
    def f(x):
        return scaled_by(x, 2.0, k=3.0)

    def scaled_by(x, k):
        return k * x

    assert refused(f, 1.0).message == "`scaled_by` is given `k` twice"


def test_filter_by_what_only_a_run_can_tell():
    def f(x, y):
        return sum(filter(lambda t: t > 0, (x, y)))

    for args in ((1.0, 2.0), (-1.0, 2.0), (-1.0, -2.0)):
        check(f, args)


@pytest.mark.parametrize("spec", ["relu,tanh", "tanh", "Sin, RELU"])
def test_methods_of_strings(spec):
    """What a string's methods give is known while compiling, where the string is."""

    def f(x, spec):
        table = {"w_{}".format(i): i + 1.0 for i in range(4)}  # noqa: UP032
        for at, name in enumerate(spec.split(",")):
            match name.strip().lower():
                case "relu":
                    x = np.maximum(x, 0.1 * x)
                case "tanh":
                    x = np.tanh(x)
                case _:
                    x = np.sin(x)
            x = x * table["_".join(["w", str(at)])]
        return x

    check(f, (np.array([0.3, -0.8]), spec))


def test_elements_of_an_array_given_one_by_one():
    def spread(a, b, *rest):
        return a * b + sum(r * i for i, r in enumerate(rest))

    def f(p, q, A):
        return math.hypot(*(p - q)) * spread(*p) + np.sum(np.maximum(*A)) + max(*A[0])

    p = np.array([0.3, -0.7, 1.1])
    check(f, (p, p[::-1] * 2.0, np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 5.0]])))
    check(lambda p: spread(*p), (np.arange(5.0),))


def test_functions_of_the_standard_library_written_out():
    def f(a, b):
        rows = [(1, a), (2, b), (3, a * b)]
        values = [value for _, value in rows]
        total = sum(map(operator.itemgetter(1), rows)) * statistics.mean(values)
        total += statistics.stdev(values) * statistics.median(values) + statistics.pvariance(values)
        return total + sum(heapq.nlargest(2, values)) * heapq.nsmallest(1, values)[0]

    for args in ((0.7, 1.3), (-0.4, 0.9)):
        check(f, args)


def third_power(x):
    return x**3


gradient_by_name = grad(third_power, wrt=0)


class Spring:
    def __init__(self, stiffness):
        self.stiffness = stiffness

    @grad
    def force(self, x):
        return 0.5 * self.stiffness * x**2

    def energy(self, x):
        return 0.5 * self.stiffness * x**2


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda g: loads(dumps(g))])
def test_gradients_are_copied_and_pickled_as_functions_are(copied):
    assert copied(Spring.force) is Spring.force
    assert copied(gradient_by_name)(2.0) == copied(grad(grad(third_power)))(2.0) == 12.0
    spring = Spring(2.0)
    assert copied(grad(spring.energy))(3.0) == 6.0


def test_deep_copy_of_a_gradient_has_an_object_of_its_own():
    spring = Spring(2.0)
    one = copy.deepcopy(grad(spring.energy))
    spring.stiffness = 5.0
    assert one(3.0) == 6.0


def test_parameter_named_as_what_its_default_mentions():
    functions = [lambda x, k=k: k * x for k in (2.0, 3.0)]
    assert [grad(f, wrt="x")(1.0) for f in functions] == [2.0, 3.0]
    k = 4.0
    assert "def f_forward(x, k=k):" in grad(lambda x, k=k: k * x, wrt="x").source(1.0)


def test_parameter_without_a_name():
    assert grad(lambda _, x: _ * x)(2.0, 3.0) == (3.0, 2.0)


def test_module_given_as_an_argument():
    assert grad(lambda x, xp=np: xp.sin(x))(0.0) == 1.0
    assert grad(lambda x, xp: xp.exp(x))(0.0, math) == 1.0
