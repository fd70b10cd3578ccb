"""Writes the dashboards beside this folder: `python3 dashboards/generator`."""

import json
from pathlib import Path

import overview
import proxy
import replay
import sessions
import tools


def written() -> dict[str, str]:
    """File name → text, of every dashboard."""
    made = {f"{module.__name__}.json": module.made() for module in (overview, tools, sessions, proxy, replay)}
    return {name: json.dumps(value, indent=2, sort_keys=True) + "\n" for name, value in made.items()}


if __name__ == "__main__":
    for name, text in written().items():
        (Path(__file__).resolve().parent.parent / name).write_text(text)
