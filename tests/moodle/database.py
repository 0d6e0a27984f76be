"""A MariaDB or PostgreSQL server of one's own: its files in one folder, a socket in another, no port, no root."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time


class Server:
    """The server whose files are in `folder`, which `create` makes and which may be copied while the server is stopped."""

    kind = account = ""

    def __init__(self, folder):
        self.folder, self.process = pathlib.Path(folder), None

    def create(self):
        self.folder.mkdir(parents=True)
        self.lend(self.folder)
        self.initialise()

    def start(self, durable=True):
        """`durable` is what a commit means: on disk, or only handed to the system."""
        # A socket's address has at most 107 characters: it is not in the folder, which may be deep.
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="shopengine-"))
        self.lend(self.sockets)
        with open(f"{self.folder}.log", "ab") as log:
            self.process = subprocess.Popen(self.own(self.command() + ([] if durable else self.careless)), stdout=log, stderr=log, start_new_session=True)
        for _ in range(300):
            if self.answers():
                return self
            assert self.process.poll() is None, pathlib.Path(f"{self.folder}.log").read_text(errors="replace")[-2000:]
            time.sleep(0.1)
        raise AssertionError(f"{self.kind} did not start in half a minute, see {self.folder}.log")

    def stop(self):
        if self.process is not None:
            self.process.send_signal(self.goodbye)
            self.process.wait(60)
            self.process = None
            shutil.rmtree(self.sockets, ignore_errors=True)

    def lend(self, folder):
        """Neither server runs as root; a root user lends the folder to the server's own account."""
        folder.chmod(0o755)
        if os.getuid() == 0:
            account = pwd.getpwnam(self.account)
            os.chown(folder, account.pw_uid, account.pw_gid)

    def own(self, command):
        if os.getuid() != 0:
            return command
        return ["setpriv", f"--reuid={self.account}", f"--regid={self.account}", "--clear-groups", "--", *command]

    def once(self, command):
        run = subprocess.run(self.own(list(map(str, command))), capture_output=True, text=True, cwd="/")
        assert run.returncode == 0, run.stdout + run.stderr


class MariaDB(Server):
    kind, account, goodbye = "mariadb", "mysql", signal.SIGTERM
    careless = ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-doublewrite=0"]

    def initialise(self):
        # Small logs: the folder is copied for each run.
        self.once(["mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/data", "--auth-root-authentication-method=normal",
                   "--skip-test-db", "--innodb-log-file-size=32M"])

    def command(self):
        return ["mariadbd", "--no-defaults", f"--datadir={self.folder}/data", f"--socket={self.sockets}/s", "--skip-networking",
                f"--pid-file={self.sockets}/id", "--innodb-log-file-size=32M", "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_unicode_ci", "--max-connections=200"]

    def client(self, statement):
        return ["mariadb", "--no-defaults", "-uroot", "-S", f"{self.sockets}/s", "-e", statement]

    def answers(self):
        return subprocess.run(self.client("CREATE DATABASE IF NOT EXISTS moodle"), capture_output=True).returncode == 0

    def hold(self, table, column, later):
        """Adds to a column of each new row of a table of Moodle."""
        self.once(self.client(f"CREATE TRIGGER moodle.hold BEFORE INSERT ON moodle.mdl_{table} FOR EACH ROW SET NEW.{column} = NEW.{column} + {later}"))

    def let_go(self, table):
        self.once(self.client("DROP TRIGGER IF EXISTS moodle.hold"))

    def digests(self, tables):
        """A digest of the rows of each of these tables of Moodle."""
        named = ", ".join(f"moodle.mdl_{table}" for table in tables)
        told = subprocess.run(self.client(f"CHECKSUM TABLE {named} EXTENDED") + ["--batch", "--skip-column-names"], capture_output=True, text=True, check=True)
        return dict(zip(tables, (line.split("\t")[1] for line in told.stdout.splitlines())))

    def settings(self):
        """The lines of Moodle's config.php."""
        return ("$CFG->dblibrary = 'native'; $CFG->dbtype = 'mariadb'; $CFG->dbhost = 'localhost'; $CFG->dbname = 'moodle'; $CFG->dbuser = 'root'; $CFG->dbpass = '';\n"
                f"$CFG->dboptions = ['dbsocket' => '{self.sockets}/s', 'dbcollation' => 'utf8mb4_unicode_ci'];\n")


class PostgreSQL(Server):
    kind, account, goodbye = "pgsql", "postgres", signal.SIGINT
    careless = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]

    @property
    def programs(self):
        versions = pathlib.Path("/usr/lib/postgresql").glob("*/bin")
        return max(versions, key=lambda path: int(path.parent.name))

    def initialise(self):
        self.once([self.programs / "initdb", "-D", self.folder / "data", "-U", "moodle", "--auth=trust", "--encoding=UTF8",
                   "--locale=C.UTF-8"])

    def command(self):
        return [str(self.programs / "postgres"), "-D", f"{self.folder}/data", "-k", str(self.sockets), "-c", "listen_addresses=",
                "-c", "max_connections=200"]

    def answers(self):
        ask = ["psql", "-h", str(self.sockets), "-U", "moodle", "-d", "postgres", "-qAtc"]
        there = subprocess.run([*ask, "SELECT COUNT(*) FROM pg_database WHERE datname = 'moodle'"], capture_output=True, text=True, cwd="/")
        if there.stdout.strip() == "0":
            return subprocess.run([*ask, "CREATE DATABASE moodle"], capture_output=True, cwd="/").returncode == 0
        return there.returncode == 0

    def hold(self, table, column, later):
        """Adds to a column of each new row of a table of Moodle."""
        self.once(self.client(f"CREATE FUNCTION hold() RETURNS trigger AS 'BEGIN NEW.{column} := NEW.{column} + {later}; RETURN NEW; END' LANGUAGE plpgsql"))
        self.once(self.client(f"CREATE TRIGGER hold BEFORE INSERT ON mdl_{table} FOR EACH ROW EXECUTE FUNCTION hold()"))

    def let_go(self, table):
        self.once(self.client(f"DROP TRIGGER IF EXISTS hold ON mdl_{table}"))
        self.once(self.client("DROP FUNCTION IF EXISTS hold()"))

    def client(self, statement):
        return ["psql", "-h", str(self.sockets), "-U", "moodle", "-d", "moodle", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statement]

    def digests(self, tables):
        """A digest of the rows of each of these tables of Moodle."""
        asked = "; ".join(f"SELECT md5(string_agg(r::text, '|' ORDER BY r.id)) FROM mdl_{table} r" for table in tables)
        told = subprocess.run(["psql", "-h", str(self.sockets), "-U", "moodle", "-d", "moodle", "-qAt", "-c", asked], capture_output=True, text=True,
                              check=True, cwd="/")
        return dict(zip(tables, told.stdout.split("\n")))

    def settings(self):
        """The lines of Moodle's config.php."""
        return ("$CFG->dblibrary = 'native'; $CFG->dbtype = 'pgsql'; $CFG->dbhost = 'localhost'; $CFG->dbname = 'moodle'; $CFG->dbuser = 'moodle'; $CFG->dbpass = '';\n"
                f"$CFG->dboptions = ['dbsocket' => '{self.sockets}'];\n")


SERVERS = {server.kind: server for server in (MariaDB, PostgreSQL)}
