"""Numbers without arrays: where everything that isn't arithmetic is overhead."""

import math

from tests.benchmarks.workload import Workload
from tests.submissions.functions import staged


def staged_forward(x, y):
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    out = num * invden
    cache = (sigy, num, sigx, xpy, invden)
    return out, cache


def staged_backward(dout, cache):
    sigy, num, sigx, xpy, invden = cache
    dnum = invden * dout
    dinvden = num * dout
    dden = -(invden**2) * dinvden
    dxpy = 2 * xpy * dden
    dx = dxpy + dnum + (1 - sigx) * sigx * dden
    dy = dxpy + (1 - sigy) * sigy * dnum
    return dx, dy


def neuron(ws, xs, b):
    z = b
    for w, x in zip(ws, xs):
        z += w * x
    return 1.0 / (1.0 + math.exp(-z))


def neuron_forward(ws, xs, b):
    z = b
    for w, x in zip(ws, xs):
        z += w * x
    out = 1.0 / (1.0 + math.exp(-z))
    cache = (ws, xs, out)
    return out, cache


def neuron_backward(dout, cache):
    ws, xs, out = cache
    dz = (1 - out) * out * dout
    dws = [x * dz for x in xs]
    dxs = [w * dz for w in ws]
    return dws, dxs, dz


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_forward(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total, x


def rosenbrock_backward(dout, x):
    dx = [0.0] * len(x)
    for i in range(len(x) - 1):
        dr = 200.0 * (x[i + 1] - x[i] ** 2) * dout
        dx[i + 1] += dr
        dx[i] -= 2 * x[i] * dr + 2 * (1.0 - x[i]) * dout
    return dx


WORKLOADS = (
    Workload(
        staged,
        staged_forward,
        staged_backward,
        wrt=("x", "y"),
        arguments=lambda rng: (3.0, -4.0),
        sizes={"tiny": ()},
    ),
    Workload(
        neuron,
        neuron_forward,
        neuron_backward,
        wrt=("ws", "xs", "b"),
        arguments=lambda rng, n: (
            (rng.normal(size=n) / n**0.5).tolist(),
            rng.normal(size=n).tolist(),
            0.5,
        ),
        sizes={"tiny": (3,), "standard": (100,), "large": (10_000,)},
    ),
    Workload(
        rosenbrock,
        rosenbrock_forward,
        rosenbrock_backward,
        wrt=("x",),
        arguments=lambda rng, n: (rng.normal(size=n).tolist(),),
        sizes={"tiny": (3,), "standard": (100,), "large": (10_000,)},
    ),
)
