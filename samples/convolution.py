"""A convolution by loops, and by columns of patches with max-pooling behind it."""

import numpy as np


def conv_by_loops(image, kernel, bias):
    H, W = image.shape
    kh, kw = kernel.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + kh, j : j + kw] * kernel) + bias
    return np.sum(np.maximum(out, 0.0) ** 2)


def conv_and_pool(images, kernels, bias):
    N, C, H, W = images.shape
    F, _, kh, kw = kernels.shape
    oh, ow = H - kh + 1, W - kw + 1
    columns = np.zeros((N, C, kh, kw, oh, ow))
    for y in range(kh):
        for x in range(kw):
            columns[:, :, y, x] = images[:, :, y : y + oh, x : x + ow]
    patches = columns.reshape(N, C * kh * kw, oh * ow)
    out = kernels.reshape(F, -1) @ patches + bias[:, None]
    out = np.maximum(out, 0.0).reshape(N, F, oh // 2, 2, ow // 2, 2)
    return np.mean(out.max(axis=(3, 5)) ** 2)


_rng = np.random.default_rng(12)
EXAMPLES = {
    "conv_by_loops": (_rng.normal(size=(5, 6)), _rng.normal(size=(2, 3)), 0.3),
    "conv_and_pool": (_rng.normal(size=(2, 3, 6, 6)), _rng.normal(size=(4, 3, 3, 3)),
                      _rng.normal(size=4)),
}  # fmt: skip


if __name__ == "__main__":
    from adgen import value_and_grad

    for name, args in EXAMPLES.items():
        value, grads = value_and_grad(globals()[name])(*args)
        print(f"{name} = {value:.4f}, gradients of shapes {[np.shape(g) for g in grads]}")
