"""Helpers of another package, for tests/test_functions.py."""
