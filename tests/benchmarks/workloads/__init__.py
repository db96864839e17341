"""The workloads, by what they are about."""

from tests.benchmarks.workload import Workload
from tests.benchmarks.workloads import (
    convolutions,
    dynamics,
    estimation,
    factorisations,
    geometry,
    mixtures,
    networks,
    scalars,
    sequences,
    stencils,
)

ALL: tuple[Workload, ...] = (
    *scalars.WORKLOADS,
    *networks.WORKLOADS,
    *sequences.WORKLOADS,
    *convolutions.WORKLOADS,
    *mixtures.WORKLOADS,
    *geometry.WORKLOADS,
    *stencils.WORKLOADS,
    *factorisations.WORKLOADS,
    *dynamics.WORKLOADS,
    *estimation.WORKLOADS,
)
