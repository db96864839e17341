"""Operations that take a function of the author's: integrals, roots, differential equations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, optimize, special, stats

from adgen import UserError, check_grads, grad


def slopes(f, values, step=1e-5):
    """Central differences, wide enough for results that a solver has worked out."""
    found = []
    for i, value in enumerate(values):
        slope = np.zeros(np.shape(value))
        for place in np.ndindex(slope.shape):
            sides = []
            for sign in (1, -1):
                moved = np.array(value, dtype=float)
                moved[place] += sign * step
                given = moved if np.ndim(value) else float(moved)
                sides.append(f(*values[:i], given, *values[i + 1 :]))
            slope[place] = (sides[0] - sides[1]) / (2 * step)
        found.append(slope)
    return found


def check(f, values, rtol=1e-5):
    gradient = grad(f, wrt=tuple(range(len(values))))
    for found, slope in zip(gradient(*values), slopes(f, values), strict=True):
        assert_allclose(found, slope, rtol=rtol, atol=1e-6)
    assert gradient.value_and_grad(*values)[0] == f(*values)


# -- roots, minima and fixed points of one variable --------------------------------------------


def by_a_bracket(p):
    return optimize.root_scalar(cubic, args=(p,), bracket=[0, 10]).root ** 2


def by_secants(p, q):
    found = optimize.root_scalar(lambda x: x**3 - p * x - q, x0=3.0, x1=2.5, method="secant")
    return found.root * q


def least(p, q):
    found = optimize.minimize_scalar(lambda x: (x - p) ** 2 * q + x**4)
    return 2 * found.x + found.fun


def least_between(p, q):
    found = optimize.minimize_scalar(
        lambda x, p, q: (x - p) ** 2 * q + x**4, bounds=(-5, 5), args=(p, q), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    return found.x


def stays(p):
    return float(optimize.fixed_point(lambda x: np.cos(p * x), 0.5))


def several_stay(p, q):
    at = optimize.fixed_point(lambda x, p: np.cos(p * x) * q, np.array([0.5, 0.4]), args=(p,))
    return np.sum(at**2)


@pytest.mark.parametrize(
    ("f", "values"),
    [
        (by_a_bracket, (1.5,)), (by_secants, (1.5, 2.0)), (least, (0.7, 1.3)),
        (least_between, (0.7, 1.3)), (stays, (0.8,)),
        (several_stay, (0.8, np.array([1.0, 0.5]))),
    ],
)  # fmt: skip
def test_of_one_variable(f, values):
    check(f, values, rtol=1e-4)


# -- integrals ----------------------------------------------------------------------------------


def of_a_lambda(k, a, b):
    return integrate.quad(lambda x: np.exp(-k * x**2), a, b)[0]


def of_a_local_function(k, c):
    def inside(x):
        return helper(x) * c

    def helper(x):
        return np.sin(k * x)

    value, error = integrate.quad(inside, 0.0, 2.0)
    return value**2


def density(x, mu, s):
    return stats.norm.pdf(x, mu, s)


def of_a_function_of_the_module(mu, s):
    return integrate.quad(density, -1.0, 1.0, args=(mu, s))[0]


def with_arguments_and_captured(p, w):
    return integrate.quad(lambda x, q: q * x + np.sum(w * x**2), 0.0, 1.0, args=(p,))[0]


OPTIONS = {"power": 2.0, "weights": [0.5, 1.5]}


def with_constants_of_other_kinds(k, c):
    options, low, name = OPTIONS, [0.1, 0.2], "k"
    found = integrate.quad(
        lambda x, o, l: k * x ** o["power"] + l[1] * c * x, 0.0, 1.0, args=(options, low)
    )
    return found[0] if name == "k" else 0.0


def to_infinity(rate):
    return integrate.quad(lambda x: x * np.exp(-rate * x), 0.0, np.inf)[0]


def in_a_loop(p):
    total = 0.0
    for i in range(3):
        total = total + integrate.quad(lambda x: x**2 * p * i, 0.0, p)[0]  # noqa: B023
    return total


# -- roots --------------------------------------------------------------------------------------


def cubic(x, p):
    return x**3 - p * x - 2.0


def by_bracket(p):
    return optimize.brentq(cubic, 0.0, 10.0, args=(p,)) ** 2


def by_newton(p):
    return optimize.newton(cubic, 2.0, args=(p,))


def by_fsolve(p):
    def equations(q):
        return [q[0] ** 2 + p * q[1] - 4, q[0] - q[1] ** 2 * p]

    x, y = optimize.fsolve(equations, [1.0, 1.0], xtol=1e-13)
    return x * y**2


def by_root(p):
    found = optimize.root(lambda q: np.array([q[0] ** 2 - p[0], q[1] * p[1] - q[0]]), np.ones(2))
    return np.sum(found.x**2)


def bowl(x, a):
    return (a - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2 + x[1] ** 2


def at_a_minimum(a):
    found = optimize.minimize(bowl, np.zeros(2), args=(a,), tol=1e-10)
    return found.fun + 2 * found.x[0] + found.x[1]


def decay(p, t, seen):
    return p[0] * np.exp(-p[1] * t) - seen


TIMES = np.array([0.0, 0.5, 1.0, 2.0])


def fitted_decay(seen):
    found = optimize.least_squares(decay, [1.0, 1.0], args=(TIMES, seen), xtol=1e-13, gtol=1e-13)
    return found.x[0] ** 2 + 3 * found.x[1] + found.cost


def fitted_at_times(times, seen):
    """In the places of the data, too, which the function reads of the one around it."""
    found = optimize.least_squares(
        lambda p: (p[0] + p[1] * times**2 - seen) * np.array([1.0, 2.0, 1.0, 0.5]), x0=np.ones(2)
    )
    return found.x @ np.array([1.0, -2.0])


def model(t, a, b):
    return a * np.exp(-b * t)


def fitted_curve(times, seen):
    place, _ = optimize.curve_fit(model, times, seen, [1.0, 1.0])
    return place[0] * place[1]


def fitted_curve_with_errors(seen, errors):
    place = optimize.curve_fit(lambda t, a: a * model(t, 1.0, 0.9), TIMES, seen, (1.0,), errors)[0]
    return place[0]


def fitted_in_the_old_way(seen):
    place, _ = optimize.leastsq(decay, np.ones(2), args=(TIMES, seen), xtol=1e-13, ftol=1e-13)
    return place[0] * place[1]


SEEN_LATER = np.array([2.0, 1.3, 0.7, 0.35])


@pytest.mark.parametrize(
    ("f", "values"),
    [
        (fitted_decay, (SEEN_LATER,)), (fitted_at_times, (TIMES, SEEN_LATER)),
        (fitted_in_the_old_way, (SEEN_LATER,)), (fitted_curve, (TIMES, SEEN_LATER)),
        (fitted_curve_with_errors, (SEEN_LATER, np.array([0.1, 0.2, 0.1, 0.3]))),
    ],
)  # fmt: skip
def test_least_squares(f, values):
    check(f, values, rtol=2e-3)  # the solver's own slopes are differences


# -- differential equations ---------------------------------------------------------------------


def oscillator(k, start):
    def rhs(t, y):
        return [y[1], -k * y[0] + np.sin(t)]

    times = np.linspace(0.0, 2.0, 5)
    found = integrate.solve_ivp(rhs, (0.0, 2.0), [start, 0.0], t_eval=times, rtol=1e-11, atol=1e-12)
    return np.sum(found.y[0] ** 2)


def pendulum(y, t, b, c):
    theta, omega = y
    return [omega, -b * omega - c * np.sin(theta)]


def swing(b, c, start):
    times = np.linspace(0.0, 2.0, 6)
    path = integrate.odeint(pendulum, start, times, args=(b, c), rtol=1e-11, atol=1e-12)
    return np.sum(path**2)


def growth(t, n, rates):
    return rates * n * (1 - np.sum(n))


SEEN = np.array([[0.1, 0.2, 0.3], [0.2, 0.25, 0.3]])


def fit(rates, start):
    """Least squares between populations and what was seen of them."""
    found = integrate.solve_ivp(
        growth, (0, 2), start, t_eval=[0.0, 1.0, 2.0], args=(rates,), rtol=1e-11, atol=1e-12
    )
    return np.sum((found.y - SEEN) ** 2) + found.y[0, -1]


def to_the_end(k):
    found = integrate.solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [1.0], rtol=1e-11, atol=1e-12)
    return found.y[0, -1]


def seen_late(k, start):
    """The first of the times is not where the solution begins."""
    found = integrate.solve_ivp(
        lambda t, y: -k * y, (0.0, 1.0), [start, 1.0], t_eval=[0.5, 0.8], rtol=1e-11, atol=1e-12
    )
    return np.sum(found.y**2)


def back_in_time(k, start):
    found = integrate.solve_ivp(
        lambda t, y: k * t * y, (1.0, 0.0), [start], t_eval=[0.5, 0.0], rtol=1e-11, atol=1e-12
    )
    return np.sum(found.y**2)


@pytest.mark.parametrize(
    ("f", "values"),
    [
        (seen_late, (0.7, 1.3)),
        (back_in_time, (0.7, 1.3)),
        (of_a_lambda, (1.5, 0.1, 2.0)),
        (of_a_local_function, (1.5, 0.7)),
        (of_a_function_of_the_module, (0.3, 0.8)),
        (with_arguments_and_captured, (1.5, np.array([0.5, 2.0]))),
        (with_constants_of_other_kinds, (1.5, 0.7)),
        (to_infinity, (1.5,)),
        (in_a_loop, (1.5,)),
        (by_bracket, (1.5,)),
        (by_newton, (1.5,)),
        (by_fsolve, (1.2,)),
        (by_root, (np.array([2.0, 3.0]),)),
        (at_a_minimum, (1.3,)),
        (oscillator, (2.0, 0.5)),
        (swing, (0.3, 2.0, np.array([1.0, 0.2]))),
        (fit, (np.array([0.7, 0.9]), np.array([0.1, 0.2]))),
        (to_the_end, (0.7,)),
    ],
)
def test_the_function_takes_part(f, values):
    check(f, values, rtol=1e-4)


# -- what is refused ----------------------------------------------------------------------------


def of_numpys_function(x):
    return integrate.quad(np.sin, 0.0, x)[0]


def of_a_gradient(x):
    return optimize.brentq(grad(lambda z: z**4 - z), 0.0, x)


def with_a_default(x):
    return integrate.quad(lambda t, k=2.0: t * x * k, 0.0, 1.0)[0]


def of_the_error(x):
    value, error = integrate.quad(lambda t: t * x, 0.0, 1.0)
    return value + error


def of_whether_it_worked(x):
    return optimize.root(lambda q: q - x, np.zeros(1)).success


def of_a_list(x):
    parts = [x, 2 * x]
    return integrate.quad(lambda t: t * parts[1], 0.0, 1.0)[0]


def of_covariances(x):
    return np.sqrt(optimize.curve_fit(lambda t, a: a * t, TIMES, x * TIMES, [1.0])[1])


def of_a_complex_argument(x):
    return integrate.quad(lambda t, z: np.real(z * t), 0.0, 1.0, args=(x * 1j,))[0]


def of_what_is_not_known(x):
    return np.frompyfunc(lambda row: row * x, 1, 1)(np.ones(3))[0]


def of_times(x):
    return integrate.solve_ivp(lambda t, y: -y, (0.0, x), [1.0]).y[0, -1]


def of_a_density(x):
    return integrate.quad(stats.norm(x, 1.0).pdf, 0.0, 1.0)[0]


def of_a_fit_that_starts_anywhere(x):
    return optimize.curve_fit(lambda t, a, b: a * t + b, TIMES, x * TIMES**2)[0][0] ** 2


def of_a_sum_over_fixed_points(x):
    return integrate.fixed_quad(lambda t, c: np.exp(-c * t * x), 0.0, x, args=(2.0,), n=4)[0]


def of_rosenbrock(x):
    return optimize.rosen(np.array([x, 2.0, x * x]))


@pytest.mark.parametrize(
    "f", [of_a_fit_that_starts_anywhere, of_a_sum_over_fixed_points, of_rosenbrock]
)
def test_functions_that_are_written_out(f):
    assert check_grads(f, (1.5,)).ok


@pytest.mark.parametrize(
    "f",
    [of_numpys_function, of_a_gradient, with_a_default, of_the_error, of_whether_it_worked,
     of_a_list, of_covariances, of_a_complex_argument,
     of_what_is_not_known, of_times, of_a_density],
)  # fmt: skip
def test_refused(f):
    with pytest.raises(UserError):
        grad(f)(1.5)


def helper_without_a_rule(x):
    return special.kolmogorov(x)


def wrong_inside(x):
    def inner(t):
        return helper_without_a_rule(t * x)

    return integrate.quad(inner, 0.0, 1.0)[0]


def test_what_is_wrong_with_the_function_is_said_at_its_line():
    with pytest.raises(UserError, match=r"special\.kolmogorov\(x\)"):
        grad(wrong_inside)(1.5)


def test_a_function_may_change_between_calls():
    names = {"integrate": integrate, "np": np}
    lines = "def g(t, k):\n    return {}\n"
    import linecache

    def define(text, name):
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        exec(compile(text, name, "exec"), names)

    define("def f(k):\n    return integrate.quad(g, 0.0, 1.0, args=(k,))[0]\n", "f.py")
    define(lines.format("k * t"), "g1.py")
    gradient = grad(names["f"])
    assert_allclose(gradient(2.0), 0.5)
    define(lines.format("k**2 * t"), "g2.py")
    assert_allclose(gradient(2.0), 2.0)


def made_elsewhere(c):
    def f(k):
        def inside(x):
            return k * x * c

        return integrate.quad(inside, 0.0, 1.0)[0]

    return f


FACTOR = 2.0


def of_a_constant_of_the_module(k):
    return integrate.quad(lambda x: k * FACTOR * x, 0.0, 1.0)[0]


def test_constants_that_the_function_reads(monkeypatch):
    check(made_elsewhere(3.0), (1.5,))
    gradient = grad(of_a_constant_of_the_module)
    assert_allclose(gradient.value_and_grad(1.5), (1.5, 1.0))
    monkeypatch.setitem(globals(), "FACTOR", 4.0)
    assert_allclose(gradient.value_and_grad(1.5), (3.0, 2.0))
