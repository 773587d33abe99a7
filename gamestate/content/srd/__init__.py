"""Makes templates from the SRD data set; only `gamestate.content.generate` uses it."""
