"""The command ``fastdcm``: one file a verb. Heavy imports wait until a verb runs."""

import argparse
import sys
from importlib import import_module

from fastdcm import __version__
from fastdcm.cli.output import quiet_pipe

__all__ = ["main"]

VERBS = ("dump", "json", "scan", "series", "volume", "export", "convert", "set", "diff")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    root = argparse.ArgumentParser(
        prog="fastdcm", description="Read, convert, change and compare DICOM files."
    )
    root.add_argument("--version", action="version", version=f"fastdcm {__version__}")
    verbs = root.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name in VERBS:
        module = import_module(f"fastdcm.cli.{name}")
        verb = verbs.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, or those of the process.

    Returns
    -------
    int
        0 when all went well, 1 when a file could not be read or written, 2 for wrong arguments, 130 after
        Ctrl-C.
    """
    options = parser().parse_args(arguments)
    try:
        with quiet_pipe():
            return int(options.run(options))
    except KeyboardInterrupt:
        print("fastdcm: interrupted", file=sys.stderr)
        return 130
