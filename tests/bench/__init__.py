"""Benchmarks: each measures a subject against its baseline in the same run, and judges nothing."""
