"""Stencils and sweeps over grids."""

import numpy as np

_rng = np.random.default_rng(12)


def jacobi_1d(TSTEPS, A, B):
    for _t in range(1, TSTEPS):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])


def jacobi_1d_loss(A, B):
    jacobi_1d(4, A, B)
    return np.sum(A**2) + np.sum(B)


def jacobi_2d(TSTEPS, A, B):
    for _t in range(1, TSTEPS):
        B[1:-1, 1:-1] = 0.2 * (
            A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1]
        )
        A[1:-1, 1:-1] = 0.2 * (
            B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1]
        )


def jacobi_2d_loss(A):
    B = A.copy()
    jacobi_2d(3, A, B)
    return np.sum(A**2)


def seidel_2d(TSTEPS, N, A):
    for _t in range(0, TSTEPS - 1):
        for i in range(1, N - 1):
            A[i, 1:-1] += (
                A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:] + A[i, 2:]
                + A[i + 1, :-2] + A[i + 1, 1:-1] + A[i + 1, 2:]
            )  # fmt: skip
            for j in range(1, N - 1):
                A[i, j] += A[i, j - 1]
                A[i, j] /= 9.0


def seidel_2d_loss(A):
    seidel_2d(3, A.shape[0], A)
    return np.sum(A**2)


def gauss_seidel_nonlinear(u, f, h, sweeps):
    n = u.shape[0]
    for _ in range(sweeps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                r = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - h * h * f[i, j]
                u[i, j] = r / (4.0 + h * u[i, j] ** 2)
    return np.sum(u**2)


def fdtd_2d(TMAX, ex, ey, hz, _fict_):
    for t in range(TMAX):
        ey[0, :] = _fict_[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])


def fdtd_2d_loss(ex, ey, hz, fict):
    fdtd_2d(3, ex, ey, hz, fict)
    return np.sum(hz**2) + np.sum(ex * ey)


def heat_3d(TSTEPS, A, B):
    for _t in range(1, TSTEPS):
        B[1:-1, 1:-1, 1:-1] = (
            0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1])
            + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1])
            + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, 1:-1, 0:-2])
            + A[1:-1, 1:-1, 1:-1]
        )
        A[1:-1, 1:-1, 1:-1] = (
            0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1])
            + 0.125 * (B[1:-1, 2:, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, :-2, 1:-1])
            + 0.125 * (B[1:-1, 1:-1, 2:] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, 1:-1, 0:-2])
            + B[1:-1, 1:-1, 1:-1]
        )


def heat_3d_loss(A):
    B = A.copy()
    heat_3d(3, A, B)
    return np.sum(A**2)


def adi(TSTEPS, N, u):
    v = np.empty(u.shape, dtype=u.dtype)
    p = np.empty(u.shape, dtype=u.dtype)
    q = np.empty(u.shape, dtype=u.dtype)
    DX = 1.0 / N
    DT = 1.0 / TSTEPS
    mul1 = 2.0 * DT / (DX * DX)
    mul2 = 1.0 * DT / (DX * DX)
    a = -mul1 / 2.0
    b = 1.0 + mul2
    c = a
    d = -mul2 / 2.0
    e = 1.0 + mul2
    f = d
    for _t in range(1, TSTEPS + 1):
        v[0, 1 : N - 1] = 1.0
        p[1 : N - 1, 0] = 0.0
        q[1 : N - 1, 0] = v[0, 1 : N - 1]
        for j in range(1, N - 1):
            p[1 : N - 1, j] = -c / (a * p[1 : N - 1, j - 1] + b)
            q[1 : N - 1, j] = (
                -d * u[j, 0 : N - 2] + (1.0 + 2.0 * d) * u[j, 1 : N - 1] - f * u[j, 2:N]
                - a * q[1 : N - 1, j - 1]
            ) / (a * p[1 : N - 1, j - 1] + b)  # fmt: skip
        v[N - 1, 1 : N - 1] = 1.0
        for j in range(N - 2, 0, -1):
            v[j, 1 : N - 1] = p[1 : N - 1, j] * v[j + 1, 1 : N - 1] + q[1 : N - 1, j]
        u[1 : N - 1, 0] = 1.0
        p[1 : N - 1, 0] = 0.0
        q[1 : N - 1, 0] = u[1 : N - 1, 0]
        for j in range(1, N - 1):
            p[1 : N - 1, j] = -f / (d * p[1 : N - 1, j - 1] + e)
            q[1 : N - 1, j] = (
                -a * v[0 : N - 2, j] + (1.0 + 2.0 * a) * v[1 : N - 1, j] - c * v[2:N, j]
                - d * q[1 : N - 1, j - 1]
            ) / (d * p[1 : N - 1, j - 1] + e)  # fmt: skip
        u[1 : N - 1, N - 1] = 1.0
        for j in range(N - 2, 0, -1):
            u[1 : N - 1, j] = p[1 : N - 1, j] * u[1 : N - 1, j + 1] + q[1 : N - 1, j]


def adi_loss(u):
    adi(2, u.shape[0], u)
    return np.sum(u**2)


def hdiff(in_field, out_field, coeff):
    I, J, _K = out_field.shape[0], out_field.shape[1], out_field.shape[2]
    lap_field = 4.0 * in_field[1 : I + 3, 1 : J + 3, :] - (
        in_field[2 : I + 4, 1 : J + 3, :]
        + in_field[0 : I + 2, 1 : J + 3, :]
        + in_field[1 : I + 3, 2 : J + 4, :]
        + in_field[1 : I + 3, 0 : J + 2, :]
    )
    res = lap_field[1:, 1 : J + 1, :] - lap_field[:-1, 1 : J + 1, :]
    flx_field = np.where(
        (res * (in_field[2 : I + 3, 2 : J + 2, :] - in_field[1 : I + 2, 2 : J + 2, :])) > 0,
        0,
        res,
    )
    res = lap_field[1 : I + 1, 1:, :] - lap_field[1 : I + 1, :-1, :]
    fly_field = np.where(
        (res * (in_field[2 : I + 2, 2 : J + 3, :] - in_field[2 : I + 2, 1 : J + 2, :])) > 0,
        0,
        res,
    )
    out_field[:, :, :] = in_field[2 : I + 2, 2 : J + 2, :] - coeff[:, :, :] * (
        flx_field[1:, :, :] - flx_field[:-1, :, :] + fly_field[:, 1:, :] - fly_field[:, :-1, :]
    )


def hdiff_loss(in_field, coeff):
    out_field = np.zeros(coeff.shape)
    hdiff(in_field, out_field, coeff)
    return np.sum(out_field**2)


BET_M = 0.5
BET_P = 0.5


def vadv(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
    I, J, K = utens_stage.shape[0], utens_stage.shape[1], utens_stage.shape[2]
    ccol = np.ndarray((I, J, K), dtype=utens_stage.dtype)
    dcol = np.ndarray((I, J, K), dtype=utens_stage.dtype)
    data_col = np.ndarray((I, J), dtype=utens_stage.dtype)

    for k in range(1):
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        cs = gcv * BET_M
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - ccol[:, :, k]
        correction_term = -cs * (u_stage[:, :, k + 1] - u_stage[:, :, k])
        dcol[:, :, k] = (
            dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        )
        divided = 1.0 / bcol
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = dcol[:, :, k] * divided

    for k in range(1, K - 1):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        as_ = gav * BET_M
        cs = gcv * BET_M
        acol = gav * BET_P
        ccol[:, :, k] = gcv * BET_P
        bcol = dtr_stage - acol - ccol[:, :, k]
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k]) - cs * (
            u_stage[:, :, k + 1] - u_stage[:, :, k]
        )
        dcol[:, :, k] = (
            dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        )
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided

    for k in range(K - 1, K):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        as_ = gav * BET_M
        acol = gav * BET_P
        bcol = dtr_stage - acol
        correction_term = -as_ * (u_stage[:, :, k - 1] - u_stage[:, :, k])
        dcol[:, :, k] = (
            dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction_term
        )
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        dcol[:, :, k] = (dcol[:, :, k] - (dcol[:, :, k - 1]) * acol) * divided

    for k in range(K - 1, K - 2, -1):
        datacol = dcol[:, :, k]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])

    for k in range(K - 2, -1, -1):
        datacol = dcol[:, :, k] - ccol[:, :, k] * data_col[:, :]
        data_col[:] = datacol
        utens_stage[:, :, k] = dtr_stage * (datacol - u_pos[:, :, k])


def vadv_loss(utens_stage, u_stage, wcon, u_pos, utens):
    vadv(utens_stage, u_stage, wcon, u_pos, utens, 3.0)
    return np.sum(utens_stage**2)


def deriche(alpha, imgIn):
    k = (1.0 - np.exp(-alpha)) ** 2 / (1.0 + alpha * np.exp(-alpha) * 2.0 - np.exp(2.0 * alpha))
    a1 = a5 = k
    a2 = a6 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = a7 = k * np.exp(-alpha) * (alpha + 1.0)
    a4 = a8 = -k * np.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -np.exp(-2.0 * alpha)
    c1 = c2 = 1.0

    y1 = np.empty_like(imgIn)
    y1[:, 0] = a1 * imgIn[:, 0]
    y1[:, 1] = a1 * imgIn[:, 1] + a2 * imgIn[:, 0] + b1 * y1[:, 0]
    for j in range(2, imgIn.shape[1]):
        y1[:, j] = a1 * imgIn[:, j] + a2 * imgIn[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]

    y2 = np.empty_like(imgIn)
    y2[:, -1] = 0.0
    y2[:, -2] = a3 * imgIn[:, -1]
    for j in range(imgIn.shape[1] - 3, -1, -1):
        y2[:, j] = (
            a3 * imgIn[:, j + 1] + a4 * imgIn[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
        )

    imgOut = c1 * (y1 + y2)

    y1[0, :] = a5 * imgOut[0, :]
    y1[1, :] = a5 * imgOut[1, :] + a6 * imgOut[0, :] + b1 * y1[0, :]
    for i in range(2, imgIn.shape[0]):
        y1[i, :] = a5 * imgOut[i, :] + a6 * imgOut[i - 1, :] + b1 * y1[i - 1, :] + b2 * y1[i - 2, :]

    y2[-1, :] = 0.0
    y2[-2, :] = a7 * imgOut[-1, :]
    for i in range(imgIn.shape[0] - 3, -1, -1):
        y2[i, :] = (
            a7 * imgOut[i + 1, :] + a8 * imgOut[i + 2, :] + b1 * y2[i + 1, :] + b2 * y2[i + 2, :]
        )

    imgOut[:] = c2 * (y1 + y2)
    return imgOut


def build_up_b(rho, dt, dx, dy, u, v):
    b = np.zeros_like(u)
    b[1:-1, 1:-1] = rho * (
        1
        / dt
        * ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx) + (v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy))
        - ((u[1:-1, 2:] - u[1:-1, 0:-2]) / (2 * dx)) ** 2
        - 2 * ((u[2:, 1:-1] - u[0:-2, 1:-1]) / (2 * dy) * (v[1:-1, 2:] - v[1:-1, 0:-2]) / (2 * dx))
        - ((v[2:, 1:-1] - v[0:-2, 1:-1]) / (2 * dy)) ** 2
    )
    return b


def pressure_poisson(nit, p, dx, dy, b):
    pn = np.empty_like(p)
    for _q in range(nit):
        pn[:] = p.copy()
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, 0:-2]) * dy**2 + (pn[2:, 1:-1] + pn[0:-2, 1:-1]) * dx**2
        ) / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[
            1:-1, 1:-1
        ]
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0


def cavity_flow(nt, nit, u, v, dt, dx, dy, p, rho, nu):
    for _n in range(nt):
        un = u.copy()
        vn = v.copy()
        b = build_up_b(rho, dt, dx, dy, u, v)
        pressure_poisson(nit, p, dx, dy, b)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
            - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[0:-2, 1:-1])
            - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, 0:-2])
            + nu * (dt / dx**2 * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])
                    + dt / dy**2 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[0:-2, 1:-1]))
        )  # fmt: skip
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, 0:-2])
            - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[0:-2, 1:-1])
            - dt / (2 * rho * dy) * (p[2:, 1:-1] - p[0:-2, 1:-1])
            + nu * (dt / dx**2 * (vn[1:-1, 2:] - 2 * vn[1:-1, 1:-1] + vn[1:-1, 0:-2])
                    + dt / dy**2 * (vn[2:, 1:-1] - 2 * vn[1:-1, 1:-1] + vn[0:-2, 1:-1]))
        )  # fmt: skip
        u[0, :] = 0
        u[:, 0] = 0
        u[:, -1] = 0
        u[-1, :] = 1
        v[0, :] = 0
        v[-1, :] = 0
        v[:, 0] = 0
        v[:, -1] = 0


def cavity_loss(u, v, p, nu):
    cavity_flow(2, 2, u, v, 0.05, 0.5, 0.5, p, 1.0, nu)
    return np.sum(u**2) + np.sum(p * v)


def channel_flow(u, F, nu, dt):
    udiff = 1.0
    stepcount = 0
    while udiff > 0.05 and stepcount < 6:
        un = u.copy()
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - dt * un[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[1:-1, 0:-2])
            + F * dt
            + nu * dt * (un[1:-1, 2:] - 2 * un[1:-1, 1:-1] + un[1:-1, 0:-2])
        )
        u[1:-1, -1] = un[1:-1, -1] + F * dt - nu * dt * (un[1:-1, 0] - un[1:-1, -1])
        u[1:-1, 0] = un[1:-1, 0] + F * dt
        u[0, :] = 0
        u[-1, :] = 0
        udiff = (np.sum(u) - np.sum(un)) / np.sum(u)
        stepcount += 1
    return np.sum(u**2)


def upwind(u, c, dx, dt, nt):
    for _n in range(nt):
        un = u.copy()
        if c > 0:
            u[1:] = un[1:] - c * dt / dx * (un[1:] - un[:-1])
        else:
            u[:-1] = un[:-1] - c * dt / dx * (un[1:] - un[:-1])
    return u


def burgers(u, nu, dx, dt, nt):
    for _ in range(nt):
        flux = 0.5 * u**2
        u[1:-1] += -dt / dx * (flux[1:-1] - flux[:-2]) + nu * dt / dx**2 * np.diff(np.diff(u))
        u[0] = u[-1] = 0.0
    return np.sum(u**2)


def crank_nicolson(u, r, steps):
    n = len(u) - 2
    A = np.diag((1 + r) * np.ones(n)) + np.diag(-r / 2 * np.ones(n - 1), 1)
    A += np.diag(-r / 2 * np.ones(n - 1), -1)
    for _ in range(steps):
        rhs = (1 - r) * u[1:-1] + r / 2 * (u[2:] + u[:-2])
        rhs[0] += r / 2 * u[0]
        rhs[-1] += r / 2 * u[-1]
        u[1:-1] = np.linalg.solve(A, rhs)
    return np.sum(u**2)


def thomas(a, b, c, d):
    n = len(d)
    cp = np.zeros(n)
    dp = np.zeros(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        m = b[i] - a[i] * cp[i - 1]
        cp[i] = c[i] / m
        dp[i] = (d[i] - a[i] * dp[i - 1]) / m
    x = np.zeros(n)
    x[-1] = dp[-1]
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return x


def thomas_in_place(a, b, c, d):
    b = b + 4.0
    n = len(d)
    for i in range(1, n):
        w = a[i - 1] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= b[-1]
    for i in reversed(range(n - 1)):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]
    return np.sum(d**2)


def shallow_water(h, u, v, dt, dx, g, steps):
    for _ in range(steps):
        u[1:, :] -= g * dt / dx * (h[1:, :] - h[:-1, :])
        v[:, 1:] -= g * dt / dx * (h[:, 1:] - h[:, :-1])
        h[:-1, :-1] -= (
            dt
            / dx
            * (
                (u[1:, :-1] * h[1:, :-1] - u[:-1, :-1] * h[:-1, :-1])
                + (v[:-1, 1:] * h[:-1, 1:] - v[:-1, :-1] * h[:-1, :-1])
            )
        )
    return np.sum(h**2)


def lattice_boltzmann(f, omega, steps):
    cx = np.array([0, 1, 0, -1, 0, 1, -1, -1, 1])
    cy = np.array([0, 0, 1, 0, -1, 1, 1, -1, -1])
    w = np.array([16.0, 4, 4, 4, 4, 1, 1, 1, 1]) / 36
    for _ in range(steps):
        rho = np.sum(f, axis=0)
        ux = np.sum(f * cx[:, None, None], axis=0) / rho
        uy = np.sum(f * cy[:, None, None], axis=0) / rho
        for i in range(9):
            cu = cx[i] * ux + cy[i] * uy
            feq = w[i] * rho * (1 + 3 * cu + 4.5 * cu**2 - 1.5 * (ux**2 + uy**2))
            f[i] += omega * (feq - f[i])
        f[1] = np.roll(f[1], 1, axis=0)
        f[2] = np.roll(f[2], 1, axis=1)
        f[3] = np.roll(f[3], -1, axis=0)
        f[4] = np.roll(f[4], -1, axis=1)
        f[5] = np.roll(np.roll(f[5], 1, axis=0), 1, axis=1)
    return np.sum(f**2)


def wave_equation(u0, c, dt, dx, steps):
    u = np.zeros((steps + 1, len(u0)))
    u[0] = u0
    u[1, 1:-1] = u0[1:-1] + 0.5 * (c[1:-1] * dt / dx) ** 2 * (u0[2:] - 2 * u0[1:-1] + u0[:-2])
    for t in range(1, steps):
        u[t + 1, 1:-1] = (
            2 * u[t, 1:-1] - u[t - 1, 1:-1]
            + (c[1:-1] * dt / dx) ** 2 * (u[t, 2:] - 2 * u[t, 1:-1] + u[t, :-2])
        )  # fmt: skip
    return np.sum(u[-1] ** 2)


def wave_equation_swapped(u, c, steps):
    prev, curr, new = u.copy(), u.copy(), np.zeros_like(u)
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            new[i] = 2 * curr[i] - prev[i] + c[i] ** 2 * (curr[i + 1] - 2 * curr[i] + curr[i - 1])
        prev, curr, new = curr, new, prev
    return np.sum(curr**2)


def reaction_diffusion(U, V, Du, Dv, F, k, steps):
    for _ in range(steps):
        Lu = U[:-2, 1:-1] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1] + U[1:-1, 2:] + U[2:, 1:-1]
        Lv = V[:-2, 1:-1] + V[1:-1, :-2] - 4 * V[1:-1, 1:-1] + V[1:-1, 2:] + V[2:, 1:-1]
        u, v = U[1:-1, 1:-1], V[1:-1, 1:-1]
        uvv = u * v * v
        u += Du * Lu - uvv + F * (1 - u)
        v += Dv * Lv + uvv - (F + k) * v
    return np.sum(V**2)


def masked_growth(Z, rate, steps):
    """Like the game of life, with numbers."""
    for _ in range(steps):
        N = np.zeros_like(Z)
        N[1:-1, 1:-1] = Z[:-2, 1:-1] + Z[2:, 1:-1] + Z[1:-1, :-2] + Z[1:-1, 2:]
        birth = (N > 0.5) & (Z < 0.3)
        survive = (N > 0.2) & (Z >= 0.3)
        old = Z.copy()
        Z[...] = 0
        Z[birth] = rate * N[birth]
        Z[survive] = old[survive] * N[survive]
    return np.sum(Z**2)


def _m(*shape):
    return _rng.normal(size=shape) * 0.5


def _p(*shape):
    return _rng.uniform(0.5, 1.5, size=shape)


ARGUMENTS = {
    jacobi_1d_loss: [(_m(6), _m(6))],
    jacobi_2d_loss: [(_m(5, 5),)],
    seidel_2d_loss: [(_m(4, 4),)],
    gauss_seidel_nonlinear: [(_m(4, 4), _m(4, 4), 0.5, 2)],
    fdtd_2d_loss: [(_m(4, 5), _m(4, 5), _m(4, 5), _m(3))],
    heat_3d_loss: [(_m(4, 4, 4),)],
    adi_loss: [(_m(5, 5),)],
    hdiff_loss: [(_m(7, 7, 2), _m(3, 3, 2))],
    vadv_loss: [(_m(2, 3, 4), _m(2, 3, 4), _m(3, 3, 5), _m(2, 3, 4), _m(2, 3, 4))],
    deriche: [(0.25, _m(4, 5))],
    cavity_loss: [(_m(4, 4), _m(4, 4), _m(4, 4), 0.1)],
    channel_flow: [(_p(4, 4), 1.0, 0.1, 0.1)],
    upwind: [(_m(6), 0.8, 0.5, 0.1, 3), (_m(6), -0.8, 0.5, 0.1, 3)],
    burgers: [(_m(6), 0.1, 0.5, 0.1, 3)],
    crank_nicolson: [(_m(5), 0.6, 2)],
    thomas: [(_m(5), _p(5) + 2.0, _m(5), _m(5))],
    thomas_in_place: [(_m(4), _p(5), _m(4), _m(5))],
    shallow_water: [(_p(4, 4), _m(4, 4), _m(4, 4), 0.1, 0.5, 1.0, 2)],
    lattice_boltzmann: [(_p(9, 3, 3), 1.2, 2)],
    wave_equation: [(_m(5), _p(5), 0.1, 0.3, 3)],
    wave_equation_swapped: [(_m(5), _p(5), 3)],
    reaction_diffusion: [(_p(4, 4), _p(4, 4), 0.1, 0.05, 0.04, 0.06, 2)],
    masked_growth: [(_p(4, 4) - 0.4, 0.5, 2)],
}
