"""`python -m tests.bench` measures ours beside references, in turn, and prints tables of it.

    python -m tests.bench [PART ...] [--small | --full] [--rounds N] [--plot FILE.svg]

It builds its own inputs in a temporary folder (`TMPDIR` says where). The tables are Markdown.
"""

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from . import accounting, batch, commit, export, memory, reads, start, watch
from .measuring import Bench, Scale, Table

PARTS: Final[dict[str, Callable[[Bench], list[Table]]]] = {
    "start": start.measure,
    "commit": commit.measure,
    "memory": memory.measure,
    "batch": batch.measure,
    "reads": reads.measure,
    "accounting": accounting.measure,
    "export": export.measure,
    "watch": watch.measure,
}


def parsed(words: list[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, help="how often each pair is measured")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="where commits are plotted")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--small", action="store_true", help="only try whether it runs")
    sizes.add_argument("--full", action="store_true", help="to 10^7 transactions, for an hour")
    asked = parser.parse_args(words)
    if strange := [part for part in asked.parts if part not in PARTS]:
        parser.error(f"there is no part {strange[0]}; there are {', '.join(PARTS)}")
    if asked.rounds is not None and asked.rounds < 1:
        parser.error("there is at least one round")
    asked.parts = asked.parts or list(PARTS)
    if asked.plot and "commit" not in asked.parts:
        parser.error("only the part commit is plotted")
    return asked


def main(words: list[str]) -> None:
    asked = parsed(words)
    scale: Scale = "small" if asked.small else "full" if asked.full else "usual"
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        say(f"{machine(Path(folder))}\nSizes: {scale}.")
        bench = Bench(Path(folder), scale, asked.rounds, asked.plot)
        for part in asked.parts:
            for table in PARTS[part](bench):
                say(table.in_markdown())
    say(f"All of it took {time.monotonic() - began:,.0f} s.")


def say(text: str) -> None:
    """Print a paragraph at once, so that who waits sees how far it is."""
    print(f"{text}\n", flush=True)


def machine(folder: Path) -> str:
    """What it is measured on, and with which versions."""
    system = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores"
    python = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    tools = "; ".join(version(tool) for tool in accounting.TOOLS)
    return f"{system}, {file_system(folder)}; load {load()}.\n{python}; {tools}."


def load() -> str:
    """How busy the machine is already."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def file_system(folder: Path) -> str:
    """The kind of file system that the folder is on; in memory a sync costs nothing."""
    command = ["df", "--output=fstype", str(folder)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        found = ran.stdout.split()[-1]
    except (OSError, subprocess.CalledProcessError):
        return "an unknown file system"
    return f"{found} (in memory: its syncs cost nothing)" if found == "tmpfs" else found


def version(tool: accounting.Tool) -> str:
    """A tool's name and version, in its own words."""
    if tool.program is None:
        return f"{tool.name} is not installed"
    command = [tool.program, "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return said.partition(",")[0].strip()


if __name__ == "__main__":
    main(sys.argv[1:])
