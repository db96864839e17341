# ruff: noqa: F821, F841
"""Rules with mistakes in them, which the catalogue's checks and the harness have to find."""

import numpy as np

from adgen.rules.registry import elementwise


@elementwise(np.tanh)
def unknown_name(y, x):
    dx = (1 - z**2) * dy


@elementwise(np.multiply)
def unanswered_input(c, a, b):
    da = dc


@elementwise(np.tanh)
def adjoint_of_nothing(y, x):
    dx = dy
    dz = dy


MALFORMED = [unknown_name, unanswered_input, adjoint_of_nothing]


@elementwise(np.tanh)
def wrong_sign(y, x):
    dx = (1 + y**2) * dy


@elementwise(np.multiply)
def wrong_operand(c, a, b):
    da = b * dc
    db = b * dc


WRONG = [wrong_sign, wrong_operand]
