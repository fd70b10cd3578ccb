"""The catalogue of metrics as docs/metrics.md lists it; the page is made from the program's own table."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/metrics.md"
_ENTRY = re.compile(r"\*\*`(\w+)`\*\* · (\w+)[^\n]*\n(.*?)(?:\n\n|$)", re.DOTALL)
_LABEL = re.compile(r"`(\w+)`(?: \(([^)]*)\))?")


@dataclass
class Metric:
    """One row: its kind, and its labels with their values where they are a fixed list."""

    name: str
    kind: str
    labels: dict[str, list[str]]

    @property
    def samples(self) -> list[str]:
        if self.kind != "histogram":
            return [self.name]
        return [f"{self.name}_{part}" for part in ("bucket", "sum", "count")]


def catalogue() -> dict[str, Metric]:
    text = PAGE.read_text()
    listed = text[text.index("catalogue: start") : text.index("catalogue: end")]
    found = {}
    for name, kind, rest in _ENTRY.findall(listed):
        line = re.search(r"^Labels: (.*?)\.(?:  )?$", rest, re.MULTILINE | re.DOTALL)
        labels = {
            label: re.findall(r"`([^`]+)`", values)
            for label, values in _LABEL.findall(line[1] if line else "")
        }
        found[name] = Metric(name, kind, labels)
    assert len(found) == listed.count("**`"), "an entry is written otherwise"
    return found


def by_sample() -> dict[str, Metric]:
    """The name of each sample → its metric."""
    return {sample: metric for metric in catalogue().values() for sample in metric.samples}
