# adjoint of distance_to_sphere with respect to origin, direction, centre, radius, for origin:
# f8[N], direction: f8[N], centre: f8[N], radius: float (samples/ray_sphere.py:8)


import math
import numpy as np


def distance_to_sphere_forward(origin, direction, centre, radius):
    to_centre = centre - origin  # (1)
    along = to_centre @ direction  # (2)
    if along < 0:
        out = 100.0  # (3)
        saved = ()
    else:
        off_axis = to_centre @ to_centre - along * along  # (4)
        taken = off_axis > radius * radius
        if taken:
            out = 100.0  # (5)
            saved0 = ()
        else:
            half_chord = math.sqrt(radius * radius - off_axis)  # (6)
            taken0 = half_chord > along
            if taken0:
                out = along + half_chord  # (7)
            else:
                out = along - half_chord  # (8)
            saved0 = (half_chord, taken0)
        saved = (saved0, taken)
    cache = (direction, radius, to_centre, along, saved)
    return out, cache


def distance_to_sphere_backward(dout, cache):
    direction, radius, to_centre, along, saved = cache
    if along < 0:
        dalong = 0.0
        dradius = 0.0
        dto_centre = np.zeros_like(to_centre)
    else:
        saved0, taken = saved
        if taken:
            dalong = 0.0
            dradius = 0.0
            doff_axis = 0.0
        else:
            half_chord, taken0 = saved0
            if taken0:
                # backprop out = along + half_chord  (7)
                dalong = dout
                dhalf_chord = dout
            else:
                # backprop out = along - half_chord  (8)
                dalong = dout
                dhalf_chord = -dout
            # backprop half_chord = math.sqrt(radius * radius - off_axis)  (6)
            dradius = radius * dhalf_chord / half_chord
            doff_axis = -0.5 * dhalf_chord / half_chord
        # backprop off_axis = to_centre @ to_centre - along * along  (4)
        dto_centre = (2 * doff_axis) * to_centre
        dalong -= (2 * along) * doff_axis
    # backprop along = to_centre @ direction  (2)
    dto_centre += dalong * direction
    ddirection = dalong * to_centre
    # backprop to_centre = centre - origin  (1)
    dcentre = dto_centre
    dorigin = -dto_centre
    return dorigin, ddirection, dcentre, dradius
