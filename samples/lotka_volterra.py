"""Predators and prey, by the Runge-Kutta method of fourth order."""

import numpy as np


def rates(state, a, b, c, d):
    prey, predators = state
    return np.array([a * prey - b * prey * predators, d * prey * predators - c * predators])


def rk4_step(state, dt, a, b, c, d):
    k1 = rates(state, a, b, c, d)
    k2 = rates(state + dt / 2 * k1, a, b, c, d)
    k3 = rates(state + dt / 2 * k2, a, b, c, d)
    k4 = rates(state + dt * k3, a, b, c, d)
    return state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def predators_at_the_end(state, a, b, c, d, dt, steps):
    for _ in range(steps):
        state = rk4_step(state, dt, a, b, c, d)
    return state[1]


_state, _abcd = np.array([1.0, 0.5]), (1.1, 0.4, 0.4, 0.1)
EXAMPLES = {
    "rates": (_state, *_abcd),
    "rk4_step": (_state, 0.1, *_abcd),
    "predators_at_the_end": (_state, *_abcd, 0.1, 20),
}


if __name__ == "__main__":
    from adgen import value_and_grad

    parameters = ("state", "a", "b", "c", "d")
    value, grads = value_and_grad(predators_at_the_end, wrt=parameters)(
        *EXAMPLES["predators_at_the_end"]
    )
    print(f"predators = {value:.4f}")
    for name, gradient in zip(parameters, grads, strict=True):
        print(f"d{name} = {gradient}")
