"""Threads of low rank, for long work that nobody in the chat waits for.

On Linux a niceness belongs to a thread: while such a thread computes, the event loop still gets
the processor the moment it needs it.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

NICENESS = 15


def background_threads(name: str, count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=give_way)


def give_way() -> None:
    if sys.platform == "linux":
        os.nice(NICENESS)
