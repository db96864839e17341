"""Timings, reported and never judged: `python -m tests.benchmarks`."""
