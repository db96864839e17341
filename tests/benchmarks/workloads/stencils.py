"""Stencils in one, two and three dimensions, in slices and element by element."""

import numpy as np

from tests.benchmarks.workload import Workload


def heat_1d(u, target, k, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += k * (u[:-2] - 2 * u[1:-1] + u[2:])
    return np.sum((u - target) ** 2)


def heat_1d_forward(u, target, k, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += k * (u[:-2] - 2 * u[1:-1] + u[2:])
    r = u - target
    return np.sum(r**2), (r, k, steps)


def heat_1d_backward(dout, cache):
    r, k, steps = cache
    du = (2 * dout) * r
    for _ in range(steps):
        d = k * du[1:-1]
        du[:-2] += d
        du[1:-1] -= 2 * d
        du[2:] += d
    return du


def heat_1d_loops(u, target, k, steps):
    n = len(u)
    for _ in range(steps):
        new = u.copy()
        for i in range(1, n - 1):
            new[i] = u[i] + k * (u[i - 1] - 2 * u[i] + u[i + 1])
        u = new
    return np.sum((u - target) ** 2)


def heat_1d_loops_forward(u, target, k, steps):
    n = len(u)
    for _ in range(steps):
        new = u.copy()
        for i in range(1, n - 1):
            new[i] = u[i] + k * (u[i - 1] - 2 * u[i] + u[i + 1])
        u = new
    r = u - target
    return np.sum(r**2), (r, k, steps)


def heat_1d_loops_backward(dout, cache):
    r, k, steps = cache
    du = (2 * dout) * r
    for _ in range(steps):
        dnew = du
        du = dnew.copy()
        for i in range(1, len(du) - 1):
            d = k * dnew[i]
            du[i - 1] += d
            du[i] -= 2 * d
            du[i + 1] += d
    return du


def diffusion_2d(u, k, target, dt, steps):
    """Heat in a plate whose conductivity differs from place to place."""
    u = u.copy()
    for _ in range(steps):
        laplacian = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        u[1:-1, 1:-1] += dt * k * laplacian
    return np.mean((u - target) ** 2)


def diffusion_2d_forward(u, k, target, dt, steps):
    u = u.copy()
    dtk = dt * k
    laplacians = []
    for _ in range(steps):
        laplacian = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        u[1:-1, 1:-1] += dtk * laplacian
        laplacians.append(laplacian)
    r = u - target
    cache = (r, dtk, dt, laplacians)
    return np.mean(r**2), cache


def diffusion_2d_backward(dout, cache):
    r, dtk, dt, laplacians = cache
    du = (2 * dout / r.size) * r
    dk = np.zeros_like(dtk)
    for laplacian in reversed(laplacians):
        dk += laplacian * du[1:-1, 1:-1]
        d = dtk * du[1:-1, 1:-1]
        du[:-2, 1:-1] += d
        du[2:, 1:-1] += d
        du[1:-1, :-2] += d
        du[1:-1, 2:] += d
        du[1:-1, 1:-1] -= 4 * d
    dk *= dt
    return du, dk


def gauss_seidel_2d(u, f, sweeps):
    u = u.copy()
    for _ in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j])
    return np.sum(u**2)


def gauss_seidel_2d_forward(u, f, sweeps):
    u = u.copy()
    for _ in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j])
    return np.sum(u**2), (u, sweeps)


def gauss_seidel_2d_backward(dout, cache):
    u, sweeps = cache
    du = (2 * dout) * u
    df = np.zeros_like(u)
    for _ in range(sweeps):
        for i in reversed(range(1, u.shape[0] - 1)):
            for j in reversed(range(1, u.shape[1] - 1)):
                d = 0.25 * du[i, j]
                du[i, j] = 0.0
                du[i - 1, j] += d
                du[i + 1, j] += d
                du[i, j - 1] += d
                du[i, j + 1] += d
                df[i, j] += d
    return du, df


def heat_3d(u, target, k, steps):
    for _ in range(steps):
        new = u.copy()
        new[1:-1, 1:-1, 1:-1] += k * (
            u[:-2, 1:-1, 1:-1] + u[2:, 1:-1, 1:-1]
            + u[1:-1, :-2, 1:-1] + u[1:-1, 2:, 1:-1]
            + u[1:-1, 1:-1, :-2] + u[1:-1, 1:-1, 2:]
            - 6 * u[1:-1, 1:-1, 1:-1]
        )  # fmt: skip
        u = new
    return np.sum((u - target) ** 2)


def heat_3d_forward(u, target, k, steps):
    for _ in range(steps):
        new = u.copy()
        new[1:-1, 1:-1, 1:-1] += k * (
            u[:-2, 1:-1, 1:-1] + u[2:, 1:-1, 1:-1]
            + u[1:-1, :-2, 1:-1] + u[1:-1, 2:, 1:-1]
            + u[1:-1, 1:-1, :-2] + u[1:-1, 1:-1, 2:]
            - 6 * u[1:-1, 1:-1, 1:-1]
        )  # fmt: skip
        u = new
    r = u - target
    return np.sum(r**2), (r, k, steps)


def heat_3d_backward(dout, cache):
    r, k, steps = cache
    du = (2 * dout) * r
    for _ in range(steps):
        d = k * du[1:-1, 1:-1, 1:-1]
        du[:-2, 1:-1, 1:-1] += d
        du[2:, 1:-1, 1:-1] += d
        du[1:-1, :-2, 1:-1] += d
        du[1:-1, 2:, 1:-1] += d
        du[1:-1, 1:-1, :-2] += d
        du[1:-1, 1:-1, 2:] += d
        du[1:-1, 1:-1, 1:-1] -= 6 * d
    return du


def laplace_3d_loops(u, c):
    """The energy of a field with a coefficient in each cell, element by element."""
    total = 0.0
    n, m, p = c.shape
    for i in range(n):
        for j in range(m):
            for k in range(p):
                dx = u[i + 1, j, k] - u[i, j, k]
                dy = u[i, j + 1, k] - u[i, j, k]
                dz = u[i, j, k + 1] - u[i, j, k]
                total += c[i, j, k] * (dx * dx + dy * dy + dz * dz)
    return total


def laplace_3d_loops_forward(u, c):
    total = 0.0
    n, m, p = c.shape
    for i in range(n):
        for j in range(m):
            for k in range(p):
                x = u[i + 1, j, k] - u[i, j, k]
                y = u[i, j + 1, k] - u[i, j, k]
                z = u[i, j, k + 1] - u[i, j, k]
                total += c[i, j, k] * (x * x + y * y + z * z)
    return total, (u, c)


def laplace_3d_loops_backward(dout, cache):
    u, c = cache
    du = np.zeros_like(u)
    dc = np.zeros_like(c)
    n, m, p = c.shape
    for i in range(n):
        for j in range(m):
            for k in range(p):
                x = u[i + 1, j, k] - u[i, j, k]
                y = u[i, j + 1, k] - u[i, j, k]
                z = u[i, j, k + 1] - u[i, j, k]
                dc[i, j, k] += (x * x + y * y + z * z) * dout
                d = 2 * c[i, j, k] * dout
                du[i + 1, j, k] += d * x
                du[i, j + 1, k] += d * y
                du[i, j, k + 1] += d * z
                du[i, j, k] -= d * (x + y + z)
    return du, dc


WORKLOADS = (
    Workload(
        heat_1d,
        heat_1d_forward,
        heat_1d_backward,
        wrt=("u",),
        arguments=lambda rng, n, steps: (rng.normal(size=n), rng.normal(size=n), 0.2, steps),
        sizes={"tiny": (6, 2), "standard": (1000, 100), "large": (100_000, 20)},
    ),
    Workload(
        heat_1d_loops,
        heat_1d_loops_forward,
        heat_1d_loops_backward,
        wrt=("u",),
        arguments=lambda rng, n, steps: (rng.normal(size=n), rng.normal(size=n), 0.2, steps),
        sizes={"tiny": (6, 2), "standard": (50, 20), "large": (1000, 50)},
    ),
    Workload(
        diffusion_2d,
        diffusion_2d_forward,
        diffusion_2d_backward,
        wrt=("u", "k"),
        arguments=lambda rng, n, steps: (
            rng.normal(size=(n, n)),
            1 + rng.random(size=(n - 2, n - 2)),
            rng.normal(size=(n, n)),
            0.05,
            steps,
        ),
        sizes={"tiny": (4, 2), "standard": (100, 30), "large": (500, 20)},
    ),
    Workload(
        gauss_seidel_2d,
        gauss_seidel_2d_forward,
        gauss_seidel_2d_backward,
        wrt=("u", "f"),
        arguments=lambda rng, n, sweeps: (
            rng.normal(size=(n, n)),
            rng.normal(size=(n, n)),
            sweeps,
        ),
        sizes={"tiny": (4, 2), "standard": (20, 5), "large": (100, 10)},
    ),
    Workload(
        heat_3d,
        heat_3d_forward,
        heat_3d_backward,
        wrt=("u",),
        arguments=lambda rng, n, steps: (
            rng.normal(size=(n, n, n)),
            rng.normal(size=(n, n, n)),
            0.1,
            steps,
        ),
        sizes={"tiny": (4, 2), "standard": (30, 10), "large": (100, 5)},
    ),
    Workload(
        laplace_3d_loops,
        laplace_3d_loops_forward,
        laplace_3d_loops_backward,
        wrt=("u", "c"),
        arguments=lambda rng, n: (rng.normal(size=(n + 1,) * 3), 1 + rng.random(size=(n,) * 3)),
        sizes={"tiny": (2,), "standard": (8,), "large": (30,)},
    ),
)
