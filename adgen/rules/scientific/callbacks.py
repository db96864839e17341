"""Operations of `scipy.integrate` and `scipy.optimize` that take a function.

The function's pullback stands for `f` in the helpers.  Roots follow from the implicit
function theorem, solutions of differential equations from the adjoint equation (Chen
et al. 2018): gradients are those of exact roots and solutions, as good as the tolerances
asked for.
"""

import numpy as np
from scipy import integrate, optimize, special

from adgen.rules.callers import count_parameters
from adgen.rules.registry import (
    adjoint,
    callback,
    const,
    constant,
    free,
    several,
    unsupported,
    written_out,
)
from adgen.rules.scientific import real
from adgen.rules.settle.axes import element, in_shape_of
from adgen.rules.shapes import as_num, is_absent
from adgen.runtime import (
    fixed_point_back,
    limit_back,
    ode_back,
    quad_back,
    root_back,
    stationary_back,
)
from adgen.types import FLOAT, Dim, Num, Opaque, Seq


def of_reals(shape):
    """The shape, where nothing that the function takes is complex: SciPy drops imaginary parts."""

    def checked(op, facts, /, **operands):
        args = operands.get("args")
        real(*args.items if isinstance(args, Seq) else ())
        return shape(op, facts, **operands)

    return checked


# -- integrals ----------------------------------------------------------------------------------


def number(types):
    return [FLOAT]


@of_reals
def integral_and_error(op, facts, /, f, a, b, args=(), **options):
    real(a, b)
    return Seq("tuple", (FLOAT, Opaque("estimate of an error")))


@adjoint(integrate.quad, shape=integral_and_error, leading=number)
def quad(
    y, error, /, f: callback, a, b, args: several = (), *, epsabs: free = 1.49e-8,
    epsrel: free = 1.49e-8, limit: free = 50,
):  # fmt: skip
    """The integrand at the limits, and the integral of the integrand's slope."""
    da = -limit_back(dy, f, a, args)
    db = limit_back(dy, f, b, args)
    dargs = quad_back(dy, f, a, b, args, position)


NO_ERROR = "the error of an integral is not estimated where it is differentiated"


@written_out(integrate.dblquad)
def dblquad(func, a, b, gfun, hfun):
    """An integral of integrals: the first argument of the function is that of the inner ones."""

    def inner(x):
        low = gfun(x) if callable(gfun) else gfun
        high = hfun(x) if callable(hfun) else hfun
        return integrate.quad(func, low, high, args=(x,))[0]

    return integrate.quad(inner, a, b)[0], NO_ERROR


@written_out(integrate.nquad)
def nquad(func, ranges):
    """Of numbers as limits."""
    if len(ranges) > 2:
        raise TypeError("it is supported in one variable or two")
    a, b = ranges[0]
    if len(ranges) == 1:
        return integrate.quad(func, a, b)[0], NO_ERROR
    c, d = ranges[1]
    return integrate.dblquad(func, c, d, a, b)


# -- roots --------------------------------------------------------------------------------------


@of_reals
def one_root(op, facts, /, f, args=(), **rest):
    return FLOAT


@adjoint(optimize.brentq, optimize.brenth, optimize.bisect, optimize.ridder,
         optimize.toms748, shape=one_root,
         leading=number)  # fmt: skip
def bracketed_root(
    x, f: callback, a, b, args: several = (), *, xtol: free = 2e-12, rtol: free = 8.9e-16,
    maxiter: free = 100,
):  # fmt: skip
    """The bracket does not move the root."""
    da = 0.0 * dx
    db = 0.0 * dx
    dargs = root_back(dx, x, f, args, position)


@of_reals
def one_of_many(op, facts, /, f, x0, args=(), **rest):
    (x0,) = real(x0)
    if x0.dims != ():
        raise TypeError("it is supported for one root at a time")
    return Num("f8", (), "any")


@adjoint(optimize.newton, shape=one_of_many,
         leading=number)  # fmt: skip
def newton(x, f: callback, x0, *, args: several = (), tol: free = 1.48e-8, maxiter: free = 50):
    """Where it starts does not move the root."""
    dx0 = 0.0 * dx
    dargs = root_back(dx, x, f, args, position)


@adjoint(optimize.root_scalar, shape=one_root, leading=number, fields=("root",))
def root_scalar(
    x, f: callback, args: several = (), method: free = None, bracket: free = None, *,
    x0: free = None, x1: free = None, xtol: free = None, rtol: free = None, maxiter: free = None,
):  # fmt: skip
    """Neither the bracket nor where it starts moves the root."""
    dargs = root_back(dx, x, f, args, position)


def same_as_start(types):
    x0 = as_num(types["x0"])
    return [FLOAT if x0.dims == () else Num("f8", x0.dims)]


@of_reals
def point_that_stays(op, facts, /, f, x0, args=(), **rest):
    (x0,) = real(x0)
    if x0.dims is None or len(x0.dims) > 1:
        raise TypeError("it starts at a number or a vector")
    return Num("f8", x0.dims, "array")


@adjoint(optimize.fixed_point, shape=point_that_stays, leading=same_as_start,
         also={"func": "f"})  # fmt: skip
def fixed_point(
    x, f: callback, x0, args: several = (), xtol: free = 1e-8, maxiter: free = 500,
    method: free = "del2",
):  # fmt: skip
    """Where it starts does not move the point."""
    dx0 = 0.0 * dx
    dargs = fixed_point_back(dx, x, f, args, position)


def vector(types):
    x0 = as_num(types["x0"])
    return [Num("f8", (Dim(1),) if x0.dims == () else x0.dims)]


@of_reals
def several_roots(op, facts, /, f, x0, args=(), **rest):
    (x0,) = real(x0)
    if x0.dims is None or len(x0.dims) != 1:
        raise TypeError("it starts at a vector")
    return Num("f8", x0.dims)


@adjoint(optimize.fsolve, shape=several_roots, leading=vector)
def fsolve(x, f: callback, x0, args: several = (), *, xtol: free = 1.49e-8):
    """Where it starts does not move the root."""
    dx0 = 0.0 * dx
    dargs = root_back(dx, x, f, args, position)


@adjoint(optimize.root, shape=several_roots, leading=vector, fields=("x",))
def root(
    x, f: callback, x0, args: several = (), *, method: free = "hybr", tol: free = None,
    options: free = None,
):  # fmt: skip
    """Where it starts does not move the root."""
    dx0 = 0.0 * dx
    dargs = root_back(dx, x, f, args, position)


@of_reals
def place_and_least(op, facts, /, f, x0, args=(), **rest):
    return Seq("tuple", (several_roots(op, facts, f=f, x0=x0), Num("f8", (), "any")))


@adjoint(optimize.minimize, shape=place_and_least, leading=vector, fields=("x", "fun"))
def minimize(
    x, fun, /, f: callback, x0, args: several = (), *, method: free = None, tol: free = None,
    options: free = None,
):  # fmt: skip
    """Where the gradient is 0; where it starts does not move the minimum."""
    dx0 = 0.0 * dx
    dargs = stationary_back(dx, dfun, x, f, args, position)


@adjoint(optimize.least_squares, shape=place_and_least, leading=vector, fields=("x", "cost"),
         ignores=("verbose",), also={"fun": "f"})  # fmt: skip
def least_squares(
    x, cost, /, f: callback, x0, *, jac: free = "2-point", bounds: free = (-np.inf, np.inf),
    method: free = "trf", ftol: free = 1e-8, xtol: free = 1e-8, gtol: free = 1e-8,
    x_scale: free = None, diff_step: free = None, max_nfev: free = None, args: several = (),
):  # fmt: skip
    """Where the gradient of half the squares is 0: not at one of the bounds."""
    dx0 = 0.0 * dx
    dargs = stationary_back(dx, dcost, x, f.squares, args, position)


@of_reals
def place_and_flag(op, facts, /, f, x0, args=(), **rest):
    return Seq("tuple", (several_roots(op, facts, f=f, x0=x0), Opaque("number of a message")))


@adjoint(optimize.leastsq, shape=place_and_flag, leading=vector, also={"func": "f"})
def leastsq(
    x, flag, /, f: callback, x0, args: several = (), *, ftol: free = 1.49e-8,
    xtol: free = 1.49e-8, gtol: free = 0.0, maxfev: free = 0,
):  # fmt: skip
    """Where the gradient of half the squares is 0."""
    dx0 = 0.0 * dx
    dargs = stationary_back(dx, 0.0, x, f.squares, args, position)


@written_out(
    optimize.curve_fit, why="give scipy.optimize.least_squares the differences",
)  # fmt: skip
def curve_fit(f, xdata, ydata, p0=None, sigma=None):
    """The parameters at which the squares are least; their covariances are left out."""
    start = np.ones(count_parameters(f) - 1) if p0 is None else p0
    sites, values = np.asarray(xdata, dtype=float), np.asarray(ydata, dtype=float)

    def off(parameters):
        difference = f(sites, *parameters) - values
        return difference if sigma is None else 1.0 / np.asarray(sigma) * difference

    found = optimize.leastsq(off, start)
    return found[0], "the covariances of a fit are not worked out where it is differentiated"


@of_reals
def place_of_least(op, facts, /, f, args=(), **rest):
    return Seq("tuple", (FLOAT, FLOAT))


@adjoint(optimize.minimize_scalar, shape=place_of_least, leading=number, fields=("x", "fun"),
         also={"fun": "f"})  # fmt: skip
def minimize_scalar(
    x, fun, /, f: callback, bracket: free = None, bounds: free = None, args: several = (),
    method: free = None, tol: free = None, options: free = None,
):  # fmt: skip
    """Where the slope is 0: not at one of the bounds."""
    dargs = stationary_back(dx, dfun, x, f, args, position)


# -- differential equations ---------------------------------------------------------------------


def state_and_time(types):
    return [as_num(types["y0"]), FLOAT]


def time_and_state(types):
    return [FLOAT, as_num(types["y0"])]


@of_reals
def states(op, facts, /, f, y0, t, args=(), **rest):
    y0, t = real(y0, t)
    if y0.dims is None or len(y0.dims) > 1 or t.dims is None or len(t.dims) != 1:
        raise TypeError("it takes a vector to start with, and a vector of times")
    return Num("f8", (t.dims[0], *(y0.dims or (Dim(1),))))


@adjoint(integrate.odeint, shape=states, leading=state_and_time, leads=2)
def odeint(
    y, f: callback, y0, t: free, args: several = (), *, rtol: free = None, atol: free = None
):
    """Back in time, with the solution restored at each of the times."""
    both = ode_back(dy, y, t, f, args, True, rtol)
    dy0 = in_shape_of(both[0], y0)
    dargs = both[1][position]


@of_reals
def solution(op, facts, /, f, t_span, y0, t_eval=None, args=(), **rest):
    (y0,) = real(y0)
    if y0.dims is None or len(y0.dims) != 1:
        raise TypeError("it takes a vector to start with")
    times = facts.fresh() if is_absent(t_eval) else as_num(t_eval).dims[0]
    return Seq("tuple", (Num("f8", (times,)), Num("f8", (y0.dims[0], times))))


@adjoint(
    integrate.solve_ivp,
    shape=solution,
    leading=time_and_state,
    leads=2,
    fields=("t", "y"),
)
def solve_ivp(
    t, y, /, f: callback, t_span: free, y0, method: free = "RK45", t_eval: free = None, *,
    args: several = (), rtol: free = 1e-3, atol: free = 1e-6, max_step: free = np.inf,
):  # fmt: skip
    """Back in time, with the solution restored at each of the times; these are not
    differentiated."""
    both = ode_back(dy.T, y.T, t, f, args, False, rtol, element(t_span, 0))
    dy0 = both[0]
    dargs = both[1][position]


@written_out(integrate.fixed_quad)
def fixed_quad(func, a, b, args=(), n=5):
    """A sum over the places of Gauss and Legendre."""
    places, weights = special.roots_legendre(n)
    y = (b - a) * (places + 1) / 2.0 + a
    return (b - a) / 2.0 * np.sum(weights * func(y, *args), axis=-1), None


@written_out(optimize.rosen)
def rosen(x):
    x = np.asarray(x)
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0, axis=0)


@written_out(optimize.rosen_der)
def rosen_der(x):
    x = np.asarray(x)
    if np.ndim(x) != 1:
        raise TypeError("it takes a vector")
    falls = 400 * (x[1:] - x[:-1] ** 2) * x[:-1]
    last = 200 * (x[1:] - x[:-1] ** 2)
    none = np.zeros(1)
    return np.concatenate((-falls - 2 * (1 - x[:-1]), none)) + np.concatenate((none, last))


# -- what is not done -----------------------------------------------------------------------------


@unsupported(
    integrate.tplquad, integrate.quad_vec,
    why="use scipy.integrate.quad, or a sum over fixed points",
)  # fmt: skip
def other_integral(f, *operands): ...


@unsupported(
    optimize.linprog, optimize.basinhopping, optimize.differential_evolution,
    optimize.dual_annealing, optimize.shgo, optimize.brute, optimize.fmin, optimize.fmin_bfgs,
    why="use scipy.optimize.root or minimize, which follow the implicit function theorem",
)  # fmt: skip
def other_solver(f, *operands): ...


# -- assignments --------------------------------------------------------------------------------


def pairs_chosen(op, facts, /, cost_matrix, maximize=False):
    places = Num("i8", (facts.fresh(),))
    return Seq("tuple", (places, places))


@constant(optimize.linear_sum_assignment, shape=pairs_chosen)
def linear_sum_assignment(rows, columns, /, cost_matrix, maximize: const = False):
    """Which rows and columns are chosen stays as it is where costs change a little."""
