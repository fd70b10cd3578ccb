"""What a scrape answers, read: both formats, and what must hold of them beyond what parsers check."""

import gzip
import http.client
import math
import re
from collections import defaultdict
from dataclasses import dataclass

from prometheus_client.utils import floatToGoString

from program import DEADLINE

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*?)\})? (\S+)(?: # \{(.*)\} (\S+)(?: (\S+))?)?')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def scrape(port: int, accept: str = "", path: str = "/metrics") -> tuple[str, str]:
    """Content type and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    headers = {"Accept-Encoding": "gzip"} | ({"Accept": accept} if accept else {})
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, (answer.status, body)
    if answer.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return answer.getheader("Content-Type"), body.decode()


@dataclass
class Sample:
    name: str
    labels: dict[str, str]
    value: float
    exemplar: dict[str, str] | None


def samples(body: str) -> list[Sample]:
    """The samples in their order."""
    found = []
    for line in body.split("\n"):
        if line and not line.startswith("#"):
            match = _SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value, exemplar, *_ = match.groups()
            found.append(Sample(
                name, dict(_LABEL.findall(labels or "")), float(value),
                dict(_LABEL.findall(exemplar)) if exemplar is not None else None,
            ))  # fmt: skip
    return found


def families(body: str) -> dict[str, str]:
    """Name → type, by the TYPE lines; of a counter the name of its samples."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", body, re.MULTILINE))


def family_of(name: str, kinds: dict[str, str]) -> str:
    for suffix in ("", "_bucket", "_sum", "_count", "_total"):
        if name.endswith(suffix) and name.removesuffix(suffix) in kinds:
            return name.removesuffix(suffix)
    raise AssertionError(f"{name} has no TYPE")


def assert_sound(body: str):
    """No series twice; families in one piece; buckets canonical, rising, and the last equal to the count."""
    kinds = families(body)
    assert body.endswith("\n") and len(kinds) == len(re.findall(r"^# TYPE ", body, re.MULTILINE))
    seen, order = set(), []
    buckets, counts, totals = defaultdict(list), {}, {}
    for sample in samples(body):
        key = (sample.name, tuple(sorted(sample.labels.items())))
        assert key not in seen, f"twice: {key}"
        seen.add(key)
        assert not math.isnan(sample.value) and sample.value >= 0, key
        assert "" not in sample.labels.values(), f"{key}: an empty label is an absent one"
        family = family_of(sample.name, kinds)
        if not order or order[-1] != family:
            order.append(family)
        if kinds[family] == "histogram":
            rest = (family, tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le")))
            if sample.name.endswith("_bucket"):
                buckets[rest].append((sample.labels["le"], sample.value))
            else:
                (counts if sample.name.endswith("_count") else totals)[rest] = sample.value
    assert len(order) == len(set(order)), "the lines of a family are not in one piece"
    assert buckets.keys() == counts.keys() == totals.keys()
    for rest, found in buckets.items():
        bounds = [bound for bound, _ in found]
        assert bounds[-1] == "+Inf" and found[-1][1] == counts[rest], rest
        assert [float(bound) for bound in bounds] == sorted({float(bound) for bound in bounds}), rest
        assert bounds == [floatToGoString(float(bound)) for bound in bounds]
        values = [value for _, value in found]
        assert values == sorted(values), f"{rest}: buckets must not fall"
        assert counts[rest] > 0 or totals[rest] == 0, rest
