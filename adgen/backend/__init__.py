"""Compile and run the emitted text."""
