"""The catalogue: items and monsters as data, loaded and validated at start."""
