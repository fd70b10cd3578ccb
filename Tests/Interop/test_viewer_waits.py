"""What a server waits for inside an exchange: the page reckons it as `mcptape stats` does."""

from viewer_browser import browser, recorded, viewer  # noqa: F401


def test_modules_of_waits_in_the_browser(viewer):  # noqa: F811
    viewer.open()
    assert viewer.failed_modules("wait-modules.js") == []


def timing(viewer, name, number):  # noqa: F811
    """The facts of an exchange's *Timing*, by name."""
    session = viewer.double.sessions[viewer.double.sessions_by_name()[name]]
    viewer.open(f"s={session.id}&i={number}&d=timing", ready=".details-body .facts")
    texts = viewer.texts(".details-body .facts > *")
    return session, dict(zip(texts[::2], texts[1::2]))


def test_timing_says_for_whom_rounds_waited(viewer):  # noqa: F811
    identity = viewer.double.sessions_by_name()["features-2-modern"]
    exchanges = viewer.double.sessions[identity].exchanges
    first = next(e for e in exchanges if "chain" in e)
    later = [e for e in exchanges if e.get("chain") == first["chain"]][1:]
    wait = later[0]["start_us"] - first["start_us"] - first["duration_us"]
    for number in (first["exchange"], later[0]["exchange"]):
        facts = timing(viewer, "features-2-modern", number)[1]
        assert facts["operation"].startswith(f"{len(later) + 1} rounds, ")
        assert facts["waited"].startswith(told(wait))
        assert " for a " in facts["waited"] and f"#{later[0]['exchange']} went on" in facts["waited"]
        assert " of " in facts["in the server"]


def test_timing_says_for_whom_a_question_waited(viewer):  # noqa: F811
    identity = viewer.double.sessions_by_name()["features-1"]
    question = next(e for e in viewer.double.sessions[identity].exchanges
                    if e["method"] == "elicitation/create" and "parent" in e)
    facts = timing(viewer, "features-1", question["parent"])[1]
    assert facts["waited"].startswith(f"{told(question['duration_us'])} for a person (+")
    assert f"#{question['exchange']} elicitation/create" in facts["waited"]
    assert facts["in the server"].endswith(f" of {facts['took']}")
    assert timing(viewer, "features-1", question["exchange"])[1]["waits for"] == "a person"


def test_the_slowest_call_may_be_one_of_several_rounds(viewer):  # noqa: F811
    identity = viewer.double.sessions_by_name()["features-2-modern"]
    exchanges = viewer.double.sessions[identity].exchanges
    first = next(e for e in exchanges if "chain" in e)
    last = [e for e in exchanges if e.get("chain") == first["chain"]][-1]
    # A person took a while.
    late = 9_000_000
    moved = [{**e, "start_us": e["start_us"] + late} if e["exchange"] >= last["exchange"] else e
             for e in exchanges]
    viewer.double.sessions[identity].exchanges, kept = moved, exchanges
    try:
        viewer.open(f"s={identity}&o=-duration")
        viewer.browser.wait("[...document.querySelectorAll('.row')].find(r => r.dataset.index === '0')"
                            "?.innerText.includes(arguments[0])", f"{first['exchange']}\n")
        assert " 9." in viewer.rows()[0] and " s" in viewer.rows()[0]
        # What a filter leaves of it too.
        viewer.open(f"s={identity}&o=-duration&q=tool:{first['name']}")
        viewer.wait_text("9.", ".row")
        assert viewer.rows()[0].startswith(f"{first['exchange']} ")
        assert "the whole operation; this round took" in viewer.browser.js(
            "return [...document.querySelectorAll('.row [title]')].map(e => e.title).join('|')")
    finally:
        viewer.double.sessions[identity].exchanges = kept


def test_figures_say_what_they_are_over(viewer):  # noqa: F811
    identity = viewer.double.sessions_by_name()["features-2-modern"]
    session = viewer.double.sessions[identity]
    total = session.stats("")["total"]
    assert total["count"] < total["exchanges"]
    viewer.open(f"s={identity}&v=stats")
    viewer.wait_text(f"{total['count']} operations ({total['exchanges']} exchanges), p50", ".foot")
    answered = sum("duration_us" in exchange for exchange in session.exchanges)
    count = len(session.exchanges)
    over = f"{count} exchanges" if answered == count else f"{answered} of {count} exchanges"
    viewer.wait_text(over, ".chart:first-child figcaption")
    viewer.wait_text(over, ".chart:last-child figcaption")
    # Where each operation is one exchange nothing more is said.
    viewer.demo("v=stats")
    viewer.wait_text(" operations", ".foot")


def told(us):
    """A duration as the page tells it."""
    if us < 1000:
        return f"{us} µs"
    value = us / 1000
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{int(value * 10 ** digits + 1e-9) / 10 ** digits:.{digits}f} ms"
