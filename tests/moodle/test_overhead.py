"""What the companion costs the rest of the site."""

import hookcost


def test_a_page_that_is_not_the_shops_pays_at_most_50_microseconds(site, record_property):
    cost = hookcost.measure(site)
    print(hookcost.told(cost))
    record_property("hook", hookcost.told(cost))
    assert cost["hook"] <= 50, hookcost.told(cost)
