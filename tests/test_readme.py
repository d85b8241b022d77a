"""The README's commands are those that CI runs."""

import re
from pathlib import Path

TOP = Path(__file__).parent.parent


def test_ci_runs_the_two_commands_that_the_readme_begins_with():
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```sh\n(.*?)\n```", readme, re.DOTALL)[:2]
    ci = (TOP / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert len(commands) == 2
    assert all(command in ci for command in commands)
