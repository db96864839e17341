"""Functions, and right backwards of them as students write them, each in a style of its own.

`mutated` makes wrong ones of these by machine.
"""

import ast
import copy
import math
from collections.abc import Iterator

import numpy as np

rng = np.random.default_rng(7)


def N(*shape):
    return rng.normal(size=shape)


def layernorm(x, g, b):
    mu = x.mean(axis=1, keepdims=True)
    c = x - mu
    var = (c * c).mean(axis=1, keepdims=True)
    inv = 1.0 / np.sqrt(var + 1e-5)
    y = c * inv * g + b
    return np.sum(y**2 * np.arange(1.0, x.shape[1] + 1))


def quadratic(A, x, b):
    r = A @ x - b
    return 0.5 * r @ r + 0.1 * np.sum(x**2)


def gru(x, h, Wz, Wr, Wc):
    z = 1 / (1 + np.exp(-(x @ Wz + h)))
    r = 1 / (1 + np.exp(-(x @ Wr - h)))
    c = np.tanh(x @ Wc + r * h)
    hn = (1 - z) * h + z * c
    return np.sum(hn**2)


def net(params, X, y):
    h = np.maximum(X @ params["W1"] + params["b1"], 0)
    s = h @ params["W2"] + params["b2"]
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    return loss + 0.05 * np.sum(params["W1"] ** 2) + 0.05 * np.sum(params["W2"] ** 2)


def spring(q, v, k, dt):
    for _ in range(4):
        a = -k * q + 0.1 * q**3
        v = v + dt * a
        q = q + dt * v
    return q * v


def kernel(X, Z, ell):
    d2 = np.sum((X[:, None, :] - Z[None, :, :]) ** 2, axis=2)
    K = np.exp(-0.5 * d2 / ell**2)
    return np.sum(np.log(K.sum(axis=1)))


def hinge(w, X, y):
    m = 1 - y * (X @ w)
    loss = np.maximum(0, m)
    return loss.mean() + 0.01 * (w @ w)


def ratio(x, y, z):
    a = x * y
    b = math.sin(z)
    c = a + b
    d = math.exp(-c)
    e = d / (1 + z * z)
    return e * c + a


def bilinear(u, A, v):
    s = np.einsum("i,ij,j->", u, A, v)
    t = np.tanh(s)
    return t * t + s


def conv1d(x, w):
    n = len(x) - len(w) + 1
    y = np.zeros(n)
    for i in range(n):
        for j in range(len(w)):
            y[i] += x[i + j] * w[j]
    r = np.maximum(y, 0)
    return np.sum(r**2)


def lstm(x, h, c, W):
    D = len(h)
    z = np.concatenate([x, h]) @ W
    i = 1 / (1 + np.exp(-z[:D]))
    f = 1 / (1 + np.exp(-z[D : 2 * D]))
    o = 1 / (1 + np.exp(-z[2 * D : 3 * D]))
    g = np.tanh(z[3 * D :])
    c2 = f * c + i * g
    h2 = o * np.tanh(c2)
    return np.sum(h2**2) + np.sum(c2)


def svm(W, X, y):
    scores = X @ W
    correct = scores[np.arange(len(y)), y][:, None]
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(len(y)), y] = 0
    return margins.sum() / len(y) + 0.1 * np.sum(W * W)


def kalmanish(m, s, ys):
    ll = 0.0
    for y in ys:
        k = s / (s + 0.5)
        e = y - m
        ll = ll - 0.5 * e * e / (s + 0.5)
        m = m + k * e
        s = (1 - k) * s + 0.1
    return ll


def mlp3(layers, x):
    for W, b in layers:
        x = np.maximum(0.1 * x @ W + b, x @ W + b)
    return np.mean(x**3)


def logsum(a, b):
    m = np.maximum(a, b)
    return np.sum(m + np.log(np.exp(a - m) + np.exp(b - m)))


def gauss(x, mu, L):
    d = x - mu
    u = L @ d
    return -0.5 * np.sum(u * u) + np.sum(np.log(np.abs(np.diag(L))))


def pool(x):
    N_, H, W = x.shape
    r = x.reshape(N_, H // 2, 2, W // 2, 2).max(axis=(2, 4))
    return np.sum(r**2)


def newton_step(a, x):
    for _ in range(3):
        x = x - (x * x - a) / (2 * x)
    return x


ARGS = {
    "layernorm": (N(3, 4), N(4), N(4)),
    "quadratic": (N(4, 3), N(3), N(4)),
    "gru": (N(2, 3), N(2, 4), N(3, 4), N(3, 4), N(3, 4)),
    "net": (
        {"W1": N(3, 5), "b1": N(5), "W2": N(5, 4), "b2": N(4)},
        N(6, 3),
        np.array([0, 1, 3, 2, 1, 0]),
    ),
    "spring": (1.2, -0.4, 0.8, 0.3),
    "kernel": (N(4, 2), N(3, 2), 0.9),
    "hinge": (N(3), N(7, 3), np.sign(N(7))),
    "ratio": (0.7, -1.3, 0.4),
    "bilinear": (N(3), N(3, 4), N(4)),
    "conv1d": (N(8), N(3)),
    "lstm": (N(2), N(3), N(3), N(5, 12)),
    "svm": (N(3, 4), N(5, 3), np.array([0, 3, 1, 2, 2])),
    "kalmanish": (0.3, 1.2, N(4)),
    "mlp3": ([(N(3, 3), N(3)), (N(3, 3), N(3))], N(4, 3)),
    "logsum": (N(4), N(4)),
    "gauss": (N(3), N(3), N(3, 3)),
    "pool": (N(2, 4, 4),),
    "newton_step": (2.0, 1.0),
}
WRT = {
    "net": ("params",),
    "hinge": ("w",),
    "kernel": ("X", "Z", "ell"),
    "gru": ("x", "h", "Wz", "Wr", "Wc"),
    "spring": None,
    "svm": ("W",),
    "kalmanish": ("m", "s"),
    "mlp3": ("layers", "x"),
}

RIGHT = {
    "layernorm": """\
import numpy as np

def forward(x, g, b):
    N, D = x.shape
    mu = np.mean(x, axis=1, keepdims=True)
    xc = x - mu
    v = np.mean(xc ** 2, axis=1, keepdims=True)
    s = np.sqrt(v + 1e-5)
    xhat = xc / s
    y = xhat * g + b
    weights = np.arange(1.0, D + 1)
    return np.sum(y ** 2 * weights), (xc, s, xhat, y, g, weights)

def backward(dout, cache):
    xc, s, xhat, y, g, weights = cache
    D = xc.shape[1]
    dy = dout * 2 * y * weights
    db = np.sum(dy, axis=0)
    dg = np.sum(dy * xhat, axis=0)
    dxhat = dy * g
    dxc = dxhat / s
    ds = np.sum(-dxhat * xc / s ** 2, axis=1, keepdims=True)
    dv = ds / (2 * s)
    dxc += 2 * xc * dv / D
    dmu = -np.sum(dxc, axis=1, keepdims=True)
    dx = dxc + dmu / D
    return dx, dg, db
""",
    "quadratic": """\
import numpy as np

r = A.dot(x) - b
f = 0.5 * r.dot(r) + 0.1 * (x ** 2).sum()

dr = r
dA = np.outer(dr, x)
dx = A.T.dot(dr)
db = -dr
dx += 0.2 * x
""",
    "gru": """\
import numpy as np

def sigmoid(t):
    return 1.0 / (1.0 + np.exp(-t))

def backward(x, h, Wz, Wr, Wc, dout=1.0):
    # forward
    z = sigmoid(x @ Wz + h)
    r = sigmoid(x @ Wr - h)
    c = np.tanh(x @ Wc + r * h)
    hn = (1 - z) * h + z * c
    # backward
    dhn = 2 * hn * dout
    dz = dhn * (c - h)
    dc = dhn * z
    dh = dhn * (1 - z)
    dc_in = dc * (1 - c ** 2)
    dWc = x.T @ dc_in
    dx = dc_in @ Wc.T
    dr = dc_in * h
    dh += dc_in * r
    dr_in = dr * r * (1 - r)
    dWr = x.T @ dr_in
    dx += dr_in @ Wr.T
    dh -= dr_in
    dz_in = dz * z * (1 - z)
    dWz = x.T @ dz_in
    dx += dz_in @ Wz.T
    dh += dz_in
    return dx, dh, dWz, dWr, dWc
""",
    "net": """\
import numpy as np

def backward(params, X, y):
    W1, b1 = params['W1'], params['b1']
    W2, b2 = params['W2'], params['b2']
    N = X.shape[0]
    z1 = X.dot(W1) + b1
    a1 = np.maximum(0, z1)
    scores = a1.dot(W2) + b2
    scores -= np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    grads = {}
    dscores = probs.copy()
    dscores[range(N), y] -= 1
    dscores /= N
    grads['W2'] = a1.T.dot(dscores)
    grads['b2'] = np.sum(dscores, axis=0)
    dhidden = dscores.dot(W2.T)
    dhidden[z1 <= 0] = 0
    grads['W1'] = X.T.dot(dhidden)
    grads['b1'] = np.sum(dhidden, axis=0)
    grads['W2'] += 0.1 * W2
    grads['W1'] += 0.1 * W1
    return grads
""",
    "spring": """\
def forward(q, v, k, dt):
    tape = []
    for step in range(4):
        a = -k * q + 0.1 * q ** 3
        v_new = v + dt * a
        tape.append((q, v, a, v_new))
        v = v_new
        q = q + dt * v
    return q * v, (tape, q, v, k, dt)

def backward(dout, cache):
    tape, q, v, k, dt = cache
    dq = v * dout
    dv = q * dout
    dk = 0.0
    ddt = 0.0
    for q0, v0, a0, v1 in tape[::-1]:
        dv += dt * dq
        ddt += v1 * dq
        da = dt * dv
        ddt += a0 * dv
        dk += -q0 * da
        dq += (-k + 0.3 * q0 ** 2) * da
    return dq, dv, dk, ddt
""",
    "kernel": """\
import numpy as np

def kernel_backward(X, Z, ell, dout):
    diff = X[:, None, :] - Z[None, :, :]
    d2 = np.sum(diff ** 2, axis=2)
    K = np.exp(-0.5 * d2 / ell ** 2)
    rows = K.sum(axis=1)
    d_rows = dout / rows
    d_K = np.tile(d_rows[:, None], (1, K.shape[1]))
    d_d2 = d_K * K * (-0.5 / ell ** 2)
    d_ell = np.sum(d_K * K * d2) / ell ** 3
    d_diff = 2 * diff * d_d2[:, :, None]
    d_X = d_diff.sum(axis=1)
    d_Z = -d_diff.sum(axis=0)
    return {'X': d_X, 'Z': d_Z, 'ell': d_ell}
""",
    "hinge": """\
import numpy as np

def grad(w, X, y):
    N = len(y)
    scores = X @ w
    margin = 1 - y * scores
    dmargin = np.where(margin > 0, 1.0, 0.0) / N
    dscores = -y * dmargin
    dw = X.T @ dscores + 0.02 * w
    return dw
""",
    "ratio": """\
import math
x = 0.7
y = -1.3
z = 0.4
a = x * y
b = math.sin(z)
c = a + b
d = math.exp(-c)
q = 1 + z * z
e = d / q
out = e * c + a

de = c
dc = e
da = 1.0
dd = de / q
dq = -d / q ** 2 * de
dz = 2 * z * dq
dc += -d * dd
da += dc
db = dc
dz += math.cos(z) * db
dx = y * da
dy = x * da
""",
    "bilinear": """\
import numpy as np

def backward(dout, u, A, v):
    Av = A @ v
    s = u @ Av
    t = np.tanh(s)
    grads = dict()
    grads['t'] = 2 * t * dout
    grads['s'] = dout + (1 - t ** 2) * grads['t']
    grads['u'] = grads['s'] * Av
    grads['v'] = grads['s'] * (A.T @ u)
    grads['A'] = grads['s'] * np.outer(u, v)
    return grads
""",
    "conv1d": """\
import numpy as np

def backward(x, w, dout):
    n = len(x) - len(w) + 1
    y = np.array([np.dot(x[i:i + len(w)], w) for i in range(n)])
    relu = np.maximum(y, 0)
    drelu = 2 * relu * dout
    dy = drelu * (y > 0)
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    for i in range(n):
        dx[i:i + len(w)] += dy[i] * w
        dw += dy[i] * x[i:i + len(w)]
    return dx, dw
""",
    "lstm": """\
import numpy as np
def sig(t): return 1/(1+np.exp(-t))
def backward(x, h, c, W, dout):
    H = h.shape[0]
    inp = np.hstack([x, h])
    z = inp @ W
    ai, af, ao, ag = z[:H], z[H:2*H], z[2*H:3*H], z[3*H:]
    i = sig(ai)
    f = sig(af)
    o = sig(ao)
    g = np.tanh(ag)
    c_next = f * c + i * g
    tc = np.tanh(c_next)
    h_next = o * tc
    dh_next = 2 * h_next * dout
    do = dh_next * tc
    dc_next = dh_next * o * (1 - tc ** 2)
    dc_next += dout
    df = dc_next * c
    dc = dc_next * f
    di = dc_next * g
    dg = dc_next * i
    dai = di * i * (1 - i)
    daf = df * f * (1 - f)
    dao = do * o * (1 - o)
    dag = dg * (1 - g ** 2)
    dz = np.concatenate([dai, daf, dao, dag])
    dW = np.outer(inp, dz)
    dinp = W @ dz
    dx = dinp[:len(x)]
    dh = dinp[len(x):]
    return dx, dh, dc, dW
""",
    "svm": """\
import numpy as np
def svm_grad(W, X, y):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1
            if margin > 0:
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    dW /= num_train
    dW += 0.2 * W
    return dW
""",
    "kalmanish": """\
def forward(m, s, ys):
    steps = []
    ll = 0.0
    for y in ys:
        v = s + 0.5
        k = s / v
        e = y - m
        steps.append((v, k, e, s))
        ll -= 0.5 * e * e / v
        m = m + k * e
        s = (1 - k) * s + 0.1
    return ll, steps
def backward(dout, cache):
    dm = 0.0
    ds = 0.0
    for v, k, e, s in reversed(cache):
        dk = e * dm
        dk -= s * ds
        de = k * dm
        de -= e / v * dout
        dv = 0.5 * e * e / v ** 2 * dout
        dv -= s / v ** 2 * dk
        ds = (1 - k) * ds
        ds += dk / v
        ds += dv
        dm = dm - de
    return dm, ds
""",
    "mlp3": """\
import numpy as np
def backward(layers, x, dout):
    inputs = []
    pre = []
    a = x
    for W, b in layers:
        inputs.append(a)
        z = a @ W
        pre.append(z)
        a = np.maximum(0.1 * z + b, z + b)
    da = 3 * a ** 2 * dout / a.size
    dlayers = [None] * len(layers)
    for n in range(len(layers) - 1, -1, -1):
        W, b = layers[n]
        z = pre[n]
        dz = da * np.where(0.1 * z > z, 0.1, 1.0)
        db = da.sum(axis=0)
        dW = inputs[n].T @ dz
        dlayers[n] = (dW, db)
        da = dz @ W.T
    return dlayers, da
""",
    "logsum": """\
import numpy as np
m = np.maximum(a, b)
ea = np.exp(a - m)
eb = np.exp(b - m)
s = ea + eb
out = np.sum(m + np.log(s))
dout = 1.0
da = ea / s * dout
db = eb / s * dout
""",
    "gauss": """\
import numpy as np
def backward(x, mu, L, dout):
    d = x - mu
    u = np.einsum("ij,j->i", L, d)
    du = -u * dout
    dL = np.einsum("i,j->ij", du, d)
    dd = np.einsum("ij,i->j", L, du)
    dL += np.diag(1 / np.diag(L)) * dout
    dx = dd
    dmu = -dd
    return {"dx": dx, "dmu": dmu, "dL": dL}
""",
    "pool": """\
import numpy as np
def backward(dout, cache):
    x, r = cache
    dr = 2 * r * dout
    dx = np.zeros_like(x)
    n, h, w = r.shape
    for k in range(n):
        for i in range(h):
            for j in range(w):
                window = x[k, 2*i:2*i+2, 2*j:2*j+2]
                mask = window == window.max()
                dx[k, 2*i:2*i+2, 2*j:2*j+2] += mask * dr[k, i, j]
    return dx
def forward(x):
    n, H, W = x.shape
    r = np.zeros((n, H//2, W//2))
    for i in range(H//2):
        for j in range(W//2):
            r[:, i, j] = x[:, 2*i:2*i+2, 2*j:2*j+2].max(axis=(1, 2))
    return np.sum(r**2), (x, r)
""",
    "newton_step": """\
def backward(a, x, dout):
    xs = [x]
    for _ in range(3):
        xs.append(xs[-1] - (xs[-1]**2 - a) / (2*xs[-1]))
    da = 0
    dx = dout
    for x in xs[-2::-1]:
        da += dx / (2 * x)
        dx = dx * (0.5 - a / (2 * x**2))
    return da, dx
""",
}


# --- mistakes made by machine --------------------------------------------------------------------


def mutated(source: str) -> Iterator[tuple[str, int, str]]:
    """The kind, the line and the text of each mistake that can be made in one line."""
    for stmt in ast.walk(ast.parse(source)):
        if isinstance(stmt, ast.Assign | ast.AugAssign) and _is_gradient(stmt):
            for kind, text in {(k, ast.unparse(s) if s else "") for k, s in _wrong(stmt)}:
                lines = source.split("\n")
                line = " " * stmt.col_offset + text
                lines[stmt.lineno - 1 : stmt.end_lineno] = [line] if text else []
                yield kind, stmt.lineno, "\n".join(lines)


def _is_gradient(stmt):
    target = stmt.targets[0] if isinstance(stmt, ast.Assign) else stmt.target
    while isinstance(target, ast.Subscript):
        target = target.value
    said = ast.unparse(stmt.value)
    makes_room = "zeros" in said or said in ("0.0", "{}", "dict()")
    name = getattr(target, "id", "d")
    return name not in ("d", "d2", "diff") and name.startswith(("d", "grads")) and not makes_room


def _wrong(stmt):
    """Each mistake, by kind; None where the line is left out."""
    yield "sign", _with(stmt, value=ast.UnaryOp(ast.USub(), stmt.value))
    if isinstance(stmt, ast.AugAssign) and isinstance(stmt.op, ast.Add):
        yield "assigned", _with(ast.Assign([stmt.target], stmt.value), lineno=stmt.lineno)
        yield "sign", _with(stmt, op=ast.Sub())
        yield "missing", None
    for at, node in enumerate(ast.walk(stmt.value)):
        for kind, new in _others(node):
            changed = copy.deepcopy(stmt)
            old = list(ast.walk(changed.value))[at]
            changed.value = _Put(old, new).visit(changed.value)
            yield kind, ast.fix_missing_locations(changed)


def _with(stmt, **fields):
    made = copy.deepcopy(stmt)
    for name, value in fields.items():
        setattr(made, name, value)
    return ast.fix_missing_locations(made)


class _Put(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


def _others(node):
    """What may stand by mistake where a node is right."""
    match node:
        case ast.Attribute(value=array, attr="T"):
            yield "transpose", array
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            yield from [("factor", left), ("factor", right)]
        case ast.BinOp(left=left, op=ast.Div()):
            yield "factor", left
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            yield "transpose", ast.BinOp(right, ast.MatMult(), left)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield "sign", ast.BinOp(left, ast.Add(), right)
        case ast.keyword(arg="axis", value=ast.Constant(value=axis)):
            yield "axis", ast.keyword("axis", ast.Constant(1 if axis != 1 else 0))
        case ast.Compare(left=left, ops=[ast.Gt()], comparators=others):
            yield "branch", ast.Compare(left, [ast.Lt()], others)
        case ast.Constant(value=0.1 | 0.2 | 0.5 | 2):
            yield "factor", ast.Constant(1)
