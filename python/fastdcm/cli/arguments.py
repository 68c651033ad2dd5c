"""Arguments that several verbs take."""

import argparse

from fastdcm.options import checked_threads

__all__ = ["thread_count"]


def thread_count(text: str) -> int | None:
    """Read a number of threads."""
    try:
        return checked_threads(int(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1024") from None
