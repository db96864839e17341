"""Bodies that attract each other, by the leapfrog method: the energy at the end."""

import numpy as np


def accelerations(positions, masses):
    n = positions.shape[0]
    found = np.zeros_like(positions)
    for i in range(n):
        for j in range(n):
            if i != j:
                away = positions[j] - positions[i]
                distance = np.sqrt(away @ away + 0.01)
                found[i] += masses[j] * away / distance**3
    return found


def kinetic_energy_at_the_end(positions, velocities, masses, dt, steps):
    acceleration = accelerations(positions, masses)
    for _ in range(steps):
        velocities = velocities + 0.5 * dt * acceleration
        positions = positions + dt * velocities
        acceleration = accelerations(positions, masses)
        velocities = velocities + 0.5 * dt * acceleration
    return 0.5 * np.sum(masses * np.sum(velocities**2, axis=1))


_rng = np.random.default_rng(10)
_positions, _velocities, _masses = (
    _rng.normal(size=(4, 2)),
    0.1 * _rng.normal(size=(4, 2)),
    np.ones(4),
)
EXAMPLES = {
    "accelerations": (_positions, _masses),
    "kinetic_energy_at_the_end": (_positions, _velocities, _masses, 0.05, 3),
}
WRT = {
    "accelerations": ("positions", "masses"),
    "kinetic_energy_at_the_end": ("positions", "velocities", "masses"),
}


if __name__ == "__main__":
    from adgen import value_and_grad

    name = "kinetic_energy_at_the_end"
    value, grads = value_and_grad(kinetic_energy_at_the_end, wrt=WRT[name])(*EXAMPLES[name])
    print(f"kinetic energy = {value:.6f}, gradients of shapes {[np.shape(g) for g in grads]}")
