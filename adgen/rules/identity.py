"""`y = x`, and calls that change nothing."""

from adgen.rules.registry import elementwise
from adgen.rules.shapes import unchanged


@elementwise("copy", shape=unchanged, moves=True, put="copy")
def copy(y, x):
    dx = dy
