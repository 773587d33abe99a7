"""From the facts of the SRD data set to templates: only `generate` needs it."""
