"""Structured logs: one JSON object per line, ids and numbers only, never customer text."""

import logging

import structlog

MENDABLE = ("ConfigurationError", "EmbeddingModelMismatch")


def configure_logs(level: str, readable: bool) -> None:
    """`readable` prints for a person at a terminal, otherwise JSON."""
    number = logging.getLevelNamesMapping()[level]
    # Libraries speak from WARNING on: below it some of them write requests and texts.
    logging.basicConfig(
        level=max(number, logging.WARNING), format="%(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("uvicorn.error").addFilter(shorten_start_problem)
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


def shorten_start_problem(record: logging.LogRecord) -> bool:
    """What an operator can mend is one clear line, not a traceback."""
    last = record.getMessage().strip().rpartition("\n")[2]
    name, _, what = last.partition(": ")
    if name.rpartition(".")[2] in MENDABLE:
        record.msg, record.args = what, None
    return True
