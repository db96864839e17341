"""Heat in a plate: explicit steps in place, and the temperature that is left in the middle."""

import numpy as np


def temperature_in_the_middle(u, conductivity, steps):
    u = u.copy()
    for _ in range(steps):
        flow = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]
        u[1:-1, 1:-1] += conductivity * flow
    return u[u.shape[0] // 2, u.shape[1] // 2]


def relaxed(u, sweeps):
    """Gauss-Seidel: each point becomes the mean of its neighbours, the new ones where known."""
    u = u.copy()
    for _ in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])
    return np.sum(u**2)


def conducted(u, c, steps):
    """In a rod that conducts the better the warmer it is, point by point."""
    u = u.copy()
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] += c * u[i] * (u[i - 1] - 2.0 * u[i] + u[i + 1])
    return np.sum(u**2)


_rng = np.random.default_rng(9)
EXAMPLES = {
    "temperature_in_the_middle": (_rng.normal(size=(6, 5)), 0.2, 5),
    "relaxed": (_rng.normal(size=(5, 4)), 3),
    "conducted": (_rng.normal(size=6), 0.1, 3),
}


if __name__ == "__main__":
    from adgen import value_and_grad

    for name, args in EXAMPLES.items():
        value, gradient = value_and_grad(globals()[name])(*args)
        print(f"{name} = {value:.4f}, gradient: {gradient}")
