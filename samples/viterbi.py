"""The score of the best path through a lattice, by dynamic programming."""

import numpy as np


def best_score(emissions, transitions):
    score = emissions[0]
    for t in range(1, emissions.shape[0]):
        score = np.max(score[:, None] + transitions, axis=0) + emissions[t]
    return np.max(score)


def edit_distance(costs, gap):
    """The cheapest alignment, cell by cell."""
    n, m = costs.shape
    table = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        table[i, 0] = table[i - 1, 0] + gap
    for j in range(1, m + 1):
        table[0, j] = table[0, j - 1] + gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            step = table[i - 1, j - 1] + costs[i - 1, j - 1]
            table[i, j] = min(step, table[i - 1, j] + gap, table[i, j - 1] + gap)
    return table[n, m]


_rng = np.random.default_rng(14)
EXAMPLES = {
    "best_score": (_rng.normal(size=(6, 3)), _rng.normal(size=(3, 3))),
    "edit_distance": (_rng.uniform(size=(4, 5)), 0.4),
}


if __name__ == "__main__":
    from adgen import value_and_grad

    for name, args in EXAMPLES.items():
        value, grads = value_and_grad(globals()[name])(*args)
        print(f"{name} = {value:.4f}, gradients of shapes {[np.shape(g) for g in grads]}")
