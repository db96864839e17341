"""Where a ray meets a sphere, with an early return for each way of missing it."""

import math

import numpy as np


def distance_to_sphere(origin, direction, centre, radius):
    to_centre = centre - origin
    along = to_centre @ direction
    if along < 0:
        return 100.0  # behind us
    off_axis = to_centre @ to_centre - along * along
    if off_axis > radius * radius:
        return 100.0
    half_chord = math.sqrt(radius * radius - off_axis)
    if half_chord > along:
        return along + half_chord  # from inside
    return along - half_chord


EXAMPLE = (np.zeros(3), np.array([0.0, 0.6, 0.8]), np.array([0.3, 2.0, 3.0]), 1.0)


if __name__ == "__main__":
    from adgen import value_and_grad

    value, (dorigin, ddirection, dcentre, dradius) = value_and_grad(distance_to_sphere)(*EXAMPLE)
    print(f"distance = {value:.4f}, dcentre = {dcentre}, dradius = {dradius:.4f}")
