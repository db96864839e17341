# adjoint of kepler with respect to mean_anomaly, eccentricity, for mean_anomaly: float,
# eccentricity: float (samples/newton.py:6)


import math


def kepler_forward(mean_anomaly, eccentricity):
    E = mean_anomaly  # (1)
    step = 1.0  # (2)
    tape = []
    while abs(step) > 1e-12:
        step0 = math.sin(E)  # (3)
        step1 = E - eccentricity * step0 - mean_anomaly  # (4)
        step2 = math.cos(E)  # (5)
        step = step1 / (1 - eccentricity * step2)  # (6)
        E = E - step  # (7)
        tape.append((step0, step2, step))
    cache = (eccentricity, tape)
    return E, cache


def kepler_backward(dE, cache):
    eccentricity, tape = cache
    deccentricity = 0.0
    dmean_anomaly = 0.0
    for step0, step2, step in reversed(tape):
        # backprop E = E - step  (7)
        dstep = -dE
        # backprop step = step1 / (1 - eccentricity * step2)  (6)
        dstep1 = dstep / (1 - eccentricity * step2)
        # backprop step1 = E - eccentricity * step0 - mean_anomaly  (4)
        dE += dstep1 - step0 * eccentricity * dstep1 * step
        deccentricity += step2 * dstep1 * step - step0 * dstep1
        dmean_anomaly -= dstep1
        # backprop step0 = math.sin(E)  (3)
        dE -= step2 * eccentricity * dstep1
    # backprop E = mean_anomaly  (1)
    dmean_anomaly += dE
    return dmean_anomaly, deccentricity
