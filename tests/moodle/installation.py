"""A Moodle installed from a tree: copied, so that the tree stays as it is; kept in target/moodle, so that the next run takes seconds."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

from database import SERVERS

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "target/moodle"
EXTENSION = os.environ.get("SHOPENGINE_EXTENSION", str(ROOT / "target/release/libshopengine.so"))
SETTINGS = {"extension": EXTENSION, "max_input_vars": "5000", "memory_limit": "512M"}
PHP = ["php", *(word for name, value in SETTINGS.items() for word in ("-d", f"{name}={value}"))]


class Installation:
    """One Moodle on one database: `code` (the tree with the companion in it), `data` (dataroot), a database server that runs."""

    def __init__(self, tree, database):
        self.tree = pathlib.Path(tree).resolve()
        self.release = re.search(r"\$release\s*=\s*'([\d.]+)", (self.tree / "version.php").read_text())[1]
        kept = CACHE / f"{self.release}-{self.key()}-{database}"
        if not (kept / "complete").exists():
            self.install(kept, database)
        # A run works on a copy of what was installed.
        self.folder = CACHE / f"run-{os.getpid()}-{kept.name}"
        self.code, self.data = self.folder / "code", self.folder / "data"
        copy(kept, self.folder)
        self.server = SERVERS[database](self.folder / database).start()

    def close(self):
        self.server.stop()
        if not os.environ.get("MOODLE_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def configure(self, address):
        """Writes config.php: the site at `address`; each web node has its own local cache, as on machines of their own."""
        (self.code / "config.php").write_text(
            "<?php\nunset($CFG); global $CFG; $CFG = new stdClass();\n" + self.server.settings() +
            f"$CFG->prefix = 'mdl_'; $CFG->wwwroot = '{address}'; $CFG->dataroot = '{self.data}'; $CFG->admin = 'admin';\n"
            "$CFG->directorypermissions = 02777; $CFG->noemailever = true;\n"
            "$CFG->session_handler_class = '\\core\\session\\database';\n"
            "if (getenv('WEB_NODE')) { $CFG->localcachedir = $CFG->dataroot . '/localcache-' . getenv('WEB_NODE'); }\n"
            "require_once(__DIR__ . '/lib/setup.php');\n")

    def add_companion(self):
        """Drops in what ships, as an administrator does. A link to it would not do: PHP resolves links, Moodle's paths are relative."""
        for part in ("local/shopengine", *(f"local/shop/paymodes/{name}" for name in subplugins())):
            shutil.rmtree(self.code / part, ignore_errors=True)
            shutil.copytree(ROOT / "php" / part, self.code / part)

    def remove_companion(self):
        for part in ("local/shopengine", *(f"local/shop/paymodes/{name}" for name in subplugins())):
            shutil.rmtree(self.code / part, ignore_errors=True)

    def php(self, script, *arguments, check=True):
        """Runs a script in Moodle's folder; its output."""
        run = subprocess.run([*PHP, str(script), *map(str, arguments)], cwd=self.code, capture_output=True, text=True)
        assert not check or run.returncode == 0, f"{script}: {run.stdout[-3000:]}{run.stderr[-3000:]}"
        return run.stdout

    def key(self):
        """Which Moodle and which plugins, by their version files, and how it was installed."""
        names = ("version.php", "local/shop/version.php", "auth/ticket/version.php", "local/shop/db/install.xml")
        parts = [(self.tree / name).read_bytes() for name in names] + [RECIPE]
        return hashlib.sha256(b"\0".join([str(self.tree).encode(), *parts])).hexdigest()[:8]

    def install(self, kept, database):
        shutil.rmtree(kept, ignore_errors=True)
        self.folder, self.code, self.data = kept, kept / "code", kept / "data"
        copy_tree(self.tree, self.code)
        allow_this_php(self.code)
        self.data.mkdir(mode=0o777)
        self.server = SERVERS[database](kept / database)
        self.server.create()
        self.server.start()
        try:
            self.configure("http://127.0.0.1:1")
            print(f"installing Moodle {self.release} on {database}: a minute or two, once", flush=True)
            self.php("admin/cli/install_database.php", "--agree-license", "--adminpass=Demo!2026", "--adminemail=admin@example.org",
                     "--fullname=Demo", "--shortname=demo")
        finally:
            self.server.stop()
        (kept / "complete").touch()


def subplugins():
    folder = ROOT / "php/local/shop/paymodes"
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.exists() else []


def copy(source, target):
    """A copy with owners, at no cost where the file system can share blocks."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)


def copy_tree(tree, code):
    """Moodle's code without what belongs to another site. With its folder `pro` the plugin answers alone: it is left out."""
    code.parent.mkdir(parents=True, exist_ok=True)
    copy(tree, code)
    for name in (".git", "config.php", "local/shopengine", "local/shop/pro", "local/shop/.git", "auth/ticket/.git"):
        path = code / name
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
