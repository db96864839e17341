# adjoint of alignment with respect to x, y, for x: f8[n], y: f8[m] (samples/lists.py:24)


import numpy as np


def alignment_forward(x, y):
    n = len(x)  # (1)
    m = len(y)  # (2)
    cost = []  # (3)
    for _ in range(n):
        cost.append([0.0] * m)  # (4)
    tape = []
    for i in range(n):
        tape0 = []
        for j in range(m):
            cost0 = x[i] - y[j]  # (5)
            cost[i][j] = cost0**2  # (6)
            if i > 0 and j > 0:
                cost1 = cost[i - 1][j]  # (7)
                cost2 = cost[i][j - 1]  # (8)
                cost3 = cost[i - 1][j - 1]  # (9)
                cost[i][j] += min(cost1, cost2, cost3)  # (10)
                saved = (cost1, cost2, cost3)
            else:
                if i > 0:
                    cost[i][j] += cost[i - 1][j]  # (11)
                elif j > 0:
                    cost[i][j] += cost[i][j - 1]  # (12)
                saved = ()
            tape0.append((j, cost0, saved))
        tape.append((i, tape0))
    out = cost[n - 1][m - 1]  # (13)
    cache = (x, y, n, m, tape)
    return out, cache


def alignment_backward(dout, cache):
    x, y, n, m, tape = cache
    # backprop out = cost[n - 1][m - 1]  (13)
    dcost = np.zeros((n, m))
    dcost[n - 1, m - 1] = dout
    dx = np.zeros_like(x)
    dy = np.zeros_like(y)
    for i, tape0 in reversed(tape):
        for j, cost0, saved in reversed(tape0):
            if i > 0 and j > 0:
                cost1, cost2, cost3 = saved
                # backprop cost[i][j] += min(cost1, cost2, cost3)  (10)
                dcost4 = dcost[i, j]
                # backprop cost3 = cost[i - 1][j - 1]  (9)
                dcost[i - 1, j - 1] += dcost4 if cost3 < cost1 and cost3 < cost2 else 0.0
                # backprop cost2 = cost[i][j - 1]  (8)
                dcost[i, j - 1] += dcost4 if cost2 < cost1 and cost2 <= cost3 else 0.0
                # backprop cost1 = cost[i - 1][j]  (7)
                dcost[i - 1, j] += dcost4 if cost1 <= cost2 and cost1 <= cost3 else 0.0
            elif i > 0:
                # backprop cost[i][j] += cost[i - 1][j]  (11)
                dcost[i - 1, j] += dcost[i, j]
            elif j > 0:
                # backprop cost[i][j] += cost[i][j - 1]  (12)
                dcost[i, j - 1] += dcost[i, j]
            # backprop cost[i][j] = cost0**2  (6)
            dcost4 = dcost[i, j]
            dcost[i, j] = 0.0
            # backprop cost0 = x[i] - y[j]  (5)
            dx[i] += (2 * cost0) * dcost4
            dy[j] -= (2 * cost0) * dcost4
    return dx, dy
