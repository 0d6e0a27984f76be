"""A Moodle site with the unmodified plugin and the companion, its two web nodes with the extension, and buyers who click."""

import hashlib
import html
import http.cookiejar
import json
import pathlib
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from installation import ROOT, SUBPLUGINS, Installation
from php_log import PhpLog
from web import Web


class Site:
    """The Moodle of a tree on a database of its own, with what `php/local` ships dropped in, filled by seed.php, and served."""

    def __init__(self, tree, database):
        self.installation, self.web = Installation(tree, database), None
        try:
            self.database, self.release, self.folder = database, self.installation.release, self.installation.pages
            self.web = Web(self.installation.folder / "web", self.folder)
            self.root, self.log = self.web.address, PhpLog(self.web.log)
            self.installation.configure(self.root)
            self.plugin = checksums(self.installation.tree / self.installation.public / "local/shop")
            self.facts = json.loads(self.php(ROOT / "tests/moodle/seed.php", self.folder).splitlines()[-1])
            self.trace = pathlib.Path(self.facts["trace"])
            self.web.start()
            # Both nodes fill their caches before anything is measured.
            for node in ("a", "b"):
                answer = Buyer(self, node).click(f"{self.root}/local/shop/front/view.php?view=shop&shopid={self.facts['shop']}")
                assert answer.status == 200, answer.text[:2000]
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.web is not None:
            self.web.stop()
        self.installation.close()

    def install_companion(self):
        self.installation.add_companion()
        self.php("admin/cli/upgrade.php", "--non-interactive")

    def uninstall_companion(self):
        """As an administrator does it: Moodle forgets the plugins, then their folders go."""
        # The sub-plugins first, with their folders: they need the companion.
        names = ",".join(f"shoppaymodes_{name}" for name in SUBPLUGINS)
        self.php("admin/cli/uninstall_plugins.php", f"--plugins={names}", "--run")
        self.installation.remove_companion(subplugins_only=True)
        self.php("admin/cli/uninstall_plugins.php", "--plugins=local_shopengine", "--run")
        self.installation.remove_companion()
        self.php("admin/cli/purge_caches.php")

    def php(self, script, *arguments, check=True):
        """Runs a script in Moodle's folder; its output."""
        return self.installation.php(script, *arguments, check=check)

    def rows(self, statement, *values):
        """The rows of a query in Moodle's SQL (`{table}`, `?`), each a dictionary of texts."""
        return json.loads(self.php(ROOT / "tests/moodle/tell.php", self.folder, statement, *values).splitlines()[-1])

    def sql(self, statement, *values):
        """Changes rows behind everybody's back."""
        self.php(ROOT / "tests/moodle/sql.php", self.folder, statement, *values)

    def switch(self, mode, *names):
        """Sets takeovers, `import` when none is named, to `off`, `shadow` or `on`."""
        for name in names or ("import",):
            self.php("admin/cli/cfg.php", "--component=local_shopengine", f"--name={name}", f"--set={mode}")

    def cron(self, *names, fails=()):
        """Runs the companion's scheduled tasks, or those named: what each printed. Each completes, but for those of `fails`, which fail."""
        names = names or sorted(path.stem for path in (self.folder / "local/shopengine/classes/task").glob("*.php"))
        printed = {name: self.task(name, check=name not in fails) for name in names}
        # Since 4.2 the program ends with 0 whatever became of the task.
        failed = {name for name in names if "Scheduled task complete: " not in printed[name]}
        assert failed == set(fails), "\n".join(f"{name}: {printed[name]}" for name in failed ^ set(fails))
        return printed

    def task(self, name, check=True):
        printed = self.php("admin/cli/scheduled_task.php", rf"--execute=\local_shopengine\task\{name}", check=check)
        # A task's programmer is told on its output, not in the log.
        for message, backtrace in re.findall(r"^\+\+ (.*?) \+\+\n((?:\* line .*\n)*)", printed, flags=re.M | re.S):
            self.log.note(f"Debugging: {message}\n{backtrace}")
        return printed

    def checksums(self):
        """SHA-256 of each of the plugin's own files on the site; `plugin` has those of the tree it came from."""
        return checksums(self.folder / "local/shop", without=[f"paymodes/{name}/" for name in SUBPLUGINS])

    def traced(self):
        lines = self.trace.read_text(errors="replace").splitlines() if self.trace.exists() else []
        return [re.sub(r"^-- \S+ \S+ \d+ -\d+-\s*", "", line) for line in lines]

    def link(self, products, autodrive=True):
        drive = "&autodrive=1" if autodrive else ""
        return f"{self.root}/local/shop/front/view.php?view=shop&what=import&shopid={self.facts['shop']}{drive}&{products}"


def checksums(folder, without=()):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [(path, path.relative_to(folder).as_posix()) for path in files]
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in names
            if not name.startswith((".git/", "pro/", *without))}


class Visit:
    """Where a click led: each address with its status, and the last page."""

    def __init__(self):
        self.hops, self.status, self.url, self.body, self.seconds = [], 0, "", "", 0.0

    @property
    def step(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query)).get("view")

    @property
    def text(self):
        bare = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]*>", " ", self.body, flags=re.S)
        return re.sub(r"\s+", " ", html.unescape(bare))


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing, so that each hop is seen."""

    def redirect_request(self, *arguments):
        return None


class Buyer:
    """A browser of its own, served by either node or by one."""

    def __init__(self, site, node=None):
        self.site, self.node = site, node
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, Stay())

    def ask(self, url, fields=None, method=None):
        body = urllib.parse.urlencode(fields).encode() if fields is not None else None
        try:
            headers = {"X-Node": self.node} if self.node else {}
            return self.opener.open(urllib.request.Request(url, body, headers, method=method), timeout=60)
        except urllib.error.HTTPError as answer:
            return answer

    def click(self, url, fields=None):
        visit, began = Visit(), time.perf_counter()
        for _ in range(10):
            answer = self.ask(url, fields)
            visit.body, visit.status, visit.url = answer.read().decode(errors="replace"), answer.status, url
            visit.hops.append((answer.status, url))
            if answer.headers["Location"] is None:
                break
            url, fields = urllib.parse.urljoin(url, answer.headers["Location"]), None
        visit.seconds = time.perf_counter() - began
        return visit

    def log_in(self, name):
        page = self.click(f"{self.site.root}/login/index.php").body
        token = re.search(r'name="logintoken" value="([^"]*)"', page)[1]
        page = self.click(f"{self.site.root}/login/index.php", {"username": name, "password": "Demo!2026", "logintoken": token})
        assert page.status == 200 and "loginerrors" not in page.body
        return self

    def follow(self, products, autodrive=True):
        return self.click(self.site.link(products, autodrive))
