"""A Moodle installed from a tree: copied, so that the tree stays as it is; kept in target/moodle, so that the next run takes seconds."""

import contextlib
import fcntl
import hashlib
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

from database import SERVERS

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "target/moodle"
EXTENSION = os.environ.get("SHOPENGINE_EXTENSION", str(ROOT / "target/release/libshopengine.so"))
SETTINGS = {"extension": EXTENSION, "max_input_vars": "5000", "memory_limit": "512M"}
PHP = ["php", *(word for name, value in SETTINGS.items() for word in ("-d", f"{name}={value}"))]

# Told to stop, a run still stops its servers.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

SUBPLUGINS = sorted(path.name for path in (ROOT / "php/local/shop/paymodes").glob("*") if path.is_dir())
NODES = ("a", "b")
HANDLERS = "local/shop/datahandling/handlers"
PARTS = ["local/shopengine", *(f"local/shop/paymodes/{name}" for name in SUBPLUGINS)]


class Installation:
    """One Moodle on one database: `code` (the tree with the companion in it), `data` (dataroot), a database server that runs.

    `target/moodle/<kept>` has the code, the site as Moodle installs it (`installed`), the same with the companion and the shop's
    content (`ready`), the one of the current run (`run`, which stays for a look until the next one), and what Moodle's command line printed
    last (`<script>.log`). Runs at the same time have a folder each."""

    def __init__(self, tree, database):
        self.tree, self.database = pathlib.Path(tree).resolve(), database
        # Since 5.1 a Moodle has its pages and plugins in `public`, its command line and config.php beside it.
        self.public = pathlib.Path(public(tree))
        self.release = re.search(r"\$release\s*=\s*'([\d.]+)", (self.tree / self.public / "version.php").read_text())[1]
        name = f"{self.release}-{self.key()}-{database}"
        self.kept, self.lock = claim(CACHE / name)
        self.code, self.folder, self.data = self.kept / "code", self.kept / "run", self.kept / "run/data"
        self.pages = self.code / self.public
        self.server = SERVERS[database](self.folder / database)
        if not (self.kept / "installed").exists() and not self.take_over(CACHE / name):
            self.install()
        shipped = digest(ROOT / "php/local", ROOT / "tests/moodle/seed.php")
        # MOODLE_SEEDED: the shop was filled before, and what has changed since takes no part in that.
        if os.environ.get("MOODLE_SEEDED") and (self.kept / "ready/shipped").exists():
            shipped = (self.kept / "ready/shipped").read_text()
        if not (self.kept / "ready/shipped").exists() or (self.kept / "ready/shipped").read_text() != shipped:
            self.prepare(shipped)
        self.begin_with("ready")
        # What is not measured need not survive a power cut.
        self.server.start(durable=bool(os.environ.get("MOODLE_DURABLE")))

    def close(self):
        self.server.stop()
        self.lock.close()

    def take_over(self, first):
        """The stock site of the folder that another run uses, where there is one: it does not change any more."""
        if first == self.kept or not (first / "installed").exists():
            return False
        self.copy_code()
        copy(first / "installed", self.kept / "installed")
        return True

    def install(self):
        """The stock site, without the companion."""
        self.copy_code()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.data.mkdir(parents=True)
        self.server.create()
        with self.serving():
            print(f"installing Moodle {self.release} on {self.database}: a minute or two, once", flush=True)
            self.php("admin/cli/install_database.php", "--agree-license", f"--adminpass={ADMIN_PASSWORD}", "--adminemail=admin@example.org",
                     "--fullname=Demo", "--shortname=demo")
        self.folder.rename(self.kept / "installed")

    def copy_code(self):
        shutil.rmtree(self.code, ignore_errors=True)
        copy_tree(self.tree, self.code, self.public)
        allow_this_php(self.pages)

    def prepare(self, shipped):
        """The companion and the shop's content."""
        self.begin_with("installed")
        with self.serving():
            self.add_companion()
            self.php("admin/cli/upgrade.php", "--non-interactive")
            if self.database == "pgsql":
                # The tickets of auth_ticket are made by a function of MySQL unless it is told otherwise; so its authors say.
                self.php("admin/cli/cfg.php", "--component=auth_ticket", "--name=encryption", "--set=internal")
            self.php(ROOT / "tests/moodle/seed.php", self.pages)
        (self.folder / "shipped").write_text(shipped)
        shutil.rmtree(self.kept / "ready", ignore_errors=True)
        self.folder.rename(self.kept / "ready")

    def begin_with(self, stage):
        shutil.rmtree(self.folder, ignore_errors=True)
        copy(self.kept / stage, self.folder)
        # A run that was killed leaves the tests' handlers behind, one of them in the place of the plugin's.
        self.remove_handlers()
        shutil.copytree(self.tree / self.public / HANDLERS, self.pages / HANDLERS, dirs_exist_ok=True)
        if stage == "installed":
            self.remove_companion()
        else:
            self.add_companion()

    @contextlib.contextmanager
    def serving(self):
        self.server.start(durable=False)
        try:
            self.configure("http://127.0.0.1:1")
            yield
        finally:
            self.server.stop()

    def configure(self, address):
        """Writes config.php: the site at `address`; each web node has its own local cache, as on machines of their own."""
        for node in NODES:
            (self.data / f"localcache-{node}").mkdir(exist_ok=True)
        (self.code / "config.php").write_text(
            "<?php\nunset($CFG); global $CFG; $CFG = new stdClass();\n" + self.server.settings() +
            f"$CFG->prefix = 'mdl_'; $CFG->wwwroot = '{address}'; $CFG->dataroot = '{self.data}'; $CFG->admin = 'admin';\n"
            "$CFG->directorypermissions = 02777; $CFG->noemailever = true;\n"
            # An installation from the command line leaves these out, and Moodle complains.
            "$CFG->noreplyaddress = 'noreply@example.org'; $CFG->debugsmtp = false;\n"
            # Emails go to the test that reads them: mailbox.py.
            "if (is_file($CFG->dataroot . '/smtp')) {\n"
            "    $CFG->noemailever = false; $CFG->smtphosts = file_get_contents($CFG->dataroot . '/smtp');\n}\n"
            # A visitor behind a proxy that ends TLS.
            "if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') {\n"
            "    $CFG->wwwroot = str_replace('http://', 'https://', $CFG->wwwroot); $CFG->sslproxy = true;\n}\n"
            "$CFG->session_handler_class = '\\core\\session\\database';\n"
            "if (getenv('WEB_NODE')) { $CFG->localcachedir = $CFG->dataroot . '/localcache-' . getenv('WEB_NODE'); }\n"
            "require_once(__DIR__ . '/lib/setup.php');\n")

    def add_companion(self):
        """Drops in what ships, as an administrator does. A link to it would not do: PHP resolves links, Moodle's paths are relative."""
        self.remove_companion()
        for part in PARTS:
            shutil.copytree(ROOT / "php" / part, self.pages / part)

    def remove_companion(self, subplugins_only=False):
        own = {path.name for path in (self.tree / self.public / "local/shop/paymodes").iterdir()}
        ours = [path for path in (self.pages / "local/shop/paymodes").iterdir() if path.name not in own]
        for folder in ours + ([] if subplugins_only else [self.pages / "local/shopengine"]):
            shutil.rmtree(folder, ignore_errors=True)

    def add_handlers(self, handlers):
        """Adds production handlers to the plugin's: names to sources."""
        for name, source in handlers.items():
            folder = self.pages / HANDLERS / name
            folder.mkdir(exist_ok=True)
            (folder / f"{name}.class.php").write_text(source)

    def remove_handlers(self):
        for folder in (self.pages / HANDLERS).glob("Test_*"):
            shutil.rmtree(folder)

    def php(self, script, *arguments, check=True):
        """Runs a script of Moodle's command line, or of a plugin; its output."""
        if str(script).startswith("local/"):
            script = self.pages / script
        logged = ["-d", "log_errors=1", "-d", f"error_log={self.folder}/web/php.log"]
        run = subprocess.run([*PHP, *logged, str(script), *map(str, arguments)], cwd=self.code, capture_output=True, text=True)
        if check and run.returncode != 0 or str(script).startswith("admin/cli/"):
            log = self.kept / f"{pathlib.Path(script).stem}.log"
            log.write_text(f"{script} {arguments} ended with {run.returncode}\n{run.stdout}\n{run.stderr}")
            assert not check or run.returncode == 0, f"{script} ended with {run.returncode}: …{run.stdout[-1500:]}{run.stderr[-1500:]}\nAll of it is in {log}"
        return run.stdout

    def key(self):
        """Which Moodle and which plugins, by their version files, and how it was installed."""
        names = ("version.php", "local/shop/version.php", "auth/ticket/version.php", "local/shop/db/install.xml")
        parts = [(self.tree / self.public / name).read_bytes() for name in names] + [RECIPE]
        return hashlib.sha256(b"\0".join([str(self.tree).encode(), *parts])).hexdigest()[:8]


def claim(folder):
    """A folder that no other run uses, with its lock: this one, or the same name with a number."""
    for number in itertools.count(1):
        place = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        place.mkdir(parents=True, exist_ok=True)
        lock = open(place / "lock", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return place, lock
        except BlockingIOError:
            lock.close()


def digest(*places):
    files = sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*")) if path.is_file())
    return hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest()


def copy(source, target):
    """A copy with owners, at no cost where the file system can share blocks."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def public(tree):
    """The folder of a Moodle's pages and plugins, in its tree."""
    return "public" if (pathlib.Path(tree) / "public/version.php").is_file() else ""


def copy_tree(tree, code, public):
    """Moodle's code without what belongs to another site. With its folder `pro` the plugin answers alone: it is left out."""
    code.parent.mkdir(parents=True, exist_ok=True)
    copy(tree, code)
    for path in (code / ".git", code / "config.php", *(code / public / part for part in (
            "local/shopengine", "local/shop/pro", "local/shop/.git", "auth/ticket/.git"))):
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)


def allow_this_php(code):
    """Moodle 4.1 refuses to be installed on PHP 8.2, and runs on it; Debian 12 has no older one. The copy's list of requirements says yes."""
    path = code / "admin/environment.xml"
    path.write_text(re.sub(r'\s*<RESTRICT function="restrict_php_version_8\d"[^>]*>', "", path.read_text()))


# Another recipe makes all that is kept in target/moodle out of date.
RECIPE = b"1"
ADMIN_PASSWORD = "Admin!23"
