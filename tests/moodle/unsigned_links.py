"""Partners whose unsigned links authenticate buyers, and somebody who forges such a link."""

from shoppers import Rows, SecureShopper
from scenarios import follow_link

PAGE = "/local/shopengine/partners.php"


def trusted(admin, shopid, key, **fields):
    """Registers a partner whose unsigned links authenticate buyers, after the warning."""
    admin.open(f"{PAGE}?view=register&shopid={shopid}")
    typed = {"name": f"Partner {key}", "key": key, "referer": "https://partner.example", "authenticates": "1", "signature": None, "unsignedlinks": "1"}
    admin.submit({"what": "register"}, typed | fields)
    assert admin.status == 422 and "Whoever knows the key can forge these links" in admin.text, admin.text[:2000]
    admin.submit({"what": "register"}, {"unsignedconfirmed": "1"})
    assert admin.status == 200, admin.text[:2000]
    return Rows(admin.site).one("SELECT id FROM {local_shop_partner} WHERE partnerkey = ?", key)["id"]


def vouched(site, key, tag, products="formation=1", email="jean.dupont@example.org"):
    """Somebody who knows the key, and says that they come from the partner's site."""
    visitor = SecureShopper(site, "https://partner.example/offer")
    return follow_link(visitor, products, partner=f"{key}_{tag}_{email}", shop=f"shopid={site.facts['shop']}")


# What the shop has on record of the owner.
SECRETS = ("Dupont", "12 rue des Lilas", "75011", "jean.dupont@example.org")
