# adjoint of best_score with respect to emissions, transitions, for emissions: f8[N,D], transitions:
# f8[D,D] (samples/viterbi.py:6)


import numpy as np


def best_score_forward(emissions, transitions):
    score = emissions[0]  # (1)
    tape = []
    for t in range(1, emissions.shape[0]):
        score0 = score[:, None] + transitions  # (2)
        score1 = np.max(score0, axis=0)  # (3)
        score = score1 + emissions[t]  # (4)
        tape.append((t, score0, score1))
    out = np.max(score)  # (5)
    cache = (emissions, transitions, score, out, tape)
    return out, cache


def best_score_backward(dout, cache):
    emissions, transitions, score, out, tape = cache
    # backprop out = np.max(score)  (5)
    hit = score == out
    dscore = (dout / np.sum(hit)) * hit
    demissions = np.zeros_like(emissions)
    dtransitions = np.zeros_like(transitions)
    for t, score0, score1 in reversed(tape):
        # backprop score = score1 + emissions[t]  (4)
        demissions[t] += dscore
        # backprop score1 = np.max(score0, axis=0)  (3)
        hit = score0 == score1
        dscore0 = hit * dscore / np.sum(hit, axis=0)
        # backprop score0 = score[:, None] + transitions  (2)
        dtransitions += dscore0
        dscore = np.sum(dscore0, axis=1)
    # backprop score = emissions[0]  (1)
    demissions[0] += dscore
    return demissions, dtransitions
