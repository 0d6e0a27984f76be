<?php
// This file is part of shopengine, the commerce engine of Moodle's local_shop.
//
// Shopengine is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Shopengine is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with shopengine.  If not, see <http://www.gnu.org/licenses/>.

namespace shopengine\tests;

/**
 * What Moodle's database layer throws: the server's own words are in `error`.
 */
class dml_exception extends \Exception {
    /** @var string */
    public string $error;

    public function __construct(string $error) {
        parent::__construct('dmlerror');
        $this->error = $error;
    }
}

/**
 * A delegated transaction, as Moodle hands it out.
 */
class transaction {
    public function __construct(private \Closure $commit) {
    }

    public function allow_commit(): void {
        ($this->commit)();
    }
}

/**
 * The part of Moodle's `$DB` that the engine calls, on one connection, behaving as Moodle's does: tables in braces, `?`
 * for values, records keyed by their first column, READ COMMITTED, a failed write that leaves a PostgreSQL transaction usable.
 */
abstract class moodle_database {
    /** @var bool */
    protected bool $open = false;

    /** Opens the database that a `mariadb:` or `pgsql:` description names. */
    public static function connect(string $description): self {
        [$kind, $rest] = explode(':', $description, 2);
        parse_str(strtr($rest, ';', '&'), $options);
        return $kind === 'mariadb' ? new mariadb_database($options) : new pgsql_database($options);
    }

    /** Creates the engine's and the plugin's tables from the schema files. */
    public function install(string ...$files): void {
        foreach ($files as $file) {
            $sql = strtr(preg_replace('/^--.*$/m', '', file_get_contents($file)), $this->types());
            // Indexes are plain text prefixes away from being portable, and no test needs them for its result.
            foreach (array_filter(array_map('trim', explode(';', $sql))) as $statement) {
                if (str_starts_with($statement, 'CREATE VIEW')) {
                    // SQLite's stand-in for a table of Moodle's.
                    $statement = preg_replace('/^CREATE VIEW IF NOT EXISTS (\w+).*/s', 'CREATE TABLE $1 (id BIGINT, name VARCHAR(255), value VARCHAR(255))', $statement);
                }
                if (!str_starts_with($statement, 'CREATE INDEX')) {
                    $this->run($this->quoted($statement));
                }
            }
        }
    }

    public function get_records_sql(string $sql, ?array $params = null): array {
        $records = [];
        foreach ($this->select($this->plain($sql), $params ?? []) as $row) {
            $key = reset($row);
            if (array_key_exists($key, $records)) {
                throw new \LogicException("two rows have the key $key: $sql");
            }
            $records[$key] = (object) $row;
        }
        return $records;
    }

    public function execute(string $sql, ?array $params = null): bool {
        $this->write($this->plain($sql), $params ?? []);
        return true;
    }

    public function insert_record_raw(string $table, array $params): int {
        $marks = implode(', ', array_fill(0, count($params), '?'));
        $sql = "INSERT INTO {{$table}} (" . implode(', ', array_keys($params)) . ") VALUES ($marks)";
        return $this->insert($this->plain($sql), array_values($params));
    }

    public function is_transaction_started(): bool {
        return $this->open;
    }

    public function start_delegated_transaction(): transaction {
        $this->begin();
        $this->open = true;
        return new transaction(function (): void {
            $this->commit();
            $this->open = false;
        });
    }

    public function force_transaction_rollback(): void {
        if ($this->open) {
            $this->open = false;
            $this->run('ROLLBACK');
        }
    }

    /** Tables in braces have the prefix `mdl_`, which also keeps `user` from being a reserved word. */
    protected function plain(string $sql): string {
        // As Moodle does, before any server sees the text: a word behind a colon is a named parameter, quoted or not.
        if (preg_match('/(?<!:):[a-z]/', $sql)) {
            throw new \RuntimeException("named and unnamed parameters: $sql");
        }
        return preg_replace('/\{(\w+)\}/', 'mdl_$1', $sql);
    }

    private function quoted(string $ddl): string {
        return preg_replace('/^CREATE TABLE IF NOT EXISTS (\w+)/', 'CREATE TABLE IF NOT EXISTS mdl_$1', $ddl);
    }

    /** Rows with ids of their own were inserted: the next id follows the highest. */
    public function ids_follow(string $table): void {
    }

    abstract protected function types(): array;

    abstract protected function run(string $sql): void;

    abstract protected function begin(): void;

    abstract protected function commit(): void;

    abstract protected function select(string $sql, array $params): array;

    abstract protected function write(string $sql, array $params): void;

    abstract protected function insert(string $sql, array $params): int;
}

/**
 * MariaDB through mysqli.
 */
class mariadb_database extends moodle_database {
    private \mysqli $link;

    public function __construct(array $options) {
        mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
        $this->link = new \mysqli('localhost', $options['user'], $options['password'] ?? '', $options['dbname'], 0, $options['socket']);
        $this->link->set_charset('utf8mb4');
        $this->link->query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    }

    protected function types(): array {
        return [
            'INTEGER PRIMARY KEY AUTOINCREMENT' => 'BIGINT AUTO_INCREMENT PRIMARY KEY',
            'DECIMALTEXT' => 'DECIMAL',
            'DOUBLETEXT' => 'DOUBLE PRECISION',
            ' TEXT' => ' LONGTEXT',
        ];
    }

    protected function run(string $sql): void {
        $this->guarded(fn() => $this->link->query($sql));
    }

    protected function begin(): void {
        $this->run('START TRANSACTION');
    }

    protected function commit(): void {
        $this->run('COMMIT');
    }

    protected function select(string $sql, array $params): array {
        $result = $this->guarded(fn() => $this->link->execute_query($sql, $params));
        return array_map(
            fn(array $row): array => array_map(fn($value) => $value === null ? null : (string) $value, $row),
            $result->fetch_all(MYSQLI_ASSOC)
        );
    }

    protected function write(string $sql, array $params): void {
        $this->guarded(fn() => $this->link->execute_query($sql, $params));
    }

    protected function insert(string $sql, array $params): int {
        $this->write($sql, $params);
        return $this->link->insert_id;
    }

    private function guarded(\Closure $query): mixed {
        try {
            return $query();
        } catch (\mysqli_sql_exception $error) {
            throw new dml_exception($error->getMessage());
        }
    }
}

/**
 * PostgreSQL through pgsql. Within a transaction each write is behind a savepoint, as Moodle's driver does.
 */
class pgsql_database extends moodle_database {
    /** @var \PgSql\Connection */
    private $link;

    public function __construct(array $options) {
        $this->link = pg_connect("host={$options['socket']} dbname={$options['dbname']} user={$options['user']}", PGSQL_CONNECT_FORCE_NEW);
    }

    protected function types(): array {
        return [
            'INTEGER PRIMARY KEY AUTOINCREMENT' => 'BIGSERIAL PRIMARY KEY',
            'DECIMALTEXT' => 'NUMERIC',
            'DOUBLETEXT' => 'DOUBLE PRECISION',
        ];
    }

    public function ids_follow(string $table): void {
        $this->run("SELECT setval(pg_get_serial_sequence('mdl_$table', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM mdl_$table))");
    }

    protected function run(string $sql): void {
        $this->sent($sql, []);
    }

    protected function begin(): void {
        $this->run('BEGIN ISOLATION LEVEL READ COMMITTED');
        $this->run('SAVEPOINT written');
    }

    protected function commit(): void {
        $this->run('COMMIT');
    }

    protected function select(string $sql, array $params): array {
        return pg_fetch_all($this->sent($sql, $params));
    }

    protected function write(string $sql, array $params): void {
        $this->behind_savepoint($sql, $params);
    }

    protected function insert(string $sql, array $params): int {
        return (int) pg_fetch_result($this->behind_savepoint("$sql RETURNING id", $params), 0, 0);
    }

    private function behind_savepoint(string $sql, array $params) {
        try {
            $result = $this->sent($sql, $params);
        } catch (dml_exception $error) {
            if ($this->open) {
                $this->run('ROLLBACK TO SAVEPOINT written');
            }
            throw $error;
        }
        if ($this->open) {
            $this->run('RELEASE SAVEPOINT written');
            $this->run('SAVEPOINT written');
        }
        return $result;
    }

    private function sent(string $sql, array $params) {
        $number = 0;
        $sql = preg_replace_callback('/\?/', function () use (&$number) {
            return '$' . ++$number;
        }, $sql);
        $result = $params ? @pg_query_params($this->link, $sql, $params) : @pg_query($this->link, $sql);
        if ($result === false) {
            throw new dml_exception(pg_last_error($this->link));
        }
        return $result;
    }
}
