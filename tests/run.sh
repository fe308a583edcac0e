#!/usr/bin/env bash
# Builds and runs every test, on both stores and with a real broker. The last line is "N passed, M failed".
#
#   tests/run.sh                             all of it
#   tests/run.sh -trait Category=Servers     options are passed on to the xunit runner
#
# Servers come from Docker where it answers, otherwise from Debian's packages, which are installed when missing.
# CONSENT_LEDGER_TEST_SERVERS=containers or private leaves no choice.
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0 policy=''

# What fails without being a test (the build, a server that cannot be had, a runner that crashed) counts as one failure.
finish() {
    local status=$?
    [[ -z $policy ]] || rm -f "$policy"
    ((status == 0 || failed > 0)) || failed=1
    echo "$passed passed, $failed failed"
}
trap finish EXIT

choose_servers() {
    if [[ -n ${CONSENT_LEDGER_TEST_SERVERS:-} ]]; then return; fi
    CONSENT_LEDGER_TEST_SERVERS=private
    if command -v docker >/dev/null && timeout 20 docker version >/dev/null 2>&1; then
        CONSENT_LEDGER_TEST_SERVERS=containers
    fi
}

# What tests run in other languages is Debian's own: an interpreter or compiler that comes first in PATH may lack the modules.
missing_packages() {
    [[ -x /usr/bin/go ]] || echo golang-go
    [[ -d /usr/share/gocode/src/golang.org/x/mod ]] || echo golang-golang-x-mod-dev
    /usr/bin/python3 -c 'import pika' 2>/dev/null || echo python3-pika
    # The relay's own tests kill their broker dead, which they can only do to a process.
    command -v rabbitmq-server >/dev/null || [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || echo rabbitmq-server
    if [[ $CONSENT_LEDGER_TEST_SERVERS == containers ]]; then return; fi
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || echo postgresql
}

install() {
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        echo "The tests need these packages of Debian, or a Docker engine. As root: apt-get install $*" >&2
        exit 1
    fi
    echo "installing $*"
    # Only the programs are wanted: the packages' own services stay off, and so does the port mapper that one of them starts.
    local mapper before
    before=" $(mappers | tr '\n' ' ')"
    if [[ ! -e /usr/sbin/policy-rc.d ]]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    for mapper in $(mappers); do
        [[ $before == *" $mapper "* ]] || kill "$mapper"
    done
}

mappers() { { grep -lx epmd /proc/[0-9]*/comm 2>/dev/null || true; } | cut -d/ -f3; }

# The numbers are the report's, not those on the screen.
run_project() {
    local name=$1 report=TestResults/$1.trx status=0 counted
    shift
    rm -f "$report"
    dotnet "tests/$name/bin/Release/net10.0/$name.dll" -noColor -failSkips -result-trx "$report" "$@" || status=$?
    counted=$(sed -n 's/.*<Counters .* passed="\([0-9]*\)" failed="\([0-9]*\)".*/\1 \2/p' "$report" 2>/dev/null || true)
    read -r project_passed project_failed <<<"${counted:-0 0}"
    if ((status != 0 && project_failed == 0)); then
        echo "$name ended with exit code $status" >&2
        project_failed=1
    fi
    passed=$((passed + project_passed)) failed=$((failed + project_failed))
}

choose_servers
export CONSENT_LEDGER_TEST_SERVERS
mapfile -t packages < <(missing_packages)
((${#packages[@]} == 0)) || install "${packages[@]}"

dotnet build --configuration Release --nologo --verbosity quiet
mkdir -p TestResults
for project in tests/*.Tests/*.Tests.csproj; do
    run_project "$(basename "$project" .csproj)" "$@"
done
if ((passed + failed == 0)); then
    echo "no test ran" >&2
    exit 1
fi
((failed == 0))
