"""What trips of loops leave behind: nothing that is had again for as little as keeping it costs."""

import math

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check


def damped(x, a, n):
    for _ in range(n):
        x = x + 0.001 * math.sin(a * x) * x
    return x


def damped_by_numpy(x, a, n):
    for _ in range(n):
        x = x + 0.001 * np.sin(a * x) * x
    return x


def of_an_index(x, n):
    total = 0.0
    for i in range(n):
        total += math.sin(x * i) * x
    return total


def twice_again(x, a, n):
    for _ in range(n):
        x = math.sin(a * x) + math.exp(0.1 * math.cos(a * x) - a * x)
    return x


def of_what_changes(x, a, n):
    for _ in range(n):
        for _ in range(2):
            y = math.cos(a * x)
            a = a + 0.1 * y
        x = math.sin(a * x) + y
    return x


def on_a_side(x, a, n):
    for i in range(n):
        if i % 2:
            x = math.exp(-a * x)
        elif a * x > 0.4:
            x = x + math.sin(a * x)
    return x


def likelihood(x, mean, scale):
    total = 0.0
    for i in range(len(x)):
        z = (x[i] - mean) * math.exp(-scale)
        total -= 0.5 * z * z + scale
    return total


def product_of_a_side(x, y, n):
    for i in range(n):
        if i:
            z = x * y
            y = math.sin(z) * z
        x = math.sin(x) * math.cos(y) * x * y
    return x


def product_of_arrays(x, y):
    z = x * y
    return np.sum(np.exp(z) * z**2 * y)


def scaled(x, mean, scale):
    z = (x - mean) * np.exp(scale)
    return np.sum(np.tanh(z) * z)


def scaled_along_the_other_axis(x, mean, scale):
    z = (x.T - mean) * np.exp(scale)[:, None]
    return np.sum(np.tanh(z) * z)


def scaled_by_a_number(x, y, a):
    z = a * (x + y)
    return np.sum(np.exp(z) * (x + y) * z)


def rectified(x, w):
    h = np.maximum(0, x * w)
    return np.sum(h * w)


def rectified_from_above(x, w):
    h = np.minimum(x * w, 0.1 * x)
    return np.sum(np.minimum(h * w, 0.5) ** 2)


def rectified_and_not(x, w):
    s = x * w
    h = np.maximum(s, 0.2)
    return np.sum(h**2 * np.sin(s))


def rectified_and_written(x, w):
    h = np.maximum(0, x * w)
    h[0] = x[1]
    return np.sum(h * w)


def of_lists(ws, xs, b):
    z = b
    for w, x in zip(ws, xs, strict=True):
        z = z + w * x
    return z


def of_a_list_that_changes(ws, b):
    ws = [2 * w for w in ws]
    for at in range(len(ws)):
        w = ws[at]
        b = b * w
        ws[at] = b
    return b + ws[0]


def flow_with_limiter(u, c, step):
    for _ in range(3):
        d = u[1:] - u[:-1]
        phi = np.maximum(0.0, np.minimum(1.0, d[:-1] / (d[1:] + 2.0)))
        left = u[1:-1] + 0.5 * phi * d[1:]
        flux = c * left
        u[2:-1] -= step * (flux[1:] - flux[:-1])
    return np.sum(u**2)


def energy(u, c):
    total = 0.0
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            right, down = u[i, j + 1] - u[i, j], u[i + 1, j] - u[i, j]
            total += c[i, j] * (right * right + down * down)
    return total


def valley(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def of_an_outer_trip(x, w):
    total = 0.0
    for i in range(len(x)):
        shift = x[i] - w
        for j in range(len(x)):
            total += math.sin(shift * x[j]) * shift
    return total


def distances(h, W, targets):
    loss = 0.0
    for target in targets:
        h = np.tanh(W @ h)
        r = h - target
        loss += np.sum(r**2) + r[0]
    return loss


def patches(x, w):
    total = 0.0
    for i in range(x.shape[1] - 1):
        patch = x[:, i : i + 2].reshape(-1)
        total += patch @ w
    return total


def differences_of_what_changes(x, w):
    x = x.copy()
    total = 0.0
    for i in range(len(x) - 1):
        d = x[i + 1] - x[i]
        total += w * d * d
        x[i + 1] = d * x[i]
    return total + np.sum(x)


def differences_of_a_list_that_changes(xs, w):
    xs = xs + [0.5]
    total = 0.0
    for i in range(len(xs) - 1):
        d = xs[i + 1] - xs[i]
        total += w * d * d
        xs[i] = d * w
    return total + xs[0]


def differences_on_a_side(x, w):
    total = 0.0
    for i in range(len(x) - 1):
        d = x[i + 1] - x[i]
        if d > 0:
            e = d * w
            total += e * e * d
        else:
            total -= w * d
    return total


def until(x, w):
    i, total = 0, 0.0
    while total < 2.0 and i < len(x) - 1:
        d = x[i + 1] - x[i]
        total += w * d * d
        i += 1
    return total


def normalised(x, w):
    xc = x - np.mean(x, axis=0)
    var = np.mean(xc**2, axis=0)
    y = xc / np.sqrt(var + 0.1)
    return np.sum(np.sin(w * y) * y)


def divided_on_a_side(x, w):
    y = x / w
    if w > 0:
        z = y / x
        return np.sum(y**2 * x / w**3 * z) + np.sum(z * y / x / x)
    return np.sum(np.exp(y) * x)


def divided_and_written(x, w):
    y = x / w
    total = np.sum(y**3 * x / w)
    y[0] = total
    return total + np.sum(y**2 * x)


def shifted(x, a):
    return np.sum(np.sin(2.0 * x + a) * np.cos((x - 0.5) ** 2 * a))


def shifted_and_written(x, a):
    x = x.copy()
    total = np.sum(np.sin(2.0 * x + a))
    x[0] = total
    return total + np.sum(np.sin(2.0 * x + a))


def shifted_in_trips(x, a):
    for _ in range(2):
        a = a * 0.7
        x = x + np.sin(2.0 * x + a)
    if a > 0.1:
        b = a - 0.3
        x = np.cos(b * x)
    return np.sum(np.cos(x + a))


def shifted_rows(x, a):
    y = np.exp(x)
    return np.sum(np.sin(y - a) * y) + np.sum(np.cos(x.shape[0] * y))


def corrected(P, K, C, n):
    for _ in range(n):
        P = P - 0.1 * K @ C @ P
        K = np.tanh(P @ C.T)
        P = P + K @ K.T
    return np.sum(P * P)


def filtered(P, A, C, n):
    for _ in range(n):
        K = np.tanh((C @ P).T)
        P = P - K @ C @ P
        P = np.sin(P @ A @ C.T @ C) + P @ C.T @ C + A @ P
    return np.sum(P * P)


def filtered_on_a_side(P, A, C, n):
    for i in range(n):
        if i:
            K = np.tanh((C @ P).T)
            P = P - K @ C @ P
        else:
            P = C.T @ (A @ A @ C @ P)[: C.shape[0]]
    return np.sum(P * P)


def relative(x, y):
    ratio = x**2 / np.exp(y)
    return np.sum(np.log(ratio) * y + np.log(x**2 / 3.0)) * np.log(np.exp(y[0]) / x[0] ** 2)


ROW = np.array([0.3, -1.1, 0.8])
WAVE = np.array([0.3, 0.5, -0.2, 0.1, 0.4, 0.7])
TABLE = np.sin(np.arange(12.0)).reshape(3, 4)

EXAMPLES = [
    (damped, (0.7, 1.3, 4)),
    (damped_by_numpy, (0.7, 1.3, 4)),
    (of_an_index, (0.4, 5)),
    (twice_again, (0.7, 1.3, 3)),
    (of_what_changes, (0.7, 1.3, 3)),
    (on_a_side, (0.9, 0.6, 5)),
    (likelihood, (ROW, 0.2, -0.3)),
    (product_of_a_side, (0.9, 0.6, 3)),
    (of_lists, ([0.3, -1.1, 0.8], [0.5, 0.7, -0.2], 0.1)),
    (of_a_list_that_changes, ([0.3, -1.1, 0.8], 0.1)),
    (scaled, (TABLE, WAVE[:4], WAVE[1:5])),
    (scaled, (TABLE[:1], WAVE[:4], TABLE)),
    (scaled_along_the_other_axis, (TABLE, WAVE[:3], WAVE[1:5])),
    (scaled_by_a_number, (ROW, TABLE[:, 1:], 0.3)),
    (rectified, (ROW, ROW[::-1] + 2)),
    (rectified_from_above, (ROW, ROW[::-1] + 2)),
    (rectified_and_not, (ROW, ROW[::-1] + 2)),
    (rectified_and_written, (ROW, ROW[::-1] + 2)),
    (product_of_arrays, (ROW, ROW[::-1] + 2)),
    (flow_with_limiter, (WAVE, 0.5, 0.1)),
    (energy, (TABLE, TABLE[1:, 1:] + 2.0)),
    (valley, ([0.3, -1.1, 0.8],)),
    (valley, (ROW,)),
    (of_an_outer_trip, (ROW, 0.4)),
    (distances, (ROW, TABLE[:, :3], TABLE[:2, 1:])),
    (patches, (TABLE, WAVE)),
    (differences_of_what_changes, (WAVE, 0.7)),
    (differences_of_a_list_that_changes, ([0.3, -1.1, 0.8], 0.7)),
    (differences_on_a_side, (WAVE, 0.7)),
    (until, (4 * WAVE, 0.7)),
    (normalised, (TABLE, WAVE[:4])),
    (divided_on_a_side, (ROW, 0.7)),
    (divided_on_a_side, (ROW, -0.7)),
    (divided_and_written, (ROW, 0.7)),
    (shifted, (ROW, 0.7)),
    (shifted, (ROW, TABLE[:, 1:])),
    (shifted_and_written, (ROW, 0.7)),
    (shifted_in_trips, (ROW, 0.7)),
    (shifted_in_trips, (ROW, 0.1)),
    (shifted_rows, (ROW, 0.7)),
    (corrected, (TABLE[:, 1:] / 3, TABLE[:, :2], TABLE[1:, 1:], 2)),
    (filtered, (TABLE[:, 1:] / 3, TABLE[:, :3] / 4, TABLE[1:, 1:], 2)),
    (filtered_on_a_side, (TABLE[:, 1:] / 3, TABLE[1:, :2] / 4, TABLE[1:, 1:], 3)),
    (relative, (ROW, WAVE[:3])),
    (relative, (ROW, TABLE[:, 1:][0])),
]


@pytest.mark.parametrize(("function", "args"), EXAMPLES, ids=lambda e: getattr(e, "__name__", ""))
def test_gradients(function, args):
    check(function, args)


def test_elements_of_lists_stay_where_they_are():
    numbers = [0.1 * at for at in range(100)]
    assert "tape" not in grad(of_lists).source(numbers, numbers, 0.1)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (energy, (TABLE, TABLE[1:, 1:])),
        (valley, (ROW,)),
        (patches, (TABLE, WAVE)),
    ],
)
def test_no_tape_where_all_is_had_from_arguments(function, args):
    assert "tape" not in grad(function).source(*args)


@pytest.mark.parametrize(
    ("function", "args", "kept"),
    [
        (damped, (0.7, 1.3, 4), "tape.append((x_in, x1))"),
        (damped_by_numpy, (0.7, 1.3, 4), "tape.append((x_in, x1))"),
        (rectified, (ROW, ROW[::-1] + 2), "cache = (x, w, h)"),
        (scaled, (TABLE, WAVE[:4], WAVE[1:5]), "cache = (z1, z, out0)"),
        (likelihood, (ROW, 0.2, -0.3), "tape.append((i, z0, z))"),
        (distances, (ROW, TABLE[:, :3], TABLE[:2, 1:]), "tape.append((target_at, h_in, h))"),
        # `d` and `flux`, which the way back makes once more, are not kept for their shapes
        (flow_with_limiter, (WAVE, 0.5, 0.1), "tape.append((phi1, left0, u1))"),
        (normalised, (TABLE, WAVE[:4]), "cache = (w, y0, y, out0, out1)"),
        # `K @ C` is not
        (
            filtered,
            (TABLE[:, 1:], TABLE[:, :3], TABLE[1:, 1:], 2),
            "tape.append((P_in, K, P2, P3, P4, P5, P6))",
        ),
        (shifted_rows, (ROW, 0.7), "cache = (a, y, out1, out2)"),
    ],
)
def test_what_is_kept(function, args, kept):
    assert kept in grad(function).source(*args)


def gated(xs, h, W):
    H = h.shape[1]
    for x in xs:
        a = x @ W + h @ W[:H]
        h = np.tanh(a[:, :H]) * np.exp(a[:, H:])
    return np.sum(h**2)


def growing(x, n):
    for _ in range(n):
        y = np.concatenate([x, x])
        x = y[1:] * y[:-1] + y[0]
    return np.sum(x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arrays_that_only_tell_how_large_they_are(dtype):
    rng = np.random.default_rng(0)
    args = [(0.3 * rng.normal(size=size)).astype(dtype) for size in ((3, 2, 4), (2, 4), (4, 8))]
    check(gated, tuple(args), tuple(arg.astype(np.float64) for arg in args))
    kept = "a" in grad(gated).source(*args).split("tape.append((")[1].split("))")[0].split(", ")
    assert kept == (dtype == np.float32)


def test_what_stands_in_a_context_is_not_worked_out_outside_of_it():
    def loud(x):
        with np.errstate(divide="ignore"):
            y = np.arctan(np.cos(1.0 / x - 2.0))
        return np.sum(y)

    assert "out0" not in grad(loud).source(ROW)
    assert "(1.0 / x - 2.0)" not in grad(loud).source(ROW, comments=False).split("_backward")[1]
    check(loud, (ROW,))


def test_arrays_that_grow():
    check(growing, (ROW, 2))


@pytest.mark.parametrize("bound", [np.maximum, np.minimum])
def test_the_result_of_a_bound_stands_for_the_operand_that_it_may_be(bound):
    """It exceeds one operand where the other does: it never stands for the one it is held to."""

    def number_second(x, a):
        return np.sum(bound(np.ones((3, 1)), a) * bound(x, 2 * a) ** 2)

    def number_first(x, a):
        return np.sum(bound(a, np.ones((3, 1))) * bound(2 * a, x) ** 2)

    def mask_of_its_own(x, a):
        lowest = 2 * x
        h = bound(lowest, a)
        return np.sum(h * h * (lowest < a) + h * x * (lowest > a) + h * (a < lowest))

    for f in (number_second, number_first, mask_of_its_own):
        for a in (-0.4, 0.7, 1.5):
            check(f, (ROW, a))
