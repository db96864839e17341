"""Write the backward as a person would: no needless names, `+=` where it is safe."""

from adgen.cleanup.accumulate import Finished, accumulate
from adgen.cleanup.fold import fold

__all__ = ["Finished", "accumulate", "fold"]
