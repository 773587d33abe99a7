"""The starter pack: data only. Where it comes from is in NOTICE.md."""
