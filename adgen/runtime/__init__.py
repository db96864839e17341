"""The few helpers that emitted code may call where types are not known.

Each function here is self-contained: where a listing needs one, its source is
printed beside the listing.  NumPy is all they import.
"""

from adgen.runtime.broadcasting import unbroadcast, unreduce
from adgen.runtime.contractions import refitted
from adgen.runtime.fourier import half_spectrum, resized
from adgen.runtime.linalg import (
    lower_half,
    matrix_power_back,
    over_gaps,
    qr_back,
    svd_back,
    svdvals_back,
    transposed,
)
from adgen.runtime.numerics import (
    gradient_back,
    interp_back,
    interp_back_values,
    trapezoid_back,
    uncut,
)
from adgen.runtime.ordering import quantile_weights, unpicked
from adgen.runtime.products import (
    dot_left,
    dot_right,
    inner_left,
    inner_right,
    matmul_left,
    matmul_right,
)
from adgen.runtime.reductions import cumprod_back, product_of_others
from adgen.runtime.shaping import undiagonal, unrepeat, untile
from adgen.runtime.special import digamma, trigamma
from adgen.runtime.systems import (
    banded_back,
    banded_transposed,
    circulant_back,
    hankel_back,
    lu_back,
    lu_factor_back,
    lu_solve_back,
    solveh_banded_back,
    toeplitz_back,
    toeplitz_pair_back,
)
from adgen.runtime.writing import last_written, places_along, uncycled

__all__ = [
    "banded_back",
    "banded_transposed",
    "circulant_back",
    "cumprod_back",
    "digamma",
    "dot_left",
    "dot_right",
    "gradient_back",
    "hankel_back",
    "half_spectrum",
    "inner_left",
    "inner_right",
    "interp_back",
    "interp_back_values",
    "last_written",
    "lower_half",
    "lu_back",
    "lu_factor_back",
    "lu_solve_back",
    "matmul_left",
    "matmul_right",
    "matrix_power_back",
    "over_gaps",
    "places_along",
    "product_of_others",
    "qr_back",
    "quantile_weights",
    "refitted",
    "solveh_banded_back",
    "resized",
    "svd_back",
    "svdvals_back",
    "toeplitz_back",
    "toeplitz_pair_back",
    "transposed",
    "trapezoid_back",
    "trigamma",
    "unbroadcast",
    "uncut",
    "uncycled",
    "undiagonal",
    "unpicked",
    "unreduce",
    "unrepeat",
    "untile",
]
