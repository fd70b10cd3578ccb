"""Every block of README.md that is marked `console` is run, in order, in one scratch home.

A line that begins with `$ ` is a command, with the built binary in PATH. The lines below it are what it
prints: `...` stands for any text within a line, and for any number of lines when it stands alone. Runs of
white space are equal, and numbers need not be, since times and sizes differ from run to run. Standard error
comes behind standard output and may be left out. A command that has no output below it may print anything.
`# exit N` behind a command expects that status.
"""

import re
from pathlib import Path

import pytest

from program import DEADLINE, shell_status

README = Path(__file__).parents[2] / "README.md"


def console_blocks(text: str) -> list[list[str]]:
    return [match.splitlines() for match in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)]


def commands(block: list[str]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in block:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> "):
            found[-1] = (found[-1][0] + "\n" + line[2:], [])
        else:
            found[-1][1].append(line)
    return found


def pattern_of(line: str) -> str:
    pieces = (re.escape(re.sub(r"\s+", " ", piece)) for piece in line.strip().split("..."))
    # A number, with its unit's letters: durations and sizes are printed for people.
    loose = (re.sub(r"\d+(\\\.\d+)?", r"[\\d.]+", piece) for piece in pieces)
    return ".*".join(piece.replace(r"\ ", r"\s+") for piece in loose)


def matches(expected: list[str], printed: list[str]) -> bool:
    if not expected:
        return not printed
    if expected[0].strip() == "...":
        return any(matches(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return (
        bool(printed)
        and re.fullmatch(pattern_of(expected[0]), printed[0].strip()) is not None
        and matches(expected[1:], printed[1:])
    )


def test_the_console_blocks_do_what_they_show(mcptape):
    blocks = console_blocks(README.read_text())
    assert blocks, "the README shows no commands"
    folder = mcptape.directory / "project"
    folder.mkdir()
    (folder / "recordings").symlink_to(README.parent / "recordings")
    environment = {**mcptape.environment, "NO_COLOR": "1", "COLUMNS": "110"}
    for command, expected in [entry for block in blocks for entry in commands(block)]:
        status = re.search(r"#\s*exit (\d+)\s*$", command)
        process = mcptape.start(["bash", "-c", command], cwd=folder, env=environment)
        output, errors = process.communicate(timeout=DEADLINE)
        assert shell_status(process.returncode) == (int(status.group(1)) if status else 0), (command, errors)
        printed = (output + errors).decode().splitlines()
        if expected:
            fits = matches(expected, output.decode().splitlines()) or matches(expected, printed)
            shown = "\n".join([f"$ {command}", "printed:", *printed, "expected:", *expected])
            assert fits, shown


@pytest.mark.parametrize(
    ("expected", "printed", "fits"),
    [
        (["a 12 ms b"], ["a   3 ms  b"], True),
        (["a"], ["b"], False),
        (["a", "...", "c"], ["a", "b", "b", "c"], True),
        (["a", "...", "c"], ["a", "b"], False),
        (["id ... end"], ["id 7k2f and the end"], True),
        (["(1+1)"], ["(2+2)"], True),
        (["a"], ["a", "b"], False),
    ],
)
def test_how_output_is_compared(expected, printed, fits):
    assert matches(expected, printed) == fits
