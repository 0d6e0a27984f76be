"""Two ways to use the shop, alike for a scenario: a plain HTTP client and a real browser."""

import html.parser
import http.client
import re
import urllib.parse

BLOCKS = {"p", "div", "li", "h1", "h2", "h3", "dt", "dd", "tr", "td", "th", "br", "button", "option", "legend", "label", "summary"}


class Document(html.parser.HTMLParser):
    """Forms and text of a page."""

    def __init__(self, source):
        super().__init__()
        self.forms, self.links, self.parts = [], [], []
        self._form = self._select = None
        self._heading = False
        self._silent = 0
        self.heading = self.lang = ""
        self.feed(source)
        self.text = " ".join("".join(self.parts).split())

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in BLOCKS:
            self.parts.append(" ")
        if tag == "html":
            self.lang = values.get("lang")
        elif tag in ("style", "script", "head"):
            self._silent += 1
        elif tag == "h1":
            self._heading = True
        elif tag == "a":
            self.links.append(values.get("href", ""))
        elif tag == "form":
            self._form = {"action": values.get("action", ""), "method": values.get("method", "get").upper(), "hidden": {}, "fields": {}, "buttons": []}
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(tag, values)

    def _control(self, tag, values):
        name = values.get("name")
        if tag == "input" and values.get("type") in ("submit", "button"):
            self._form["buttons"].append((name, values.get("value", "")))
        elif tag == "input" and values.get("type") == "hidden":
            self._form["hidden"][name] = values.get("value", "")
        elif tag == "input" and values.get("type") in ("checkbox", "radio"):
            self._form["fields"].setdefault(name, None)
            if "checked" in values:
                self._form["fields"][name] = values.get("value", "on")
        elif tag in ("input", "textarea"):
            self._form["fields"][name] = values.get("value", "")
        elif tag == "select":
            self._select = name
            self._form["fields"].setdefault(name, None)
        elif tag == "option" and self._select:
            if "selected" in values or self._form["fields"][self._select] is None:
                self._form["fields"][self._select] = values.get("value", "")
        elif tag == "button":
            self._form["buttons"].append((name, values.get("value", "")))

    def handle_endtag(self, tag):
        if tag in BLOCKS:
            self.parts.append(" ")
        if tag in ("style", "script", "head"):
            self._silent -= 1
        elif tag == "h1":
            self._heading = False
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data):
        if self._heading:
            self.heading += data
        if not self._silent:
            self.parts.append(data)

    def form(self, having):
        """The first form with these hidden fields; a value of None means "without this field"."""
        for form in self.forms:
            if all(form["hidden"].get(name) == value for name, value in having.items()):
                return form
        return None


class Connection(http.client.HTTPConnection):
    """Sends a request line as it is, whatever its bytes."""

    def _encode_request(self, request):
        return request.encode("utf-8", "surrogateescape")

    def _validate_path(self, url):
        pass


class Client:
    """A visitor without a browser: keeps cookies, shows every answer as it came."""

    def __init__(self, root, lang="en", headers=None):
        self.root = root
        self.cookies = {}
        self.lang = lang
        self.headers = headers or {}
        self.url, self.status, self.body, self.answer, self.hops = "", 0, b"", {}, []

    def ask(self, method, path, body=b"", headers=None):
        """One request; `path` may be a URL of this site. Nothing is followed."""
        url = path if path.startswith("http") else self.root + path
        parts = urllib.parse.urlsplit(url)
        connection = Connection(parts.hostname, parts.port, timeout=60)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Accept-Language": self.lang, "Connection": "close"} | self.headers
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if isinstance(body, (dict, list)):
            body = urllib.parse.urlencode(body, errors="surrogateescape").encode()
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent |= headers or {}
        try:
            connection.putrequest(method, target, skip_host="Host" in sent, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            if body or method in ("POST", "PUT"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            self.url, self.status, self.body = url, answer.status, answer.read()
            self.answer = {name.lower(): value for name, value in answer.getheaders()}
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.split(";")[0]
        finally:
            connection.close()
        return self

    def visit(self, method, path, body=b"", headers=None):
        """Asks and follows to the page it leads to; `hops` tells the way."""
        self.ask(method, path, body, headers)
        self.hops = []
        while self.status in (301, 302, 303, 307) and len(self.hops) < 10:
            self.hops.append(self.answer["location"])
            self.ask("GET", self.answer["location"])
        assert self.status < 300 or self.status >= 400, f"{path} leads round in circles: {self.hops}"
        return self

    # What a scenario uses, the same as Browser's.

    def open(self, path):
        return self.visit("GET", path)

    def submit(self, having, values=None, press=None):
        form = self.document.form(having)
        assert form, f"{self.url} has no form with {having}: {self.text[:800]}"
        fields = form["hidden"] | {name: value for name, value in form["fields"].items() if value is not None and name}
        fields |= {name: value for name, value in (values or {}).items() if value is not None}
        for name, value in (values or {}).items():
            if value is None:
                fields.pop(name, None)
        if press:
            assert press in [name for name, _ in form["buttons"]], f"no button {press} in {form}"
            fields[press] = "1"
        action = urllib.parse.urljoin(self.url, form["action"])
        if form["method"] == "GET":
            return self.visit("GET", action.split("?")[0] + "?" + urllib.parse.urlencode(fields))
        return self.visit(form["method"], action, fields)

    def has_form(self, having):
        return self.document.form(having) is not None

    def hidden(self, having):
        """Hidden fields of a form, as posted by hand."""
        form = self.document.form(having)
        assert form, f"{self.url} has no form with {having}: {self.text[:800]}"
        return dict(form["hidden"])

    @property
    def document(self):
        return Document(self.html)

    @property
    def html(self):
        return self.body.decode()

    @property
    def text(self):
        return self.document.text

    @property
    def heading(self):
        return self.document.heading.strip()

    @property
    def view(self):
        return view_of(self.url)

    @property
    def offered(self):
        """Payment interfaces on the order page."""
        return re.findall(r'name="paymode" value="([a-z_]+)"', self.html)

    @property
    def sesskey(self):
        """The session's key, from any form of the page."""
        return re.search(r'name="sesskey" value="([^"]+)"', self.html)[1]


class Browser:
    """The same on a page of a real browser. Every page it comes to is audited; what is wrong is kept in `problems`."""

    def __init__(self, page, root, lang="en", shots=None):
        self.page = page
        self.root = root
        self.lang = lang
        self.shots = shots
        self.problems = []
        self.redirects = []
        self.status = 0
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("response", self._response)

    def _console(self, message):
        # A page with a status of 4xx or 503 is told as an error too; its status is what tests look at.
        told = re.search(r"the server responded with a status of (4\d\d|503)", message.text)
        if message.type in ("error", "warning") and not told:
            self.problems.append(f"console at {self.page.url}: {message.text}")

    def _response(self, response):
        if 300 <= response.status < 400:
            self.redirects.append(response.headers.get("location"))
        elif response.request.is_navigation_request():
            self.status = response.status
        elif response.status >= 400:
            self.problems.append(f"{response.url} answers {response.status}")

    def _arrived(self):
        if self.page.locator("main").count():
            found = self.page.evaluate(AUDIT, self.lang)
            self.problems += [f"{self.page.url}: {problem}" for problem in found]
        return self

    def open(self, path):
        self.redirects = []
        self.page.goto(path if path.startswith("http") else self.root + path)
        return self._arrived()

    def press(self, locator):
        """Presses what leads to another page."""
        self.redirects = []
        with self.page.expect_navigation():
            locator.click()
        return self._arrived()

    def shot(self, name):
        self.page.screenshot(path=f"{self.shots}-{name}.png", full_page=True)

    def form(self, having):
        selector = "form"
        for name, value in having.items():
            inner = f'input[type=hidden][name="{name}"]'
            selector += f":not(:has({inner}))" if value is None else f':has({inner}[value="{value}"])'
        return self.page.locator(selector).first

    def submit(self, having, values=None, press=None):
        form = self.form(having)
        for name, value in (values or {}).items():
            field = form.locator(f'[name="{name}"]').first
            kind = field.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
            if kind == "select":
                field.select_option(value)
            elif kind == "radio":
                form.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "checkbox":
                field.set_checked(value is not None)
            else:
                field.fill(value)
        return self.press(form.locator(f'button[name="{press}"]' if press else "button").first)

    def has_form(self, having):
        return self.form(having).count() > 0

    def hidden(self, having):
        return self.form(having).locator("input[type=hidden]").evaluate_all(
            "all => Object.fromEntries(all.map(one => [one.name, one.value]))")

    @property
    def url(self):
        return self.page.url

    @property
    def html(self):
        return self.page.content()

    @property
    def text(self):
        return " ".join(self.page.inner_text("body").split())

    @property
    def heading(self):
        return self.page.locator("h1").inner_text().strip()

    @property
    def view(self):
        return view_of(self.page.url)

    @property
    def offered(self):
        return self.page.locator("input[name=paymode]").evaluate_all("all => all.map(one => one.value)")


def view_of(url):
    """The step of an address of the shop."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)).get("view", "")


# What every page owes to everybody who reads it, however he does.
AUDIT = """lang => {
    const problems = [];
    const all = (selector) => [...document.querySelectorAll(selector)];
    const name = (e) => (e.getAttribute('aria-label') || (e.labels && [...e.labels].map(l => l.textContent).join(' '))
        || all('#' + CSS.escape(e.getAttribute('aria-labelledby') || '-')).map(l => l.textContent).join(' ')
        || (e.matches('a, button, summary') ? e.textContent : '') || '').trim();
    if (document.documentElement.lang !== lang) problems.push(`the page's language is ${document.documentElement.lang}, not ${lang}`);
    if (all('h1').length !== 1) problems.push(`${all('h1').length} elements h1`);
    if (all('main').length !== 1) problems.push(`${all('main').length} elements main`);
    if (!document.title.trim()) problems.push('no title');
    for (const e of all('input:not([type=hidden]), select, textarea, a[href], button, summary'))
        if (!name(e)) problems.push('without a name: ' + e.outerHTML.slice(0, 120));
    for (const e of all('nav, section[aria-labelledby], table'))
        if (e.matches('nav') && !name(e)) problems.push('nav without a name');
    for (const e of all('th')) if (!e.hasAttribute('scope')) problems.push('th without scope');
    const ids = all('[id]').map(e => e.id);
    for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) problems.push('twice the id ' + id);
    for (const e of all('[aria-labelledby], [aria-describedby], label[for]'))
        for (const attribute of ['aria-labelledby', 'aria-describedby', 'for'])
            for (const id of (e.getAttribute(attribute) || '').split(' ').filter(Boolean))
                if (!document.getElementById(id)) problems.push(`${attribute} names the unknown id ${id}`);
    const levels = all('h1, h2, h3, h4').filter(e => e.offsetParent !== null).map(e => Number(e.tagName[1]));
    levels.forEach((level, i) => { if (i && level > levels[i - 1] + 1) problems.push(`h${level} after h${levels[i - 1]}`); });
    if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1)
        problems.push(`wider (${document.documentElement.scrollWidth}) than the window (${document.documentElement.clientWidth})`);
    const text = document.body.innerText;
    for (const trap of ['{$a', '[[', 'Warning:', 'Notice:', 'Stack trace', 'undefined', 'NaN', '(code '])
        if (text.includes(trap)) problems.push(`says "${trap}": ` + text.slice(Math.max(0, text.indexOf(trap) - 60), text.indexOf(trap) + 60));
    return problems;
}"""
