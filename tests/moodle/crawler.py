"""Follows the links and sends the forms of the engine's pages on a Moodle, as far as a bound."""

import collections
import urllib.parse

SHOP = ("/local/shop/", "/local/shopengine/")
# Links that do something, or leave the shop: they have tests of their own.
LEFT = ("sesskey=", "logout")


class Crawl:
    """What was found wrong, and the addresses that were opened, in their order."""

    def __init__(self, shopper, starts, bound=600):
        self.shopper, self.bound = shopper, bound
        self.due, self.known, self.opened, self.problems = collections.deque(), set(), [], []
        for start in starts:
            self.meet(urllib.parse.urljoin(shopper.site.root, start), "the start")

    def run(self):
        while self.due and len(self.opened) < self.bound:
            address, origin = self.due.popleft()
            self.opened.append(address)
            self.shopper.open(address)
            self.judge(address, origin)
            if self.is_ours():
                self.read(address)
        assert not self.due, f"{len(self.due)} pages beyond the bound of {self.bound}"
        return self

    def judge(self, address, origin):
        if self.shopper.status >= 400:
            self.problems.append(f"{self.shopper.status} {address} (from {origin}): {self.shopper.text[:200]}")
        if "Exception - " in self.shopper.html:
            self.problems.append(f"{address} (from {origin}) ends with an error")
        if "&amp;amp;" in self.shopper.html:
            self.problems.append(f"{address}: a link that is escaped twice")

    def is_ours(self):
        return 'class="shopengine' in self.shopper.html

    def read(self, address):
        """The links of a page, and its forms as they are drawn."""
        document = self.shopper.document
        for link in document.links:
            self.meet(urllib.parse.urljoin(self.shopper.url, link), address)
        for form in document.forms:
            action = urllib.parse.urljoin(self.shopper.url, form["action"])
            if form["method"] == "GET":
                fields = {name: value or "" for name, value in (form["hidden"] | form["fields"]).items() if name}
                self.meet(f"{action.split('?')[0]}?{urllib.parse.urlencode(fields)}", address)

    def meet(self, address, origin):
        parts = urllib.parse.urlsplit(address)
        if not parts.path.startswith(SHOP) or any(word in address for word in LEFT):
            return
        if "amp;" in address:
            self.problems.append(f"{origin} leads to {address}")
        if self.kind(parts) not in self.known:
            self.known.add(self.kind(parts))
            self.due.append((urllib.parse.urlunsplit(parts._replace(fragment="")), origin))

    @staticmethod
    def kind(parts):
        """Addresses that differ in a number only are of one kind; so are searches of the list of orders by the same fields."""
        query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        if parts.path.endswith("/shopengine/orders.php"):
            return parts.path, frozenset(name for name, value in query if value)
        words = {(name, "1" if value.isdigit() else value) for name, value in query if not name.startswith("quantity/")}
        return parts.path, frozenset(words)
