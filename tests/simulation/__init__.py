"""Simulation of whole servers on trio's virtual clock: see docs/contributing/simulation.md."""
