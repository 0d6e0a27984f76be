"""The page of the takeovers: one is switched, all at once, one is refused; what shadow has seen; who may see it."""

import re

import pytest

from shoppers import NAMES, Shopper, settings, switch
from scenarios import *
from test_takeovers import at_summary, second_row

PAGE = "/local/shopengine/takeovers.php"
FORM = {"what": "switch"}
ORDER_OF_SWITCHING = ["trace", "bills", "backoffice", "import", "cart", "customer", "paymode", "placement", "endpoints", "payment", "production"]


@pytest.fixture(autouse=True)
def off(site):
    switch(site)
    site.sql("DELETE FROM {local_shopengine_shadow}")
    yield
    switch(site)
    settings(site, "local_shop", useshipping="0")
    site.sql("DELETE FROM {local_shop_catalogshipzone}")
    site.sql("DELETE FROM {local_shopengine_shadow}")
    # What blocked takeovers is kept until the site is looked at again.
    site.php("local/shopengine/cli/check.php", check=False)


@pytest.fixture
def admin(site):
    admin = Shopper(site).log_in("admin", "Admin!23")
    admin.open(PAGE)
    return admin


def modes(rows):
    found = rows.all("SELECT name, value FROM {config_plugins} WHERE plugin = 'local_shopengine'")
    return {row["name"]: row["value"] for row in found if row["name"] in NAMES}


def row_of(page, name):
    """The text of a takeover's row."""
    cells = re.search(rf'<tr[^>]* id="takeover-{name}">(.*?)</tr>', page.html, re.S)[1]
    return " ".join(re.sub(r"<select.*?</select>|<[^>]*>", " ", cells, flags=re.S).split())


def test_one_takeover_is_switched_and_logged(admin, rows):
    assert admin.status == 200, admin.text[:500]
    assert re.findall(r'<tr[^>]* id="takeover-(\w+)"', admin.html) == ORDER_OF_SWITCHING
    before = rows.count("config_log", "plugin = 'local_shopengine' AND name = 'trace'")
    admin.submit(FORM, {"mode[trace]": "on"}, "save")
    assert "Changes saved" in admin.text and admin.status == 200
    assert modes(rows) == dict.fromkeys(NAMES, "off") | {"trace": "on"}
    assert rows.count("config_log", "plugin = 'local_shopengine' AND name = 'trace'") == before + 1
    # Saving the page as it is changes and logs nothing.
    admin.submit(FORM, {}, "save")
    assert rows.count("config_log", "plugin = 'local_shopengine' AND name = 'trace'") == before + 1


def test_all_are_switched_at_once(admin, rows):
    for mode, press in (("shadow", "shadow"), ("on", "on"), ("off", "off")):
        admin.submit(FORM, {"all": press})
        assert "Changes saved" in admin.text, admin.text[:1000]
        assert modes(rows) == dict.fromkeys(NAMES, mode)
        assert "In force:" not in admin.text


def test_what_would_lose_money_is_refused_by_name_and_the_others_are_saved(site, admin, rows):
    catalog = rows.one("SELECT catalogid FROM {local_shop} WHERE id = ?", site.facts["shop"])["catalogid"]
    site.sql("INSERT INTO {local_shop_catalogshipzone} (catalogid, zonecode, applicability) VALUES (?, '00', '')", catalog)
    settings(site, "local_shop", useshipping="1")
    admin.open(PAGE)
    assert "Loses money or goods: Costs of shipping are in use" in row_of(admin, "cart")
    assert "/local/shop/shipzones/index.php" in admin.html
    admin.submit(FORM, {"all": "on"})
    assert "Cart and amounts: Cannot be switched on until this is resolved" in admin.text, admin.text[:2000]
    assert "Everything else was saved" in admin.text
    refused = {"cart", "customer", "placement"}
    assert modes(rows) == {name: "off" if name in refused else "on" for name in NAMES}
    # What builds on them only watches.
    assert "In force: Shadow" in row_of(admin, "payment")
    admin.submit(FORM, {"mode[cart]": "shadow"}, "save")
    assert modes(rows)["cart"] == "shadow"


def test_a_takeover_says_what_it_builds_on_and_what_is_in_force(admin, rows):
    admin.submit(FORM, {"mode[customer]": "on"}, "save")
    row = row_of(admin, "customer")
    assert "Builds on: Cart and amounts" in row and "In force: Shadow" in row and "can only watch" in row, row


@second_row
def test_what_shadow_has_seen_is_counted_by_cause_with_a_link_to_the_order(site, admin, shopper, rows):
    admin.submit(FORM, {"mode[cart]": "shadow"}, "save")
    assert "Nothing yet" in row_of(admin, "cart")
    # A draft that is not on sale: the plugin does not mind.
    at_summary(shopper, "REF-MONPRODUIT=3&REF-BROUILLON=1")
    at_summary(shopper, "REF-MONPRODUIT=3")
    admin.open(PAGE)
    row = row_of(admin, "cart")
    counts = {seen["cause"]: int(seen["number"]) for seen in rows.all("SELECT id, cause, number FROM {local_shopengine_shadow} WHERE takeover = 'cart'")}
    assert counts["other_cart"] > 0 and counts["same"] > 0
    compared = sum(number for cause, number in counts.items() if cause != "nothing")
    assert f"Compared: {compared}, the same: {counts['same']}" in row, row
    assert f"{counts['other_cart']} × another cart" in row, row
    # Its last order's trace has the line.
    seen = rows.one("SELECT transactionid FROM {local_shopengine_shadow} WHERE takeover = 'cart' AND cause = 'other_cart'")["transactionid"]
    if seen:
        link = re.search(r'href="([^"]*front/scantrace\.php\?transid=[^"]*)"', admin.html)[1]
        switch(site, "off", trace="on", cart="shadow")
        admin.open(link.replace("&amp;", "&"))
        assert "Shadow cart" in admin.text and "other cart" in admin.text
    # Switched to shadow anew, it counts anew.
    admin.open(PAGE)
    admin.submit(FORM, {"mode[cart]": "off"}, "save")
    assert rows.count("local_shopengine_shadow", "takeover = 'cart'") > 0
    admin.submit(FORM, {"mode[cart]": "shadow"}, "save")
    assert rows.count("local_shopengine_shadow", "takeover = 'cart'") == 0


@second_row
def test_a_placed_order_in_shadow_is_compared_by_its_bill(site, admin, shopper, rows):
    switch(site, "off", cart="on", customer="on", placement="shadow")
    jean = at_summary(shopper)
    jean.submit(ORDER, {"paymode": "check"}, "go")
    seen = rows.all("SELECT id, cause, number, transactionid FROM {local_shopengine_shadow} WHERE takeover = 'placement'")
    assert seen and all(row["cause"] in ("same", "other_status", "elsewhere", "plugin_refuses", "nothing") for row in seen), seen


def test_the_test_mode_and_the_self_check_are_in_plain_sight(site, admin):
    assert "The shops are in test mode" in admin.text and "testoverride" in admin.text
    assert re.search(r"Checks passed: \d+, failed: 0\.", admin.text), admin.text[:2000]
    assert "detail=local_shopengine_installation" in admin.html
    settings(site, "local_shop", test="0")
    try:
        admin.open(PAGE)
        assert "The shops are in test mode" not in admin.text
    finally:
        settings(site, "local_shop", test="1")


# Moodle logs what comes without its key.
@pytest.mark.logs("sesskey.* was missing", "invalidsesskey|session most likely timed out|Incorrect sesskey")
def test_a_get_changes_nothing_and_a_post_needs_the_sessions_key(site, admin, rows):
    before = modes(rows)
    key = admin.hidden(FORM)["sesskey"]
    admin.open(f"{PAGE}?all=on&sesskey={key}&mode[trace]=on&what=switch")
    assert modes(rows) == before
    for fields in ({"all": "on"}, {"all": "on", "sesskey": "wrong"}, {"mode[trace]": "on", "sesskey": ""}):
        admin.visit("POST", PAGE, fields)
        assert modes(rows) == before, fields
    # Words that are no modes, and names that are no takeovers.
    admin.visit("POST", PAGE, {"all": "everything", "sesskey": key})
    admin.visit("POST", PAGE, {"mode[trace]": "On", "mode[blocked]": "on", "mode[nothing]": "on", "sesskey": key})
    assert modes(rows) == before
    assert rows.count("config_plugins", "plugin = 'local_shopengine' AND name = 'nothing'") == 0


# Moodle logs each page that it refuses for want of a capability.
@pytest.mark.may_log("accessdenied", "required_capability_exception", "sectionerror")
def test_nobody_but_an_administrator_sees_it(site, shopper, rows):
    before = modes(rows)
    for visitor in (shopper(), shopper().log_in("jean.dupont")):
        visitor.open(PAGE)
        assert "shopengine-takeovers" not in visitor.html and "Takeovers" not in visitor.text
        visitor.visit("POST", PAGE, {"all": "on", "sesskey": "x"})
        assert modes(rows) == before
