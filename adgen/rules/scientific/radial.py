"""`scipy.interpolate.RBFInterpolator`: sums of a function of distances, through given values."""

import numpy as np
from scipy import interpolate

from adgen.rules.registry import written_out

# the least degree of the polynomial that is added to each kernel
LEAST_DEGREES = {
    "multiquadric": 0,
    "linear": 0,
    "thin_plate_spline": 1,
    "cubic": 1,
    "quintic": 2,
}


def kernel_of(squares, kernel):
    """The function of distances, given their squares; it is smooth where these are 0."""
    if kernel == "gaussian":
        return np.exp(-squares)
    if kernel == "multiquadric":
        return -np.sqrt(squares + 1)
    if kernel == "inverse_multiquadric":
        return 1 / np.sqrt(squares + 1)
    if kernel == "inverse_quadratic":
        return 1 / (squares + 1)
    apart = squares > 0
    distances = np.sqrt(np.where(apart, squares, 1.0))
    if kernel == "linear":
        return np.where(apart, -distances, 0.0)
    if kernel == "cubic":
        return np.where(apart, distances**3, 0.0)
    if kernel == "quintic":
        return np.where(apart, -(distances**5), 0.0)
    if kernel == "thin_plate_spline":
        return np.where(apart, distances**2 * np.log(distances), 0.0)
    raise ValueError("there is no such kernel")


def kernels_between(x, y, epsilon, kernel):
    off = epsilon * x[:, None, :] - epsilon * y[None, :, :]
    return kernel_of(np.sum(off**2, axis=-1), kernel)


def powers(x, degree):
    if degree == 0:
        return np.ones((len(x), 1))
    return np.concatenate((np.ones((len(x), 1)), x), axis=1)


@written_out(interpolate.RBFInterpolator, why="neighbors are not supported")
def radial(y, d, smoothing=0.0, kernel="thin_plate_spline", epsilon=1.0, degree=None):
    least = LEAST_DEGREES.get(kernel, -1)
    used = max(least, 0) if degree is None else degree
    if used > 1:
        raise TypeError("polynomials of degree 2 and more are not supported")
    y, d = np.asarray(y), np.asarray(d)
    matrix = kernels_between(y, y, epsilon, kernel) + smoothing * np.eye(len(y))
    if used < 0:
        weights = np.linalg.solve(matrix, d)
        return lambda x: kernels_between(x, y, epsilon, kernel) @ weights
    low, high = np.min(y, axis=0), np.max(y, axis=0)
    scale = np.where(high > low, (high - low) / 2, 1.0)
    shift = (high + low) / 2
    corner = powers((y - shift) / scale, used)
    count = corner.shape[1]
    whole = np.block([[matrix, corner], [corner.T, np.zeros((count, count))]])
    zeros = np.zeros((count, *d.shape[1:]))
    weights = np.linalg.solve(whole, np.concatenate((d, zeros)))

    def at(x):
        near = kernels_between(x, y, epsilon, kernel)
        return np.concatenate((near, powers((x - shift) / scale, used)), axis=1) @ weights

    return at
