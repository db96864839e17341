"""Dense linear algebra, with loops and with slices."""

import numpy as np

_rng = np.random.default_rng(11)


def gemm(alpha, beta, C, A, B):
    C[:] = alpha * A @ B + beta * C


def gemm_loss(A, B, C, alpha, beta):
    gemm(alpha, beta, C, A, B)
    return np.sum(C**2)


def gemm_loops(A, B, alpha):
    n, k = A.shape
    m = B.shape[1]
    C = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for p in range(k):
                C[i, j] += alpha * A[i, p] * B[p, j]
    return C


def gemver(A, u1, v1, u2, v2, y, z, alpha, beta):
    A += np.outer(u1, v1) + np.outer(u2, v2)
    x = beta * y @ A + z
    w = alpha * A @ x
    return w


def gesummv(A, B, x, alpha, beta):
    return alpha * A @ x + beta * B @ x


def atax(A, x):
    return (A @ x) @ A


def atax_loops(A, x):
    m, n = A.shape
    y = np.zeros(n)
    for i in range(m):
        tmp = 0.0
        for j in range(n):
            tmp += A[i, j] * x[j]
        for j in range(n):
            y[j] = y[j] + A[i, j] * tmp
    return y


def bicg(A, p, r):
    s, q = r @ A, A @ p
    return np.sum(s**2) + np.sum(q)


def mvt(A, x1, x2, y1, y2):
    x1 += A @ y1
    x2 += y2 @ A
    return x1 @ x1 + x2 @ x2


def syrk(A, C, alpha, beta):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += alpha * A[i, k] * A[: i + 1, k]
    return C


def syr2k(A, B, C, alpha, beta):
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += A[: i + 1, k] * alpha * B[i, k] + B[: i + 1, k] * alpha * A[i, k]
    return C


def trmm(A, B, alpha):
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1 :, i], B[i + 1 :, j])
    B *= alpha
    return B


def symm(A, B, C, alpha, beta):
    temp2 = np.empty((C.shape[1],), dtype=C.dtype)
    C *= beta
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * A[i, :i]
            temp2[j] = B[:i, j] @ A[i, :i]
        C[i, :] += alpha * B[i, :] * A[i, i] + alpha * temp2
    return C


def two_mm(A, B, C, D, alpha, beta):
    D[:] = alpha * A @ B @ C + beta * D
    return np.sum(D * D)


def three_mm(A, B, C, D):
    return np.sum((A @ B @ C @ D) ** 2)


def doitgen(A, C4):
    NR, NQ, NP = A.shape
    for r in range(NR):
        for q in range(NQ):
            A[r, q, :] = A[r, q, :] @ C4
    return A


def doitgen_reshaped(A, C4):
    NR, NQ, NP = A.shape
    A[:] = np.reshape(np.reshape(A, (NR, NQ, 1, NP)) @ C4, (NR, NQ, NP))
    return A


def cholesky(A):
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])


def cholesky_loss(X):
    A = X @ X.T + 4.0 * np.eye(X.shape[0])
    cholesky(A)
    return np.sum(np.tril(A) ** 3)


def lu(A):
    for i in range(A.shape[0]):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, A.shape[0]):
            A[i, j] -= A[i, :i] @ A[:i, j]


def lu_loss(X):
    A = X + 5.0 * np.eye(X.shape[0])
    lu(A)
    return np.sum(A**2)


def ludcmp(A, b):
    x = np.zeros_like(b)
    y = np.zeros_like(b)
    N = A.shape[0]
    for i in range(N):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, N):
            A[i, j] -= A[i, :i] @ A[:i, j]
    for i in range(N):
        y[i] = b[i] - A[i, :i] @ y[:i]
    for i in range(N - 1, -1, -1):
        x[i] = (y[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return x, y


def ludcmp_loss(X, b):
    A = X + 5.0 * np.eye(X.shape[0])
    x, y = ludcmp(A, b)
    return np.sum(x * x) + np.sum(y)


def durbin(r):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return y


def durbin_loops(r):
    n = len(r)
    y = np.zeros(n)
    z = np.zeros(n)
    y[0] = -r[0]
    beta = 1.0
    alpha = -r[0]
    for k in range(1, n):
        beta = (1 - alpha * alpha) * beta
        total = 0.0
        for i in range(k):
            total += r[k - i - 1] * y[i]
        alpha = -(r[k] + total) / beta
        for i in range(k):
            z[i] = y[i] + alpha * y[k - i - 1]
        for i in range(k):
            y[i] = z[i]
        y[k] = alpha
    return np.sum(y**2)


def trisolv(L, x, b):
    for i in range(x.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]


def trisolv_loss(X, b):
    L = X + 4.0 * np.eye(len(b))
    x = np.empty_like(b)
    trisolv(L, x, b)
    return np.sum(x**2)


def gramschmidt(A):
    Q = np.zeros_like(A)
    R = np.zeros((A.shape[1], A.shape[1]), dtype=A.dtype)
    for k in range(A.shape[1]):
        nrm = np.dot(A[:, k], A[:, k])
        R[k, k] = np.sqrt(nrm)
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, A.shape[1]):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            A[:, j] -= Q[:, k] * R[k, j]
    return Q, R


def gramschmidt_loss(A):
    Q, R = gramschmidt(A)
    return np.sum(Q**3) + np.sum(R**2)


def correlation(data):
    M, N = data.shape[1], data.shape[0]
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(N) * stddev
    corr = np.eye(M, dtype=data.dtype)
    for i in range(M - 1):
        corr[i + 1 : M, i] = corr[i, i + 1 : M] = data[:, i] @ data[:, i + 1 : M]
    return corr


def covariance(data):
    M, float_n = data.shape[1], data.shape[0]
    mean = np.mean(data, axis=0)
    data -= mean
    cov = np.zeros((M, M), dtype=data.dtype)
    for i in range(M):
        cov[i:M, i] = cov[i, i:M] = data[:, i] @ data[:, i:M] / (float_n - 1.0)
    return cov


def gauss_jordan(A, b):
    """Solves A x = b with a pivot search."""
    n = len(b)
    M = np.hstack([A, b[:, None]])
    for col in range(n):
        pivot = col + np.argmax(np.abs(M[col:, col]))
        if pivot != col:
            M[[col, pivot]] = M[[pivot, col]]
        M[col] = M[col] / M[col, col]
        for row in range(n):
            if row != col:
                M[row] -= M[row, col] * M[col]
    return M[:, -1]


def gauss_elimination(A, b):
    n = len(b)
    for k in range(n - 1):
        p = k
        for i in range(k + 1, n):
            if abs(A[i, k]) > abs(A[p, k]):
                p = i
        if p != k:
            for j in range(n):
                A[k, j], A[p, j] = A[p, j], A[k, j]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            f = A[i, k] / A[k, k]
            A[i, k:] = A[i, k:] - f * A[k, k:]
            b[i] -= f * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - np.dot(A[i, i + 1 :], x[i + 1 :])) / A[i, i]
    return x


def householder(A):
    m, n = A.shape
    R = A.copy()
    Q = np.eye(m)
    for k in range(n):
        v = R[k:, k].copy()
        s = 1.0 if v[0] >= 0 else -1.0
        v[0] += s * np.linalg.norm(v)
        v /= np.sqrt(v @ v)
        R[k:, k:] -= 2.0 * np.outer(v, v @ R[k:, k:])
        Q[:, k:] -= 2.0 * np.outer(Q[:, k:] @ v, v)
    return Q, R


def householder_loss(A):
    Q, R = householder(A)
    return np.sum(R**3) + np.sum(Q[:, 0] ** 3)


def givens(A):
    R = A.copy()
    m, n = R.shape
    for j in range(n):
        for i in range(m - 1, j, -1):
            a, b = R[i - 1, j], R[i, j]
            r = np.hypot(a, b)
            c, s = a / r, b / r
            top = c * R[i - 1] + s * R[i]
            R[i] = -s * R[i - 1] + c * R[i]
            R[i - 1] = top
    return np.sum(R**2 * np.arange(1.0, n + 1))


def jacobi_eigenvalues(X, sweeps):
    A = X + X.T
    n = A.shape[0]
    for _ in range(sweeps):
        for p in range(n - 1):
            for q in range(p + 1, n):
                if abs(A[p, q]) < 1e-12:
                    continue
                theta = 0.5 * np.arctan2(2 * A[p, q], A[q, q] - A[p, p])
                c, s = np.cos(theta), np.sin(theta)
                Ap = A[:, p].copy()
                Aq = A[:, q].copy()
                A[:, p] = c * Ap - s * Aq
                A[:, q] = s * Ap + c * Aq
                Rp = A[p, :].copy()
                Rq = A[q, :].copy()
                A[p, :] = c * Rp - s * Rq
                A[q, :] = s * Rp + c * Rq
    return np.sum(np.diag(A) ** 3)


def power_iteration(A, v, n):
    for _ in range(n):
        w = A @ v
        v = w / np.linalg.norm(w)
    return v @ A @ v


def conjugate_gradients(X, b):
    A = X @ X.T + np.eye(len(b))
    x = np.zeros_like(b)
    r = b - A @ x
    p = r.copy()
    rs = r @ r
    for _ in range(len(b)):
        Ap = A @ p
        alpha = rs / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        new = r @ r
        if np.sqrt(new) < 1e-8:
            break
        p = r + (new / rs) * p
        rs = new
    return np.sum(x**3)


def _m(*shape):
    return _rng.normal(size=shape) * 0.7


ARGUMENTS = {
    gemm_loss: [(_m(3, 4), _m(4, 2), _m(3, 2), 1.5, 1.2)],
    gemm_loops: [(_m(3, 2), _m(2, 4), 1.5)],
    gemver: [(_m(4, 4), _m(4), _m(4), _m(4), _m(4), _m(4), _m(4), 1.5, 0.7)],
    gesummv: [(_m(4, 4), _m(4, 4), _m(4), 1.5, 0.7)],
    atax: [(_m(3, 4), _m(4))],
    atax_loops: [(_m(3, 4), _m(4))],
    bicg: [(_m(3, 4), _m(4), _m(3))],
    mvt: [(_m(4, 4), _m(4), _m(4), _m(4), _m(4))],
    syrk: [(_m(4, 3), _m(4, 4), 1.5, 0.7)],
    syr2k: [(_m(4, 3), _m(4, 3), _m(4, 4), 1.5, 0.7)],
    trmm: [(_m(3, 3), _m(3, 4), 1.5)],
    symm: [(_m(3, 3), _m(3, 4), _m(3, 4), 1.5, 0.7)],
    two_mm: [(_m(2, 3), _m(3, 4), _m(4, 2), _m(2, 2), 1.5, 0.7)],
    three_mm: [(_m(2, 3), _m(3, 4), _m(4, 2), _m(2, 3))],
    doitgen: [(_m(2, 3, 4), _m(4, 4))],
    doitgen_reshaped: [(_m(2, 3, 4), _m(4, 4))],
    cholesky_loss: [(_m(4, 4),)],
    lu_loss: [(_m(4, 4),)],
    ludcmp_loss: [(_m(4, 4), _m(4))],
    durbin: [(_m(5),), (_m(1),)],
    durbin_loops: [(_m(5),)],
    trisolv_loss: [(_m(4, 4), _m(4))],
    gramschmidt_loss: [(_m(5, 3),)],
    correlation: [(_m(6, 4),)],
    covariance: [(_m(6, 4),)],
    gauss_jordan: [(_m(4, 4), _m(4)), (_m(4, 4), _m(4))],
    gauss_elimination: [(_m(4, 4), _m(4)), (_m(4, 4), _m(4))],
    householder_loss: [(_m(4, 3),), (-_m(4, 3),)],
    givens: [(_m(4, 3),)],
    jacobi_eigenvalues: [(_m(3, 3), 2)],
    power_iteration: [(_m(3, 3), _m(3), 3)],
    conjugate_gradients: [(_m(4, 4), _m(4))],
}
