"""The id of this server."""

from __future__ import annotations

import uuid
from pathlib import Path

from gamestate.errors import ConfigurationError


def server_id(data_dir: Path) -> str:
    """The id under which this server owns characters: made once and kept in the data directory, so
    that a restarted server recognizes its characters.

    Raises: ConfigurationError: the directory cannot be used.
    """
    file, unfinished = data_dir / "server-id", data_dir / "server-id.new"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = file.read_text(encoding="ascii").strip() if file.exists() else ""
        if not kept:
            kept = uuid.uuid4().hex
            unfinished.write_text(kept + "\n", encoding="ascii")
            unfinished.replace(file)  # never half of a name, whenever the power goes
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the data directory {data_dir} cannot be used ({error}): repair it, or set "
            "GAMESTATE_DATA_DIR to another"
        ) from error
    return kept
