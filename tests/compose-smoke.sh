#!/usr/bin/env bash
# Starts deploy/compose.yaml with the image consent-ledger, goes once through consent, provision, withdrawal and the
# partner's queue, restarts the ledger, and takes everything down again. The last line is "N passed, M failed".
set -euo pipefail
cd "$(dirname "$0")/.."

if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
compose+=(--project-name consent-ledger-smoke --file deploy/compose.yaml)
export LEDGER_PORT=${LEDGER_PORT:-5180} RABBITMQ_MANAGEMENT_PORT=${RABBITMQ_MANAGEMENT_PORT:-15680}
api=http://127.0.0.1:$LEDGER_PORT
answer=$(mktemp)
passed=0 failed=0

finish() {
    local status=$?
    if ((status != 0 || failed > 0)); then
        "${compose[@]}" ps || true
        "${compose[@]}" logs --tail=60 || true
    fi
    "${compose[@]}" down --volumes --timeout 20 >/dev/null 2>&1 || true
    rm -f "$answer"
    ((status == 0 || failed > 0)) || failed=1
    echo "$passed passed, $failed failed"
    ((status == 0 && failed == 0)) || exit 1
}
trap finish EXIT

check() { # check WHAT COMMAND…
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok: $what"
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        cat "$answer"
        echo
    fi
}

within() { # within SECONDS COMMAND…
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 1
    done
}

ready() { curl --silent --fail --max-time 5 --output "$answer" "$api/readyz"; }

# request EXPECTED_STATUS PATTERN METHOD PATH [BODY]: the status, and a pattern in the answer
request() {
    local expected=$1 pattern=$2 method=$3 path=$4 body=(--header "Idempotency-Key: \"$RANDOM$RANDOM\"") status
    [[ -z ${5:-} ]] || body+=(--header 'Content-Type: application/json' --data "$5")
    status=$(curl --silent --max-time 30 --output "$answer" --write-out '%{http_code}' --request "$method" \
        --header "Authorization: Bearer ${token:-}" "${body[@]}" "$api$path") || return 1
    [[ $status == "$expected" ]] || { echo "status $status instead of $expected"; return 1; }
    grep -q -- "$pattern" "$answer"
}

in_queue() {
    local messages
    messages=$("${compose[@]}" exec -T rabbitmq rabbitmqctl --quiet --no-table-headers list_queues name messages </dev/null |
        tr -d '\r' | awk -v queue="$1" '$1 == queue { print $2 }')
    [[ ${messages:-0} -ge $2 ]]
}

permissions() {
    "${compose[@]}" exec -T rabbitmq rabbitmqctl --quiet --no-table-headers list_user_permissions "$1" </dev/null | tr -d '\r' >"$answer"
    grep -qF "$2" "$answer"
}

add_partner_user() {
    RABBITMQCTL="${compose[*]} exec -T rabbitmq rabbitmqctl" deploy/rabbitmq/users.sh partner "$1" <<<"$RANDOM-$RANDOM-$RANDOM"
}

"${compose[@]}" up --detach
check "the ledger is ready" within 180 ready
token=''
decision='{"partner": "areumnet", "purpose": "email_marketing", "items": ["name", "mobile"]}'
check "no answer without a token" request 401 '' POST /v1/members/m-1/decisions "$decision"
token=$("${compose[@]}" exec -T ledger dotnet ConsentLedger.dll token --scope \
    "consents:write consents:read decisions:read provisions:write rights:write ledger:read" </dev/null | tr -d '\r' | tail -n 1)
check "nothing goes out without consent" request 200 '"no_consent"' POST /v1/members/m-1/decisions "$decision"
check "consent is recorded" request 201 '"consent.granted"' POST /v1/members/m-1/consents \
    '{"notice": {"id": "third-party-provision", "version": 1}, "choices": [{"purpose": "email_marketing", "granted": true}], "actor": {"kind": "member"}, "channel": "web"}'
check "with it the decision is to permit" request 200 '"permit"' POST /v1/members/m-1/decisions "$decision"
check "the provision is recorded" request 201 '"position"' POST /v1/members/m-1/provisions "$decision"
check "the withdrawal is recorded" request 201 '"consent.withdrawn"' POST /v1/members/m-1/withdrawals \
    '{"purposes": ["email_marketing"], "actor": {"kind": "member"}, "channel": "web"}'
check "after it the decision is to deny" request 200 '"consent_withdrawn"' POST /v1/members/m-1/decisions "$decision"
check "the withdrawal lies in the partner's queue" within 30 in_queue partner.areumnet 1
check "a partner's user is made" add_partner_user areumnet
check "it may read its own queue only" permissions partner-areumnet '^partner\.areumnet$'
"${compose[@]}" restart --timeout 20 ledger
check "the ledger is ready after a restart" within 120 ready
check "and has what it had" request 200 '"consent.withdrawn"' GET '/v1/ledger/entries?member=m-1'
check "the ledger verifies itself" "${compose[@]}" exec -T ledger dotnet ConsentLedger.dll verify
