"""Finance and statistics: option prices, a Kalman filter, logistic regression."""

import numpy as np
from scipy import special

from tests.benchmarks.workload import Workload


def normal_cdf(x):
    return 0.5 * (1.0 + special.erf(x / np.sqrt(2.0)))


def black_scholes(S, K, T, sigma, r):
    sqrt_T = np.sqrt(T)
    d1 = (np.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * sqrt_T)
    d2 = d1 - sigma * sqrt_T
    call = S * normal_cdf(d1) - K * np.exp(-r * T) * normal_cdf(d2)
    return np.sum(call)


def black_scholes_forward(S, K, T, sigma, r):
    sqrt_T = np.sqrt(T)
    width = sigma * sqrt_T
    d1 = (np.log(S / K) + (r + 0.5 * sigma**2) * T) / width
    d2 = d1 - width
    N1 = normal_cdf(d1)
    N2 = normal_cdf(d2)
    discount = np.exp(-r * T)
    now = K * discount
    cache = (S, T, sigma, r, sqrt_T, width, d1, d2, N1, N2, discount, now)
    return np.sum(S * N1 - now * N2), cache


def black_scholes_backward(dout, cache):
    S, T, sigma, r, sqrt_T, width, d1, d2, N1, N2, discount, now = cache
    density = dout / np.sqrt(2 * np.pi)
    dd2 = np.exp(-0.5 * d2**2)
    dd2 *= -density * now
    dd1 = np.exp(-0.5 * d1**2)
    dd1 *= density * S
    dd1 += dd2
    dtop = dd1 / width
    dwidth = -d1 * dtop - dd2
    dS = dtop / S + dout * N1
    dK = -dout * discount * N2 - dtop * discount / now
    dT = r * dout * now * N2
    dT += (r + 0.5 * sigma**2) * dtop
    dT += sigma * dwidth * (0.5 / sqrt_T)
    dsigma = sigma * T * dtop
    dsigma += sqrt_T * dwidth
    return dS, dK, dT, dsigma


def black_scholes_arguments(rng, n):
    return (
        rng.uniform(50, 150, size=n),
        rng.uniform(50, 150, size=n),
        rng.uniform(0.2, 2, size=n),
        rng.uniform(0.1, 0.5, size=n),
        0.03,
    )


def kalman(zs, A, C, Q, R, x, P):
    """The log-likelihood of measurements."""
    total = 0.0
    for z in zs:
        x = A @ x
        P = A @ P @ A.T + Q
        S = C @ P @ C.T + R
        v = z - C @ x
        K = np.linalg.solve(S, C @ P).T
        x = x + K @ v
        P = P - K @ C @ P
        total -= 0.5 * (v @ np.linalg.solve(S, v) + np.linalg.slogdet(S)[1])
    return total


def kalman_forward(zs, A, C, Q, R, x, P):
    total = 0.0
    tape = []
    for z in zs:
        x_in, P_in = x, P
        x_mid = A @ x
        AP = A @ P
        P_mid = AP @ A.T + Q
        CP = C @ P_mid
        S = CP @ C.T + R
        v = z - C @ x_mid
        G = np.linalg.solve(S, CP)
        w = np.linalg.solve(S, v)
        x = x_mid + G.T @ v
        P = P_mid - G.T @ CP
        total -= 0.5 * (v @ w + np.linalg.slogdet(S)[1])
        tape.append((x_in, P_in, x_mid, AP, P_mid, CP, S, v, G, w))
    cache = (A, C, Q, R, x, P, tape)
    return total, cache


def kalman_backward(dout, cache):
    A, C, Q, R, x, P, tape = cache
    dA = np.zeros_like(A)
    dC = np.zeros_like(C)
    dQ = np.zeros_like(Q)
    dR = np.zeros_like(R)
    dx = np.zeros_like(x)
    dP = np.zeros_like(P)
    for x, P, x_mid, AP, P_mid, CP, S, v, G, w in reversed(tape):
        inverse = np.linalg.inv(S).T
        u = inverse @ v
        dv = G @ dx - (0.5 * dout) * (w + u)
        dG = np.outer(v, dx) - CP @ dP.T
        dCP = inverse @ dG
        dS = (0.5 * dout) * (np.outer(u, w) - inverse) - dCP @ G.T
        dCP += dS @ C - G @ dP
        dR += dS
        dC += dS.T @ CP
        dC -= np.outer(dv, x_mid)
        dC += dCP @ P_mid.T
        dx = dx - C.T @ dv
        dP = dP + C.T @ dCP
        dQ += dP
        dAP = dP @ A
        dA += dP.T @ AP
        dA += dAP @ P.T
        dA += np.outer(dx, x)
        dP = A.T @ dAP
        dx = A.T @ dx
    return dA, dC, dQ, dR, dx, dP


def kalman_arguments(rng, steps, n, m):
    return (
        rng.normal(size=(steps, m)),
        0.9 * np.eye(n) + 0.1 * rng.normal(size=(n, n)) / n**0.5,
        rng.normal(size=(m, n)),
        0.1 * np.eye(n),
        np.eye(m) + 0.1,
        rng.normal(size=n),
        np.eye(n),
    )


def logistic(X, y, w, b, reg):
    """Labels are 1 and -1."""
    margins = y * (X @ w + b)
    return np.mean(np.log(1 + np.exp(-margins))) + 0.5 * reg * (w @ w)


def logistic_forward(X, y, w, b, reg):
    e = np.exp(-y * (X @ w + b))
    out = np.mean(np.log(1 + e)) + 0.5 * reg * (w @ w)
    cache = (X, y, w, reg, e)
    return out, cache


def logistic_backward(dout, cache):
    X, y, w, reg, e = cache
    dz = e / (1 + e) * y
    dz *= -dout / len(y)
    dw = X.T @ dz
    dw += (reg * dout) * w
    db = np.sum(dz)
    return dw, float(db)


def logistic_arguments(rng, n, features):
    return (
        rng.normal(size=(n, features)),
        rng.choice([-1.0, 1.0], size=n),
        rng.normal(size=features) / features**0.5,
        0.1,
        1e-2,
    )


WORKLOADS = (
    Workload(
        black_scholes,
        black_scholes_forward,
        black_scholes_backward,
        wrt=("S", "K", "T", "sigma"),
        arguments=black_scholes_arguments,
        sizes={"tiny": (4,), "standard": (10_000,), "large": (1_000_000,)},
    ),
    Workload(
        kalman,
        kalman_forward,
        kalman_backward,
        wrt=("A", "C", "Q", "R", "x", "P"),
        arguments=kalman_arguments,
        sizes={"tiny": (2, 3, 2), "standard": (50, 8, 4), "large": (100, 60, 30)},
    ),
    Workload(
        logistic,
        logistic_forward,
        logistic_backward,
        wrt=("w", "b"),
        arguments=logistic_arguments,
        sizes={"tiny": (4, 3), "standard": (1000, 50), "large": (50_000, 100)},
    ),
)
