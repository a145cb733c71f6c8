"""Structured logs: one JSON object per line, ids and numbers only, never customer text.

Lines of libraries have the same shape. Of an exception the classes and places are told and not its
words: these may hold a row, a frame or a prompt.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

MENDABLE = ("ConfigurationError", "EmbeddingModelMismatch")
LONGEST = 300  # characters of a library's line
MOST_CAUSES = 5


def is_readable(log_format: str) -> bool:
    """What LOG_FORMAT says, or else whether somebody is at a terminal."""
    return log_format == "text" or (not log_format and sys.stderr.isatty())


def configure_logs(level: str, readable: bool) -> None:
    """`readable` prints for a person at a terminal, otherwise JSON."""
    number = logging.getLevelNamesMapping()[level]
    ours: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([] if readable else [without_words]),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer()
    )
    stream = sys.stderr if readable else sys.stdout
    configure_libraries(max(number, logging.WARNING), stream, ours, renderer)
    structlog.configure(
        processors=[*ours, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )


def configure_libraries(
    level: int, stream: TextIO, ours: list[Processor], renderer: Processor
) -> None:
    """Libraries speak from WARNING on: below it some of them write requests and texts."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[first_line, *ours],
            processors=[ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    threading.excepthook = tell_thread_failure
    logging.getLogger("uvicorn.error").addFilter(shorten_start_problem)
    # One line per batch that is lost; the exporter itself has one per attempt.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)


def tell_thread_failure(failed: threading.ExceptHookArgs) -> None:
    """A library's thread has ended by an exception that nobody else sees."""
    structlog.get_logger().error("thread_failed", exc_info=failed.exc_value)


def say(text: str) -> None:
    """For the person who starts the server, whatever the level: links, codes and passwords too."""
    line = {"event": text, "level": "info", "timestamp": datetime.now(UTC).isoformat()}
    in_json = isinstance(
        structlog.get_config()["processors"][-1], structlog.processors.JSONRenderer
    )
    sys.stderr.write((json.dumps(line) if in_json else text) + "\n")


def first_line(_: Any, __: str, event: EventDict) -> EventDict:
    """What a library says, and who; what follows in further lines shows objects and texts."""
    record = event["_record"]
    said = str(event["event"]).strip().partition("\n")[0]
    return {**event, "event": said[:LONGEST], "logger": record.name}


def without_words(_: Any, __: str, event: EventDict) -> EventDict:
    """`exc_info` becomes `exception`: the classes of what was raised, and where."""
    given = event.pop("exc_info", None)
    failure = given if isinstance(given, BaseException) else None
    if given and failure is None:
        failure = (given if isinstance(given, tuple) else sys.exc_info())[1]
    if failure is not None:
        event["exception"] = "\n".join(told(failure))
    return event


def told(failure: BaseException) -> Iterator[str]:
    """The newest first, then what it was raised from."""
    cause: BaseException | None = failure
    for _ in range(MOST_CAUSES):
        if cause is None:
            return
        kind = type(cause)
        yield f"{kind.__module__}.{kind.__qualname__}"
        yield from places(cause.__traceback__)
        if isinstance(cause, BaseExceptionGroup):
            yield from (type(each).__qualname__ for each in cause.exceptions)
        cause = cause.__cause__ or cause.__context__


def places(raised: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(raised, limit=-15):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"


def shorten_start_problem(record: logging.LogRecord) -> bool:
    """What an operator can mend is one clear line, not a traceback; of another problem of the
    start the last line says most."""
    said = record.getMessage().strip()
    last = said.rpartition("\n")[2]
    name, _, what = last.partition(": ")
    if name.rpartition(".")[2] in MENDABLE:
        record.msg, record.args = what, None
    elif said.startswith("Traceback"):
        record.msg, record.args = last, None
    return True
