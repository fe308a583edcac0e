#!/usr/bin/env bash
# A throw-away PostgreSQL or RabbitMQ on 127.0.0.1, from the programs installed here, for as long as standard input stays
# open: when whoever holds the other end goes, however it goes, the pipe closes and the server and its files go too.
#
#   SERVER_PASSWORD=… private-server.sh postgres PORT
#   SERVER_PASSWORD=… private-server.sh rabbitmq AMQP_PORT MANAGEMENT_PORT DISTRIBUTION_PORT EPMD_PORT
#
# Each line read, "start" or "stop", is answered by one line: "started", "stopped" or "failed: why". The data stays
# from a stop to the next start. The administrator is "postgres" or "rabbitmq", with the password given.
set -euo pipefail
set -m # every server leads a process group of its own, so that ending the group ends all of it

kind=$1 port=$2
ports=("${@:2}")
directory=$(mktemp -d "${TMPDIR:-/tmp}/consent-ledger-$kind.XXXXXX")
server=''

fail() {
    echo "failed: $1"
    tail -n 30 "$directory/server.log" >&2 2>/dev/null || true
    exit 1
}

# initdb refuses root, and neither server has any business with it. What comes in here is for the loop below alone.
as_owner() {
    if ((EUID == 0)); then
        exec setpriv --reuid="$kind" --regid="$kind" --init-groups -- "$@" </dev/null
    fi
    exec "$@" </dev/null
}

prepare_postgres() {
    bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [[ -x $bin/initdb ]] || bin=$(dirname "$(command -v initdb || echo missing/initdb)")
    [[ -x $bin/initdb ]] || fail "PostgreSQL's programs are not installed (Debian: apt-get install postgresql)"
    printf %s "$SERVER_PASSWORD" >"$directory/password"
    give_away
    (as_owner "$bin/initdb" --pgdata="$directory/data" --username=postgres --pwfile="$directory/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync) >"$directory/server.log" 2>&1 || fail "initdb"
    rm "$directory/password"
}

# fsync=off: a commit survives the death of any process, only not of the machine, and these data do not have to.
start_postgres() {
    as_owner "$bin/postgres" -D "$directory/data" -p "$port" -k "$directory" -c listen_addresses=127.0.0.1 \
        -c fsync=off -c full_page_writes=off -c max_connections=500
}

answers_postgres() { "$bin/pg_isready" --quiet --host=127.0.0.1 --port="$port"; }

stop_postgres() {
    kill -INT "$server"
    wait "$server" || true
    server=''
}

end_postgres() { kill -QUIT "$server"; }

prepare_rabbitmq() {
    # Debian's wrapper in /usr/sbin insists on the system's directories.
    bin=/usr/lib/rabbitmq/bin
    [[ -x $bin/rabbitmq-server ]] || bin=$(dirname "$(command -v rabbitmq-server || echo missing/rabbitmq-server)")
    [[ -x $bin/rabbitmq-server ]] || fail "RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)"
    # Erlang terms: translating a rabbitmq.conf into them takes the server longer than the rest of its start.
    cat >"$directory/advanced.config" <<CONF
[{rabbit, [{tcp_listeners, [{"127.0.0.1", $port}]}, {default_user, <<"rabbitmq">>}, {default_pass, <<"$SERVER_PASSWORD">>}]},
 {rabbitmq_management, [{tcp_config, [{ip, "127.0.0.1"}, {port, ${ports[1]}}]}]}].
CONF
    echo '[rabbitmq_management].' >"$directory/enabled_plugins"
    give_away
    export HOME=$directory RABBITMQ_NODENAME="consent-ledger-$port@localhost" RABBITMQ_DIST_PORT=${ports[2]}
    export ERL_EPMD_PORT=${ports[3]} ERL_EPMD_ADDRESS=127.0.0.1
    export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$directory/none"
    export RABBITMQ_ADVANCED_CONFIG_FILE="$directory/advanced.config" RABBITMQ_ENABLED_PLUGINS_FILE="$directory/enabled_plugins"
    export RABBITMQ_GENERATED_CONFIG_DIR="$directory/config" RABBITMQ_PLUGINS_EXPAND_DIR="$directory/plugins"
    export RABBITMQ_MNESIA_BASE="$directory/data" RABBITMQ_LOG_BASE="$directory" RABBITMQ_LOGS=-
    # Idle schedulers sleep instead of spinning: the tests have better use for the processor.
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+sbwt none +sbwtdcpu none +sbwtdio none'
}

# Its own epmd in the foreground: the one Erlang starts by itself would outlive the server as a daemon.
start_rabbitmq() {
    (as_owner epmd) &
    as_owner "$bin/rabbitmq-server"
}

answers_rabbitmq() { (exec 3<>"/dev/tcp/127.0.0.1/$port" 4<>"/dev/tcp/127.0.0.1/${ports[1]}") 2>/dev/null; }

# The broker, but not its Erlang node, whose start is what takes long.
stop_rabbitmq() { (as_owner "$bin/rabbitmqctl" stop_app) >>"$directory/server.log" 2>&1; }

resume_rabbitmq() { (as_owner "$bin/rabbitmqctl" start_app) >>"$directory/server.log" 2>&1; }

end_rabbitmq() { kill -KILL -- "-$server"; }

give_away() { ((EUID != 0)) || chown -R "$kind": "$directory"; }

start() {
    if [[ -n $server ]]; then
        "resume_$kind" || fail "$kind does not start again"
    else
        "start_$kind" >>"$directory/server.log" 2>&1 &
        server=$!
    fi
    for ((i = 0; i < 900; i++)); do
        kill -0 "$server" 2>/dev/null || fail "$kind ended while it started"
        if "answers_$kind"; then return 0; fi
        sleep 0.1
    done
    fail "$kind does not answer after 90 seconds"
}

end() {
    if [[ -n $server ]]; then
        "end_$kind" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$directory"
}

trap end EXIT
trap 'exit 1' INT TERM HUP
"prepare_$kind"
while read -r command; do
    case $command in
        start)
            start
            echo started
            ;;
        stop)
            "stop_$kind" || fail "$kind does not stop"
            echo stopped
            ;;
        *) fail "no such command: $command" ;;
    esac
done
