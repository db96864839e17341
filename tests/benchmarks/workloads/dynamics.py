"""Motion step by step: bodies, an ODE, and an inverse problem of heat in a rod."""

import numpy as np

from tests.benchmarks.workload import Workload


def acceleration(q, m):
    away = q[None, :, :] - q[:, None, :]
    r2 = np.sum(away**2, axis=2) + 0.01
    pull = m / (r2 * np.sqrt(r2))
    return np.sum(pull[:, :, None] * away, axis=1)


def nbody(q, v, m, dt, steps):
    """The kinetic energy at the end, by the leapfrog method."""
    a = acceleration(q, m)
    for _ in range(steps):
        v = v + 0.5 * dt * a
        q = q + dt * v
        a = acceleration(q, m)
        v = v + 0.5 * dt * a
    return 0.5 * np.sum(m[:, None] * v**2)


def acceleration_forward(q, m):
    away = q[None, :, :] - q[:, None, :]
    r2 = np.sum(away**2, axis=2) + 0.01
    cube = r2 * np.sqrt(r2)
    pull = m / cube
    a = np.sum(pull[:, :, None] * away, axis=1)
    return a, (away, r2, cube, pull)


def acceleration_backward(da, cache):
    away, r2, cube, pull = cache
    dpull = np.sum(away * da[:, None, :], axis=2)
    dm = np.sum(dpull / cube, axis=0)
    dr2 = (-1.5) * dpull * pull / r2
    daway = pull[:, :, None] * da[:, None, :]
    daway += (2 * dr2)[:, :, None] * away
    dq = np.sum(daway, axis=0) - np.sum(daway, axis=1)
    return dq, dm


def nbody_forward(q, v, m, dt, steps):
    a, start = acceleration_forward(q, m)
    tape = []
    for _ in range(steps):
        v = v + 0.5 * dt * a
        q = q + dt * v
        a, cache = acceleration_forward(q, m)
        v = v + 0.5 * dt * a
        tape.append(cache)
    return 0.5 * np.sum(m[:, None] * v**2), (v, m, dt, start, tape)


def nbody_backward(dout, cache):
    v, m, dt, start, tape = cache
    dm = 0.5 * dout * np.sum(v**2, axis=1)
    dv = dout * m[:, None] * v
    dq = np.zeros_like(v)
    da = np.zeros_like(v)
    for inner in reversed(tape):
        da += 0.5 * dt * dv
        dq1, dm1 = acceleration_backward(da, inner)
        dq += dq1
        dm += dm1
        dv += dt * dq
        da = 0.5 * dt * dv
    dq1, dm1 = acceleration_backward(da, start)
    dq += dq1
    dm += dm1
    return dq, dv, dm


def rates(x, y, a, b, c, d):
    return a * x - b * x * y, c * x * y - d * y


def rk4(x, y, a, b, c, d, h, steps):
    """Predators and prey."""
    for _ in range(steps):
        k1, l1 = rates(x, y, a, b, c, d)
        k2, l2 = rates(x + 0.5 * h * k1, y + 0.5 * h * l1, a, b, c, d)
        k3, l3 = rates(x + 0.5 * h * k2, y + 0.5 * h * l2, a, b, c, d)
        k4, l4 = rates(x + h * k3, y + h * l3, a, b, c, d)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        y = y + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return x * x + y * y


def rk4_forward(x, y, a, b, c, d, h, steps):
    tape = []
    half, sixth = 0.5 * h, h / 6
    for _ in range(steps):
        k1, l1 = a * x - b * x * y, c * x * y - d * y
        x2, y2 = x + half * k1, y + half * l1
        k2, l2 = a * x2 - b * x2 * y2, c * x2 * y2 - d * y2
        x3, y3 = x + half * k2, y + half * l2
        k3, l3 = a * x3 - b * x3 * y3, c * x3 * y3 - d * y3
        x4, y4 = x + h * k3, y + h * l3
        k4, l4 = a * x4 - b * x4 * y4, c * x4 * y4 - d * y4
        tape.append((x, y, x2, y2, x3, y3, x4, y4))
        x = x + sixth * (k1 + 2 * k2 + 2 * k3 + k4)
        y = y + sixth * (l1 + 2 * l2 + 2 * l3 + l4)
    return x * x + y * y, (x, y, a, b, c, d, h, tape)


def rk4_backward(dout, cache):
    x, y, a, b, c, d, h, tape = cache
    half, sixth = 0.5 * h, h / 6
    da = db = dc = dd = 0.0
    dx, dy = 2 * x * dout, 2 * y * dout
    for x, y, x2, y2, x3, y3, x4, y4 in reversed(tape):
        dk4, dl4 = sixth * dx, sixth * dy
        dxy = c * dl4 - b * dk4
        dx4, dy4 = a * dk4 + y4 * dxy, x4 * dxy - d * dl4
        dk3, dl3 = 2 * dk4 + h * dx4, 2 * dl4 + h * dy4
        dxy = c * dl3 - b * dk3
        dx3, dy3 = a * dk3 + y3 * dxy, x3 * dxy - d * dl3
        dk2, dl2 = 2 * dk4 + half * dx3, 2 * dl4 + half * dy3
        dxy = c * dl2 - b * dk2
        dx2, dy2 = a * dk2 + y2 * dxy, x2 * dxy - d * dl2
        dk1, dl1 = dk4 + half * dx2, dl4 + half * dy2
        dxy = c * dl1 - b * dk1
        dx += dx4 + dx3 + dx2 + a * dk1 + y * dxy
        dy += dy4 + dy3 + dy2 + x * dxy - d * dl1
        da += x4 * dk4 + x3 * dk3 + x2 * dk2 + x * dk1
        dd -= y4 * dl4 + y3 * dl3 + y2 * dl2 + y * dl1
        xy, xy2, xy3, xy4 = x * y, x2 * y2, x3 * y3, x4 * y4
        db -= xy4 * dk4 + xy3 * dk3 + xy2 * dk2 + xy * dk1
        dc += xy4 * dl4 + xy3 * dl3 + xy2 * dl2 + xy * dl1
    return dx, dy, da, db, dc, dd


def conductivity(k, u, measured, dt):
    """How well a conductivity explains temperatures of a rod, measured step by step."""
    loss = 0.0
    for t in range(len(measured)):
        flux = k * (u[1:] - u[:-1])
        u = np.concatenate([u[:1], u[1:-1] + dt * (flux[1:] - flux[:-1]), u[-1:]])
        loss += np.sum((u[::10] - measured[t]) ** 2)
    return loss + 1e-3 * np.sum((k[1:] - k[:-1]) ** 2)


def conductivity_forward(k, u, measured, dt):
    loss = 0.0
    tape = []
    for t in range(len(measured)):
        slope = u[1:] - u[:-1]
        flux = k * slope
        u = np.concatenate([u[:1], u[1:-1] + dt * (flux[1:] - flux[:-1]), u[-1:]])
        r = u[::10] - measured[t]
        loss += np.sum(r**2)
        tape.append((slope, r))
    rough = k[1:] - k[:-1]
    cache = (k, u, dt, rough, tape)
    return loss + 1e-3 * np.sum(rough**2), cache


def conductivity_backward(dout, cache):
    k, u, dt, rough, tape = cache
    dk = np.zeros_like(k)
    drough = (2e-3 * dout) * rough
    dk[1:] += drough
    dk[:-1] -= drough
    du = np.zeros_like(u)
    dflux = np.zeros_like(k)
    for slope, r in reversed(tape):
        du[::10] += (2 * dout) * r
        d = dt * du[1:-1]
        dflux[0] = 0.0
        dflux[1:] = d
        dflux[:-1] -= d
        dk += slope * dflux
        dslope = k * dflux
        du[1:] += dslope
        du[:-1] -= dslope
    return dk


WORKLOADS = (
    Workload(
        nbody,
        nbody_forward,
        nbody_backward,
        wrt=("q", "v", "m"),
        arguments=lambda rng, n, steps: (
            rng.normal(size=(n, 3)),
            0.1 * rng.normal(size=(n, 3)),
            1 + rng.random(size=n),
            0.01,
            steps,
        ),
        sizes={"tiny": (3, 2), "standard": (40, 20), "large": (200, 10)},
    ),
    Workload(
        rk4,
        rk4_forward,
        rk4_backward,
        wrt=("x", "y", "a", "b", "c", "d"),
        arguments=lambda rng, steps: (1.0, 0.5, 1.1, 0.4, 0.1, 0.4, 0.001, steps),
        sizes={"tiny": (5,), "standard": (1000,), "large": (10_000,)},
    ),
    Workload(
        conductivity,
        conductivity_forward,
        conductivity_backward,
        wrt=("k",),
        arguments=lambda rng, n, steps: (
            1 + rng.random(size=n),
            rng.normal(size=n + 1),
            rng.normal(size=(steps, n // 10 + 1)),
            0.1,
        ),
        sizes={"tiny": (10, 2), "standard": (1000, 50), "large": (50_000, 20)},
    ),
)
