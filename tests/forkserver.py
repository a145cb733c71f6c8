"""Starts products in a fraction of the time: what is imported once is forked for each of them.

Reads one JSON object a line, `{"folder", "log", "environment"}`, and answers with the child's pid.
Each child is a whole process of its own that runs `genai-auto serve`.
"""

import json
import os
import signal
import sys


def main() -> None:
    import app.cli
    import app.serving

    read_what_every_start_reads()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                become(order)
                app.cli.serve()
            finally:
                os._exit(0)
        print(pid, flush=True)


def read_what_every_start_reads() -> None:
    """Data files that are read once per process: the children find them read."""
    from agents.diagnosis.code_library import code_library
    from agents.guardrails.danger import examples
    from agents.guardrails.screening import screen
    from agents.prompts import check_phrases

    check_phrases()
    code_library()
    screen("")
    examples()


def become(order: dict[str, object]) -> None:
    """The child's own folder, environment and log."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(str(order["folder"]))
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)


if __name__ == "__main__":
    main()
