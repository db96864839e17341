"""Programs with complex values, as scientists write them, held against differences."""

import cmath

import numpy as np
import pytest
from scipy import linalg

from adgen import UserError, check_grads, grad, value_and_grad, vjp

RNG = np.random.default_rng(5)


def real(*shape):
    return RNG.normal(size=shape)


def complex_(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


# -- transforms written by hand ------------------------------------------------------------------


def bit_reversed(n):
    bits = n.bit_length() - 1
    return np.array([int(f"{i:0{bits}b}"[::-1], 2) for i in range(n)])


def radix2(x, order, mask):
    """Cooley and Tukey's transform, in place."""
    n = len(x)
    X = x[order].astype(complex)
    size = 2
    while size <= n:
        half = size // 2
        for start in range(0, n, size):
            for k in range(half):
                w = np.exp(-2j * np.pi * k / size)
                even = X[start + k]
                odd = w * X[start + k + half]
                X[start + k] = even + odd
                X[start + k + half] = even - odd
        size *= 2
    return np.sum(mask * np.abs(X) ** 2)


def radix2_of_buffer(z, order):
    """The same with twiddle factors from a table and slices."""
    n = len(z)
    X = np.zeros(n, dtype=complex)
    for i in range(n):
        X[i] = z[order[i]]
    twiddle = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    half = 1
    while half < n:
        for start in range(0, n, 2 * half):
            w = twiddle[:: n // (2 * half)]
            odd = w * X[start + half : start + 2 * half]
            even = X[start : start + half].copy()
            X[start : start + half] = even + odd
            X[start + half : start + 2 * half] = even - odd
        half *= 2
    return np.sum(X.real**4 + X.imag * X.real)


def slow_dft(x, weights):
    n = len(x)
    total = 0.0
    for k in range(n):
        Xk = 0
        for t in range(n):
            Xk += x[t] * cmath.exp(-2j * cmath.pi * k * t / n)
        total += weights[k] * abs(Xk)
    return total


def dft_by_matrix(x):
    n = x.shape[0]
    k = np.arange(n)
    F = np.exp(-2j * np.pi * np.outer(k, k) / n) / np.sqrt(n)
    return np.linalg.norm(F @ x, 1)


# -- spectra and filters -------------------------------------------------------------------------


def power_spectrum(x, target):
    X = np.fft.rfft(x * np.hanning(len(x)))
    power = np.abs(X) ** 2 / len(x)
    return np.mean((np.log(power + 1e-3) - target) ** 2)


def low_pass(x, cutoff, gain):
    freqs = np.fft.rfftfreq(x.size, d=0.01)
    H = gain / (1 + 1j * freqs / cutoff)
    y = np.fft.irfft(np.fft.rfft(x) * H, n=x.size)
    return np.sum(y**2 * np.arange(x.size))


def gaussian_blur(image, sigma):
    ky = np.fft.fftfreq(image.shape[0])[:, None]
    kx = np.fft.fftfreq(image.shape[1])[None, :]
    kernel = np.exp(-2 * np.pi**2 * sigma**2 * (kx**2 + ky**2))
    blurred = np.fft.ifft2(np.fft.fft2(image) * kernel).real
    return np.sum(blurred**3)


def spectral_derivative(u, length):
    n = len(u)
    k = 2 * np.pi * np.fft.fftfreq(n, d=1.0 / n)
    du = np.real(np.fft.ifft(1j * k * np.fft.fft(u))) / length
    return 0.5 * np.sum(du**2)


def fast_convolution(a, b):
    n = len(a) + len(b) - 1
    c = np.fft.irfft(np.fft.rfft(a, n) * np.fft.rfft(b, n), n)
    return np.sum(np.sin(c))


def cross_correlation_peak(x, y):
    r = np.fft.ifft(np.fft.fft(x) * np.conj(np.fft.fft(y)))
    return np.max(np.abs(r))


def analytic_signal(x):
    n = len(x)
    X = np.fft.fft(x)
    h = np.zeros(n)
    h[0] = 1
    h[1 : (n + 1) // 2] = 2
    if n % 2 == 0:
        h[n // 2] = 1
    z = np.fft.ifft(X * h)
    envelope = np.abs(z)
    phase = np.angle(z)
    return np.sum(envelope**1.5) + np.sum(np.cos(phase))


def poisson_equation(f):
    n = f.shape[0]
    k = np.fft.fftfreq(n) * n
    k2 = k[:, None] ** 2 + k[None, :] ** 2
    k2[0, 0] = 1.0
    F = np.fft.fftn(f)
    U = -F / k2
    U[0, 0] = 0
    u = np.fft.ifftn(U).real
    return np.sum(u * f)


def spectrogram(x, window):
    total = 0.0
    hop = 4
    for start in range(0, len(x) - len(window) + 1, hop):
        frame = np.fft.fft(x[start : start + len(window)] * window)
        total += np.sum(np.log(1 + np.abs(frame) ** 2))
    return total


# -- optics --------------------------------------------------------------------------------------


def gerchberg_saxton_step(phase, amplitude, target):
    field = amplitude * np.exp(1j * phase)
    far = np.fft.fftshift(np.fft.fft2(field)) / field.size
    far = target * np.exp(1j * np.angle(far))
    near = np.fft.ifft2(np.fft.ifftshift(far)) * field.size
    return np.sum((np.abs(near) - amplitude) ** 2)


def angular_spectrum(u0, z, wavelength):
    n = u0.shape[-1]
    fx = np.fft.fftfreq(n, d=0.5)
    kz = 2 * np.pi * np.sqrt(0j + 1 / wavelength**2 - fx**2)
    u = np.fft.ifft(np.fft.fft(u0) * np.exp(1j * kz * z))
    intensity = np.abs(u) ** 2
    return np.sum(intensity**2)


def fresnel_reflection(theta, n1, n2):
    cos_i = np.cos(theta)
    cos_t = cmath.sqrt(1 - (n1 / n2 * np.sin(theta)) ** 2)
    rs = (n1 * cos_i - n2 * cos_t) / (n1 * cos_i + n2 * cos_t)
    rp = (n2 * cos_i - n1 * cos_t) / (n2 * cos_i + n1 * cos_t)
    return cmath.phase(rp / rs) + abs(rs) ** 2


def multilayer(thickness, index):
    k0 = 2 * np.pi / 0.55
    M = np.eye(2, dtype=complex)
    for j in range(len(thickness)):
        delta = k0 * index[j] * thickness[j]
        layer = np.array(
            [[np.cos(delta), 1j * np.sin(delta) / index[j]],
             [1j * index[j] * np.sin(delta), np.cos(delta)]]
        )  # fmt: skip
        M = M @ layer
    B = M[0, 0] + M[0, 1] * 1.5
    C = M[1, 0] + M[1, 1] * 1.5
    r = (B - C) / (B + C)
    return np.abs(r) ** 2


# -- circuits ------------------------------------------------------------------------------------


def rlc_gain(R, L, C, f):
    omega = 2 * np.pi * f
    Z = R + 1j * omega * L + 1 / (1j * omega * C)
    H = (1 / (1j * omega * C)) / Z
    return 20 * np.sum(np.log10(np.abs(H)))


def rlc_number(R, L, C, omega):
    Z = complex(R, omega * L - 1 / (omega * C))
    current = 10.0 / Z
    return current.real**2 + abs(current) * cmath.phase(current)


def nodal_analysis(R, C, omega):
    Y = np.array([[1 / R[0] + 1j * omega * C[0], -1 / R[0]],
                  [-1 / R[0], 1 / R[0] + 1 / R[1] + 1j * omega * C[1]]])  # fmt: skip
    v = np.linalg.solve(Y, np.array([1.0, 0.5]))
    return np.sum(np.abs(v) ** 2) + np.abs(np.linalg.det(Y))


# -- quantum mechanics ---------------------------------------------------------------------------


def split_step(V, psi0, dt):
    n = len(V)
    k = 2 * np.pi * np.fft.fftfreq(n, d=0.2)
    kinetic = np.exp(-0.5j * k**2 * dt)
    potential = np.exp(-0.5j * V * dt)
    psi = psi0.astype(complex)
    for _ in range(4):
        psi = potential * psi
        psi = np.fft.ifft(kinetic * np.fft.fft(psi))
        psi *= potential
    density = np.abs(psi) ** 2
    return np.sum(density * np.arange(n)) / np.sum(density)


def gross_pitaevskii(psi, g, dt):
    for _ in range(3):
        psi = psi * np.exp(-1j * g * np.abs(psi) ** 2 * dt)
        psi = np.fft.ifft(np.fft.fft(psi) * np.exp(-1j * np.arange(len(psi)) ** 2 * dt))
    return np.vdot(psi, psi * np.arange(len(psi))).real


def expectation(theta, psi):
    U = np.array([[np.cos(theta / 2), -1j * np.sin(theta / 2)],
                  [-1j * np.sin(theta / 2), np.cos(theta / 2)]])  # fmt: skip
    sigma = np.array([[1, 1 - 1j], [1 + 1j, -1]])
    state = U @ psi
    return (np.conj(state) @ sigma @ state).real / np.vdot(state, state).real


def ground_state_energy(a, b):
    H = np.array([[a, 1j * b, 0.5], [-1j * b, 2 * a, b], [0.5, b, -a]])
    return np.linalg.eigvalsh(H)[0]


def fidelity(H, psi, phi, t):
    w, v = np.linalg.eigh(H + H.conj().T)
    U = (v * np.exp(-1j * w * t)) @ v.conj().T
    return np.abs(np.vdot(phi, U @ psi)) ** 2


def crank_nicolson(V, psi):
    n = len(V)
    H = np.diag(V) - 0.5 * (np.eye(n, k=1) + np.eye(n, k=-1))
    A = np.eye(n) + 0.05j * H
    B = np.eye(n) - 0.05j * H
    for _ in range(2):
        psi = np.linalg.solve(A, B @ psi)
    return np.sum(np.abs(psi[: n // 2]) ** 2)


# -- iterations ----------------------------------------------------------------------------------


def mandelbrot(c):
    z = 0
    for _ in range(8):
        z = z * z + c
        if abs(z) > 2:
            break
    return abs(z)


def julia(z, cx, cy):
    c = cx + 1j * cy
    for _ in range(4):
        z = z**2 + c
    return np.mean(np.log(1 + np.abs(z)))


def newton_fractal(z):
    for _ in range(3):
        z = z - (z**3 - 1) / (3 * z**2)
    return np.sum(np.abs(z - 1) ** 2)


def polynomial_of_roots(roots, z):
    value = 1.0
    for r in roots:
        value = value * (z - r)
    return abs(value)


def horner(coefficients, x):
    z = np.exp(1j * x)
    total = np.zeros(len(x), dtype=complex)
    for c in coefficients[::-1]:
        total = total * z + c
    return np.sum(np.abs(total))


def winding(points, center):
    moved = points - center
    angles = np.angle(moved[1:] / moved[:-1])
    return np.sum(angles**2)


def weights_written_out(x, y):
    z = y + np.exp(1j * x)
    return np.sum(z * (0.3 + 0.2j)).real + np.sum(z.real) + np.sum(y * z ** (0.5 - 0.1j)).imag


def moebius(a, b, c, d, z):
    return np.sum(np.abs((a * z + b) / (c * z + d)))


def phasors(amplitudes, phases):
    total = 0j
    for a, p in zip(amplitudes, phases):  # noqa: B905
        total += cmath.rect(a, p)
    r, angle = cmath.polar(total)
    return r * angle


def parts_written(x, y):
    z = np.empty(3, dtype=complex)
    z[0] = x + 1j * y
    z[1] = z[0] ** 2 + x
    z[2] = np.conj(z[1]) * y
    z[1:] *= 1j
    return abs(z.sum()) + z[2].imag


def real_into_complex(x):
    z = np.zeros((2, len(x)), complex)
    z[0] = x
    z[1] += 1j * x**2
    z += x
    return np.sum(np.abs(z[0] * z[1]))


def conditional(x):
    if x.sum() > 0:
        z = x
    else:
        z = 1j * x
    w = z * (1 + 2j)
    return np.sum(w.real**2 - w.imag)


def beamforming(angles, weights):
    n = np.arange(len(weights))
    steering = np.exp(1j * np.pi * np.outer(np.sin(angles), n))
    response = steering @ weights
    return np.sum(np.abs(response) ** 2) / np.linalg.norm(weights) ** 2


def least_squares(A, b, x):
    r = A @ x - b
    return np.linalg.norm(r) ** 2 + 0.1 * np.sum(np.abs(x))


def whitened(X):
    R = X @ X.conj().T / X.shape[1] + np.eye(X.shape[0])
    L = np.linalg.cholesky(R)
    sign, logdet = np.linalg.slogdet(R)
    return np.sum(np.abs(L)) + logdet


ORDER = bit_reversed(8)
PROGRAMS = [
    (radix2, (real(8), ORDER, real(8))),
    (radix2, (complex_(8), ORDER, real(8))),
    (radix2_of_buffer, (complex_(8), ORDER)),
    (radix2_of_buffer, (real(8), ORDER)),
    (slow_dft, (real(4), real(4))),
    (dft_by_matrix, (real(5),)),
    (dft_by_matrix, (complex_(5),)),
    (power_spectrum, (real(8), real(5))),
    (low_pass, (real(9), 20.0, 1.5)),
    (low_pass, (real(8), 20.0, 1.5)),
    (gaussian_blur, (real(4, 5), 1.3)),
    (spectral_derivative, (real(8), 2.0)),
    (fast_convolution, (real(5), real(3))),
    (cross_correlation_peak, (real(6), real(6))),
    (analytic_signal, (real(7),)),
    (analytic_signal, (real(8),)),
    (poisson_equation, (real(4, 4),)),
    (spectrogram, (real(14), real(6))),
    (gerchberg_saxton_step, (real(4, 4), 1 + real(4, 4) ** 2, 1 + real(4, 4) ** 2)),
    (angular_spectrum, (complex_(6), 0.7, 0.9)),
    (angular_spectrum, (complex_(2, 6), 0.7, 2.5)),
    (fresnel_reflection, (0.4, 1.0, 1.5)),
    (fresnel_reflection, (1.2, 1.5, 1.0)),
    (multilayer, (np.array([0.1, 0.2, 0.15]), np.array([1.4, 2.1, 1.7]))),
    (multilayer, (np.array([0.1, 0.2]), np.array([1.4 - 0.2j, 2.1 - 0.1j]))),
    (rlc_gain, (50.0, 0.1, 2e-5, np.array([30.0, 100.0, 150.0]))),
    (rlc_number, (5.0, 0.1, 0.02, 30.0)),
    (nodal_analysis, (np.array([2.0, 3.0]), np.array([0.1, 0.2]), 4.0)),
    (split_step, (real(8) ** 2, real(8), 0.1)),
    (split_step, (real(8) ** 2, complex_(8), 0.1)),
    (gross_pitaevskii, (complex_(6), 0.8, 0.1)),
    (expectation, (0.6, complex_(2))),
    (ground_state_energy, (0.7, 1.3)),
    (fidelity, (complex_(3, 3), complex_(3), complex_(3), 0.3)),
    (crank_nicolson, (real(5), complex_(5))),
    (mandelbrot, (-0.4 + 0.3j,)),
    (mandelbrot, (0.9 + 0.8j,)),
    (mandelbrot, (0.3,)),
    (julia, (complex_(3, 2), 0.2, -0.3)),
    (newton_fractal, (complex_(4),)),
    (polynomial_of_roots, (complex_(3), 0.4 - 1j)),
    (polynomial_of_roots, ((1.0, 2.5 + 1j), 0.4)),
    (horner, (real(4), real(3))),
    (horner, (complex_(4), real(3))),
    (winding, (complex_(5), 0.1 + 0.2j)),
    (weights_written_out, (real(3), 0.8)),
    (moebius, (1.0, 0.5j, 2.0 - 1j, 1.5, complex_(3))),
    (phasors, (real(3), real(3))),
    (parts_written, (0.8, -1.1)),
    (real_into_complex, (real(3),)),
    (conditional, (np.array([1.0, 0.5]),)),
    (conditional, (np.array([-1.0, 0.5]),)),
    (beamforming, (real(3), complex_(4))),
    (least_squares, (complex_(4, 3), complex_(4), complex_(3))),
    (least_squares, (real(4, 3), real(4), complex_(3))),
    (whitened, (complex_(2, 5),)),
]


@pytest.mark.parametrize(
    ("f", "args"), PROGRAMS, ids=[f"{f.__name__}-{i}" for i, (f, _) in enumerate(PROGRAMS)]
)
def test_program(f, args):
    assert check_grads(f, args).ok


# -- parts of arrays -----------------------------------------------------------------------------


def part_read_before_a_write(z):
    w = 2 * z
    a, b, c = w.real, w.imag, w.conj()
    w[1] = 3.0
    return np.sum(a * b) + np.sum(np.abs(w + c) ** 2)


def parts_assigned(z, x):
    w = z.copy()
    w.real = x
    w.imag *= x
    w.real += 1
    return np.sum(np.abs(w) ** 2 * x)


def parts_written_by_index(z, x):
    w = z.copy()
    w.real[1] = 2.0 * x[0]
    w.imag[:2] += x[1]
    for i in range(2):
        w.imag[i] = x[i] * w.real[i + 1]
    return np.sum(np.abs(w) ** 3)


def conjugate_written(z, x):
    c, d = z.conj(), x.copy().conj()
    c[0] = 5.0
    d[1] = x[0] ** 2
    return np.sum(np.abs(c) ** 2 * d + z.real)


def real_part_of_real_numbers(x, y):
    x.real = y
    y.real[1] = 2.0
    return np.sum(x**2 * y)


def test_real_part_of_real_numbers():
    assert check_grads(real_part_of_real_numbers, (real(3), real(3))).ok


@pytest.mark.parametrize(
    "f", [part_read_before_a_write, parts_assigned, parts_written_by_index, conjugate_written]
)
def test_parts_of_arrays(f):
    args = (complex_(4), real(4))[: f.__code__.co_argcount]
    before = [arg.copy() for arg in args]
    assert check_grads(f, args).ok
    assert all(np.array_equal(a, b) for a, b in zip(args, before, strict=True))


# -- of which nothing is known -------------------------------------------------------------------


def test_what_nothing_is_known_of_may_be_complex():
    def f(x):
        y = linalg.dft(len(x)) @ x
        w = np.real(linalg.dft(len(x)) * x)
        return np.sum(np.abs(y) * w[1]) + np.linalg.norm(y) + np.var(y) + abs(y[1] + y[2].imag)

    assert check_grads(f, (real(4),)).ok


def test_what_annotations_leave_open_is_real():
    def size(x: np.ndarray):
        return np.sum(np.abs(x))

    def turned(x, w):
        return np.sum(np.abs(1j * w * x))

    def number(z: complex, x: float):
        return abs(z * x)

    assert "dx = dout * np.sign(x)" in grad(size).source()
    assert "dx = (z * dout0).real" in grad(number).source()
    with pytest.raises(UserError, match="whether `\\*` gives complex numbers here is not known"):
        grad(turned).source()


# -- results and arguments -----------------------------------------------------------------------


def test_gradient_of_a_holomorphic_function_is_its_derivative():
    z = 0.4 - 1.2j
    out, pullback = vjp(lambda z: np.exp(z) * z, z)
    assert pullback(1.0) == pytest.approx(np.exp(z) * (z + 1))
    assert pullback(1j) == pytest.approx(1j * np.exp(z) * (z + 1))


def test_conjugate_of_the_gradient_points_uphill():
    value, dz = value_and_grad(lambda z: abs(z - 1) ** 2)(3 + 4j)
    assert value == pytest.approx(20) and dz == pytest.approx(2 * (2 - 4j))


def test_gradients_are_of_the_arguments_types():
    def f(a, b, c, x):
        return np.sum(np.abs(a * b * c * x) ** 2) + np.sum(x)

    args = (1j, np.complex64(2 + 1j), complex_(3).astype(np.complex64), real(3).astype("f4"))
    da, db, dc, dx = grad(f)(*args)
    assert type(da) is complex and type(db) is np.complex64
    assert dc.dtype == np.complex64 and dx.dtype == np.float32
    assert grad(lambda z: abs(z))(0j) == 0 and type(grad(lambda z: abs(z))(0j)) is complex
    assert grad(lambda z, x: x)(1j, 2.0) == (0j, 1.0)


def test_complex_results_have_no_gradient():
    with pytest.raises(
        UserError, match=r"the result of `horner_value` is complex[^$]*take its real part"
    ):
        grad(horner_value)(complex_(3), 0.5j)


def horner_value(c, x):
    return c[0] + x * c[1]


def test_the_adjoint_of_a_real_result_is_real():
    _, pullback = vjp(lambda z: np.abs(z), complex_(3))
    with pytest.raises(UserError, match="the adjoint of the result is complex"):
        pullback(1j * np.ones(3))


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (lambda z: np.maximum(z, 0).real.sum(), "complex numbers have no order"),
        (lambda z: np.sign(z).real.sum(), "of complex numbers it is not constant"),
    ],
)
def test_what_is_wrong_for_complex_numbers_is_refused(f, reason):
    with pytest.raises(UserError, match=reason):
        grad(f)(complex_(3))


# -- gradients of gradients ----------------------------------------------------------------------


def cubed_spectrum(x):
    return np.sum(np.abs(np.fft.rfft(x)) ** 3)


def along(x, v):
    return np.sum(grad(cubed_spectrum)(x) * v)


def turning(x, y):
    z = np.exp(1j * x * y)
    w = np.fft.irfft(np.fft.rfft(z.real, 6) * (1 + 2j))
    return np.sum(np.abs(z * (1 + x)) ** 2) + np.sum(w**3) + np.linalg.norm(z + y)


def slope_of_turning(x, y):
    dx, dy = grad(turning)(x, y)
    return np.sum(dx * np.arange(len(x))) + dy


def of_complex(z):
    return np.sum(np.abs(z**2 + 1) ** 2) + abs(np.vdot(z, 1j * z[::-1])) + np.prod(z).real


def slope_of_complex(z):
    return np.sum(grad(of_complex)(z) * (1 + 2j)).imag


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (along, (real(5), real(5))),
        (slope_of_turning, (real(4), 0.7)),
        (slope_of_complex, (complex_(4),)),
    ],
    ids=["along", "slope_of_turning", "slope_of_complex"],
)  # fmt: skip
def test_gradient_of_a_gradient(f, args):
    assert check_grads(f, args).ok


def of_elements_in_order(z):
    return np.sum(np.abs(z.flat[1] * z + z.flat[2:4].sum()) ** 2)


def test_an_iterator_over_complex_elements():
    assert check_grads(grad(of_elements_in_order), (complex_(2, 3),)).ok


# -- matrices of SciPy, in real losses ---------------------------------------------------------


def likelihood(A, z):
    """Of complex normal numbers, by a Cholesky factor."""
    factor = linalg.cho_factor(A @ A.conj().T + 3 * np.eye(3), lower=True)
    solution = linalg.cho_solve(factor, z)
    return np.real(np.conj(z) @ solution) + 2 * np.sum(np.log(np.real(np.diag(factor[0]))))


def of_toeplitz_matrices(A, z):
    hermitian = linalg.toeplitz(z) + 9 * np.eye(3)
    solution = linalg.solve_toeplitz(hermitian[:, 0], A @ z)
    return np.sum(np.abs(linalg.solve(hermitian, A, assume_a="her")) ** 2) + np.abs(solution[0])


def of_matrix_equations(A, z):
    stable = A - 9 * np.eye(3)
    x = linalg.solve_continuous_lyapunov(stable, A @ A.conj().T + 3 * np.eye(3))
    y = linalg.solve_discrete_lyapunov(0.1 * A, x)
    t = linalg.solve_triangular(stable, y @ z, trans="C", lower=True)
    return np.sum(np.abs(x + linalg.pinv(y)) ** 2) + np.real(t[0])


@pytest.mark.parametrize("loss", [likelihood, of_toeplitz_matrices, of_matrix_equations])
def test_matrices_of_scipy_in_a_real_loss(loss):
    assert check_grads(grad(loss, wrt=("A", "z")), (complex_(3, 3), complex_(3))).ok
