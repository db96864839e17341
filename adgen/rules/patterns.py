"""Operations that people write out by hand, as single gates.

The first operand names stand for any value; where a pattern may look `through`
names that the author gave to its parts, it says so.
"""

from adgen.rules.registry import pattern

PATTERNS = [
    pattern("sigmoid", "1 / (1 + exp(-x))"),
    pattern("square", "x * x"),
]
