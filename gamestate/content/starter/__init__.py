"""The starter pack: data only. Its source is in NOTICE.md."""
