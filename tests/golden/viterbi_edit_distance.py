# adjoint of edit_distance with respect to costs, gap, for costs: f8[n,m], gap: float
# (samples/viterbi.py:13)


import numpy as np


def edit_distance_forward(costs, gap):
    n, m = costs.shape  # (1)
    table = np.zeros((n + 1, m + 1))  # (2)
    for i in range(1, n + 1):
        table[i, 0] = table[i - 1, 0] + gap  # (3)
    for j in range(1, m + 1):
        table[0, j] = table[0, j - 1] + gap  # (4)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            step = table[i - 1, j - 1] + costs[i - 1, j - 1]  # (5)
            table0 = table[i - 1, j] + gap  # (6)
            table1 = table[i, j - 1] + gap  # (7)
            table[i, j] = min(step, table0, table1)  # (8)
    out = table[n, m]  # (9)
    cache = (costs, gap, n, m, table)
    return out, cache


def edit_distance_backward(dout, cache):
    costs, gap, n, m, table = cache
    # backprop out = table[n, m]  (9)
    dtable = np.zeros_like(table)
    dtable[n, m] = dout
    dcosts = np.zeros_like(costs)
    dgap = 0.0
    for i in reversed(range(1, n + 1)):
        for j in reversed(range(1, m + 1)):
            # backprop table[i, j] = min(step, table0, table1)  (8)
            step = table[i - 1, j - 1] + costs[i - 1, j - 1]
            table0 = table[i - 1, j] + gap
            table1 = table[i, j - 1] + gap
            dtable2 = dtable[i, j]
            dstep = dtable2 if step <= table0 and step <= table1 else 0.0
            dtable0 = dtable2 if table0 < step and table0 <= table1 else 0.0
            dtable1 = dtable2 if table1 < step and table1 < table0 else 0.0
            # backprop table1 = table[i, j - 1] + gap  (7)
            dtable[i, j - 1] += dtable1
            # backprop table0 = table[i - 1, j] + gap  (6)
            dgap += dtable1 + dtable0
            dtable[i - 1, j] += dtable0
            # backprop step = table[i - 1, j - 1] + costs[i - 1, j - 1]  (5)
            dtable[i - 1, j - 1] += dstep
            dcosts[i - 1, j - 1] += dstep
    for j in reversed(range(1, m + 1)):
        # backprop table[0, j] = table[0, j - 1] + gap  (4)
        dtable2 = dtable[0, j]
        dgap += dtable2
        dtable[0, j - 1] += dtable2
    for i in reversed(range(1, n + 1)):
        # backprop table[i, 0] = table[i - 1, 0] + gap  (3)
        dtable2 = dtable[i, 0]
        dgap += dtable2
        dtable[i - 1, 0] += dtable2
    return dcosts, dgap
