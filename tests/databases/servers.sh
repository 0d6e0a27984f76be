#!/usr/bin/env bash
# Starts a MariaDB and a PostgreSQL of one's own in a folder, on sockets in it and no port at all, runs a command, stops both.
#   tests/databases/servers.sh FOLDER COMMAND...     MARIADB and PGSQL in the command's environment say how to connect
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift

# Neither server runs as root; a root user lends the folders to their own accounts.
as_mysql=() as_postgres=()
if [ "$(id -u)" -eq 0 ]; then
    as_mysql=(setpriv --reuid=mysql --regid=mysql --clear-groups --)
    as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
fi
postgres=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
mkdir -p "$folder/mariadb" "$folder/pgsql"
[ "$(id -u)" -ne 0 ] || { chmod 755 "$folder"; chown mysql "$folder/mariadb"; chown postgres "$folder/pgsql"; }

stop() {
    [ -z "${mariadb_id:-}" ] || kill "$mariadb_id" 2>/dev/null || true
    [ -z "${pgsql_id:-}" ] || kill -INT "$pgsql_id" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap stop EXIT

"${as_mysql[@]}" mariadb-install-db --no-defaults --datadir="$folder/mariadb/data" --auth-root-authentication-method=normal \
    --skip-test-db >"$folder/mariadb.log" 2>&1
"${as_mysql[@]}" mariadbd --no-defaults --datadir="$folder/mariadb/data" --socket="$folder/mariadb/s" --skip-networking \
    --pid-file="$folder/mariadb/id" >>"$folder/mariadb.log" 2>&1 &
mariadb_id=$!
"${as_postgres[@]}" "$postgres/initdb" -D "$folder/pgsql/data" -U shop --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$folder/pgsql.log" 2>&1
"${as_postgres[@]}" "$postgres/postgres" -D "$folder/pgsql/data" -k "$folder/pgsql" -c listen_addresses= >>"$folder/pgsql.log" 2>&1 &
pgsql_id=$!

for _ in $(seq 100); do
    if mariadb --no-defaults -uroot -S "$folder/mariadb/s" -e 'CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci' 2>/dev/null &&
        "$postgres/psql" -h "$folder/pgsql" -U shop -d postgres -qc 'SELECT 1' >/dev/null 2>&1; then
        started=1
        break
    fi
    sleep 0.2
done
[ -n "${started:-}" ] || { echo "the database servers did not start:" >&2; tail -n 20 "$folder"/*.log >&2; exit 1; }
"$postgres/createdb" -h "$folder/pgsql" -U shop shop

MARIADB="mariadb:socket=$folder/mariadb/s;user=root;dbname=shop" PGSQL="pgsql:socket=$folder/pgsql;user=shop;dbname=shop" "$@"
