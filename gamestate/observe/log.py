"""Structured logs, configured once at the start; the standard library's logs are among them."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

Logger = FilteringBoundLogger


def configure_logs(format_: str, level: str, stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (standard error by default).

    Args:
        format_: `console` for people (in colour on a terminal), `json` for machines: one object a
            line.
        level: the lowest that is logged: `debug`, `info`, `warning` or `error`.
    """
    out = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(format_, out),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("pogo_core").setLevel(logging.ERROR)  # says "Applying …" as a warning
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str, **context: Any) -> Logger:
    """A logger that says `context` with each event."""
    return cast(Logger, structlog.get_logger(name, **context))


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]


def _renderers(format_: str, out: TextIO) -> list[Processor]:
    if format_ == "json":
        return [
            # Without local variables: they hold what must not be logged, tokens for one.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(),
        ]
    plain = structlog.dev.plain_traceback  # as above: rich tracebacks show local variables
    return [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plain)]
