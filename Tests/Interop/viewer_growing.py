"""A session that is being recorded, for tests of what the viewer does with what is new."""

import copy


class Growing:
    """A recorded session of which at first only some entries are there."""

    def __init__(self, double, session, entries):
        self.double, self.whole = double, session
        self.session = copy.copy(session)
        self.id = session.id
        self.session.stats = self.stats
        self.set(entries)
        mine = lambda one: self.session if one.id == self.id else one  # noqa: E731
        double.sessions = {key: mine(one) for key, one in double.sessions.items()}
        double.runs = {key: self.live(run, [*map(mine, run.sessions)]) for key, run in double.runs.items()}

    @staticmethod
    def live(run, sessions):
        run = copy.copy(run)
        run.sessions, run.summary = sessions, {**run.summary, "live": True}
        return run

    def set(self, entries):
        """What there is: so many entries, and what they make of the session."""
        self.end = entries
        session, whole = self.session, self.whole
        session.entries = whole.entries[:entries]
        last = session.entries[-1]["seq"]
        asked = [one for one in whole.exchanges if one["request_seq"] <= last]
        session.exchanges = [self.exchange(one, last) for one in asked]
        count = lambda wanted: sum(map(wanted, session.entries))  # noqa: E731
        kinds = ("request", "response", "notification")
        session.summary = {
            **whole.summary, "live": True, "exchanges": len(session.exchanges),
            "duration_us": session.entries[-1]["t_us"],
            "stderr_lines": count(lambda entry: entry["kind"] == "stderr"),
            "messages": {side: count(lambda entry: entry.get("dir") == side and entry["kind"] in kinds)
                         for side in ("c2s", "s2c")}}

    @staticmethod
    def exchange(one, last):
        """An exchange as it is before its answer has come."""
        if one.get("response_seq", 0) <= last:
            return one
        lacking = ("response_seq", "response_bytes", "duration_us", "first_event_us", "error", "result_type")
        return {**{key: value for key, value in one.items() if key not in lacking}, "status": "pending"}

    def stats(self, words):
        """Figures that tell how much there is by then."""
        figures = copy.deepcopy(self.whole.stats(words))
        for row in [*figures["rows"], figures["total"]]:
            row["count"] = 1000 + self.end
        return figures

    def grow(self, entries):
        """So many more entries; the page is told."""
        self.set(self.end + entries)
        self.double.change(self.session)
