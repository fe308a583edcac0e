#!/usr/bin/env bash
# A throw-away PostgreSQL on 127.0.0.1 that is as durable as a real one: unlike the tests' own (private-server.sh) it flushes every
# commit to disk. For as long as standard input stays open; when whoever holds the other end goes, server and files go too.
#
#   SERVER_PASSWORD=… durable-postgres.sh PORT
#
# Answers by one line: "started PID PROGRAMS" or "failed: why". The administrator is "postgres".
set -euo pipefail
set -m

port=$1
directory=$(mktemp -d "${TMPDIR:-/tmp}/consent-ledger-bench.XXXXXX")
server=''

fail() {
    echo "failed: $1"
    tail -n 30 "$directory/server.log" >&2 2>/dev/null || true
    exit 1
}

as_owner() {
    if ((EUID == 0)); then
        exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@" </dev/null
    fi
    exec "$@" </dev/null
}

end() {
    if [[ -n $server ]]; then
        kill -QUIT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$directory"
}
trap end EXIT
trap 'exit 1' INT TERM HUP

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[[ -x $bin/initdb ]] || bin=$(dirname "$(command -v initdb || echo missing/initdb)")
[[ -x $bin/pgbench ]] || fail "PostgreSQL's programs are not installed (Debian: apt-get install postgresql postgresql-contrib)"
printf %s "$SERVER_PASSWORD" >"$directory/password"
((EUID != 0)) || chown -R postgres: "$directory"
(as_owner "$bin/initdb" --pgdata="$directory/data" --username=postgres --pwfile="$directory/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8) >"$directory/server.log" 2>&1 || fail "initdb"
rm "$directory/password"

# Defaults but for the size: memory for pages, and room in the log so that checkpoints come by time and not in every window.
as_owner "$bin/postgres" -D "$directory/data" -p "$port" -k "$directory" -c listen_addresses=127.0.0.1 \
    -c max_connections=300 -c shared_buffers=1GB -c max_wal_size=8GB >>"$directory/server.log" 2>&1 &
server=$!
for ((i = 0; i < 600; i++)); do
    kill -0 "$server" 2>/dev/null || fail "PostgreSQL ended while it started"
    if "$bin/pg_isready" --quiet --host=127.0.0.1 --port="$port"; then
        echo "started $server $bin"
        # Until the other end is closed.
        cat >/dev/null
        exit 0
    fi
    sleep 0.1
done
fail "PostgreSQL does not answer after a minute"
