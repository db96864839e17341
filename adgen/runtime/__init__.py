"""The few helpers that emitted code may call where types are not known.

Each function here is self-contained: where a listing needs one, its source is
printed beside the listing.  NumPy is all they import.
"""

from adgen.runtime.broadcasting import unbroadcast, unreduce
from adgen.runtime.contractions import refitted
from adgen.runtime.products import (
    dot_left,
    dot_right,
    inner_left,
    inner_right,
    matmul_left,
    matmul_right,
)
from adgen.runtime.reductions import product_of_others
from adgen.runtime.shaping import undiagonal, unrepeat, untile
from adgen.runtime.special import digamma, trigamma

__all__ = [
    "digamma",
    "dot_left",
    "dot_right",
    "inner_left",
    "inner_right",
    "matmul_left",
    "matmul_right",
    "product_of_others",
    "refitted",
    "trigamma",
    "unbroadcast",
    "undiagonal",
    "unreduce",
    "unrepeat",
    "untile",
]
