"""Functions as people write them, for numbers and small arrays, each with inputs for its paths.

`tests/test_everyday.py` holds their gradients against differences.
"""

import heapq
import itertools
import logging
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import combinations, product
from operator import itemgetter
from typing import Any

import numpy as np

CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []


def case(*inputs):
    """Note a function, and arguments that between them take its paths."""

    def note(function):
        CASES.extend((function, args) for args in inputs)
        return function

    return note


rng = np.random.default_rng(0)


def A(*shape):
    return rng.normal(size=shape)


V = A(5)
P = np.abs(A(5)) + 0.5
M = A(4, 3)
S = M.T @ M + np.eye(3)

log = logging.getLogger(__name__)
DT = 0.01
MAXITER = 50


@contextmanager
def timer(name):
    start = time.perf_counter()
    yield
    time.perf_counter() - start


class Switch:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


SW = Switch()


@case((A(2, 3), A(3), 0.1, 3), (A(2, 3), A(3), 0.2, 1))
def steps_in_place(w, b_, lr, n):
    """Several arrays under one name that ends as numbered ones do."""
    loss = 0.0
    for _ in range(n):
        out = np.tanh(w @ b_)
        loss += out @ out
        for p_, g in ((w, np.outer(out, b_)), (b_, out @ w)):
            p_ -= lr * g
    return loss


@case((A(3), 2.0))
def number_that_becomes_an_array(x, s):
    t = 0
    for i in range(3):
        t = t + x * i
        s = s * x[i] + t[0]
    return (t * s).sum()


@case((2.0,), (3.5,))
def newton_sqrt(a):
    x = a
    for _ in range(20):
        new = 0.5 * (x + a / x)
        if abs(new - x) < 1e-10:
            return new
        x = new
    return x


@case((0.8,), (2.0,))
def series_exp(x):
    term = 1.0
    total = 0.0
    n = 0
    while abs(term) > 1e-12:
        total += term
        n += 1
        term *= x / n
    return total


@case((1.0, 2.0, 3.0), (1.0, 2.0, 0.5), (1.0, -2.0, 0.5))
def quadratic_roots(a, b, c):
    disc = b * b - 4 * a * c
    if disc < 0:
        return -b / (2 * a)
    elif disc == 0:
        return -b / 2 / a
    else:
        r = math.sqrt(disc)
        return (-b + r) / (2 * a) if b > 0 else (-b - r) / (2 * a)


@case((A(5, 2),))
def polygon_area(pts):
    n = len(pts)
    area = 0.0
    for i in range(n):
        x1, y1 = pts[i]
        x2, y2 = pts[(i + 1) % n]
        area += x1 * y2 - x2 * y1
    return abs(area) / 2


@case((A(5, 2),))
def path_length(pts):
    total = 0
    for p, q in zip(pts, pts[1:]):
        dx, dy = q - p
        total += math.hypot(dx, dy)
    return total


@case((100.0, 105.0, 0.2, 0.05, 1.0, True), (100.0, 95.0, 0.3, 0.01, 0.5, False))
def black_scholes(s, k, vol, r, t, call):
    d1 = (math.log(s / k) + (r + vol**2 / 2) * t) / (vol * math.sqrt(t))
    d2 = d1 - vol * math.sqrt(t)
    cdf = lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2)))
    if call:
        return s * cdf(d1) - k * math.exp(-r * t) * cdf(d2)
    return k * math.exp(-r * t) * cdf(-d2) - s * cdf(-d1)


@case(
    (100.0, 105.0, 0.2, 0.05, 1.0, 5),
)
def american_put(s, k, vol, r, t, n):
    dt = t / n
    u = math.exp(vol * math.sqrt(dt))
    d = 1 / u
    p = (math.exp(r * dt) - d) / (u - d)
    values = np.zeros(n + 1)
    for j in range(n + 1):
        values[j] = max(k - s * u**j * d ** (n - j), 0.0)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            hold = math.exp(-r * dt) * (p * values[j + 1] + (1 - p) * values[j])
            exercise = k - s * u**j * d ** (i - j)
            values[j] = hold if hold > exercise else exercise
    return values[0]


@case((np.array([-100.0, 30.0, 40.0, 50.0]), 0.1))
def npv(flows, rate):
    return sum(cf / (1 + rate) ** t for t, cf in enumerate(flows))


@case((np.array([-100.0, 30.0, 40.0, 50.0]), 0.1))
def npv2(flows, rate):
    total = 0
    for t, cf in enumerate(flows):
        total += cf / (1 + rate) ** t
    return total


@case((np.array([-100.0, 30.0, 40.0, 60.0]),))
def irr(flows):
    r = 0.1
    for it in range(50):
        f = 0.0
        df = 0.0
        for t, c in enumerate(flows):
            f += c / (1 + r) ** t
            df -= t * c / (1 + r) ** (t + 1)
        step = f / df
        r -= step
        if abs(step) < 1e-13:
            break
    else:
        raise RuntimeError("no convergence")
    return r


@case((V, 1.5, "huber"), (V, 1.5, "l2"), (V, 0.5, "l1"))
def loss(r, delta, kind="l2"):
    if kind == "l2":
        out = 0.5 * r**2
    elif kind == "l1":
        out = np.abs(r)
    elif kind == "huber":
        out = np.where(np.abs(r) < delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta))
    else:
        raise ValueError(f"unknown loss {kind!r}")
    return out.mean()


@case(
    (A(6, 3), A(3, 4), A(4), A(4, 2), A(2)),
)
def mlp(x, w1, b1, w2, b2):
    h = x
    params = [(w1, b1), (w2, b2)]
    for i, (w, b) in enumerate(params):
        h = h @ w + b
        if i < len(params) - 1:
            h = np.maximum(h, 0)
    return np.mean(h**2)


@case(
    (np.array([1.0, 0.5]), 0.01, 20),
)
def lotka(y, h, n):
    def f(t, y):
        a, b = y
        return np.array([1.1 * a - 0.4 * a * b, 0.1 * a * b - 0.4 * b])

    t = 0.0
    for _ in range(n):
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += h
    return y[0]


@case((A(4, 3),))
def nbody_energy(pos):
    e = 0.0
    for i, j in combinations(range(len(pos)), 2):
        r = np.linalg.norm(pos[i] - pos[j])
        e -= 1.0 / r
    return e


@case((A(4, 3),))
def lj(pos, eps=1.0, sigma=1.0, cutoff=2.0):
    n = pos.shape[0]
    e = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            d = pos[i] - pos[j]
            r2 = d @ d
            if r2 > cutoff**2:
                continue
            s6 = (sigma**2 / r2) ** 3
            e += 4 * eps * (s6**2 - s6)
    return e


@case((V,), (A(6),))
def median_by_hand(x):
    s = np.sort(x)
    n = len(s)
    if n % 2:
        return s[n // 2]
    return 0.5 * (s[n // 2 - 1] + s[n // 2])


@case((V, True), (V, False))
def variance(x, unbiased=True):
    n = len(x)
    mean = sum(x) / n
    ss = sum((x - mean) ** 2)
    return ss / (n - 1 if unbiased else n)


@case((V, P), (V, None))
def wmean(x, w=None):
    if w is None:
        w = np.ones_like(x)
    return np.sum(w * x) / np.sum(w)


@case((V, None), (V, 2.0))
def default_scale(x, scale=None):
    scale = scale or 1.0
    return np.sum(x**2) * scale


@case((A(3, 3),))
def det_by_lu(a):
    a = a.copy()
    n = a.shape[0]
    det = 1.0
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            det = -det
        det *= a[k, k]
        for i in range(k + 1, n):
            a[i, k:] -= a[i, k] / a[k, k] * a[k, k:]
    return det


@case((S,))
def cholesky(a):
    n = len(a)
    l = np.zeros_like(a)
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j] - l[i, :j] @ l[j, :j]
            if i == j:
                if s <= 0:
                    raise ValueError("not positive definite")
                l[i, i] = np.sqrt(s)
            else:
                l[i, j] = s / l[j, j]
    return np.sum(np.log(np.diag(l)))


@case((1.3,), (-0.4,))
def bisect(c):
    f = lambda x: x**3 + x - c
    lo, hi = -2.0, 2.0
    while hi - lo > 0.5:
        mid = (lo + hi) / 2
        if f(lo) * f(mid) <= 0:
            hi = mid
        else:
            lo = mid
    for _ in range(10):
        mid = mid - f(mid) / (3 * mid**2 + 1)
    return mid


@case(
    (V,),
)
def ema(x, alpha=0.3):
    s = None
    for v in x:
        if s is None:
            s = v
        else:
            s = alpha * v + (1 - alpha) * s
    return s


@case(
    (V,),
)
def running_max_drawdown(x):
    peak = x[0]
    worst = 0.0
    for v in x:
        if v > peak:
            peak = v
        dd = peak - v
        if dd > worst:
            worst = dd
    return worst


@case(
    (V, 0.5),
)
def count_and_sum(x, thr):
    count = 0
    total = 0.0
    for v in x:
        if v <= thr:
            continue
        count += 1
        total += v
    return total / count if count else 0.0


@case((A(6, 2), 0.1))
def kmeans_step(x, eps):
    centers = [x[0], x[1]]
    total = 0.0
    for p in x:
        best = None
        for c in centers:
            d = np.sum((p - c) ** 2)
            if best is None or d < best:
                best = d
        total += best
    return total


@case((0.3, 1.2, 0.5, "sin"), (0.3, 1.2, 0.5, "square"))
def wave(t, f, a, kind):
    match kind:
        case "sin":
            return a * math.sin(2 * math.pi * f * t)
        case "square" | "sq":
            return a if math.sin(2 * math.pi * f * t) >= 0 else -a
        case other:
            raise ValueError(other)


@case((30.0,), (150.0,), (600.0,))
def tax(income):
    brackets = [(50.0, 0.1), (100.0, 0.2), (float("inf"), 0.4)]
    owed = 0.0
    lower = 0.0
    for upper, rate in brackets:
        if income > upper:
            owed += (upper - lower) * rate
            lower = upper
        else:
            owed += (income - lower) * rate
            break
    return owed


@case((2.0, 3), (2.0, -2), (2.0, 0))
def power(x, n):
    if n < 0:
        return 1 / power_pos(x, -n)
    return power_pos(x, n)


def power_pos(x, n):
    result = 1.0
    while n > 0:
        if n & 1:
            result *= x
        x *= x
        n >>= 1
    return result


@case((0.7, 4), (0.7, 0), (0.7, 1))
def legendre(x, n):
    if n == 0:
        return 1.0 + 0 * x
    p0, p1 = 1.0, x
    for k in range(2, n + 1):
        p0, p1 = p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k
    return p1


@case((np.array([1.0, 2.0, 3.0]), 0.5))
def horner(coeffs, x):
    result = 0
    for c in reversed(coeffs):
        result = result * x + c
    return result


@case((np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]), 1.3))
def lagrange(xs, ys, x):
    total = 0.0
    for i, (xi, yi) in enumerate(zip(xs, ys)):
        term = yi
        for j, xj in enumerate(xs):
            if i != j:
                term *= (x - xj) / (xi - xj)
        total += term
    return total


@case(
    (np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]), 1.3),
    (np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]), 5.3),
)
def interp_by_hand(xs, ys, x):
    if x <= xs[0]:
        return ys[0]
    for i in range(1, len(xs)):
        if x < xs[i]:
            t = (x - xs[i - 1]) / (xs[i] - xs[i - 1])
            return (1 - t) * ys[i - 1] + t * ys[i]
    return ys[-1]


@case(
    (1.0, 2.0, 20),
)
def simpson(a, b, n):
    if n % 2 != 0:
        raise ValueError("n must be even")
    h = (b - a) / n
    s = math.exp(-a * a) + math.exp(-b * b)
    for i in range(1, n):
        x = a + i * h
        w = 4 if i % 2 else 2
        s += w * math.exp(-x * x)
    return s * h / 3


GAUSS = [(-0.7745966692414834, 5 / 9), (0.0, 8 / 9), (0.7745966692414834, 5 / 9)]


@case(
    (0.0, 1.5),
)
def gauss(a, b):
    half, mid = (b - a) / 2, (a + b) / 2
    return half * sum(w * math.sin(mid + half * x) for x, w in GAUSS)


@case(
    (0.0, 1.5),
)
def gauss2(a, b):
    half, mid = (b - a) / 2, (a + b) / 2
    total = 0.0
    for x, w in GAUSS:
        total += w * math.sin(mid + half * x)
    return half * total


@case(
    (A(4, 3), np.array([0, 2, 1, 1])),
)
def cross_entropy(logits, labels):
    total = 0.0
    for row, y in zip(logits, labels):
        m = row.max()
        lse = m + np.log(np.sum(np.exp(row - m)))
        total += lse - row[y]
    return total / len(labels)


@case(
    (A(5), 0.3, 0.9),
)
def momentum(w, lr, beta):
    v = np.zeros_like(w)
    for step in range(5):
        g = 2 * w + np.sin(w)
        v = beta * v + (1 - beta) * g
        w = w - lr * v / (1 - beta ** (step + 1))
    return np.sum(w**2)


@case((1.0, 0.5, 0.1), (1.0, 5.0, 0.1))
def pid(setpoint, kp, ki):
    y = 0.0
    integral = 0.0
    for _ in range(10):
        err = setpoint - y
        integral += err * 0.1
        u = kp * err + ki * integral
        u = min(max(u, -1.0), 1.0)
        y += 0.1 * (u - 0.2 * y)
    return (y - setpoint) ** 2


@case(
    (A(3), A(3)),
)
def angle(u, v):
    nu = math.sqrt(sum(a * a for a in u))
    nv = math.sqrt(sum(b * b for b in v))
    if nu == 0 or nv == 0:
        return 0.0
    c = sum(a * b for a, b in zip(u, v)) / (nu * nv)
    return math.acos(max(-1.0, min(1.0, c)))


@case(
    (A(3), A(3), A(3)),
)
def triangle_area(a, b, c):
    ab, ac = b - a, c - a
    n = np.cross(ab, ac)
    return 0.5 * np.sqrt(n @ n)


@case((0.2, 0.9), (0.2, -0.9))
def clamp(x, y):
    lo, hi = 0.0, 1.0
    z = x * y
    z = lo if z < lo else hi if z > hi else z
    return z + x


@case((2.0, "km"), (2.0, "mi"))
def convert(x, unit):
    factors = {"km": 1.0, "mi": 1.609}
    return x * factors[unit]


@case(
    (V,),
)
def autocorr(x):
    n = len(x)
    xm = x - x.mean()
    out = 0.0
    for lag in range(1, 3):
        out += np.sum(xm[lag:] * xm[:-lag]) / np.sum(xm**2)
    return out


@case(
    (np.array([0.3, 0.2, 0.5]), np.array([0.2, 0.3, 0.5])),
    (np.array([0.3, 0.2, 0.5]), np.array([0.5, 0.5, 0.5])),
)
def kl(p, q):
    assert p.shape == q.shape, "shapes differ"
    total = 0.0
    for pi, qi in zip(p, q):
        if pi > 0:
            total += pi * math.log(pi / qi)
    return total


@case((A(4, 4),))
def power_iteration(a):
    x = np.ones(a.shape[0])
    lam = 0.0
    for k in range(12):
        y = a @ x
        n = np.linalg.norm(y)
        if n == 0:
            break
        x = y / n
        lam = x @ a @ x
    return lam


@case(
    (np.array([1.0, 4.0, 9.0]), 3),
)
def safe_div(x, k):
    try:
        r = x[k]
    except IndexError:
        r = x[-1]
    return r * x[0]


@case((0.5,), (5.0,))
def nested_fn(x):
    def helper(v, depth=0):
        if v > 1:
            return math.log(v)
        return v * v

    y = helper(x)
    return y if y > 0.3 else helper(y + 1)


@case((A(3, 3),))
def jacobi(a):
    b = np.array([1.0, 2.0, 3.0])
    d = np.diag(a) + 5.0
    r = a - np.diag(np.diag(a))
    x = np.zeros(3)
    for it in range(6):
        x_new = (b - r @ x) / d
        if np.max(np.abs(x_new - x)) < 1e-8:
            x = x_new
            break
        x = x_new
    return np.sum(x)


@case((A(8),), (A(3),))
def pairwise_tree(x):
    vals = x
    while len(vals) > 1:
        if len(vals) % 2:
            vals = np.append(vals, 0.0)
        vals = vals[::2] * 1.1 + vals[1::2]
    return vals[0]


@case((1.0, 0.2, 3), (1.0, 0.2, 0))
def mandel(cx, cy, n):
    zx, zy = 0.0, 0.0
    for i in range(n):
        zx, zy = zx * zx - zy * zy + cx, 2 * zx * zy + cy
        if zx * zx + zy * zy > 4:
            break
    return zx * zx + zy * zy


@case(
    (V,),
)
def softmax_entropy(x):
    e = np.exp(x - np.max(x))
    p = e / e.sum()
    return -(p * np.log(p + 1e-12)).sum()


@case((0.3, 0.4, 0.5), (3.0, 4.0, 5.0))
def with_log(x, y, z):
    """Several early exits and flags."""
    done = False
    total = 0.0
    for v in (x, y, z):
        if done:
            break
        total += v * v
        if total > 10:
            done = True
    return total if not done else math.sqrt(total)


@case((1.0,), (9.0,))
def collatz_like(x):
    steps = 0
    while True:
        if x < 1e-2 or steps > 6:
            break
        if steps % 2 == 0:
            x = x / 2
        else:
            x = 3 * x - x**2 / 10
        steps += 1
    return x + steps


@case((V,), (-np.abs(V),))
def first_positive(x):
    for i, v in enumerate(x):
        if v > 0:
            break
    else:
        return x.sum()
    return v * i + x[0]


@case((V,), (-np.abs(V),))
def find_index(x):
    idx = -1
    for i in range(len(x)):
        if x[i] > 0.2:
            idx = i
    if idx < 0:
        return 0.0 * x[0]
    return x[idx] ** 2


@case((V, 2), (V, 0), (V, 9))
def topk(x, k):
    k = min(k, len(x))
    s = np.sort(x)[::-1]
    t = 0.0
    for i in range(k):
        t += s[i] / (i + 1)
    return t + x[0]


@case(
    (V,),
)
def with_timer(x):
    with timer("a"), SW as s:
        y = np.sum(x**2)
    with SW:
        y = y + x[0]
    return y


@case(
    (V,),
)
def logged(x):
    log.info("start %d", len(x))
    y = np.sum(x * x)
    if log.isEnabledFor(10):
        log.debug("y %s", y)
    return y


@case((0.5,), (2.0,), (-2.0,))
def piecewise(x):
    if x < -1:
        return -x - 0.5
    if -1 <= x <= 1:
        return 0.5 * x * x
    return x - 0.5


@case((0.5,), (2.0,), (-2.0,))
def flags(x):
    neg = x < 0
    big = abs(x) > 1
    if neg and not big:
        y = x**3
    elif neg or big:
        y = x * x if neg else math.sqrt(x)
    else:
        y = math.sin(x)
    return y


@case((A(4, 4),))
def matrix_loops(a):
    n, m = a.shape
    t = 0.0
    for i in range(n):
        for j in range(m):
            if i == j:
                continue
            elif i < j:
                t += a[i, j] * a[j, i]
            else:
                t -= a[i, j] ** 2
                if t < -5:
                    break
        else:
            t += 0.1 * a[i, i]
    return t


@case((1.5, 0.2), (0.1, 3.0))
def secant(x0, x1):
    f = lambda v: math.cos(v) - v
    f0, f1 = f(x0), f(x1)
    it = 0
    while abs(f1) > 1e-10 and it < MAXITER:
        if f1 == f0:
            raise ZeroDivisionError
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
        f0, f1 = f1, f(x1)
        it += 1
    return x1 * x0


@case(
    (A(3), A(3), 0.1),
)
def euler_steps(x, v, g, n: int = 5):
    energy = []
    e = 0.0
    for step in range(n):
        a = -g * x
        x, v = x + v * DT, v + a * DT
        e = e + np.sum(v**2) / 2
    return e


@case(
    (5.0, 0.1),
)
def bounce(h, dt):
    v = 0.0
    t = 0.0
    bounces = 0
    while t < 2.0:
        v -= 9.81 * dt
        h += v * dt
        if h < 0:
            h = -h
            v = -0.8 * v
            bounces += 1
            if bounces >= 2:
                break
        t += dt
    return h + v


@case(
    (3.0, 2.0, 0.5),
)
def geometric(a, r, q):
    s, term = 0, a
    for _ in itertools.repeat(None, 4):
        s += term
        term *= q
    return s * r


@case(
    (V, P),
)
def weighted(x, w):
    total = wsum = 0.0
    for xi, wi in zip(x, w, strict=True):
        total += xi * wi
        wsum += wi
    return total / wsum


@case((A(3, 2),))
def two_sources(x):
    s = 0.0
    for (a, b), c in zip(x, [1.0, 2.0, 3.0]):
        s += a * b * c
    for k, (p, q) in enumerate(zip(x[:, 0], x[:, 1])):
        s += k * p - q
    return s


@case(
    (1.2, 0.7),
)
def dispatch_table(x, y):
    ops = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a / b]
    out = 0.0
    for op in ops:
        out = out + op(x, y)
    return out


@case((1.2, "relu"), (1.2, "tanh"), (-1.2, "relu"), (0.3, "none"))
def activation(x, name):
    if name in ("relu", "lrelu"):
        return x if x > 0 else 0.01 * x
    if name == "tanh":
        return math.tanh(x)
    elif name.startswith("no"):
        return x
    raise ValueError(name)


@case((V, None, None), (V, 0.2, None), (V, None, 0.5), (V, -0.2, 0.5))
def clip_opt(x, lo, hi):
    if lo is None and hi is None:
        return np.sum(x**2)
    if lo is not None:
        x = np.maximum(x, lo)
    if hi is not None:
        x = np.minimum(x, hi)
    return np.sum(x * x)


@case((A(2, 3),))
def reduce_axis(x, axis=None):
    if axis is None:
        y = x.sum()
    else:
        y = x.sum(axis=axis).max()
    return y * x[0, 0]


@case((2.0, 3.0), (3.0, 2.0))
def swap_sort(a, b):
    if a > b:
        a, b = b, a
    return a * 10 + b * b


@case((2.0, 3.0, 1.0), (3.0, 1.0, 2.0))
def sort3(a, b, c):
    if a > b:
        a, b = b, a
    if b > c:
        b, c = c, b
    if a > b:
        a, b = b, a
    return a + 10 * b + 100 * c * c


@case(
    (V,),
)
def bubble(x):
    x = x.copy()
    n = len(x)
    for i in range(n):
        swapped = False
        for j in range(0, n - i - 1):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
                swapped = True
        if not swapped:
            break
    s = 0.0
    for i, v in enumerate(x):
        s += (i + 1) * v * v
    return s


@case(
    (V,),
)
def prefix_max(x):
    out = np.empty_like(x)
    m = -np.inf
    for i in range(len(x)):
        m = max(m, x[i])
        out[i] = m
    return np.sum(out * np.arange(len(x)))


@case(
    (V,),
)
def logsumexp_stream(x):
    m, s = -math.inf, 0.0
    for v in x:
        if v > m:
            s = s * math.exp(m - v) + 1.0 if s else 1.0
            m = v
        else:
            s += math.exp(v - m)
    return m + math.log(s)


@case(
    (1.0, 0.3, 4),
)
def ar1(x, phi, n):
    path = np.zeros(n)
    path[0] = x
    for t in range(1, n):
        path[t] = phi * path[t - 1] + 0.1
    return path.var()


@case(
    (V, V[::-1].copy()),
)
def dtw(a, b):
    n, m = len(a), len(b)
    d = np.full((n + 1, m + 1), np.inf)
    d[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (a[i - 1] - b[j - 1]) ** 2
            d[i, j] = cost + min(d[i - 1, j], d[i, j - 1], d[i - 1, j - 1])
    return d[n, m]


@case(
    (
        np.array([0.2, 0.5, 0.3]),
        np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]]),
        np.array([0, 2, 1]),
    ),
)
def hmm_forward(pi, trans, obs):
    emit = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]])
    alpha = pi * emit[:, obs[0]]
    logp = 0.0
    for t in range(1, len(obs)):
        c = alpha.sum()
        logp += np.log(c)
        alpha = (alpha / c) @ trans * emit[:, obs[t]]
    return logp + np.log(alpha.sum())


@case(
    (0.3, 0.5),
)
def fixed_point(x, a, tol=1e-12, maxit=100):
    for k in range(maxit):
        x_old = x
        x = a * math.cos(x)
        if abs(x - x_old) < tol:
            break
    return x


@case(
    (V,),
)
def gini(x):
    n = len(x)
    s = 0.0
    for a, b in product(x, x):
        s += abs(a - b)
    return s / (2 * n * n)


@case(
    (A(4),),
)
def huber_mixed(r):
    loss = 0
    for ri in r:
        a = abs(ri)
        loss += 0.5 * ri**2 if a <= 0.5 else 0.5 * (a - 0.25)
    return loss


@case((2.0, 3, 2), (2.0, 0, 1))
def choose_loops(x, n, k):
    total = x
    i = 0
    while i < n:
        j = 0
        while j < k:
            total += x ** (i + j)
            j += 1
            if j == 3:
                return total
        i += 1
    else:
        total *= 2
    return total


@case((3.0,), (0.5,))
def try_log(x):
    try:
        if x < 1:
            raise ValueError("small")
        y = math.log(x)
    except ValueError as e:
        print(e)
        y = x - 1
    finally:
        print("end")
    return y * x


@case((3.0, 0.0), (3.0, 2.0), (-3.0, 2.0))
def multi_except(x, y):
    try:
        z = x / y
        w = math.sqrt(x)
    except ZeroDivisionError:
        return x
    except (ValueError, OverflowError):
        return x * x
    return z * w


@case(
    (V, 3),
)
def enumerate_start(x, k):
    s = 0
    for i, v in enumerate(x[:k], 1):
        s += v / i
    for i, v in enumerate(x, start=k):
        s += v * i
    return s


@case(
    (V,),
)
def walrus_loops(x):
    i = 0
    total = 0.0
    while (v := x[i]) != x[-1]:
        total += v * v
        i += 1
    if (n := len(x)) > 3 and (m := total / n) > 0.1:
        total += m * n
    return total


@case((1.0, 2.0), (3.5, 2.0))
def chained_or(a, b):
    return (a > b and a * b) or (b > 10 and b) or a - b


@case((0.4,), (1.4,))
def generator_like(x):
    state = [x, x * x]
    a, *rest = state
    (b,) = rest
    first, second = (a, b) if x > 1 else (b, a)
    return first - second * 3


@case((A(3, 3),))
def trace_while(a):
    i, t = 0, 0
    while i < a.shape[0]:
        t += a[i][i]
        i += 1
    return t * t


@case((0.9, 1.1, 0.0), (0.9, 1.1, 1.0))
def nested_try(x, y, z):
    r = 0.0
    try:
        try:
            r = x / z
        except ZeroDivisionError:
            r = x * 100
        q = r * y
    finally:
        pass
    return q


@case(
    (A(2, 2),),
)
def return_deep(a):
    for i in range(2):
        for j in range(2):
            with np.errstate(all="ignore"):
                if a[i, j] > 0:
                    return a[i, j] * (i + 1) + a.sum() * j
    return a.sum()


@case((1.5, 4), (1.5, 1))
def product_loop(x, n):
    p = 1
    for k in range(1, n):
        p = p * (x - k)
    return p + x


@case(
    (1.5, 2.5),
)
def globals_used(x, y):
    total = 0.0
    for name, w in [("x", 1.0), ("y", 2.0)]:
        v = x if name == "x" else y
        total += w * v * v
    return total


@case((2.0,), (0.2,))
def loop_var_after(x):
    for k in range(10):
        x = x * 0.7
        if x < 0.5:
            break
    return x * k


@case(
    (V,),
)
def reversed_enumerate(x):
    s = 0.0
    for i, v in reversed(list(enumerate(x))):
        s = s * 0.5 + i * v
    for v, w in zip(reversed(x), x):
        s += v * w
    return s


@case(
    (V,),
)
def slices_steps(x):
    s = 0.0
    for i in range(len(x) - 1, 0, -2):
        s += x[i] * x[i - 1]
    for v in x[1::2]:
        s *= v
    return s


@case((1.0, 3), (-1.0, 3))
def loop_in_side(x, n):
    y = x
    if x > 0:
        for i in range(n):
            t = x * (i + 1)
            y = y * t
            u = t * t
        y = y + u
    return y * x


@case((1.5, 3), (1.5, 0))
def read_in_the_first_trip(x, n):
    u, y = x, x
    for _ in range(n):
        y = y + u * u
        u = 0.0
    return y


@case((V, 3), (V, 0))
def arrays_read_in_the_first_trip(x, n):
    u, y = x, 0.0
    for _ in range(n):
        y = y + np.sum(u * u)
        u = np.ones(5)
    return y + x[0]


@case((M, 2), (M, 1))
def view_written_of_what_was_none(X, n):
    A = None
    for _ in range(n):
        A = np.sin(X)
        b = A[1]
        b[2] *= 1.5
    return np.sum(A * X)


@case((V, 1.3))
def name_given_to_a_part_that_is_written(x, w):
    d = np.sin(x)
    c = d[-1] ** 2
    e = d[:-1]
    e[0] *= w * c
    d = e
    c = d[-1] ** 2
    e = d[:-1]
    e[1] *= w * c
    d = e
    return np.sum(d * d)


@case((V, 1.3))
def name_given_to_the_array_turned_round(x, w):
    d = np.sin(x)
    for _ in range(3):
        e = d[::-1]
        e[0] += w * d[0] ** 2
        d = e
    return np.sum(d * d * x)


@case((V, 3), (-V, 3))
def loop_in_side_arrays(x, n):
    y = x
    if x[0] > 0:
        for i in range(n):
            t = np.sin(x) * (i + 1)
            y = y * t
        z = t * t
    else:
        z = x
    return np.sum(y * x + z)


@case((1.0, 3, 2), (-1.0, 3, 0), (1.0, 0, 2))
def loop_side_loop(x, n, m):
    s = 0.0
    for i in range(n):
        if x > 0:
            for j in range(m):
                w = math.sin(x + j)
                s += w * w * i
        else:
            s += x * i
    return s + x


@case((0.5, 1.5), (2.5, 0.5), (-1.0, 1.0))
def with_in_loop(x, y):
    s = 0.0
    for i in range(5):
        with np.errstate(all="ignore"):
            if x < 0:
                continue
            s += x * y
            if s > 4:
                break
            x = x * 1.3
        s += 0.5 * y
    return s * x


@case((0.5, 1.5), (2.5, 0.5), (-1.0, 1.0))
def with_all_ways(x, y):
    s = 0.0
    for i in range(5):
        with np.errstate(all="ignore"):
            if x < 0:
                return y * x
            if s > 4:
                break
            if i == 2:
                x = x * 0.9
                continue
            s += x * y
        s += 0.5 * y
    else:
        s = s * 2
    return s * x


@case((2.0, 0.0), (2.0, 1.0), (-2.0, 1.0), (-2.0, 0.0))
def try_in_loop(x, y):
    s = 0.0
    for k in range(4):
        try:
            r = x / (y - k * 0.5)
        except ZeroDivisionError:
            continue
        s += r
        try:
            s += math.sqrt(s)
        except ValueError:
            break
    return s * x


@case((2.0, 0.0), (2.0, 1.0), (-2.0, 1.0))
def try_return_in_loop(x, y):
    for k in range(4):
        try:
            return x / (y - k * 1.0) + math.sqrt(x)
        except ZeroDivisionError:
            pass
        except ValueError:
            x = -x
    return x


@case((2.0,), (20.0,), (-3.0,))
def list_trips(x):
    total = 0.0
    for lo, hi, r in [(0.0, 5.0, 0.1), (5.0, 10.0, 0.2), (10.0, 1e9, 0.3)]:
        if x <= lo:
            break
        total += (min(x, hi) - lo) * r
        if total < 0:
            continue
        total += 0.01 * x
    else:
        total += 1.0
    return total + x


@case((2.0, 3.0), (20.0, 1.0), (-3.0, 0.1))
def trips_returns(x, y):
    for k, v in enumerate((x, y, x * y, x - y)):
        if v > 10:
            return v * k
        if v < 0:
            continue
        for w in (x, y):
            if w * v > 8:
                return w * v + x
    return x + y


@case((2.0, 3.0), (20.0, 1.0), (-3.0, 0.1))
def trips_break_in_loop(x, y):
    s = 0.0
    for i in range(3):
        for v in (x, y, x * y):
            if v > 10 + i:
                break
            s += v * i
        else:
            s += 1.5 * x
            continue
        s -= y
    return s


@case((0.5,), (3.0,))
def while_else(x):
    n = 0
    while x > 1:
        x = x / 2
        n += 1
        if n > 5:
            break
    else:
        return x * 7
    return x


@case((0.5,), (3.0,), (300.0,))
def while_cond_helper_break(x):
    def small(v):
        if v < 0:
            return True
        return v < 1.0

    n = 0
    while not small(x) and (m := n + 1) < 6:
        x = x / 2 - 0.1
        n = m
        if x > 50:
            continue
        x = x * 0.9
    else:
        x = x + n
    return x * x


@case((0.5,), (3.0,))
def boolean_state(x):
    ok = x > 1 and math.log(x) > 0.5
    bad = not ok or x > 100
    z = 0.0
    for i in range(3):
        ok = ok and z < 2
        if ok:
            z += x
        elif bad:
            z -= x * i
    return z


@case((0.5, 2.0), (3.0, -1.0))
def either_values(a, b):
    c = a if a > 1 else b if b > 1 else a * b
    d = (c or a) * 2
    e = max(a, b) and min(a, b)
    p, q = (c, d) if c > d else (d, c)
    return p * p + q + e


@case((V,), (-V,))
def none_state(x):
    best = None
    arg = None
    for i, v in enumerate(x):
        if best is None or v > best:
            best = v
            arg = i
    if arg is not None and arg > 2:
        return best * x[arg]
    return best + x[0]


@case(
    (A(3, 2),),
)
def none_array(x):
    prev = None
    total = 0.0
    for row in x:
        if prev is not None:
            total += np.sum((row - prev) ** 2)
        prev = row
    return total


@case(
    (A(3, 2),),
)
def none_array_state(x):
    state = None
    for row in x:
        if state is None:
            state = np.zeros(2)
        state = np.tanh(state + row)
    return state.sum()


@case((V, None), (V, np.array([1.0, 2, 3, 4, 5])))
def none_default(x, w=None):
    w = np.ones(len(x)) if w is None else w
    w = w / w.sum()
    return (w * x).sum()


@case(
    (1.0, 2.0),
)
def early_raise(x, y):
    if x < 0:
        raise ValueError("x")
    elif y < 0:
        raise ValueError("y")
    if x > 5:
        z = x
    elif x > 0.5:
        z = x * y
    else:
        raise RuntimeError
    assert z == z
    return z


@case((1.0, 2.0), (6.0, 1.0))
def raise_in_else(x, y):
    if x > 5:
        z = x * x
    elif y > 1:
        z = x * y
    else:
        raise RuntimeError(f"{x}")
    return z + x


@case(
    (V,),
)
def raise_in_loop(x):
    total = 0.0
    for i, v in enumerate(x):
        if not np.isfinite(v):
            raise FloatingPointError("bad")
        total += v * v * i
        if total > 1e6:
            raise OverflowError
    return total


@case((3.0,), (-3.0,))
def match_in_loop(x):
    total = 0.0
    for k in range(4):
        match k % 3:
            case 0:
                total += x
            case 1 if x > 0:
                total *= x
            case 1 | 2:
                if total < -5:
                    break
                total -= 1.0
    return total


@case((2.0, (1, 2)), (2.0, (3,)), (2.0, (1, 2, 3)))
def match_shapes(x, s):
    match s:
        case (n,):
            return x * n
        case (n, m):
            return x**n * m
        case (n, *rest) if len(rest) == 2:
            return x + rest[0] * n
    return x


@case((2.0, "a"), (2.0, "b"))
def static_kind_loop(x, mode):
    y = x
    for i in range(3):
        if mode == "a":
            y = y * x
        elif mode == "b":
            y = y + x * i
        else:
            raise ValueError(mode)
    return y


@case((2.0, 3), (2.0, 1))
def ends_in_loop(x, n):
    while True:
        x = x * 1.1
        n -= 1
        if n <= 0:
            return x * x
        elif x > 2.3:
            return x


@case((np.array([0.5, 1.5]),), (np.array([0.5, -1.5]),))
def any_all(x):
    if np.any(x < 0) or not np.all(np.isfinite(x)):
        return np.sum(np.abs(x))
    if (x > 1).any():
        return np.sum(x**2)
    return x[0]


@case(
    (np.array([0.5, 1.5]),),
)
def del_in_loop(x):
    s = 0.0
    for i in range(2):
        t = x[i] * 2
        s += t
        del t
    return s


@case((0.3, 2), (0.3, 0))
def unbound_maybe(x, n):
    for i in range(n):
        y = x * i
    if n > 0:
        return y + x
    return x


@case(
    (A(3, 3),),
)
def comprehension_free(x):
    rows = []
    total = 0.0
    i = 0
    for i, row in enumerate(x):
        j = 0
        for j, v in enumerate(row):
            total += v * (i - j)
    return total * (i + j)


@case(
    (1.0, 2.0),
)
def star(x, y):
    args = (x, y)

    def h(a, b, *c, k=2.0):
        return a * b * k + len(c)

    return h(*args) + h(*args, 1.0, k=x)


@case(
    (1.0, 2.0, 3),
)
def multi_assign(x, y, n):
    a = b = x
    a += y
    (b, c), [d, e] = (b * 2, a), (x, y)
    i = j = 0
    i += 1
    while (j := j + 1) < n:
        i += j
    return a * b + c * d - e * i


@case(
    (1.5,),
)
def shadow(x):
    x = x * 2
    x = x + 1

    def x2(x):
        x = x * x
        return x

    y = x2(x)
    x = y - x
    return x * y


@case(
    (V, 0.1),
)
def line_search(x, t):
    f = lambda z: np.sum(z**4) + np.sum(z**2)
    g = 4 * x**3 + 2 * x
    fx = f(x)
    while f(x - t * g) > fx - 0.5 * t * g @ g:
        t *= 0.5
    x = x - t * g
    return f(x)


@case(
    (V,),
)
def nelder(x):
    a, b, c = x[0], x[1], x[2]
    for _ in range(3):
        if a < b and b < c:
            c = 0.5 * (a + b)
        elif a < b or (b < c and not a > c):
            a, b = b, a * 0.7
        else:
            b = (a + c) / 3
    return a + 2 * b + 3 * c


@case(
    ({"W0": np.eye(2), "W1": np.ones((2, 2)), "b0": V[:2], "b1": V[1:3]}, V[:2]),
)
def keys_put_together_by_percent(params, x):
    for layer in range(2):
        x = np.tanh(x @ params["W%d" % layer] + params["b%d" % layer])
    return np.sum(x)


@case(
    (V, "tanh"),
    (V, "sin"),
)
def function_by_its_name(x, kind):
    return np.sum(getattr(np, kind)(x) ** 2)


@case(
    (M,),
)
def rows_in_a_dict(m):
    norms = {i: np.sum(row**2) for i, row in enumerate(m)}
    return norms[0] * norms[1]


@case(
    (V,),
)
def number_returned_before_finally(x):
    x = x.copy()
    try:
        return x[0] * x[1]
    finally:
        x *= 2.0


@case(
    ([1.0, 2.0], V, 2),
    ([1.0, 2.0], V, 0),
)
def numbers_of_two_makes_in_a_list(nums, x, n):
    for i in range(n):
        nums.append(np.tanh(x[i]))
    return np.sum(np.atleast_1d(nums[0]) * x + np.atleast_1d(nums[-1]))


@case((1.0, 2.0), (0.2, 2.0), (1e-4, 2.0))
def failures_by_another_name(x, y):
    scales = {"km": 1000.0, "m": 1.0}
    total = 0.0
    for value, unit in ((x, "km"), (y, "m")):
        try:
            part = math.sqrt(value) * scales[unit]
            if part < 20.0:
                return part * y
            total += part / y
        except KeyError:
            raise ValueError(f"unknown unit {unit}")
        except ZeroDivisionError as error:
            raise ValueError("nothing to share") from error
        else:
            total *= 2.0
    return total


@case((1.5,), (-1.5,))
def failure_inside_of_another(x):
    try:
        try:
            root = math.sqrt(x)
        except ValueError:
            raise ArithmeticError("negative")
    except ArithmeticError:
        root = -x
    return root * x


@case((0.4, 0.1), (1.7, 0.3))
def first_trip_that_settles(x, tol):
    for i in itertools.count(1):
        new = 0.5 * (x + 2.0 / x)
        if abs(new - x) < tol:
            return new * i
        x = new


@case(([0.3, -0.2, 0.9, -0.5],), ([0.3, 0.2],))
def sums_of_runs(xs):
    runs = []
    current = [xs[0]]
    for before, x in zip(xs, xs[1:], strict=False):
        if (before >= 0) == (x >= 0):
            current.append(x)
        else:
            runs.append(sum(current))
            current = [x]
    runs.append(sum(current))
    return sum(run**2 for run in runs)


class Meter:
    def __init__(self):
        self.values = []

    def __lshift__(self, value):
        self.values.append(value)
        return self

    def __len__(self):
        return len(self.values)

    def __contains__(self, value):
        return value in self.values


@case((1.0, 2.0), (3.5, 2.0))
def object_with_operators(x, y):
    meter = Meter()
    meter << x << y << x * y
    assert len(meter) == 3, "all of them"
    totals = dict.fromkeys(["small", "large"], 0.0)
    for value in meter.values:
        totals["small" if value < 2.5 else "large"] += value**2
    first, second = itemgetter("large", "small")(totals)
    mean, other = map(statistics.fmean, (meter.values, (x, y)))
    return first + x * second + mean * other + (1.0 if 3.0 not in meter else x)


class Scaled:
    def __init__(self, by):
        self.by = by
        self.total = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.total *= self.by
        return False

    def add(self, v):
        self.total += v


@case((2.0, 3.0), (0.5, 1.0))
def held_by_a_manager(x, k):
    with Scaled(k) as a, Scaled(2.0) as b:
        a.add(x)
        b.add(a.total * x)
        if x > 1:
            a.add(1.0)
    return a.total + b.total


@contextmanager
def pushed(stack, v):
    stack.append(v)
    try:
        yield stack[-1] * 2
    finally:
        stack.pop()


@case((2.0, 3.0), (0.5, 1.0))
def pushed_for_a_block(x, k):
    stack, total = [x], 0.0
    for i in range(3):
        with pushed(stack, k * i) as v:
            if i == 1:
                continue
            total += sum(stack) * v
    if x > 1:
        with pushed(stack, 5.0):
            return total * stack[-1]
    return total + stack[-1]


@case((1.0, 2.0, 0.3), (0.2, 3.0, 1.1))
def left_as_it_is_by_a_failure(a, b, k):
    box = {"n": a, "tries": 0.0}
    try:
        box["n"] = math.sqrt(b - 2.5)
    except ValueError:
        box["tries"] += k
    return box["n"] ** 2 + box["tries"]


def quicksorted(xs):
    if len(xs) <= 1:
        return xs
    pivot, rest = xs[0], xs[1:]
    low = [v for v in rest if v < pivot]
    return quicksorted(low) + [pivot] + quicksorted([v for v in rest if v >= pivot])


@case(([3.0, 1.0, 2.0],), ([5.0, 5.5, 1.0, 0.2],))
def quicksort(xs):
    return sum(i * v**2 for i, v in enumerate(quicksorted(xs)))


@case((10.0, 3.0), (1.0, 0.3), (2.0, 2.5))
def list_of_halves(x, least):
    def split(v):
        if v < least:
            return [v]
        return split(v / 2) + split(v / 3)

    parts = split(x)
    return sum(part**2 for part in parts) + parts[0]


@case(([1.0, 2.0, 3.0],), ([2.0],))
def products_of_subsets(xs):
    def subsets(v):
        if not v:
            return [1.0]
        rest = subsets(v[1:])
        return rest + [v[0] * r for r in rest]

    return sum(subsets(xs)) ** 2


class Weighed:
    def __init__(self, w):
        self.w = w

    def __lt__(self, other):
        return self.w < other.w

    def __eq__(self, other):
        return self.w == other.w


class Bag:
    def __init__(self, *items):
        self.items = list(items)

    def put(self, item):
        self.items.append(item)

    def __iter__(self):
        return iter(self.items)


@case((3.0, 1.0, 2.0), (1.0, 2.0, 2.5))
def compared_objects(a, b, c):
    u, v, w = Weighed(a), Weighed(b), Weighed(c)
    total = max(u, v).w ** 2 if u > v else a * b
    if v != w:
        total += w.w * 3
    return total + max([u, v]).w


@case((3.0, 1.0), (1.0, 2.0))
def run_over_by_its_list(a, b):
    bag = Bag(a, b)
    bag.put(a * b)
    return sum(v**2 for v in bag) + sum(bag)


@dataclass(order=True)
class Ranked:
    rank: float
    cost: float
    label: str = field(compare=False, default="")


@case((3.0, 1.0, 2.0), (1.0, 2.0, 3.0))
def ordered_dataclass(a, b, c):
    jobs = [Ranked(a, 1.0, "x"), Ranked(b, c), Ranked(c, 3.0)]
    jobs.sort()
    total = sum((i + 1) * job.rank * job.cost for i, job in enumerate(jobs))
    return total + (jobs[0] == jobs[1]) * a + min(jobs).cost


class Light(Enum):
    RED = 1
    GREEN = 2
    AMBER = 3


@case((10.0, 5.0, 2.0), (1.0, 1.5, 1.0))
def members_as_keys(r, g, a):
    times = {Light.RED: r, Light.GREEN: g, Light.AMBER: a}
    state, total = Light.RED, 0.0
    while total < 12.0:
        total += times[state]
        state = Light.GREEN if state is Light.RED else Light.AMBER
    return total**2


@case(([[1.0, 9.0], [2.0, 1.0]],), ([[1.0, 0.1], [5.0, 0.2]],))
def cheapest_way(costs):
    waiting, done = [(costs[0][0], 0, 0)], set()
    while waiting:
        cost, r, c = heapq.heappop(waiting)
        if (r, c) == (1, 1):
            return cost**2
        if (r, c) in done:
            continue
        done.add((r, c))
        for dr, dc in ((0, 1), (1, 0)):
            if r + dr < 2 and c + dc < 2:
                heapq.heappush(waiting, (cost + costs[r + dr][c + dc], r + dr, c + dc))
    return 0.0


@case(([5.0, -2.0, 8.0, 1.0], 2), ([1.0, 2.0], 1))
def smallest_by_key(xs, k):
    low = heapq.nsmallest(k, xs, key=lambda v: v * v)
    return sum(low) + statistics.harmonic_mean([abs(x) for x in xs])


def orbit_of(r, x):
    while True:
        yield x
        x = r * x * (1 - x)


def newton_steps(f, slope, x):
    while True:
        x = x - f(x) / slope(x)
        yield x


def signed(a, b):
    for n in itertools.count(1):
        if n % 2:
            yield n, a
        else:
            yield n, -b


@case((3.2, 0.3), (2.5, 0.5))
def kept_of_an_orbit(r, x):
    kept = []
    for i, v in enumerate(orbit_of(r, x)):
        if i == 5:
            break
        if v > 0.7:
            continue
        kept.append(v)
    return sum(kept) + len(kept) * r


@case((2.0,), (9.0,))
def newton_by_generator(a):
    before = a
    for x in newton_steps(lambda t: t * t - a, lambda t: 2 * t, a):
        if abs(x - before) < 1e-9:
            return x
        before = x


@case((0.5, 2.0), (1.5, 3.0))
def beside_an_orbit(a, b):
    weights = [1.0, a, b]
    total = sum(w * v for w, v in zip(weights, orbit_of(a, 0.2), strict=False))
    for v, w in zip(orbit_of(b, 0.1), weights, strict=False):
        total += v * w
    for n, term in signed(a, b):
        if n > 4:
            break
        total += term * n
    return total


@case((np.array([1.0, 2.0]), 0.5))
def written_while_it_is_drawn(x, a):
    def firsts(v):
        while True:
            yield v[0]

    y, total = x * a, 0.0
    for k, v in enumerate(firsts(y)):
        if k > 3:
            break
        total += v * k
        y[0] += v
    return total + y[0]


@case(([1.0, 2.0], 1), ([1.0, 2.0], 5))
def element_or_last(xs, i):
    try:
        v = xs[i] ** 2
    except IndexError:
        v = xs[-1] * 3
    return v + xs[0]


@case((2.0, "3.5"), (2.0, "three"))
def factor_read(x, text):
    try:
        factor = float(text)
    except ValueError:
        factor = -1.0
    return x**2 * factor


@case((["a", "b", "a"], [1.0, 2.0, 3.0]))
def counted_by_trying(names, values):
    totals = {}
    for key, value in zip(names, values, strict=True):
        try:
            totals[key] += value**2
        except KeyError:
            totals[key] = value
    return totals["a"] * totals["b"]


@case((1.0, 2.0, 0.5), (0.2, 3.0, 1.0))
def served_in_turn(arrive, serve, cost):
    events, fees = [(arrive * i, "in") for i in range(2)], {"in": cost, "out": 2 * cost}
    heapq.heapify(events)
    free = total = 0.0
    while events:
        now, kind = heapq.heappop(events)
        total += fees[kind]
        if kind == "in":
            free = max(free, now) + serve
            heapq.heappush(events, (free, "out"))
        else:
            total += now
    return total


@case((1.0, 2.0, 0.5), (0.2, 3.0, 1.0))
def shortest_by_names(ab, bc, ac):
    graph = {"a": [("b", ab), ("c", ac + 1)], "b": [("c", bc)], "c": []}
    distance, waiting = dict.fromkeys(graph, math.inf), [(0.0, "a")]
    distance["a"] = 0.0
    while waiting:
        d, u = heapq.heappop(waiting)
        if d > distance[u]:
            continue
        for v, w in graph[u]:
            if d + w < distance[v]:
                distance[v] = d + w
                heapq.heappush(waiting, (d + w, v))
    return distance["c"] + 0.5 * distance["b"]


@case((2.0, 3), (0.5, 0))
def rows_that_change(a, n):
    rows = [[a, 1.0], [1.0, 0.5]]
    for _ in range(n):
        rows = [[2 * v for v in row] for row in rows]
    return rows[0][0] * rows[1][0]


@case((2.0, 5), (1.5, 6), (0.3, 0))
def power_of_a_matrix(a, n):
    def product(x, y):
        return [[sum(x[i][k] * y[k][j] for k in range(2)) for j in range(2)] for i in range(2)]

    base, result = [[a, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]
    while n:
        if n % 2:
            result = product(result, base)
        base = product(base, base)
        n //= 2
    return result[0][1] + result[1][1]


@case(([[1.0, 2.0], [3.0, 4.0]], 3), ([[1.0, 2.0], [3.0, 4.0]], 0))
def doubled_in_place(m, n):
    while n > 0:
        twice = [[0.0] * 2 for _ in range(2)]
        for i in range(2):
            for j in range(2):
                twice[i][j] += m[i][j] * 2
        m, n = twice, n - 1
    return m[0][0] * m[1][0]


@case(([[1.0, 2.0], [1.5, 1.8], [5.0, 8.0], [8.0, 8.5]], [[1.0, 1.0], [6.0, 7.0]]))
def spread_of_clusters(points, centres):
    for _ in range(2):
        clusters = [[] for _ in centres]
        for p in points:
            distances = [sum((a - b) ** 2 for a, b in zip(p, c, strict=True)) for c in centres]
            clusters[distances.index(min(distances))].append(p)
        centres = [
            [sum(part) / len(cluster) for part in zip(*cluster, strict=True)] if cluster else old
            for cluster, old in zip(clusters, centres, strict=True)
        ]
    return sum(min(math.dist(p, c) for c in centres) for p in points)


@case((2.0, 3), (1.5, 2))
def far_apart(x, n):
    here, there = [], []
    for i in range(n):
        here.append(x * i)
        there.append(x + i)
    return math.dist(here, there) + math.dist(here[:2], [x, 1.0]) + math.dist([x, 1.0], there[:2])


GRID = [[1.0, 3.0, 1.0], [1.5, 5.0, 1.2], [4.0, 2.0, 1.1]]


@case((GRID,), ([[0.5, 0.1], [0.2, 0.9]],))
def least_sum_in_place(grid):
    for j in range(1, len(grid[0])):
        grid[0][j] += grid[0][j - 1]
    for i in range(1, len(grid)):
        grid[i][0] += grid[i - 1][0]
        for j in range(1, len(grid[0])):
            grid[i][j] += min(grid[i - 1][j], grid[i][j - 1])
    return grid[-1][-1]


@case((GRID,), ([[0.5, 0.3], [0.2, 0.9]],))
def least_sum_by_rows(grid):
    above = grid[0]
    for i in range(1, len(grid)):
        row = grid[i]
        row[0] *= above[0]
        for j in range(1, len(row)):
            row[j] += min(row[j - 1], above[j])
        above = grid[i]
    return grid[-1][-1] * grid[1][0]


@case((0.0, 2.0, 3.0), (1.5, 2.0, 0.5))
def one_of_three(voltage, current, resistance):
    given = (voltage, current, resistance)
    if given.count(0) > 1:
        raise ValueError("at most one may be 0")
    return (current + given.index(max(given))) * resistance + voltage


@dataclass
class Ring:
    outer: float
    inner: float = 0.0

    def area(self):
        return self.outer**2 - self.inner**2


class Disc(Ring):
    def __init__(self, radius):
        super().__init__(radius)
        self.radius = radius


@case((2.0, 0.5), (1.0, 3.0))
def classes_over_dataclasses(a, b):
    shapes = [Disc(a), Ring(b, a)]
    return sum(shape.area() for shape in shapes) * len(shapes) * shapes[0].radius


SAMPLES = (([1.2, 3.4, 2.2, 8.9, 7.6, 3.3],), ([5.5, 5.6, 5.7, 0.1],))


@case(*SAMPLES)
def sums_by_whole_part(xs):
    totals = {}
    for x in xs:
        whole = int(x)
        if whole not in totals:
            totals[whole] = 0.0
        totals[whole] += x * x
    return sum(v * k for k, v in totals.items()) + len(totals) * xs[0]


@case(*SAMPLES)
def entropy_of_counts(xs):
    counts = {}
    for x in xs:
        counts[round(x)] = counts.get(round(x), 0) + 1
    total = sum(counts.values())
    return -sum(n / total * math.log(n / total) for n in counts.values()) * sum(xs)


@case(*SAMPLES)
def groups_by_width(xs):
    groups = defaultdict(list)
    out = 0.0
    for value in xs:
        groups[int(value // 2)].append(value)
    for place, vs in sorted(groups.items()):
        out += (place + 1) * sum(vs) ** 2 / len(vs)
    return out


@case(*SAMPLES)
def groups_in_a_plain_dict(xs):
    groups = {}
    for i, x in enumerate(xs):
        groups.setdefault(int(x) % 3, []).append(x * i)
    means = [sum(vs) / len(vs) for vs in groups.values()]
    return sum(m * m for m in means)


@case(*SAMPLES)
def largest_group(xs):
    totals = defaultdict(float)
    for x in xs:
        totals[int(x // 3)] += x
    kept = {}
    for x in xs:
        if int(x) in kept:
            totals[0] += x * kept[int(x)]
        kept[int(x)] = x
    return max(totals.values()) ** 2 - min(totals.values())
