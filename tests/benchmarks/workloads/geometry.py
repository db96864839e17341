"""Residuals of bundle adjustment: cameras, points, and where the points were seen."""

import numpy as np

from tests.benchmarks.workload import Workload


def bundle_adjustment(cameras, points, camera_at, point_at, seen):
    """Rotation as a vector (3), centre (3), focal length and two radial distortions a camera."""
    cam = cameras[camera_at]
    rotation = cam[:, :3]
    X = points[point_at] - cam[:, 3:6]
    angle = np.sqrt(np.sum(rotation**2, axis=1))[:, None]
    axis = rotation / angle
    c = np.cos(angle)
    s = np.sin(angle)
    along = np.sum(axis * X, axis=1)[:, None]
    P = c * X + s * np.cross(axis, X) + (1 - c) * along * axis
    q = P[:, :2] / P[:, 2:]
    r2 = np.sum(q**2, axis=1)
    scale = cam[:, 6] * (1 + cam[:, 7] * r2 + cam[:, 8] * r2**2)
    return np.sum((scale[:, None] * q - seen) ** 2)


def bundle_adjustment_forward(cameras, points, camera_at, point_at, seen):
    cam = cameras[camera_at]
    rotation = cam[:, :3]
    X = points[point_at] - cam[:, 3:6]
    angle = np.sqrt(np.sum(rotation**2, axis=1))[:, None]
    axis = rotation / angle
    c = np.cos(angle)
    s = np.sin(angle)
    along = np.sum(axis * X, axis=1)[:, None]
    across = np.cross(axis, X)
    P = c * X + s * across + (1 - c) * along * axis
    q = P[:, :2] / P[:, 2:]
    r2 = np.sum(q**2, axis=1)
    radial = 1 + cam[:, 7] * r2 + cam[:, 8] * r2**2
    scale = cam[:, 6] * radial
    e = scale[:, None] * q - seen
    cache = (
        cameras, points, camera_at, point_at, cam, X, angle, axis, c, s, along, across, P, q, r2,
        radial, scale, e,
    )  # fmt: skip
    return np.sum(e**2), cache


def bundle_adjustment_backward(dout, cache):
    (cameras, points, camera_at, point_at, cam, X, angle, axis, c, s, along, across, P, q, r2,
     radial, scale, e) = cache  # fmt: skip
    de = (2 * dout) * e
    dscale = np.sum(de * q, axis=1)
    dcam = np.empty_like(cam)
    dcam[:, 6] = radial * dscale
    dradial = cam[:, 6] * dscale
    dcam[:, 7] = r2 * dradial
    dcam[:, 8] = r2**2 * dradial
    dr2 = (cam[:, 7] + 2 * cam[:, 8] * r2) * dradial
    dq = scale[:, None] * de + (2 * dr2)[:, None] * q
    dP = np.empty_like(P)
    dP[:, :2] = dq / P[:, 2:]
    dP[:, 2] = -np.sum(dP[:, :2] * q, axis=1)
    dacross = s * dP
    dalong = np.sum(axis * dP, axis=1)[:, None]
    weight = (1 - c) * dalong
    dX = c * dP + np.cross(dacross, axis) + weight * axis
    daxis = np.cross(X, dacross) + weight * X + ((1 - c) * along) * dP
    dc = np.sum(X * dP, axis=1)[:, None] - along * dalong
    ds = np.sum(across * dP, axis=1)[:, None]
    dangle = c * ds - s * dc - np.sum(axis * daxis, axis=1)[:, None] / angle
    dcam[:, :3] = daxis / angle + dangle * axis
    dcam[:, 3:6] = -dX
    dcameras = np.zeros_like(cameras)
    np.add.at(dcameras, camera_at, dcam)
    dpoints = np.zeros_like(points)
    np.add.at(dpoints, point_at, dX)
    return dcameras, dpoints


def bundle_adjustment_arguments(rng, cameras, points, observations):
    made = np.concatenate(
        [
            0.3 * rng.normal(size=(cameras, 3)),
            rng.normal(size=(cameras, 3)) - np.array([0.0, 0.0, 8.0]),
            1 + 0.1 * rng.normal(size=(cameras, 1)),
            0.01 * rng.normal(size=(cameras, 2)),
        ],
        axis=1,
    )
    return (
        made,
        rng.normal(size=(points, 3)),
        rng.integers(cameras, size=observations),
        rng.integers(points, size=observations),
        rng.normal(size=(observations, 2)),
    )


WORKLOADS = (
    Workload(
        bundle_adjustment,
        bundle_adjustment_forward,
        bundle_adjustment_backward,
        wrt=("cameras", "points"),
        arguments=bundle_adjustment_arguments,
        sizes={"tiny": (2, 3, 4), "standard": (10, 300, 2000), "large": (50, 5000, 50_000)},
    ),
)
