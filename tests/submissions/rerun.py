"""Right backwards in more styles, and mistakes in them that the recorded values alone do not tell:
they are found by running the submission again with one line changed.

Layers are objects, states are written in place, a result is used before it is complete.
"""

import math

import numpy as np

rng = np.random.default_rng(42)


def N(*shape):
    return rng.normal(size=shape)


def focal(X, w, b, y):
    z = X @ w + b
    p = 1.0 / (1.0 + np.exp(-z))
    pos = y * (1 - p) ** 2 * np.log(p)
    neg = (1 - y) * p**2 * np.log(1 - p)
    return -np.mean(pos + neg)


def cosine(a, b):
    na = np.sqrt(a @ a)
    nb = np.sqrt(b @ b)
    dot = a @ b
    c = dot / (na * nb)
    return 1.0 - c


def residual(x, W1, W2, g):
    h = np.tanh(x @ W1)
    r = h @ W2
    y = x + g * r
    return np.sum(y**2) / 2


def triplet(a, p, n, margin):
    dp = np.sum((a - p) ** 2, axis=1)
    dn = np.sum((a - n) ** 2, axis=1)
    l = np.maximum(0.0, dp - dn + margin)
    return np.mean(l)


def pendulum(theta, omega, g, L, dt):
    for _ in range(5):
        acc = -g / L * math.sin(theta)
        omega = omega + dt * acc
        theta = theta + dt * omega
    return theta**2 + omega**2


def kalman(ys, m, P, F, Q, R):
    ll = 0.0
    for y in ys:
        m = F @ m
        P = F @ P @ F.T + Q
        S = P[0, 0] + R
        e = y - m[0]
        ll = ll - 0.5 * (e * e / S + np.log(S))
        K = P[:, 0] / S
        m = m + K * e
        P = P - np.outer(K, P[0])
    return ll


def temperature(z, t, y):
    s = z / t
    e = np.exp(s - np.max(s))
    p = e / np.sum(e)
    return np.sum((p - y) ** 2)


def power_iteration(A, x):
    for _ in range(3):
        u = A @ x
        n = np.sqrt(np.sum(u**2))
        x = u / n
    return x @ A @ x


def meanpool(img, k):
    H, W = img.shape[0] - 1, img.shape[1] - 1
    out = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            out[i, j] = np.sum(img[i : i + 2, j : j + 2] * k)
    a = np.tanh(out)
    return np.mean(a)


def mixture(x, mu, logs, logw):
    d = (x[:, None] - mu) * np.exp(-logs)
    lp = logw - logs - 0.5 * d**2
    m = np.max(lp, axis=1, keepdims=True)
    lse = m[:, 0] + np.log(np.sum(np.exp(lp - m), axis=1))
    return -np.mean(lse)


def fm(x, w, V):
    lin = x @ w
    s = x @ V
    q = (x**2) @ (V**2)
    pair = 0.5 * np.sum(s**2 - q)
    return 1.0 / (1.0 + np.exp(-(lin + pair)))


def huberfit(X, w, y, delta):
    r = X @ w - y
    a = np.abs(r)
    l = np.where(a <= delta, 0.5 * r**2, delta * (a - 0.5 * delta))
    return np.sum(l) / len(y)


def bahdanau(q, K, V, Wq, Wk, v):
    s = np.tanh(q @ Wq + K @ Wk) @ v
    e = np.exp(s - s.max())
    a = e / e.sum()
    c = a @ V
    return np.sum(c**2)


ARGS = {
    "focal": (N(5, 3), N(3), 0.2, np.array([1.0, 0, 1, 1, 0])),
    "cosine": (N(4), N(4)),
    "residual": (N(3, 4), N(4, 5), N(5, 4), 0.7),
    "triplet": (N(5, 3), N(5, 3), N(5, 3), 1.0),
    "pendulum": (0.6, -0.3, 9.8, 1.4, 0.1),
    "kalman": (
        N(4),
        N(2),
        np.array([[1.2, 0.3], [0.3, 0.9]]),
        np.array([[1.0, 0.5], [-0.1, 0.9]]),
        np.diag([0.2, 0.3]),
        0.4,
    ),
    "temperature": (N(5), 1.7, np.array([0.0, 0, 1, 0, 0])),
    "power_iteration": (N(3, 3), N(3)),
    "meanpool": (N(4, 5), N(2, 2)),
    "mixture": (N(6), N(3), 0.3 * N(3), N(3)),
    "fm": (N(4), N(4), 0.5 * N(4, 3)),
    "huberfit": (N(7, 3), N(3), 2 * N(7), 1.0),
    "bahdanau": (N(3), N(5, 4), N(5, 2), N(3, 4), N(4, 4), N(4)),
}
WRT = {
    "focal": ("X", "w", "b"),
    "temperature": ("z", "t"),
    "kalman": ("m", "P", "F", "Q", "R"),
    "huberfit": ("X", "w", "y"),
    "triplet": ("a", "p", "n"),
}

RIGHT = {
    # dict of intermediates
    "focal": """\
import numpy as np

def backward(X, w, b, y, dout):
    f = {}
    f["z"] = X @ w + b
    f["p"] = 1 / (1 + np.exp(-f["z"]))
    p = f["p"]
    n = len(y)
    d = {}
    d["pos"] = -dout / n * np.ones(n)
    d["neg"] = -dout / n * np.ones(n)
    d["p"] = d["pos"] * y * ((1 - p) ** 2 / p - 2 * (1 - p) * np.log(p))
    d["p"] += d["neg"] * (1 - y) * (2 * p * np.log(1 - p) - p ** 2 / (1 - p))
    d["z"] = d["p"] * p * (1 - p)
    d["X"] = np.outer(d["z"], w)
    d["w"] = X.T @ d["z"]
    d["b"] = d["z"].sum()
    return d
""",
    # straight script
    "cosine": """\
import numpy as np

na = np.linalg.norm(a)
nb = np.linalg.norm(b)
dot = np.dot(a, b)
den = na * nb
c = dot / den
loss = 1 - c

dc = -1.0
ddot = dc / den
dden = -dc * dot / den ** 2
dna = dden * nb
dnb = dden * na
da = ddot * b
db = ddot * a
da += dna * a / na
db += dnb * b / nb
""",
    # layer classes
    "residual": """\
import numpy as np


class Linear:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T


def backward(x, W1, W2, g, dout):
    first, second = Linear(W1), Linear(W2)
    h = np.tanh(first.forward(x))
    r = second.forward(h)
    y = x + g * r
    dy = y * dout
    dx = dy.copy()
    dg = np.sum(dy * r)
    dr = g * dy
    dh = second.backward(dr)
    dpre = dh * (1 - h * h)
    dx += first.backward(dpre)
    return dx, first.dW, second.dW, dg
""",
    # vectorised, masks
    "triplet": """\
import numpy as np

def gradients(a, p, n, margin, dout):
    ap = a - p
    an = a - n
    loss = np.sum(ap ** 2, axis=1) - np.sum(an ** 2, axis=1) + margin
    active = (loss > 0).astype(float)
    dloss = dout * active / len(loss)
    dap = 2 * ap * dloss[:, None]
    dan = -2 * an * dloss[:, None]
    da = dap + dan
    dp = -dap
    dn = -dan
    return da, dp, dn
""",
    # loop with lists of values
    "pendulum": """\
import math

def forward(theta, omega, g, L, dt):
    thetas, omegas, accs = [theta], [omega], []
    for k in range(5):
        acc = -g / L * math.sin(thetas[k])
        accs.append(acc)
        omegas.append(omegas[k] + dt * acc)
        thetas.append(thetas[k] + dt * omegas[k + 1])
    return thetas[-1] ** 2 + omegas[-1] ** 2, (thetas, omegas, accs, g, L, dt)

def backward(dout, cache):
    thetas, omegas, accs, g, L, dt = cache
    dtheta = 2 * thetas[-1] * dout
    domega = 2 * omegas[-1] * dout
    dg = dL = ddt = 0.0
    for k in range(4, -1, -1):
        domega += dt * dtheta
        ddt += omegas[k + 1] * dtheta
        dacc = dt * domega
        ddt += accs[k] * domega
        dg += -math.sin(thetas[k]) / L * dacc
        dL += g * math.sin(thetas[k]) / L ** 2 * dacc
        dtheta += -g / L * math.cos(thetas[k]) * dacc
    return dtheta, domega, dg, dL, ddt
""",
    # in place
    "kalman": """\
import numpy as np

def backward(ys, m, P, F, Q, R, dout):
    m = m.copy()
    P = P.copy()
    tape = []
    for y in ys:
        m0, P0 = m.copy(), P.copy()
        m[:] = F @ m
        P[:] = F @ P @ F.T + Q
        S = P[0, 0] + R
        e = y - m[0]
        K = P[:, 0] / S
        tape.append((m0, P0, P.copy(), S, e, K))
        m += K * e
        P -= np.outer(K, P[0].copy())
    dm = np.zeros(2)
    dP = np.zeros((2, 2))
    dF = np.zeros((2, 2))
    dQ = np.zeros((2, 2))
    dR = 0.0
    for m0, P0, P, S, e, K in reversed(tape):
        dK = -dP @ P[0]
        dP[0] -= K @ dP
        dK += dm * e
        de = K @ dm
        dP[:, 0] += dK / S
        dS = -(dK @ P[:, 0]) / S ** 2
        de -= dout * e / S
        dS += dout * 0.5 * (e ** 2 / S ** 2 - 1 / S)
        dm[0] -= de
        dP[0, 0] += dS
        dR += dS
        dQ += dP
        dF += dP @ F @ P0.T + dP.T @ F @ P0
        dP = F.T @ dP @ F
        dF += np.outer(dm, m0)
        dm = F.T @ dm
    return dm, dP, dF, dQ, dR
""",
    # script, in place
    "temperature": """\
import numpy as np

s = z / t
e = np.exp(s - s.max())
total = e.sum()
p = e / total

dp = 2 * (p - y)
ds = dp.copy()
ds -= np.sum(dp * p)
ds *= p
dz = ds / t
dt = -np.sum(ds * z) / t ** 2
""",
    # loop over a list of pairs
    "power_iteration": """\
import numpy as np

def backward(A, x, dout):
    steps = []
    for _ in range(3):
        u = A.dot(x)
        n = np.linalg.norm(u)
        steps.append((x, u, n))
        x = u / n
    dA = dout * np.outer(x, x)
    dx = dout * (A.dot(x) + A.T.dot(x))
    for x, u, n in steps[::-1]:
        du = dx / n
        dn = -dx.dot(u) / n ** 2
        du += dn * u / n
        dA += np.outer(du, x)
        dx = A.T.dot(du)
    return {"A": dA, "x": dx}
""",
    # nested loops with elements
    "meanpool": """\
import numpy as np

def backward(img, k, dout):
    H, W = img.shape[0] - 1, img.shape[1] - 1
    out = np.empty((H, W))
    for i in range(H):
        for j in range(W):
            out[i, j] = (img[i:i+2, j:j+2] * k).sum()
    a = np.tanh(out)
    da = np.full_like(a, dout / a.size)
    d_out = (1 - a ** 2) * da
    dimg = np.zeros_like(img)
    dk = np.zeros_like(k)
    for i in range(H):
        for j in range(W):
            for s in range(2):
                for t in range(2):
                    dimg[i + s, j + t] += k[s, t] * d_out[i, j]
                    dk[s, t] += img[i + s, j + t] * d_out[i, j]
    return dimg, dk
""",
    # helper functions
    "mixture": """\
import numpy as np

def softmax(lp):
    e = np.exp(lp - lp.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def backward(x, mu, logs, logw, dout):
    inv = np.exp(-logs)
    d = (x[:, None] - mu) * inv
    lp = logw - logs - 0.5 * d ** 2
    resp = softmax(lp)
    dlp = -dout / len(x) * resp
    dlogw = dlp.sum(axis=0)
    dlogs = -dlp.sum(axis=0)
    dd = -d * dlp
    dx = np.sum(dd * inv, axis=1)
    dmu = -np.sum(dd * inv, axis=0)
    dlogs -= np.sum(dd * d, axis=0)
    return dx, dmu, dlogs, dlogw
""",
    # names in words
    "fm": """\
import numpy as np

def backward(x, w, V, dout):
    lin = x @ w
    s = x @ V
    pair = 0.5 * np.sum(s ** 2 - (x ** 2) @ (V ** 2))
    prob = 1 / (1 + np.exp(-(lin + pair)))
    grad_total = prob * (1 - prob) * dout
    grad_w = grad_total * x
    grad_x = grad_total * w
    grad_s = grad_total * s
    grad_V = np.outer(x, grad_s)
    grad_x += V @ grad_s
    grad_q = -0.5 * grad_total * np.ones(V.shape[1])
    grad_V += 2 * V * np.outer(x ** 2, grad_q)
    grad_x += 2 * x * ((V ** 2) @ grad_q)
    return grad_x, grad_w, grad_V
""",
    # element loop, if
    "huberfit": """\
import numpy as np

def backward(X, w, y, delta, dout):
    n = len(y)
    r = X.dot(w) - y
    dr = np.zeros(n)
    for i in range(n):
        if abs(r[i]) <= delta:
            dr[i] = r[i]
        elif r[i] > 0:
            dr[i] = delta
        else:
            dr[i] = -delta
    dr *= dout / n
    dX = np.outer(dr, w)
    dw = X.T.dot(dr)
    dy = -dr
    return dX, dw, dy
""",
    "bahdanau": """\
import numpy as np

def forward(q, K, V, Wq, Wk, v):
    t = np.tanh(q @ Wq + K @ Wk)
    s = t @ v
    e = np.exp(s - s.max())
    a = e / e.sum()
    c = a @ V
    cache = {"q": q, "K": K, "V": V, "Wq": Wq, "Wk": Wk, "v": v, "t": t, "a": a, "c": c}
    return np.sum(c ** 2), cache

def backward(dout, cache):
    q, K, V = cache["q"], cache["K"], cache["V"]
    Wq, Wk, v = cache["Wq"], cache["Wk"], cache["v"]
    t, a, c = cache["t"], cache["a"], cache["c"]
    dc = 2 * c * dout
    da = V @ dc
    dV = np.outer(a, dc)
    ds = a * (da - a @ da)
    dv = t.T @ ds
    dt = np.outer(ds, v)
    dpre = dt * (1 - t ** 2)
    dWk = K.T @ dpre
    dK = dpre @ Wk.T
    dpre_q = dpre.sum(axis=0)
    dWq = np.outer(q, dpre_q)
    dq = Wq @ dpre_q
    return dq, dK, dV, dWq, dWk, dv
""",
}

# the function, the right text and the wrong one, and the cause to be named
MISTAKES = [
    ("focal", 'd["p"] += d["neg"]', 'd["p"] = d["neg"]', "assigned"),
    ("residual", "dx += first.backward(dpre)", "dx = first.backward(dpre)", "assigned"),
    (
        "residual",
        "self.dW = self.x.T @ dout",
        "self.dW = (dout.T @ self.x).T @ np.eye(dout.shape[1]) * 2",
        "factor",
    ),
    ("residual", "dpre = dh * (1 - h * h)", "dpre = dh * (1 - h)", "factor"),
    ("pendulum", "ddt += omegas[k + 1] * dtheta", "ddt += omegas[k] * dtheta", "name"),
    ("kalman", "dK = -dP @ P[0]", "dK = dP @ P[0]", "sign"),
    ("kalman", "dP[0] -= K @ dP", "dP[0] += K @ dP", "sign"),
    ("kalman", "dP[0] -= K @ dP", "dP[0] -= dP @ K", "transpose"),
    ("kalman", "dK += dm * e", "dK = dm * e", "assigned"),
    ("kalman", "dP[:, 0] += dK / S", "dP[:, 0] += dK", "factor"),
    ("kalman", "dP[:, 0] += dK / S", "dP[:, 0] = dK / S", "assigned"),
    ("kalman", "dS = -(dK @ P[:, 0]) / S ** 2", "dS = (dK @ P[:, 0]) / S ** 2", "sign"),
    ("kalman", "de -= dout * e / S", "de -= dout * e", "factor"),
    ("kalman", "dP[0, 0] += dS", "dP[0, 0] = dS", "assigned"),
    ("power_iteration", "dx = dout * (A.dot(x) + A.T.dot(x))", "dx = dout * A.dot(x)", "missing"),
    (
        "meanpool",
        "dimg[i + s, j + t] += k[s, t] * d_out[i, j]",
        "dimg[i + s, j + t] = k[s, t] * d_out[i, j]",
        "assigned",
    ),
    (
        "meanpool",
        "dimg[i + s, j + t] += k[s, t] * d_out[i, j]",
        "dimg[i + s, j + t] += k[t, s] * d_out[i, j]",
        "transpose",
    ),
    ("fm", "grad_total = prob * (1 - prob) * dout", "grad_total = prob * dout", "factor"),
    ("huberfit", "dr[i] = r[i]", "dr[i] = 2 * r[i]", "factor"),
    ("huberfit", "dr[i] = -delta", "dr[i] = delta * 1", "sign"),
    ("huberfit", "elif r[i] > 0:", "elif r[i] < 0:", "branch"),
    ("bahdanau", "dpre = dt * (1 - t ** 2)", "dpre = dt * (1 - t) ** 2", "factor"),
]
