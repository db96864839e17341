"""Newton's method for a root, as many steps as it takes."""

import math


def kepler(mean_anomaly, eccentricity):
    """The eccentric anomaly E, which solves E - e sin E = M."""
    E = mean_anomaly
    step = 1.0
    while abs(step) > 1e-12:
        step = (E - eccentricity * math.sin(E) - mean_anomaly) / (1 - eccentricity * math.cos(E))
        E = E - step
    return E


EXAMPLE = (0.8, 0.3)


if __name__ == "__main__":
    from adgen import value_and_grad

    E, (dmean, declination) = value_and_grad(kepler)(*EXAMPLE)
    print(f"E = {E}, dE/dM = {dmean}, dE/de = {declination}")
