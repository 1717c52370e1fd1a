"""Fuzzing of every parser of foreign bytes; see :mod:`tests.bench.fuzz.__main__`."""
