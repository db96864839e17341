"""The log-likelihood of a mixture of Gaussians, written in three ways."""

import math

import numpy as np

from tests.benchmarks.workload import Workload


def gmm(x, logits, means, log_scales):
    """Axis-aligned components, by broadcasting."""
    z = (x[:, None, :] - means) * np.exp(-log_scales)
    s = logits - np.sum(log_scales, axis=1) - 0.5 * np.sum(z**2, axis=2)
    m = np.max(s, axis=1)
    total = np.sum(m + np.log(np.sum(np.exp(s - m[:, None]), axis=1)))
    return total - len(x) * np.log(np.sum(np.exp(logits)))


def gmm_forward(x, logits, means, log_scales):
    inverse = np.exp(-log_scales)
    z = (x[:, None, :] - means) * inverse
    s = logits - np.sum(log_scales, axis=1) - 0.5 * np.sum(z**2, axis=2)
    m = np.max(s, axis=1)
    p = np.exp(s - m[:, None])
    mass = np.sum(p, axis=1)
    prior = np.exp(logits)
    out = np.sum(m + np.log(mass)) - len(x) * np.log(np.sum(prior))
    p /= mass[:, None]
    cache = (x, inverse, z, p, prior)
    return out, cache


def gmm_backward(dout, cache):
    x, inverse, z, p, prior = cache
    ds = dout * p
    dtotal = np.sum(ds, axis=0)
    dz = -ds[:, :, None] * z
    dlog_scales = -np.sum(dz * z, axis=0) - dtotal[:, None]
    dz *= inverse
    dmeans = -np.sum(dz, axis=0)
    dlogits = dtotal - (len(x) * dout / np.sum(prior)) * prior
    return dlogits, dmeans, dlog_scales


def gmm_einsum(x, logits, means, factors):
    """Components with full precision matrices, factors.T @ factors."""
    d = x[:, None, :] - means
    z = np.einsum("kij,nkj->nki", factors, d)
    logdet = np.log(np.abs(np.diagonal(factors, axis1=1, axis2=2)))
    s = logits + np.sum(logdet, axis=1) - 0.5 * np.einsum("nki,nki->nk", z, z)
    m = np.max(s, axis=1, keepdims=True)
    return np.sum(m[:, 0] + np.log(np.sum(np.exp(s - m), axis=1)))


def gmm_einsum_forward(x, logits, means, factors):
    d = x[:, None, :] - means
    z = np.einsum("kij,nkj->nki", factors, d)
    diagonal = np.diagonal(factors, axis1=1, axis2=2)
    logdet = np.log(np.abs(diagonal))
    s = logits + np.sum(logdet, axis=1) - 0.5 * np.einsum("nki,nki->nk", z, z)
    m = np.max(s, axis=1, keepdims=True)
    p = np.exp(s - m)
    mass = np.sum(p, axis=1)
    out = np.sum(m[:, 0] + np.log(mass))
    p /= mass[:, None]
    cache = (factors, d, z, diagonal, p)
    return out, cache


def gmm_einsum_backward(dout, cache):
    factors, d, z, diagonal, p = cache
    ds = dout * p
    dlogits = np.sum(ds, axis=0)
    dz = -ds[:, :, None] * z
    dz_k = dz.transpose(1, 0, 2)
    dfactors = dz_k.transpose(0, 2, 1) @ d.transpose(1, 0, 2)
    i = np.arange(dfactors.shape[1])
    dfactors[:, i, i] += dlogits[:, None] / diagonal
    dmeans = -np.sum(dz_k @ factors, axis=1)
    return dlogits, dmeans, dfactors


def gmm_loops(x, logits, means, log_scales):
    """The first one, by loops over numbers, as in C."""
    n, dims = x.shape
    components = len(logits)
    total = 0.0
    for i in range(n):
        likelihood = 0.0
        for k in range(components):
            s = logits[k]
            for d in range(dims):
                z = (x[i, d] - means[k, d]) * math.exp(-log_scales[k, d])
                s -= 0.5 * z * z + log_scales[k, d]
            likelihood += math.exp(s)
        total += math.log(likelihood)
    return total


def gmm_loops_forward(x, logits, means, log_scales):
    n, dims = x.shape
    components = len(logits)
    total = 0.0
    tape = []
    for i in range(n):
        likelihood = 0.0
        terms = []
        for k in range(components):
            s = logits[k]
            zs = []
            for d in range(dims):
                inverse = math.exp(-log_scales[k, d])
                z = (x[i, d] - means[k, d]) * inverse
                s -= 0.5 * z * z + log_scales[k, d]
                zs.append((inverse, z))
            e = math.exp(s)
            likelihood += e
            terms.append((e, zs))
        total += math.log(likelihood)
        tape.append((likelihood, terms))
    cache = (logits, means, tape)
    return total, cache


def gmm_loops_backward(dout, cache):
    logits, means, tape = cache
    dlogits = np.zeros_like(logits)
    dmeans = np.zeros_like(means)
    dlog_scales = np.zeros_like(means)
    for likelihood, terms in tape:
        dlikelihood = dout / likelihood
        for k, (e, zs) in enumerate(terms):
            ds = e * dlikelihood
            dlogits[k] += ds
            for d, (inverse, z) in enumerate(zs):
                dz = -z * ds
                dmeans[k, d] -= inverse * dz
                dlog_scales[k, d] -= z * dz + ds
    return dlogits, dmeans, dlog_scales


def gmm_arguments(rng, n, components, dims):
    return (
        rng.normal(size=(n, dims)),
        rng.normal(size=components),
        rng.normal(size=(components, dims)),
        0.3 * rng.normal(size=(components, dims)),
    )


def gmm_einsum_arguments(rng, n, components, dims):
    factors = np.eye(dims) + 0.2 * rng.normal(size=(components, dims, dims))
    x, logits, means, _ = gmm_arguments(rng, n, components, dims)
    return x, logits, means, factors


WORKLOADS = (
    Workload(
        gmm,
        gmm_forward,
        gmm_backward,
        wrt=("logits", "means", "log_scales"),
        arguments=gmm_arguments,
        sizes={"tiny": (4, 2, 3), "standard": (1000, 10, 8), "large": (10_000, 20, 16)},
    ),
    Workload(
        gmm_einsum,
        gmm_einsum_forward,
        gmm_einsum_backward,
        wrt=("logits", "means", "factors"),
        arguments=gmm_einsum_arguments,
        sizes={"tiny": (4, 2, 3), "standard": (1000, 10, 8), "large": (10_000, 20, 16)},
    ),
    Workload(
        gmm_loops,
        gmm_loops_forward,
        gmm_loops_backward,
        wrt=("logits", "means", "log_scales"),
        arguments=gmm_arguments,
        sizes={"tiny": (2, 2, 2), "standard": (50, 4, 3), "large": (500, 8, 4)},
    ),
)
