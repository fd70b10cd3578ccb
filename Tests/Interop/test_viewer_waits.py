"""What a server waits for inside an exchange: the page reckons it as `mcptape stats` does."""

from viewer_browser import browser, recorded, viewer  # noqa: F401


def test_modules_of_waits_in_the_browser(viewer):  # noqa: F811
    viewer.open()
    assert viewer.failed_modules("wait-modules.js") == []
