"""A storefront for each module, a browser for the session, and eyes on what must never happen in any test."""

import contextlib
import pathlib

import pytest
from playwright.sync_api import Error, sync_playwright

from drivers import Browser, Client
from server import ROOT, Shopdata, Storefront, Trace

SCREENSHOTS = ROOT / "target/e2e-screenshots"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop with the demo's data and no order yet."""
    storefront = Storefront(tmp_path_factory.mktemp("shop")).start()
    yield storefront
    storefront.stop()


@pytest.fixture(autouse=True)
def silence(request):
    """No warning, no exception, no stack trace of PHP in the server's log; `@pytest.mark.complains` allows them."""
    if "shop" not in request.fixturenames or request.node.get_closest_marker("complains"):
        yield
        return
    storefront = request.getfixturevalue("shop")
    before = len(storefront.complaints())
    yield
    assert storefront.complaints()[before:] == []


@pytest.fixture
def db(shop):
    return Shopdata(shop.path)


@pytest.fixture
def trace(shop):
    return Trace(shop.folder / "merchant_trace.log")


@pytest.fixture
def visitor(shop):
    """Makes visitors, each with cookies of his own."""
    return lambda lang="en", **headers: Client(shop.root, lang, headers)


@pytest.fixture
def client(visitor):
    return visitor()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def surf(chromium, shop, request):
    """Opens browsers with a profile of their own; every page they show is audited."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    opened = []

    def surf(lang="en", width=1200, height=900):
        context = chromium.new_context(
            locale={"en": "en-GB", "fr": "fr-FR"}[lang], viewport={"width": width, "height": height}, reduced_motion="reduce")
        context.set_default_timeout(15000)
        name = request.node.name.replace("test_", "").replace("[", "-").replace("]", "")
        driver = Browser(context.new_page(), shop.root, lang, pathlib.Path(SCREENSHOTS, name))
        opened.append((context, driver))
        return driver

    yield surf
    problems = [problem for _, driver in opened for problem in driver.problems]
    for context, _ in opened:
        for open_page in context.pages:
            # A page that is just going elsewhere by itself may keep its context from closing.
            with contextlib.suppress(Error):
                open_page.goto("about:blank", timeout=5000)
        context.close()
    assert problems == []


@pytest.fixture
def page(surf):
    return surf()


def pytest_configure(config):
    config.addinivalue_line("markers", "complains: the server's log may say that something is wrong")
