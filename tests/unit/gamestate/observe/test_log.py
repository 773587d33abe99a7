"""Logs: one format for everything in the process."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import orjson
import pytest

from gamestate.observe.log import configure_logs, get_logger


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = before[0]
    root.setLevel(before[1])


def test_json_is_one_object_a_line_with_its_context(stream: io.StringIO) -> None:
    configure_logs("json", "info", stream)
    get_logger("edge", server="a").info("listening", port=8080)
    line = orjson.loads(stream.getvalue())
    assert (line["event"], line["port"], line["server"]) == ("listening", 8080, "a")
    assert (line["level"], line["logger"]) == ("info", "edge")


def test_the_standard_library_logs_the_same_way(stream: io.StringIO) -> None:
    configure_logs("json", "info", stream)
    logging.getLogger("asyncio").warning("slow %s", "callback")
    line = orjson.loads(stream.getvalue())
    assert (line["event"], line["logger"]) == ("slow callback", "asyncio")


def test_what_is_below_the_level_is_not_logged(stream: io.StringIO) -> None:
    configure_logs("console", "warning", stream)
    get_logger("edge").info("hello")
    logging.getLogger("x").info("hello")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("format_", ["console", "json"])
def test_a_traceback_shows_the_lines_but_not_the_local_variables(
    stream: io.StringIO, format_: str
) -> None:
    configure_logs(format_, "info", stream)
    token = "s3" + "cret"
    with pytest.raises(ValueError, match="6") as failed:
        raise ValueError(len(token))
    get_logger("edge").error("failed", exc_info=failed.value)
    assert "test_log.py" in stream.getvalue()
    assert "s3cret" not in stream.getvalue()
