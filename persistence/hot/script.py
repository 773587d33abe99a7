"""The Lua scripts in `scripts/`, which Redis runs atomically."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources

from attrs import frozen


@frozen
class Script:
    """The source, and the name Redis gives it (the SHA-1 of the source, in hex)."""

    source: bytes
    sha: bytes


def load_scripts() -> Mapping[str, Script]:
    """All scripts, by name."""
    found = {}
    for file in resources.files(__package__).joinpath("scripts").iterdir():
        source = file.read_bytes()
        sha = hashlib.sha1(source, usedforsecurity=False).hexdigest().encode()
        found[file.name.removesuffix(".lua")] = Script(source, sha)
    return found
