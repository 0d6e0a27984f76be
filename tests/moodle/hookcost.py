"""What the companion costs a request that is not the shop's, on a web node with OPcache, and what it saves a partner's click.

    python tests/moodle/hookcost.py      on the sites of MOODLE_DIR and MOODLE_DATABASES, prints a line each
"""

import itertools
import json
import re
import shutil
import statistics
import time
import urllib.request

from installation import ROOT

ROUNDS = 400
CLICKS = 15


def measure(site):
    """Microseconds: `hook`, `empty` (a hook that does nothing), `again` (a second call), `gate` and `gate_again` (a decision about a request
    to the shop), and an ordinary `page`; medians."""
    classes, page = site.folder / "local/shopengine/classes", site.folder / "hookcost.php"
    source = (classes / "takeover.php").read_text()
    places = {name: classes / f"hookcost_{name}.php" for name in ("ours", "empty")}
    try:
        # The class under another name, because the hook itself has loaded it when a page begins.
        places["ours"].write_text(re.sub(r"\bclass takeover\b", "class hookcost_ours", source))
        places["empty"].write_text("<?php\nnamespace local_shopengine;\nclass hookcost_empty {\n"
                                   "    public static function after_config(): void {\n    }\n}\n")
        shutil.copy(ROOT / "tests/moodle/hookcost.php", page)
        site.php("admin/cli/purge_caches.php")
        told = [json.loads(read(f"{site.root}/hookcost.php?round={number}")) for number in range(ROUNDS)][20:]
    finally:
        for path in (*places.values(), page):
            path.unlink(missing_ok=True)
        site.php("admin/cli/purge_caches.php")
    assert all(row["opcache"] for row in told), "no OPcache, no figure"
    pages = []
    for _ in range(30):
        began = time.perf_counter()
        read(f"{site.root}/login/index.php")
        pages.append((time.perf_counter() - began) * 1e6)
    middle = lambda name, call: statistics.median(row[name][call] for row in told) / 1000  # noqa: E731
    return {"hook": middle("ours", "first"), "empty": middle("empty", "first"), "again": middle("ours", "second"),
            "gate": middle("gate", "first"), "gate_again": middle("gate", "second"),
            "page": statistics.median(pages[5:])}


def clicks(site):
    """Seconds of a click to the customer step by the plugin (`off`) and taken over (`on`), in turns: what else the machine does slows both. Medians."""
    from moodle_site import Buyer
    buyers, seconds = {mode: Buyer(site, "a") for mode in ("off", "on")}, {"off": [], "on": []}
    for _ in range(CLICKS + 1):
        for mode, one in buyers.items():
            site.switch(mode)
            seconds[mode].append(one.follow("REF-MONPRODUIT=3").seconds)
    site.switch("off")
    return {mode: statistics.median(measured[1:]) for mode, measured in seconds.items()}


def click_told(seconds):
    return (f"a click to the customer step: by the plugin {seconds['off'] * 1000:.0f} ms, taken over {seconds['on'] * 1000:.0f} ms "
            f"(ratio {seconds['on'] / seconds['off']:.2f})")


def told(cost):
    return (f"the companion's hook {cost['hook']:.1f} µs, a hook that does nothing {cost['empty']:.1f} µs (ratio {cost['hook'] / cost['empty']:.1f}), "
            f"a second call {cost['again']:.2f} µs; a request to the shop, decided: {cost['gate']:.1f} µs with its classes and settings loaded for the first time, "
            f"{cost['gate_again']:.1f} µs after that; the log-in page {cost['page'] / 1000:.0f} ms")


def read(url):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Node": "a"}), timeout=60) as answer:
        return answer.read()


def main():
    from conftest import DATABASES, TREES
    from moodle_site import Site
    for tree, database in itertools.product(TREES, DATABASES):
        site = Site(tree, database)
        try:
            print(f"a request of Moodle {site.release} ({database}) that is not the shop's: {told(measure(site))}")
            print(f"Moodle {site.release} ({database}): {click_told(clicks(site))}")
        finally:
            site.stop()


if __name__ == "__main__":
    main()
