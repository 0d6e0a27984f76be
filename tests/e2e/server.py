"""The storefront as a process of its own, and what can be seen of it from outside: database, trace, letters."""

import contextlib
import hashlib
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXTENSION = os.environ.get("SHOPENGINE_EXTENSION") or str(ROOT / "target/release/libshopengine.so")


class Storefront:
    """`php serve.php` on a free port of 127.0.0.1, on a database file of a folder that the caller gives."""

    def __init__(self, folder, **environment):
        self.folder = pathlib.Path(folder)
        self.environment = environment
        self.path = self.folder / "shop.sqlite"
        self.log = self.folder / "server.log"
        self.process = None
        self.port = None

    @property
    def root(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Starts serving; the port stays the same over restarts, so that cookies and links hold."""
        self.port = self.port or free_port()
        command = ["php", "-d", f"extension={EXTENSION}", str(ROOT / "php/storefront/serve.php"),
                   "--port", str(self.port), "--db", str(self.path)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=os.environ | self.environment)
        # It says "Serving on …" once the port answers.
        line = self.process.stdout.readline()
        if b"Serving on" not in line:
            self.process.wait(5)
            raise RuntimeError(f"the storefront does not start: {self.log.read_text()[-2000:]}")
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        if self.process:
            self.process.stdout.close()
        self.process = None

    def workers(self):
        """Process ids of the web server and its workers."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            with contextlib.suppress(OSError):
                children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                found += map(int, children)
                todo += map(int, children)
        return found

    def kill(self):
        """The power goes: every process of this server ends where it stands."""
        for pid in [self.process.pid, *self.workers()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)
        self.process.stdout.close()
        self.process = None
        deadline = time.monotonic() + 5
        while not is_free(self.port) and time.monotonic() < deadline:
            time.sleep(0.02)

    def complaints(self):
        """What PHP or the storefront wrote of errors, without the lines of the access log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        usual = re.compile(r"\[\d+\] 127\.0\.0\.1:\d+ (Accepted|Closing|Closed without sending|\[\d+\]: )|Development Server .* started|"
                           r"127\.0\.0\.1:\d+ (Accepted|Closing|Closed without sending|\[\d+\]: )")
        return [line for line in lines if line and not usual.search(line)]


class Shopdata:
    """The database from outside, as a seller's own tools would read and change it."""

    def __init__(self, path):
        self.path = path

    @contextlib.contextmanager
    def connection(self):
        connection = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, sql, *values):
        with self.connection() as connection:
            return [dict(row) for row in connection.execute(sql, values)]

    def one(self, sql, *values):
        found = self.rows(sql, *values)
        assert len(found) == 1, f"{len(found)} rows for {sql} {values}"
        return found[0]

    def value(self, sql, *values):
        return next(iter(self.one(sql, *values).values()))

    def run(self, sql, *values):
        with self.connection() as connection:
            return connection.execute(sql, values).lastrowid

    def order(self, transid):
        """The bill and what the engine knows of it; columns of both, the engine's with the prefix `e_`."""
        bill = self.one("SELECT * FROM local_shop_bill WHERE transactionid = ?", transid)
        engine = self.one("SELECT * FROM local_shopengine_order WHERE transactionid = ?", transid)
        return bill | {f"e_{name}": value for name, value in engine.items()}

    def products(self, transid):
        """Units delivered."""
        return self.value(
            "SELECT COUNT(*) FROM local_shop_product p JOIN local_shop_billitem i ON i.id = p.initialbillitemid"
            " JOIN local_shop_bill b ON b.id = i.billid WHERE b.transactionid = ?", transid)

    def snapshot(self):
        """A digest of each table."""
        with self.connection() as connection:
            names = [row[0] for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
            return {name: hashlib.sha256(repr([tuple(row) for row in connection.execute(
                f'SELECT * FROM "{name}" ORDER BY 1')]).encode()).hexdigest() for name in names}

    @contextlib.contextmanager
    def changed(self, table, where, **columns):
        """Changes rows from outside and puts them back as they were."""
        names = ", ".join(columns)
        before = self.rows(f"SELECT rowid AS r, {names} FROM {table} WHERE {where}")
        assert before, f"nothing in {table} where {where}"
        assignments = ", ".join(f"{name} = ?" for name in columns)
        self.run(f"UPDATE {table} SET {assignments} WHERE {where}", *columns.values())
        try:
            yield
        finally:
            for row in before:
                self.run(f"UPDATE {table} SET {assignments} WHERE rowid = ?", *(row[name] for name in columns), row["r"])

    @contextlib.contextmanager
    def setting(self, name, value, plugin="local_shop"):
        """A setting with another value."""
        self.run("INSERT OR IGNORE INTO config_plugins (plugin, name, value) VALUES (?, ?, '')", plugin, name)
        with self.changed("config_plugins", f"plugin = '{plugin}' AND name = '{name}'", value=value):
            yield

    @contextlib.contextmanager
    def product(self, **columns):
        """A product that the demo does not have: 1.00 without tax, and what `columns` say."""
        columns = {"catalogid": 1, "categoryid": 1, "price1": "1.000", "taxcode": "", "stock": 1000,
                   "status": "AVAILABLE", "description": "", "requireddata": ""} | columns
        columns = {"name": columns["shortname"], "code": columns["shortname"].upper()} | columns
        marks = ", ".join("?" * len(columns))
        row = self.run(f"INSERT INTO local_shop_catalogitem ({', '.join(columns)}) VALUES ({marks})", *columns.values())
        try:
            yield row
        finally:
            self.run("DELETE FROM local_shop_catalogitem WHERE id = ?", row)


class Trace:
    """merchant_trace.log."""

    LINE = re.compile(r"-- \d{4}-\d{1,2}-\d{2} \d{2}:\d{2}:\d{2} \d{3} -\d+-  ")

    def __init__(self, path):
        self.path = path

    def lines(self):
        if not self.path.exists():
            return []
        text = self.path.read_bytes().decode()
        assert text == "" or text.endswith("\n"), "the trace ends within a line"
        lines = text.split("\n")[:-1]
        for line in lines:
            assert self.LINE.match(line), f"no line of the trace: {line!r}"
        return lines

    def of(self, transid):
        return [line for line in self.lines() if f"[{transid}]" in line]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
