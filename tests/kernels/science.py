"""Kernels from all over: particles, images, sequences, networks, statistics."""

import math

import numpy as np

_rng = np.random.default_rng(13)


def floyd_warshall(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))
    return np.sum(path**2)


def floyd_warshall_loops(path):
    n = len(path)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if path[i, k] + path[k, j] < path[i, j]:
                    path[i, j] = path[i, k] + path[k, j]
    return path


def nussinov(score):
    """As much as pairs of letters, one inside of the other, can score."""
    N = score.shape[0]
    table = np.zeros((N, N))
    for i in range(N - 1, -1, -1):
        for j in range(i + 1, N):
            if j - 1 >= 0:
                table[i, j] = max(table[i, j], table[i, j - 1])
            if i + 1 < N:
                table[i, j] = max(table[i, j], table[i + 1, j])
            if j - 1 >= 0 and i + 1 < N:
                if i < j - 1:
                    table[i, j] = max(table[i, j], table[i + 1, j - 1] + score[i, j])
                else:
                    table[i, j] = max(table[i, j], table[i + 1, j - 1])
            for k in range(i + 1, j):
                table[i, j] = max(table[i, j], table[i, k] + table[k + 1, j])
    return table[0, N - 1]


def conv2d(input, weights):
    K = weights.shape[0]
    N = input.shape[0]
    H_out = input.shape[1] - K + 1
    W_out = input.shape[2] - K + 1
    C_out = weights.shape[3]
    output = np.empty((N, H_out, W_out, C_out), dtype=input.dtype)
    for i in range(H_out):
        for j in range(W_out):
            output[:, i, j, :] = np.sum(
                input[:, i : i + K, j : j + K, :, np.newaxis] * weights[np.newaxis, :, :, :],
                axis=(1, 2, 3),
            )
    return output


def conv2d_bias(input, weights, bias):
    return np.sum((conv2d(input, weights) + bias) ** 2)


def conv2d_plain(image, kernel):
    kh, kw = kernel.shape
    oh, ow = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    out = np.zeros((oh, ow))
    for i in range(oh):
        for j in range(ow):
            acc = 0.0
            for p in range(kh):
                for q in range(kw):
                    acc += image[i + p, j + q] * kernel[p, q]
            out[i, j] = acc
    return np.sum(out**2)


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    tmp_max = np.max(x, axis=-1, keepdims=True)
    tmp_out = np.exp(x - tmp_max)
    tmp_sum = np.sum(tmp_out, axis=-1, keepdims=True)
    return tmp_out / tmp_sum


def mlp(input, w1, b1, w2, b2, w3, b3):
    x = relu(input @ w1 + b1)
    x = relu(x @ w2 + b2)
    x = softmax(x @ w3 + b3)
    return np.sum(x**2)


def maxpool2d(x):
    output = np.empty([x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]], dtype=x.dtype)
    for i in range(x.shape[1] // 2):
        for j in range(x.shape[2] // 2):
            output[:, i, j, :] = np.max(x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, :], axis=(1, 2))
    return output


def lenet(input, conv1, conv1bias, fc1w, fc1b, N, C_before_fc1):
    x = relu(conv2d(input, conv1) + conv1bias)
    x = maxpool2d(x)
    x = np.reshape(x, (N, C_before_fc1))
    x = relu(x @ fc1w + fc1b)
    return np.sum(x**2)


def batchnorm2d(x, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)
    std = np.std(x, axis=0, keepdims=True)
    return (x - mean) / np.sqrt(std + eps)


def resnet_bottleneck(input, conv1, conv2, conv3):
    padded = np.zeros((input.shape[0], input.shape[1] + 2, input.shape[2] + 2, conv1.shape[3]))
    padded[:, 1:-1, 1:-1, :] = conv2d(input, conv1)
    x = relu(batchnorm2d(padded))
    x = conv2d(x, conv2)
    x = relu(batchnorm2d(x))
    x = conv2d(x, conv3)
    x = batchnorm2d(x)
    return np.sum(relu(x + input) ** 2)


def get_acc(pos, mass, G, softening):
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r3 = dx**2 + dy**2 + dz**2 + softening**2
    I = inv_r3 > 0
    np.power(inv_r3, -1.5, out=inv_r3, where=I)
    ax = G * (dx * inv_r3) @ mass
    ay = G * (dy * inv_r3) @ mass
    az = G * (dz * inv_r3) @ mass
    return np.hstack((ax, ay, az))


def nbody(mass, pos, vel, Nt, dt, G, softening):
    vel -= np.mean(mass * vel, axis=0) / np.mean(mass)
    acc = get_acc(pos, mass, G, softening)
    KE = np.ndarray(Nt + 1, dtype=np.float64)
    KE[0] = 0.5 * np.sum(mass * vel**2)
    for i in range(Nt):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc[:] = get_acc(pos, mass, G, softening)
        vel += acc * dt / 2.0
        KE[i + 1] = 0.5 * np.sum(np.reshape(mass, (-1, 1)) * vel**2)
    return np.sum(KE)


def nbody_pairs(pos, vel, mass, dt, steps):
    n = len(mass)
    for _ in range(steps):
        for i in range(n):
            for j in range(i + 1, n):
                d = pos[i] - pos[j]
                mag = dt / (np.sum(d * d) + 0.1) ** 1.5
                vel[i] -= d * mass[j] * mag
                vel[j] += d * mass[i] * mag
        for i in range(n):
            pos[i] += dt * vel[i]
    return np.sum(pos**2)


def lennard_jones(pos, box):
    n = pos.shape[0]
    forces = np.zeros_like(pos)
    energy = 0.0
    for i in range(n - 1):
        rij = pos[i + 1 :] - pos[i]
        rij -= box * np.round(rij / box)
        r2 = np.sum(rij**2, axis=1)
        near = r2 < 2.0
        inv6 = np.zeros_like(r2)
        inv6[near] = 1.0 / r2[near] ** 3
        energy += np.sum(4.0 * inv6 * (inv6 - 1.0))
        f = (48.0 * inv6 * (inv6 - 0.5) / r2)[:, None] * rij
        forces[i] -= np.sum(f, axis=0)
        forces[i + 1 :] += f
    return energy + 0.01 * np.sum(forces**2)


def azimint(data, radius, npt):
    rmax = radius.max()
    res = np.zeros(npt, dtype=np.float64)
    for i in range(npt):
        r1 = rmax * i / npt
        r2 = rmax * (i + 1) / npt
        mask_r12 = np.logical_and((r1 <= radius), (radius < r2))
        values_r12 = data[mask_r12]
        res[i] = values_r12.mean()
    return res


def azimint_loss(data):
    radius = np.linspace(0.0, 1.0, data.size)
    return np.sum(azimint(data, radius, 3) ** 2)


def go_fast(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace


def mandelbrot_masked(cx, cy, maxiter, horizon):
    zx = np.zeros_like(cx)
    zy = np.zeros_like(cy)
    N = np.zeros(cx.shape, dtype=np.int64)
    for n in range(maxiter):
        I = zx**2 + zy**2 < horizon**2
        N[I] = n
        new = zx[I] ** 2 - zy[I] ** 2 + cx[I]
        zy[I] = 2.0 * zx[I] * zy[I] + cy[I]
        zx[I] = new
    N[maxiter - 1 == N] = 0
    return np.sum(zx**2 + zy) + np.sum(N)


def scattering_self_energies(neigh_idx, dH, G, D, Sigma):
    for k in range(G.shape[0]):
        for E in range(G.shape[1]):
            for q in range(D.shape[0]):
                for w in range(D.shape[1]):
                    for i in range(D.shape[-1]):
                        for a in range(neigh_idx.shape[0]):
                            for b in range(neigh_idx.shape[1]):
                                if E - w >= 0:
                                    dHG = G[k, E - w, neigh_idx[a, b]] @ dH[a, b, i]
                                    dHD = dH[a, b, i] * D[q, w, a, b, i]
                                    Sigma[k, E, a] += dHG @ dHD


def scattering_loss(dH, G, D):
    neigh_idx = np.array([[0, 1], [1, 0]])
    Sigma = np.zeros_like(G)
    scattering_self_energies(neigh_idx, dH, G, D, Sigma)
    return np.sum(Sigma**2)


def spmv(A_row, A_col, A_val, x):
    y = np.empty(A_row.size - 1, A_val.dtype)
    for i in range(A_row.size - 1):
        cols = A_col[A_row[i] : A_row[i + 1]]
        vals = A_val[A_row[i] : A_row[i + 1]]
        y[i] = vals @ x[cols]
    return y


def spmv_loops(A_row, A_col, A_val, x):
    n = len(A_row) - 1
    y = np.zeros(n)
    for i in range(n):
        for p in range(A_row[i], A_row[i + 1]):
            y[i] += A_val[p] * x[A_col[p]]
    return np.sum(y**2)


def scatter_assembly(nodes, stiffness, u):
    """Finite elements: element forces are added up at the nodes."""
    f = np.zeros_like(u)
    for e in range(len(nodes)):
        idx = nodes[e]
        k = stiffness[e] * np.array([[1.0, -1.0], [-1.0, 1.0]])
        f[idx] += k @ u[idx]
    return np.sum(f * u)


def assembly_at_once(nodes, stiffness, u):
    d = stiffness * (u[nodes[:, 1]] - u[nodes[:, 0]])
    f = np.zeros_like(u)
    np.add.at(f, nodes[:, 1], d)
    np.subtract.at(f, nodes[:, 0], d)
    return np.sum(f**2)


def arc_distance(theta_1, phi_1, theta_2, phi_2):
    temp = (
        np.sin((theta_2 - theta_1) / 2) ** 2
        + np.cos(theta_1) * np.cos(theta_2) * np.sin((phi_2 - phi_1) / 2) ** 2
    )
    return 2 * np.arctan2(np.sqrt(temp), np.sqrt(1 - temp))


def compute(array_1, array_2, a, b, c):
    return np.clip(array_1, -0.5, 0.5) * a + array_2 * b + c


def weighted_histogram(x, w, edges):
    hist = np.zeros(len(edges) - 1)
    bins = np.sum(x[:, None] >= edges[None, 1:-1], axis=1)
    for i in range(len(x)):
        hist[bins[i]] += w[i]
    return np.sum(hist**2)


def weighted_histogram_at(x, w, n):
    bins = np.minimum((x * n).astype(int), n - 1)
    hist = np.zeros(n)
    np.add.at(hist, bins, w)
    return hist


def iir_filter(b, a, x):
    y = np.zeros_like(x)
    for n in range(len(x)):
        for k in range(len(b)):
            if n - k >= 0:
                y[n] += b[k] * x[n - k]
        for k in range(1, len(a)):
            if n - k >= 0:
                y[n] -= a[k] * y[n - k]
        y[n] /= a[0]
    return y


def lfilter_states(b, a, x):
    z = np.zeros(len(b) - 1)
    y = np.empty_like(x)
    for n, v in enumerate(x):
        y[n] = b[0] * v + z[0]
        z[:-1] = z[1:] + b[1:-1] * v - a[1:-1] * y[n]
        z[-1] = b[-1] * v - a[-1] * y[n]
    return np.sum(y**2)


def prefix_sums(x):
    s = x.copy()
    step = 1
    while step < len(s):
        s[step:] += s[:-step].copy()
        step *= 2
    return s


def exponential_moving_average(x, alpha):
    out = np.empty_like(x)
    out[0] = x[0]
    for i in range(1, len(x)):
        out[i] = alpha * x[i] + (1 - alpha) * out[i - 1]
    return out


def dynamic_time_warping(x, y):
    n, m = len(x), len(y)
    D = np.full((n + 1, m + 1), 1e3)
    D[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            D[i, j] = cost + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[n, m]


def smith_waterman(score, gap):
    n, m = score.shape
    H = np.zeros((n + 1, m + 1))
    best = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            H[i, j] = max(
                0.0, H[i - 1, j - 1] + score[i - 1, j - 1], H[i - 1, j] - gap, H[i, j - 1] - gap
            )
            if H[i, j] > best:
                best = H[i, j]
    return best


def viterbi(log_pi, log_A, log_B):
    T, S = log_B.shape
    delta = np.empty((T, S))
    psi = np.zeros((T, S), dtype=int)
    delta[0] = log_pi + log_B[0]
    for t in range(1, T):
        for s in range(S):
            scores = delta[t - 1] + log_A[:, s]
            psi[t, s] = np.argmax(scores)
            delta[t, s] = np.max(scores) + log_B[t, s]
    path = np.zeros(T, dtype=int)
    path[-1] = np.argmax(delta[-1])
    for t in range(T - 2, -1, -1):
        path[t] = psi[t + 1, path[t + 1]]
    return np.max(delta[-1]) + 0.1 * np.sum(delta[np.arange(T), path])


def hmm_forward(pi, A, B):
    alpha = pi * B[0]
    loglik = 0.0
    for t in range(1, len(B)):
        c = alpha.sum()
        loglik += np.log(c)
        alpha = (alpha / c) @ A * B[t]
    return loglik + np.log(np.sum(alpha))


def longest_common(x, y, width):
    """Soft longest common subsequence, two rows at a time."""
    prev = np.zeros(len(y) + 1)
    curr = np.zeros(len(y) + 1)
    for i in range(len(x)):
        for j in range(len(y)):
            match = np.exp(-((x[i] - y[j]) ** 2) / width)
            curr[j + 1] = max(prev[j] + match, prev[j + 1], curr[j])
        prev, curr = curr, prev
        curr[:] = 0.0
    return prev[-1]


def bilinear(image, px, py):
    x0 = np.floor(px).astype(int)
    y0 = np.floor(py).astype(int)
    x0 = np.clip(x0, 0, image.shape[1] - 2)
    y0 = np.clip(y0, 0, image.shape[0] - 2)
    fx, fy = px - x0, py - y0
    top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
    bottom = image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx
    return np.sum((top * (1 - fy) + bottom * fy) ** 2)


def bilinear_loops(image, scale):
    h, w = image.shape
    out = np.zeros((h * 2 - 1, w * 2 - 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            y, x = i / 2.0, j / 2.0
            y0, x0 = int(y), int(x)
            y1, x1 = min(y0 + 1, h - 1), min(x0 + 1, w - 1)
            a, b = y - y0, x - x0
            out[i, j] = scale * (
                image[y0, x0] * (1 - a) * (1 - b) + image[y0, x1] * (1 - a) * b
                + image[y1, x0] * a * (1 - b) + image[y1, x1] * a * b
            )  # fmt: skip
    return np.sum(out**2)


def cumulative_products(x):
    left = np.ones_like(x)
    right = np.ones_like(x)
    for i in range(1, len(x)):
        left[i] = left[i - 1] * x[i - 1]
        right[-i - 1] = right[-i] * x[-i]
    return left * right


def horner(coefficients, x):
    result = np.zeros_like(x)
    for c in coefficients:
        result *= x
        result += c
    return result


def clenshaw(c, x):
    b1, b2 = 0.0, 0.0
    for k in range(len(c) - 1, 0, -1):
        b1, b2 = 2 * x * b1 - b2 + c[k], b1
    return x * b1 - b2 + c[0]


def savitzky_golay(y, half, order):
    t = np.arange(-half, half + 1)
    V = np.vander(t, order + 1, increasing=True)
    weights = np.linalg.pinv(V)[0]
    out = y.copy()
    for i in range(half, len(y) - half):
        out[i] = weights @ y[i - half : i + half + 1]
    return np.sum(out**2)


def page_rank(L, d, tol):
    A = np.exp(L)
    M = A / A.sum(axis=0)
    n = len(M)
    r = np.ones(n) / n
    delta = 1.0
    while delta > tol:
        new = d * M @ r + (1 - d) / n
        delta = np.abs(new - r).sum()
        r = new
    return np.sum(r**2)


def kmeans_step(X, centers):
    distances = np.sum((X[:, None, :] - centers[None, :, :]) ** 2, axis=2)
    labels = np.argmin(distances, axis=1)
    new = np.zeros_like(centers)
    for k in range(len(centers)):
        members = X[labels == k]
        if len(members) > 0:
            new[k] = members.mean(axis=0)
        else:
            new[k] = centers[k]
    return np.sum(new**2) + np.min(distances, axis=1).sum()


def em_step(x, mu, sigma, weight):
    K = len(mu)
    r = np.empty((len(x), K))
    for k in range(K):
        r[:, k] = weight[k] * np.exp(-0.5 * ((x - mu[k]) / sigma[k]) ** 2) / sigma[k]
    r /= r.sum(axis=1, keepdims=True)
    N = r.sum(axis=0)
    new_mu = np.zeros(K)
    new_var = np.zeros(K)
    for k in range(K):
        new_mu[k] = (r[:, k] * x).sum() / N[k]
        new_var[k] = (r[:, k] * (x - new_mu[k]) ** 2).sum() / N[k]
    return np.sum(new_mu**2) + np.sum(np.sqrt(new_var))


def lstm_cell(x, h, c, W, U, b):
    n = h.shape[0]
    for t in range(x.shape[0]):
        z = W @ x[t] + U @ h + b
        gates = np.empty_like(z)
        gates[: 3 * n] = 1.0 / (1.0 + np.exp(-z[: 3 * n]))
        gates[3 * n :] = np.tanh(z[3 * n :])
        i, f, o, g = gates[:n], gates[n : 2 * n], gates[2 * n : 3 * n], gates[3 * n :]
        c = f * c + i * g
        h = o * np.tanh(c)
    return np.sum(h**2)


def attention(Q, K, V):
    n, d = Q.shape
    out = np.zeros_like(V)
    for i in range(n):
        scores = np.full(n, -1e9)
        for j in range(i + 1):
            scores[j] = Q[i] @ K[j] / math.sqrt(d)
        e = np.exp(scores - scores.max())
        out[i] = (e / e.sum()) @ V
    return np.sum(out**2)


def runge_kutta(y, k, dt, steps):
    def rhs(y):
        out = np.empty_like(y)
        out[0] = y[1]
        out[1] = -k * np.sin(y[0])
        return out

    history = np.zeros((steps + 1, 2))
    history[0] = y
    for t in range(steps):
        k1 = rhs(y)
        k2 = rhs(y + 0.5 * dt * k1)
        k3 = rhs(y + 0.5 * dt * k2)
        k4 = rhs(y + dt * k3)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        history[t + 1] = y
    return np.sum(history**2)


def verlet(x, v, dt, steps):
    a = -np.sin(x)
    energies = np.empty(steps)
    for t in range(steps):
        x += v * dt + 0.5 * a * dt**2
        a_new = -np.sin(x)
        v += 0.5 * (a + a_new) * dt
        a = a_new
        energies[t] = 0.5 * np.sum(v**2) - np.sum(np.cos(x))
    return energies.mean()


def kalman(z, F, H, Q, R):
    x = np.zeros(2)
    P = np.eye(2)
    loglik = 0.0
    for k in range(len(z)):
        x = F @ x
        P = F @ P @ F.T + Q * np.eye(2)
        y = z[k] - H @ x
        S = H @ P @ H + R
        K = P @ H / S
        x = x + K * y
        P = P - np.outer(K, H @ P)
        loglik -= 0.5 * (np.log(S) + y**2 / S)
    return loglik


def option_lattice(S, K, r, sigma, T, n):
    dt = T / n
    u = math.exp(sigma * math.sqrt(dt))
    d = 1.0 / u
    p = (math.exp(r * dt) - d) / (u - d)
    disc = math.exp(-r * dt)
    values = np.zeros(n + 1)
    for i in range(n + 1):
        values[i] = max(K - S * u ** (n - i) * d**i, 0.0)
    for step in range(n - 1, -1, -1):
        for i in range(step + 1):
            values[i] = disc * (p * values[i] + (1 - p) * values[i + 1])
            exercise = K - S * u ** (step - i) * d**i
            if exercise > values[i]:
                values[i] = exercise
    return values[0]


def ray_march(density, step):
    transmittance = 1.0
    color = 0.0
    weights = np.zeros_like(density)
    for i in range(len(density)):
        alpha = 1.0 - np.exp(-density[i] * step)
        weights[i] = transmittance * alpha
        transmittance *= 1.0 - alpha
        color += weights[i] * i
        if transmittance < 0.05:
            break
    return color + np.sum(weights**2)


def bubble_sort(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return x * np.arange(n)


def fft_recursive_free(re, im):
    """A transform of real and imaginary parts, butterfly by butterfly."""
    n = len(re)
    order = np.zeros(n, dtype=int)
    bits = int(np.log2(n))
    for i in range(n):
        order[i] = int(format(i, f"0{bits}b")[::-1], 2)
    re, im = re[order], im[order]
    size = 2
    while size <= n:
        half = size // 2
        for start in range(0, n, size):
            for k in range(half):
                w = -2 * np.pi * k / size
                c, s = np.cos(w), np.sin(w)
                a, b = start + k, start + k + half
                tr = c * re[b] - s * im[b]
                ti = c * im[b] + s * re[b]
                re[b], im[b] = re[a] - tr, im[a] - ti
                re[a], im[a] = re[a] + tr, im[a] + ti
        size *= 2
    return np.sum((re**2 + im**2) * np.arange(n))


def _m(*shape):
    return _rng.normal(size=shape) * 0.7


def _p(*shape):
    return _rng.uniform(0.2, 1.2, size=shape)


ARGUMENTS = {
    floyd_warshall: [(_p(4, 4),)],
    floyd_warshall_loops: [(_p(4, 4),), (_p(3, 3) ** 3,)],
    nussinov: [(_m(5, 5),), (_p(4, 4),)],
    conv2d_bias: [(_m(2, 4, 4, 2), _m(2, 2, 2, 3), _m(3))],
    conv2d_plain: [(_m(4, 5), _m(2, 2))],
    mlp: [(_m(3, 4), _m(4, 5), _m(5), _m(5, 3), _m(3), _m(3, 2), _m(2))],
    lenet: [(_m(2, 5, 5, 1), _m(2, 2, 1, 2), _m(2), _m(8, 3), _m(3), 2, 8)],
    resnet_bottleneck: [(_m(3, 3, 3, 2), _m(1, 1, 2, 2), _m(3, 3, 2, 2), _m(1, 1, 2, 2))],
    nbody: [(_p(3, 1), _m(3, 3), _m(3, 3), 2, 0.05, 1.0, 0.3)],
    nbody_pairs: [(_m(3, 3), _m(3, 3), _p(3), 0.1, 2)],
    lennard_jones: [(_m(4, 3) * 2, 3.0)],
    azimint_loss: [(_m(9),)],
    go_fast: [(_m(3, 3),)],
    mandelbrot_masked: [(_m(3, 3), _m(3, 3), 4, 1.1)],
    scattering_loss: [(_m(2, 2, 2, 2, 2), _m(1, 2, 2, 2, 2), _m(1, 2, 2, 2, 2))],
    spmv: [(np.array([0, 2, 3, 5]), np.array([0, 2, 1, 0, 3]), _m(5), _m(4))],
    spmv_loops: [(np.array([0, 2, 3, 5]), np.array([0, 2, 1, 0, 3]), _m(5), _m(4))],
    scatter_assembly: [(np.array([[0, 1], [1, 2], [2, 0]]), _p(3), _m(3))],
    assembly_at_once: [(np.array([[0, 1], [1, 2], [2, 0]]), _p(3), _m(3))],
    arc_distance: [(_p(4), _p(4), _p(4), _p(4))],
    compute: [(_m(3, 4), _m(3, 4), 1.5, 0.5, 0.2)],
    weighted_histogram: [(_p(6), _m(6), np.array([0.2, 0.5, 0.8, 1.2]))],
    weighted_histogram_at: [(_p(6) / 1.3, _m(6), 4)],
    iir_filter: [(_m(2), _p(3) + 1.0, _m(5))],
    lfilter_states: [(_m(4), _m(4), _m(5))],
    prefix_sums: [(_m(6),)],
    exponential_moving_average: [(_m(5), 0.3)],
    dynamic_time_warping: [(_m(4), _m(3))],
    smith_waterman: [(_m(4, 3), 0.3), (_p(3, 3), 0.1)],
    viterbi: [(_m(3), _m(3, 3), _m(4, 3))],
    hmm_forward: [(_p(3), _p(3, 3), _p(4, 3))],
    longest_common: [(_m(3), _m(4), 0.5)],
    bilinear: [(_m(4, 5), np.array([0.3, 2.2, 3.9]), np.array([1.4, 0.6, 2.5]))],
    bilinear_loops: [(_m(3, 3), 1.5)],
    cumulative_products: [(_p(5),)],
    horner: [(_m(4), _m(3))],
    clenshaw: [(_m(5), 0.4)],
    savitzky_golay: [(_m(7), 2, 2)],
    page_rank: [(_m(3, 3), 0.85, 1e-3)],
    kmeans_step: [(_m(6, 2), _m(3, 2))],
    em_step: [(_m(6), _m(2), _p(2) + 0.3, np.array([0.4, 0.6]))],
    lstm_cell: [(_m(3, 2), _m(2), _m(2), _m(8, 2), _m(8, 2), _m(8))],
    attention: [(_m(3, 2), _m(3, 2), _m(3, 2))],
    runge_kutta: [(_m(2), 1.5, 0.1, 3)],
    verlet: [(_m(3), _m(3), 0.1, 3)],
    kalman: [(_m(4), np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([1.0, 0.0]), 0.1, 0.2)],
    option_lattice: [(1.0, 1.1, 0.05, 0.3, 1.0, 4)],
    ray_march: [(_p(5), 1.0), (_p(5) * 6, 1.0)],
    bubble_sort: [(_m(5),), (_m(4),)],
    fft_recursive_free: [(_m(8), _m(8))],
}
