"""Write the backward as a person would: no needless names, `+=` where it is safe."""

from adgen.cleanup.accumulate import Finished, accumulate
from adgen.cleanup.factors import factored
from adgen.cleanup.fold import fold
from adgen.cleanup.hoisting import hoist
from adgen.cleanup.kernels import shared_sums
from adgen.cleanup.lifted import lifted
from adgen.cleanup.sharing import share
from adgen.cleanup.shortening import shortened
from adgen.cleanup.signs import with_signs
from adgen.cleanup.taking_names import named_at_once

__all__ = [
    "Finished",
    "accumulate",
    "factored",
    "fold",
    "hoist",
    "lifted",
    "named_at_once",
    "share",
    "shared_sums",
    "shortened",
    "with_signs",
]
