"""Seeded simulation of whole servers on trio's virtual clock: see docs/simulation.md."""
