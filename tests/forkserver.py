"""Starts products in a fraction of the time: what is imported once is forked for each of them.

Reads one JSON object a line, `{"folder", "log", "out", "environment", "arguments"}`, and answers
with the child's pid. Each child is a whole process of its own that runs `genai-auto ARGUMENTS`;
when it ends by itself, its exit code stands beside its log.
"""

import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path


def main() -> None:
    import app.cli
    import app.serving

    read_what_every_start_reads()
    gc.collect()
    gc.freeze()  # what the children share is not looked through by each of them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                become(order)
                code = exit_code(app.cli.main)
            finally:
                sys.stdout.flush()
                Path(f"{order['log']}.exit").write_text(str(code))
                os._exit(code)
        print(pid, flush=True)


def import_what_a_start_imports() -> None:
    """What `serve` imports later than the commands, and uvicorn when it begins to serve."""

    import app.llm.acting
    import app.serving  # noqa: F401


def read_what_every_start_reads() -> None:
    """Data files that are read once per process: the children find them read."""
    from agents.classifier import INTENTS, SERVICES, load_sayings
    from agents.diagnosis.code_library import code_library
    from agents.guardrails.danger import examples
    from agents.guardrails.screening import screen
    from agents.prompts import check_phrases
    from app.llm.prices import open_prices

    check_phrases()
    open_prices("")
    code_library()
    screen("")
    examples()
    for sayings in (INTENTS, SERVICES):
        load_sayings("develop", sayings)


def exit_code(main: Callable[[], None]) -> int:
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def become(order: dict[str, object]) -> None:
    """The child's own folder, environment and log."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(str(order["folder"]))
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    sys.argv = ["genai-auto", *order["arguments"]]  # type: ignore[misc]
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, appended(order["out"])), (2, appended(order["log"]))):
        os.dup2(source, target)


def appended(path: object) -> int:
    return os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)


if __name__ == "__main__":
    main()
