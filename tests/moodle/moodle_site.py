"""A Moodle site with the unmodified plugin, its web server with the extension, and buyers who click."""

import hashlib
import html
import http.cookiejar
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXTENSION = os.environ.get("SHOPENGINE_EXTENSION", str(ROOT / "target/release/libshopengine.so"))
PHP = ["php", "-d", f"extension={EXTENSION}", "-d", "max_input_vars=5000"]


class Site:
    """The Moodle in a folder, with `php/local/shopengine` linked into it, installed, and filled by seed.php."""

    def __init__(self, folder, logs):
        self.folder, self.log = pathlib.Path(folder).resolve(), logs / "php.log"
        link = self.folder / "local/shopengine"
        if not link.exists():
            link.symlink_to(ROOT / "php/local/shopengine")
        self.plugin = self.checksums()
        self.php("admin/cli/upgrade.php", "--non-interactive")
        seeded = self.php(ROOT / "tests/moodle/seed.php", self.folder)
        self.facts = json.loads(seeded.splitlines()[-1])
        self.root, self.trace = self.facts["wwwroot"], pathlib.Path(self.facts["trace"])
        address = urllib.parse.urlsplit(self.root)
        command = [*PHP, "-d", "log_errors=1", "-d", f"error_log={self.log}", "-S", address.netloc, "-t", str(self.folder)]
        self.server = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"})
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{self.root}/local/shop/front/view.php?view=shop", timeout=60).read()
                break
            except urllib.error.URLError:
                assert self.server.poll() is None, "the server did not start: is the port of wwwroot in use?"
                time.sleep(0.1)

    def stop(self):
        # The server's workers are in its own process group.
        os.killpg(self.server.pid, signal.SIGTERM)
        self.server.wait()
        self.switch("off")

    def php(self, script, *arguments, check=True):
        """Runs a script in Moodle's folder; its output."""
        run = subprocess.run([*PHP, str(script), *map(str, arguments)], cwd=self.folder, capture_output=True, text=True)
        assert not check or run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def switch(self, mode, name="import"):
        self.php("admin/cli/cfg.php", "--component=local_shopengine", f"--name={name}", f"--set={mode}")

    def checksums(self):
        """SHA-256 of each of the plugin's files."""
        files = sorted(path for path in (self.folder / "local/shop").rglob("*") if path.is_file())
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def complaints(self):
        """What PHP complained about. The plugin's own dynamic properties are deprecated since PHP 8.2; that is not ours."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [line for line in lines if not ("Creation of dynamic property" in line and "/local/shop/" in line)]

    def traced(self):
        lines = self.trace.read_text(errors="replace").splitlines() if self.trace.exists() else []
        return [re.sub(r"^-- \S+ \S+ \d+ -\d+-\s*", "", line) for line in lines]

    def link(self, products, autodrive=True):
        drive = "&autodrive=1" if autodrive else ""
        return f"{self.root}/local/shop/front/view.php?view=shop&what=import&shopid={self.facts['shop']}{drive}&{products}"


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
    """A browser of its own."""

    def __init__(self, site):
        self.site = site
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies, Stay())

    def ask(self, url, fields=None, method=None):
        body = urllib.parse.urlencode(fields).encode() if fields is not None else None
        try:
            return self.opener.open(urllib.request.Request(url, body, method=method), timeout=60)
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
