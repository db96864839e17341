"""A module that imports from its parent."""

from .. import helpers
from ..helpers import square as sq


def quartic(x):
    return sq(sq(x)) + helpers.square(x)
