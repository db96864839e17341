"""One step of k-means: the spread of points round their nearest centres, once these have moved."""

import numpy as np


def spread_after_step(points, centres):
    distances = np.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=2)
    nearest = np.argmin(distances, axis=1)
    moved = np.zeros_like(centres)
    for k in range(centres.shape[0]):
        mine = nearest == k
        count = np.sum(mine)
        if count > 0:
            moved[k] = np.sum(points * mine[:, None], axis=0) / count
        else:
            moved[k] = centres[k]
    return np.mean(np.sum((points - moved[nearest]) ** 2, axis=1))


_rng = np.random.default_rng(13)
EXAMPLE = (_rng.normal(size=(10, 2)), np.array([[1.0, 0.0], [-1.0, 0.5], [9.0, 9.0]]))


if __name__ == "__main__":
    from adgen import value_and_grad

    value, (dpoints, dcentres) = value_and_grad(spread_after_step)(*EXAMPLE)
    print(f"spread = {value:.4f}, dcentres =\n{dcentres}")
