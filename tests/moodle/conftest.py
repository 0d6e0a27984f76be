"""The suite on a real Moodle: MOODLE_DIR names its folder (4.1 to 4.5, with local_shop and auth_ticket, database running)."""

import os

import pytest

MOODLE = os.environ.get("MOODLE_DIR", "")


def pytest_configure(config):
    config.addinivalue_line("markers", "complains: the plugin's own pages may complain")


def pytest_collection_modifyitems(items):
    if not MOODLE:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="MOODLE_DIR names no Moodle with local_shop"))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    from moodle_site import Site
    site = Site(MOODLE, tmp_path_factory.mktemp("moodle"))
    yield site
    site.stop()


@pytest.fixture
def buyer(site):
    from moodle_site import Buyer
    return lambda: Buyer(site)


@pytest.fixture(autouse=True)
def silence(request):
    """No warning of PHP while the engine answers; `@pytest.mark.complains` allows the plugin its own."""
    if not MOODLE or request.node.get_closest_marker("complains"):
        yield
        return
    site = request.getfixturevalue("site")
    before = len(site.complaints())
    yield
    assert site.complaints()[before:] == []
