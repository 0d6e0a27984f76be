"""Nothing that the plugin does is lost: a shop that uses its features is driven with the takeovers off and on, and every difference is in
docs/parity.md with its reason. A difference that is not there fails, and so does a line there that tells of none."""

import re

import pytest

from handlers import handlers, take_away
from mailbox import mailbox
from parity import PEOPLE, Drive, differences
from shoppers import QuickRows, settings, switch
from installation import ROOT

# The plugin is driven alone, through pages that fail.
pytestmark = pytest.mark.complains("/local/shop/")

PARITY = ROOT / "docs/parity.md"


def reasons():
    """The table's rows: feature, where, alone, taken over; `*` stands for anything."""
    lines = [line for line in PARITY.read_text().splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("| ").split(" | ")] for line in lines]


def fits(pattern, told):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), told, flags=re.S) is not None


@pytest.fixture(scope="module")
def driven(site):
    if site.database == "pgsql":
        pytest.skip("the stock plugin places no order on PostgreSQL: there is nothing to compare with")
    rows = QuickRows(site)
    site.php(PEOPLE, site.folder, "catalogue")
    site.php(PEOPLE, site.folder, "features")
    names = ("parite.a", "parite.b")
    site.php(PEOPLE, site.folder, "account", *names)
    # Two of the plugin's handlers need a correction to run at all.
    site.installation.add_handlers(handlers(site.folder))
    settings(site, "local_shop", presalenotification="1")
    before = integrity(site)
    # A mail server takes the emails: what no server takes has told nobody.
    with mailbox(site):
        alone, taken_over = (Drive(site, rows, mode, name).run() for mode, name in zip(("off", "on"), names))
    rows.close()
    noticed = integrity(site) - before
    take_away(site)
    switch(site)
    return differences(alone, taken_over), noticed


def integrity(site):
    """What the engine finds wrong with its bills."""
    return set(site.php("local/shopengine/cli/repair.php", check=False).splitlines())


@pytest.fixture
def found(driven):
    return driven[0]


def test_the_engine_finds_nothing_wrong_with_bills_that_the_plugin_has_produced(driven):
    assert [line for line in driven[1] if " differ" in line] == []


def test_each_difference_has_its_reason(found):
    known = reasons()
    untold = {key: told for key, told in found.items() if not any(all(map(fits, row, (*key, *told))) for row in known)}
    assert untold == {}


def test_each_reason_has_its_difference(found):
    gone = [row[:4] for row in reasons() if not any(all(map(fits, row, (*key, *told))) for key, told in found.items())]
    assert gone == []


def test_each_line_of_the_document_gives_a_reason():
    known = reasons()
    assert known and all(len(row) == 5 and len(row[4]) > 20 for row in known)
