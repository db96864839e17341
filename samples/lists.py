"""Functions that keep their results in lists, each with arguments to try it on."""

import math

import numpy as np


def recurrence(x, w, u):
    hs = [0.0]
    for t in range(len(x)):
        hs.append(math.tanh(w * hs[t] + u * x[t]))
    return sum(hs) / len(hs)


def rollout(p, v, k):
    path = []
    for _ in range(20):
        v = v - 0.1 * k * p
        p = p + 0.1 * v
        path.append(p)
    return np.mean(np.array(path) ** 2)


def alignment(x, y):
    n, m = len(x), len(y)
    cost = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            cost[i][j] = (x[i] - y[j]) ** 2
            if i > 0 and j > 0:
                cost[i][j] += min(cost[i - 1][j], cost[i][j - 1], cost[i - 1][j - 1])
            elif i > 0:
                cost[i][j] += cost[i - 1][j]
            elif j > 0:
                cost[i][j] += cost[i][j - 1]
    return cost[n - 1][m - 1]


_X = np.array([0.3, -0.8, 0.5, 1.2])

EXAMPLES = {
    "recurrence": (_X, 0.9, -0.4),
    "rollout": (1.0, 0.2, 2.0),
    "alignment": (_X, np.array([0.1, 0.7, -0.6])),
}


if __name__ == "__main__":
    from adgen import value_and_grad

    for name, args in EXAMPLES.items():
        value, gradients = value_and_grad(globals()[name])(*args)
        print(f"{name}: {value:.6f}, gradients of shapes {[np.shape(g) for g in gradients]}")
