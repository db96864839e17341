"""The log-likelihood of measurements under a linear model, by the Kalman filter."""

import numpy as np


def log_likelihood(measurements, A, C, Q, R, x, P):
    total = 0.0
    for z in measurements:
        # predict
        x = A @ x
        P = A @ P @ A.T + Q
        # update
        S = C @ P @ C.T + R
        v = z - C @ x
        K = np.linalg.solve(S, C @ P).T
        x = x + K @ v
        P = P - K @ S @ K.T
        total = total - 0.5 * (v @ np.linalg.solve(S, v) + np.linalg.slogdet(S)[1])
    return total


_rng = np.random.default_rng(6)
EXAMPLE = (
    _rng.normal(size=(6, 2)),
    np.array([[1.0, 0.1, 0.0], [0.0, 1.0, 0.1], [0.0, 0.0, 0.9]]),
    np.array([[1.0, 0.0, 0.2], [0.0, 1.0, 0.0]]),
    0.1 * np.eye(3),
    np.array([[0.5, 0.1], [0.1, 0.4]]),
    np.zeros(3),
    np.eye(3),
)
WRT = ("A", "C", "Q", "R", "x", "P")


if __name__ == "__main__":
    from adgen import value_and_grad

    value, grads = value_and_grad(log_likelihood, wrt=WRT)(*EXAMPLE)
    print(f"log-likelihood = {value:.4f}, gradients of shapes {[np.shape(g) for g in grads]}")
