"""The catalogue: items, monsters and scenarios as data, loaded and validated at start."""
