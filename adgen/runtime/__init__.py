"""The few helpers that emitted code may call where types are not known.

Each function here is self-contained: where a listing needs one, its source is
printed beside the listing.  NumPy is all they import.
"""

from adgen.runtime.broadcasting import unbroadcast, unreduce
from adgen.runtime.products import matmul_left, matmul_right

__all__ = ["matmul_left", "matmul_right", "unbroadcast", "unreduce"]
