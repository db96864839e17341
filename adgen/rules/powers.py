"""`x**n`."""

import operator

import numpy as np

from adgen.rules.registry import elementwise


@elementwise(operator.pow, np.power, when=lambda b: b.literal)
def power_of_literal(c, a, b):
    da = (b * a ** (b - 1)) * dc
    db = 0.0 * dc


@elementwise(operator.pow, np.power)
def power(c, a, b):
    da = b * a ** (b - 1) * dc
    db = np.log(a) * c * dc
