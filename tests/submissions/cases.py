"""Right hand-written backwards, and the same with one mistake each.

`RIGHT` has a text for each function.  A `Mistake` replaces a line of it: `right` becomes `wrong`,
and the line that has to be named is the one that reads `blamed` (if it isn't `wrong`).
"""

from dataclasses import dataclass

import numpy as np


def _normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


ARGS = {
    "staged": (3.0, -4.0),
    "neuron": (_normal(3), _normal(3, seed=1), 0.3),
    "affine": (_normal(4, 3), _normal(3, 2), _normal(2)),
    "two_layer": (_normal(5, 3), _normal(3, 4), _normal(4), _normal(4, 2), _normal(2)),
    "softmax_loss": (_normal(4, 3), _normal(3, 5), np.array([1, 0, 4, 2])),
    "batchnorm": (_normal(5, 3), _normal(3), _normal(3, seed=1)),
    "swish": (_normal(3, 2), _normal(3, 2, seed=1)),
    "largest": (_normal(6), _normal(6, seed=1), _normal(6, seed=2)),
    "unit": (_normal(4), _normal(4, seed=1)),
    "rnn": (_normal(4, 2), _normal(2, 3), _normal(3, 3), _normal(3)),
    "horner": (_normal(4), 0.7),
    "attention": (_normal(3, 4), _normal(5, 4), _normal(5, 2)),
}

RIGHT = {
    "staged": """\
import math

x = 3
y = -4

# forward
sigy = 1.0 / (1 + math.exp(-y))
num = x + sigy
sigx = 1.0 / (1 + math.exp(-x))
xpy = x + y
xpysqr = xpy**2
den = sigx + xpysqr
invden = 1.0 / den
f = num * invden

# backprop f = num * invden
dnum = invden
dinvden = num
# backprop invden = 1.0 / den
dden = (-1.0 / (den**2)) * dinvden
# backprop den = sigx + xpysqr
dsigx = (1) * dden
dxpysqr = (1) * dden
# backprop xpysqr = xpy**2
dxpy = (2 * xpy) * dxpysqr
# backprop xpy = x + y
dx = (1) * dxpy
dy = (1) * dxpy
# backprop sigx
dx += ((1 - sigx) * sigx) * dsigx
# backprop num = x + sigy
dx += (1) * dnum
dsigy = (1) * dnum
# backprop sigy
dy += ((1 - sigy) * sigy) * dsigy
""",
    "neuron": """\
import numpy as np


def backward(w, x, b, dout):
    dot = np.sum(w * x) + b
    f = 1.0 / (1 + np.exp(-dot))
    ddot = (1 - f) * f * dout
    dw = x * ddot
    dx = w * ddot
    db = ddot
    return dw, dx, db
""",
    "affine": """\
import numpy as np


def forward(x, W, b):
    z = x.dot(W) + b
    cache = (x, W, z)
    return np.sum(z**2), cache


def backward(dout, cache):
    x, W, z = cache
    dz = 2 * z * dout
    dx = dz.dot(W.T)
    dW = x.T.dot(dz)
    db = dz.sum(axis=0)
    return {"dx": dx, "dW": dW, "db": db}
""",
    "two_layer": """\
import numpy as np


def backward(X, W1, b1, W2, b2):
    N = X.shape[0]
    z = X @ W1 + b1
    h = np.maximum(0, z)
    scores = h @ W2 + b2
    grads = {}
    dscores = scores / N
    grads["W2"] = np.dot(h.T, dscores)
    grads["b2"] = np.sum(dscores, axis=0)
    dh = np.dot(dscores, W2.T)
    dh[z <= 0] = 0
    grads["W1"] = np.dot(X.T, dh)
    grads["b1"] = np.sum(dh, axis=0)
    grads["X"] = np.dot(dh, W1.T)
    return grads
""",
    "softmax_loss": """\
import numpy as np


def backward(X, W, y):
    n = X.shape[0]
    scores = X @ W
    scores = scores - scores.max(axis=1, keepdims=True)
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    dscores = p.copy()
    dscores[np.arange(n), y] -= 1
    dscores /= n
    dW = X.T @ dscores
    dX = dscores @ W.T
    return dX, dW
""",
    "batchnorm": """\
import numpy as np


def backward(x, gamma, beta, dout):
    N = x.shape[0]
    mu = x.mean(axis=0)
    xmu = x - mu
    var = (xmu**2).mean(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xmu / std

    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dxmu = dxhat / std
    dstd = np.sum(dxhat * -xmu / std**2, axis=0)
    dvar = 0.5 * dstd / std
    dxmu += 2 * xmu * dvar / N
    dmu = -np.sum(dxmu, axis=0)
    dx = dxmu + dmu / N
    return dx, dgamma, dbeta
""",
    "swish": """\
import numpy as np


def grad_swish(x, w, dout):
    s = np.tanh(x * w)
    ds = x * dout
    dt = (1 - s**2) * ds
    dx = s * dout
    dx += w * dt
    dw = x * dt
    return dx, dw
""",
    "largest": """\
import numpy as np


def backward(a, b, c, dout):
    m = np.maximum(a, b)
    q = m * c
    dq = np.where(q > 0, dout, 0.1 * dout)
    dm = c * dq
    dc = m * dq
    mask = a > b
    da = mask * dm
    db = np.where(mask, 0, dm)
    return da, db, dc
""",
    "unit": """\
import numpy as np


def backward(v, t):
    n = np.sqrt(np.sum(v**2))
    u = v / n
    du = t
    dt = u
    dv = du / n
    dn = -np.sum(du * v) / n**2
    dv += dn * v / n
    return dv, dt
""",
    "rnn": """\
import numpy as np


def forward(xs, Wx, Wh, h):
    hs = [h]
    for t in range(len(xs)):
        h = np.tanh(xs[t] @ Wx + h @ Wh)
        hs.append(h)
    return np.sum(h**2), (xs, Wx, Wh, hs)


def backward(dout, cache):
    xs, Wx, Wh, hs = cache
    dxs = np.zeros_like(xs)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    dh = 2 * hs[-1] * dout
    for t in reversed(range(len(xs))):
        dz = (1 - hs[t + 1] ** 2) * dh
        dWx += np.outer(xs[t], dz)
        dWh += np.outer(hs[t], dz)
        dxs[t] = Wx @ dz
        dh = Wh @ dz
    return dxs, dWx, dWh, dh
""",
    "horner": """\
def backward(c, x):
    ps = [0.0]
    for i in range(len(c)):
        ps.append(ps[-1] * x + c[i])
    dp = 1.0
    dx = 0.0
    dc = [0.0] * len(c)
    for i in reversed(range(len(c))):
        dc[i] = dp
        dx += ps[i] * dp
        dp = x * dp
    return np.array(dc), dx


import numpy as np
""",
    "attention": """\
import math

import numpy as np


def backward(q, k, v):
    scale = math.sqrt(q.shape[1])
    s = q @ k.T / scale
    e = np.exp(s)
    a = e / np.sum(e, axis=1, keepdims=True)
    o = a @ v
    do = 2 * o
    da = do @ v.T
    dv = a.T @ do
    ds = a * (da - np.sum(da * a, axis=1, keepdims=True))
    ds /= scale
    dq = ds @ k
    dk = ds.T @ q
    return dq, dk, dv
""",
}


@dataclass(frozen=True)
class Mistake:
    function: str
    right: str
    wrong: str
    cause: str
    # the line to be named, where the wrong text has several
    blamed: str = ""

    @property
    def text(self):
        assert RIGHT[self.function].count(self.right) == 1, self
        return RIGHT[self.function].replace(self.right, self.wrong)

    @property
    def line(self):
        lines = self.text.splitlines()
        wanted = (self.blamed or self.wrong).splitlines()[0].strip()
        (at,) = [n for n, line in enumerate(lines, 1) if line.strip() == wanted]
        return at


def moved(function, line, behind, cause):
    """A line that stands too far down: behind a later one, which is to be named."""
    lines = RIGHT[function].splitlines(keepends=True)
    stripped = [text.strip() for text in lines]
    at, end = stripped.index(line), stripped.index(behind) + 1
    right, wrong = "".join(lines[at:end]), "".join([*lines[at + 1 : end], lines[at]])
    return Mistake(function, right, wrong, cause, blamed=behind)


MISTAKES = [
    Mistake("staged", "dx += (1) * dnum", "dx = (1) * dnum", "assigned"),
    Mistake("staged", "dy += ((1 - sigy) * sigy) * dsigy", "dy = ((1 - sigy) * sigy) * dsigy", "assigned"),
    Mistake("staged", "dden = (-1.0 / (den**2)) * dinvden", "dden = (1.0 / (den**2)) * dinvden", "sign"),
    Mistake("staged", "dxpy = (2 * xpy) * dxpysqr", "dxpy = xpy * dxpysqr", "factor"),
    Mistake("staged", "dx += ((1 - sigx) * sigx) * dsigx", "dx += (1 - sigx) * dsigx", "factor"),
    Mistake("staged", "dinvden = num", "dinvden = den", "name"),
    Mistake("neuron", "ddot = (1 - f) * f * dout", "ddot = (1 + f) * f * dout", "sign"),
    Mistake("neuron", "ddot = (1 - f) * f * dout", "ddot = f * dout", "factor"),
    Mistake("neuron", "dw = x * ddot", "dw = w * ddot", "name"),
    Mistake("neuron", "    db = ddot", "    db = -ddot", "sign"),
    Mistake("neuron", "dx = w * ddot", "dx = w", "factor"),
    Mistake("affine", "dx = dz.dot(W.T)", "dx = dz.dot(W)", "transpose"),
    Mistake("affine", "dW = x.T.dot(dz)", "dW = dz.T.dot(x)", "transpose"),
    Mistake("affine", "db = dz.sum(axis=0)", "db = dz.sum(axis=1)", "axis"),
    Mistake("affine", "db = dz.sum(axis=0)", "db = dz", "axis"),
    Mistake("affine", "dz = 2 * z * dout", "dz = z * dout", "factor"),
    Mistake("two_layer", "dscores = scores / N", "dscores = scores", "factor"),
    Mistake("two_layer", "dh[z <= 0] = 0", "dh[z > 0] = 0", "branch"),
    Mistake("two_layer", 'grads["b1"] = np.sum(dh, axis=0)', 'grads["b1"] = np.sum(dh, axis=1)', "axis"),
    Mistake("two_layer", 'grads["W1"] = np.dot(X.T, dh)', 'grads["W1"] = np.dot(dh.T, X)', "transpose"),
    Mistake("two_layer", "dh = np.dot(dscores, W2.T)", "dh = np.dot(dscores, W2)", "transpose"),
    Mistake("two_layer", 'grads["b2"] = np.sum(dscores, axis=0)', 'grads["b2"] = np.mean(dscores, axis=0)', "factor"),
    Mistake("softmax_loss", "dscores[np.arange(n), y] -= 1", "dscores[np.arange(n), y] += 1", "sign"),
    Mistake("softmax_loss", "dW = X.T @ dscores", "dW = dscores.T @ X", "transpose"),
    Mistake("softmax_loss", "dX = dscores @ W.T", "dX = -dscores @ W.T", "sign"),
    Mistake("softmax_loss", "dscores /= n", "dscores *= n", "factor"),
    Mistake("softmax_loss", "dscores = p.copy()", "dscores = e.copy()", "name"),
    Mistake("batchnorm", "dxmu += 2 * xmu * dvar / N", "dxmu = 2 * xmu * dvar / N", "assigned"),
    Mistake("batchnorm", "dgamma = np.sum(dout * xhat, axis=0)", "dgamma = np.sum(dout * xhat, axis=1)", "axis"),
    Mistake("batchnorm", "dmu = -np.sum(dxmu, axis=0)", "dmu = np.sum(dxmu, axis=0)", "sign"),
    Mistake("batchnorm", "dxmu += 2 * xmu * dvar / N", "dxmu += 2 * xmu * dvar", "factor"),
    moved("batchnorm", "dxmu += 2 * xmu * dvar / N", "dx = dxmu + dmu / N", "incomplete"),
    Mistake("batchnorm", "dgamma = np.sum(dout * xhat, axis=0)", "dgamma = np.sum(dout, axis=0)", "factor"),
    Mistake("swish", "dx += w * dt", "dx = w * dt", "assigned"),
    Mistake("swish", "dt = (1 - s**2) * ds", "dt = (1 - s) * ds", "factor"),
    Mistake("swish", "dt = (1 - s**2) * ds", "dt = (1 + s**2) * ds", "sign"),
    Mistake("swish", "dw = x * dt", "dw = w * dt", "name"),
    Mistake("swish", "    ds = x * dout\n", "    dout = x * dout\n    ds = dout\n", "overwritten", "dout = x * dout"),
    Mistake("largest", "mask = a > b", "mask = a < b", "branch"),
    Mistake("largest", "db = np.where(mask, 0, dm)", "db = np.where(mask, dm, 0)", "branch"),
    Mistake("largest", "dq = np.where(q > 0, dout, 0.1 * dout)", "dq = np.where(q < 0, dout, 0.1 * dout)", "branch"),
    Mistake("largest", "dq = np.where(q > 0, dout, 0.1 * dout)", "dq = np.where(q > 0, dout, dout)", "factor"),
    Mistake("largest", "da = mask * dm", "da = dm", "branch"),
    Mistake("largest", "dc = m * dq", "dc = m * dm", "name"),
    Mistake("unit", "dv += dn * v / n", "dv = dn * v / n", "assigned"),
    Mistake("unit", "dn = -np.sum(du * v) / n**2", "dn = np.sum(du * v) / n**2", "sign"),
    Mistake("unit", "dn = -np.sum(du * v) / n**2", "dn = -np.sum(du * v) / n", "factor"),
    Mistake("unit", "dn = -np.sum(du * v) / n**2", "dn = -du * v / n**2", "axis"),
    Mistake("unit", "dv += dn * v / n", "dv += dn * v", "factor"),
    Mistake("rnn", "dxs[t] = Wx @ dz", "dxs[t] = Wx.T @ dz", "transpose"),
    Mistake("rnn", "dWh += np.outer(hs[t], dz)", "dWh = np.outer(hs[t], dz)", "assigned"),
    Mistake("rnn", "dWx += np.outer(xs[t], dz)", "dWx += np.outer(dz, xs[t])", "transpose"),
    Mistake("rnn", "dh = Wh @ dz", "dh = Wh.T @ dz", "transpose"),
    Mistake("rnn", "dz = (1 - hs[t + 1] ** 2) * dh", "dz = (1 + hs[t + 1] ** 2) * dh", "sign"),
    Mistake("rnn", "dh = 2 * hs[-1] * dout", "dh = hs[-1] * dout", "factor"),
    Mistake("horner", "dx += ps[i] * dp", "dx = ps[i] * dp", "assigned"),
    Mistake("horner", "dp = x * dp", "dp = -x * dp", "sign"),
    Mistake("horner", "dx += ps[i] * dp", "dx += ps[i]", "factor"),
    Mistake("horner", "dp = 1.0", "dp = -1.0", "sign"),
    moved("horner", "dx += ps[i] * dp", "dp = x * dp", "overwritten"),
    Mistake("attention", "da = do @ v.T", "da = do @ v", "transpose"),
    Mistake("attention", "dv = a.T @ do", "dv = do.T @ a", "transpose"),
    Mistake("attention", "dk = ds.T @ q", "dk = ds @ q", "transpose"),
    Mistake("attention", "ds /= scale", "ds *= scale", "factor"),
    Mistake("attention", "ds = a * (da - np.sum(da * a, axis=1, keepdims=True))",
            "ds = a * (da - np.sum(da * a, axis=0, keepdims=True))", "axis"),
    Mistake("attention", "ds = a * (da - np.sum(da * a, axis=1, keepdims=True))",
            "ds = a * (da + np.sum(da * a, axis=1, keepdims=True))", "sign"),
    Mistake("attention", "do = 2 * o", "do = o", "factor"),
]  # fmt: skip
