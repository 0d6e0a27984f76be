"""Two web nodes on one database: fifty buyers at once, messages sent twice to both, and one node killed in the middle."""

import concurrent.futures

import pytest

from pools import Rush, Shopper, settled


@pytest.fixture
def whole(site):
    """The site with both nodes again afterwards."""
    yield site
    site.web.kill_node("a")
    site.web.start_node("a")


@pytest.mark.complains
def test_fifty_buyers_follow_a_link_while_a_node_is_killed(whole):
    whole.switch("on", "import")
    before = len(whole.traced())
    shoppers = [Shopper(whole.root, number, "ab"[number % 2]) for number in range(50)]

    def follow(shopper):
        if shopper.number == 20:
            whole.web.kill_node("a")
        return shopper.follow("REF-MONPRODUIT=3").view

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        assert list(pool.map(follow, shoppers)) == ["customer"] * 50
    assert sum(shopper.again for shopper in shoppers) > 0, "nobody noticed that a node was killed"
    lines = [line for line in whole.traced()[before:] if line.endswith("Import : 3 objects of 1 products")]
    assert len(lines) >= 50 and len(lines) == len(set(lines))


@pytest.mark.complains
@pytest.mark.parametrize("killed", [False, True], ids=["both nodes live", "a node is killed"])
def test_fifty_buyers_at_once_are_each_settled_and_delivered_once(whole, killed, record_property):
    if not whole.take_over():
        pytest.skip("the companion takes over no purchase yet")
    rush = Rush(whole.root, 50).run((lambda: whole.web.kill_node("a")) if killed else None)
    print(rush.report())
    record_property("rush", rush.report())
    assert rush.errors == []
    assert len(rush.placed) == len(rush.paid) == 50
    assert settled(whole.rows, rush.placed, rush.paid, whole.cron) == []
