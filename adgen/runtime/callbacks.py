"""Adjoints of operations that call a function of the author's.

`f` is the function's pullback: `f(x, *args)` gives the result and a function from its
adjoint to those of x and of each argument.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def limit_back(dy: Any, f: Any, at: Any, args: Any) -> Any:
    """The adjoint of the upper limit in `quad(f, a, b, args)`: the integrand there.

    >>> limit_back(2.0, lambda x: (x * x, None), 3.0, ())
    18.0
    """
    return dy * f(float(at), *args)[0]


def quad_back(dy: Any, f: Any, a: Any, b: Any, args: Any, which: int) -> Any:
    """The adjoint of one of the arguments in `quad(f, a, b, args)`.

    >>> round(quad_back(2.0, lambda x, k: (k * x, lambda d: [k, x * d]), 0.0, 1.0, (3.0,), 0), 9)
    1.0
    """
    from scipy import integrate

    def slope(x: float) -> Any:
        return f(x, *args)[1](1.0)[1 + which]

    found = integrate.quad_vec(slope, float(a), float(b), epsabs=1e-11, epsrel=1e-11)[0]
    return dy * found if np.ndim(found) else float(dy * found)


def root_back(dx: Any, x: Any, f: Any, args: Any, which: int) -> Any:
    """The adjoint of one of the arguments in f(x, *args) = 0 (implicit function theorem).

    >>> root_back(1.0, 2.0, lambda x, k: (x * x - k, lambda d: [2 * x * d, -d]), (4.0,), 0)
    0.25
    """
    out, back = f(x if np.ndim(x) else float(x), *args)
    if np.ndim(out) == 0:
        return back(-dx / back(1.0)[0])[1 + which]
    jacobian = np.array([back(row)[0] for row in np.eye(len(out))])
    return back(-np.linalg.solve(jacobian.T, dx))[1 + which]


def fixed_point_back(dx: Any, x: Any, f: Any, args: Any, which: int) -> Any:
    """The adjoint of one of the arguments in x = f(x, *args) (implicit function theorem).

    >>> fixed_point_back(1.0, 2.0, lambda x, k: (k * x + 1, lambda d: [k * d, x * d]), (0.5,), 0)
    4.0
    """
    out, back = f(x if np.ndim(x) else float(x), *args)
    if np.ndim(out) == 0:
        return back(float(dx / (1 - back(1.0)[0])))[1 + which]
    jacobian = np.array([back(row)[0] for row in np.eye(len(out))])
    return back(np.linalg.solve(np.eye(len(out)) - jacobian.T, dx))[1 + which]


def stationary_back(dx: Any, dfun: Any, x: Any, f: Any, args: Any, which: int) -> Any:
    """The adjoint of one of the arguments of a function at its minimum.

    The minimum itself moves with the function there; its place so that the slope stays 0,
    `f.slope` being the pullback of the slope.
    """
    found = f(x, *args)[1](dfun)[1 + which]
    if np.any(dx) and np.ndim(x) == 0:
        _, back = f.slope(x, *args)
        found = found - back(dx / back(1.0)[0])[1 + which]
    elif np.any(dx):
        _, back = f.slope(x, *args)
        hessian = np.array([back(row)[0] for row in np.eye(len(x))])
        found = found - back(np.linalg.solve(hessian, dx))[1 + which]
    return found


def ode_back(
    dy: Any,
    y: Any,
    t: Any,
    f: Any,
    args: Any,
    state_first: bool,
    rtol: Any = None,
    start: Any = None,
) -> Any:
    """The adjoint equation from the last time to the first: the adjoints of the state and of
    the arguments there.  `start` is where the solution began, if that is not the first time.

    Chen et al., "Neural ordinary differential equations" (2018); at each time the state is
    what the solver gave.
    """
    from scipy import integrate

    y = y.reshape(len(t), -1)
    dy = dy.reshape(len(t), -1)
    n = y.shape[1]
    at = [i for i, arg in enumerate(args) if np.asarray(arg).dtype.kind == "f"]
    sizes = [np.size(args[i]) for i in at]

    def slope(now: float, whole: Any) -> Any:
        state, adjoint = whole[:n], whole[n : 2 * n]
        lead = (state, float(now)) if state_first else (float(now), state)
        out, back = f(*lead, *args)
        found = back(-adjoint)
        parts = [np.ravel(found[2 + i]) for i in at]
        return np.concatenate([np.ravel(out), np.ravel(found[0 if state_first else 1]), *parts])

    def between(late: float, early: float, whole: Any) -> Any:
        solved = integrate.solve_ivp(
            slope, (late, early), whole, method="DOP853", rtol=min(rtol or 1e-8, 1e-8), atol=1e-10
        )
        return solved.y[n : 2 * n, -1], solved.y[2 * n :, -1]

    adjoint, rest = dy[-1].copy(), np.zeros(sum(sizes))
    for k in range(len(t) - 1, 0, -1):
        adjoint, rest = between(t[k], t[k - 1], np.concatenate([y[k], adjoint, rest]))
        adjoint = adjoint + dy[k - 1]
    if start is not None and t[0] != start:
        adjoint, rest = between(t[0], start, np.concatenate([y[0], adjoint, rest]))
    found: list[Any] = [None] * len(args)
    for i, part in zip(at, np.split(rest, np.cumsum(sizes)[:-1]), strict=bool(at)):
        found[i] = part.reshape(np.shape(args[i])) if np.ndim(args[i]) else float(part[0])
    return adjoint, found
