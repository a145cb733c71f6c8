"""Structured logs: one JSON object per line, ids and numbers only, never customer text."""

import logging

import structlog


def configure_logs(level: str, readable: bool) -> None:
    """`readable` prints for a person at a terminal, otherwise JSON."""
    number = logging.getLevelNamesMapping()[level]
    # Libraries speak from WARNING on: below it some of them write requests and texts.
    logging.basicConfig(
        level=max(number, logging.WARNING), format="%(levelname)s %(name)s %(message)s"
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if readable else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
            if readable
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
