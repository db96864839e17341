"""The figures of `docs/performance.md`, measured on this machine, on one thread."""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

ONE_THREAD = {
    f"{library}_NUM_THREADS": "1"
    for library in ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")
}
PARTS = ("starting", "compiling", "workloads")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    parser.add_argument("--size", action="append", choices=["tiny", "standard", "large"])
    parser.add_argument("--only", action="append", metavar="WORKLOAD")
    parser.add_argument("--seconds", type=float, default=6.0, help="for each workload and size")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        # libraries read this when they are loaded
        command = [sys.executable, "-m", "tests.benchmarks", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | ONE_THREAD)
    run(options)


def run(options):
    import numpy as np

    from tests.benchmarks import compiling, starting

    parts = options.parts or PARTS
    about = f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}"
    print(about + "\n")
    found = {"about": about}
    if "starting" in parts:
        found["starting"] = starting.report()
    if "compiling" in parts:
        found["compiling"] = compiling.report()
    if "workloads" in parts:
        sizes = options.size or ["tiny", "standard", "large"]
        found["workloads"] = [f.as_dict() for f in workloads(sizes, options.only, options.seconds)]
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


def keep_memory():
    """Give back one large array, as any program that has worked with one has.

    From then on glibc keeps the memory of smaller ones; before, each may be taken from the system
    and given back again, and what that costs depends on who else is at it.
    """
    import numpy as np

    np.ones(4_000_000).sum()


def workloads(sizes, only, seconds):
    """Measure and print, size by size."""
    from tests.benchmarks.measuring import measure
    from tests.benchmarks.report import table
    from tests.benchmarks.workloads import ALL

    keep_memory()
    chosen = [w for w in ALL if not only or w.name in only]
    every = []
    for size in sizes:
        figures = [measure(w, size, seconds) for w in chosen if size in w.sizes]
        if figures:
            print(table(size, figures) + "\n", flush=True)
        every += figures
    return every


if __name__ == "__main__":
    main()
