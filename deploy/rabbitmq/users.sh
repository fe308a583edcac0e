#!/usr/bin/env bash
# The broker's users. Passwords are read from standard input; for a user who exists it is the new one.
#
#   users.sh service NAME            the ledger itself: whatever is named consent-ledger.* or partner.*
#   users.sh partner CODE            user partner-CODE: reads its own queue, writes acknowledgements, nothing else
#   users.sh remove-partner CODE     takes the user away, and ends its connections; its queue stays
#
# VHOST is the virtual host ("/" unless said). RABBITMQCTL is the command to reach the broker with, for example
#   RABBITMQCTL="docker compose -f deploy/compose.yaml exec -T rabbitmq rabbitmqctl"
set -euo pipefail
vhost=${VHOST:-/}
read -ra control <<<"${RABBITMQCTL:-rabbitmqctl}"

usage() {
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

set_user() {
    local user=$1 password verb=add_user
    read -r password || [[ -n $password ]]
    [[ ${#password} -ge 8 ]] || { echo "the password on standard input has fewer than 8 characters" >&2; exit 1; }
    if "${control[@]}" --quiet --no-table-headers list_users </dev/null | cut -f1 | grep -qxF "$user"; then
        verb=change_password
    fi
    # By standard input, so that it does not stand in the list of processes.
    "${control[@]}" --quiet "$verb" "$user" <<<"$password" >/dev/null
}

# configure, write, read: regular expressions over the names of exchanges and queues
permit() { "${control[@]}" --quiet set_permissions --vhost "$vhost" "$1" "$2" "$3" "$4" </dev/null; }

(($# == 2)) || usage
case $1 in
    service)
        set_user "$2"
        permit "$2" '^(consent-ledger|partner)\..+$' '^(amq\.default|(consent-ledger|partner)\..+)$' '^(consent-ledger|partner)\..+$'
        ;;
    partner)
        [[ $2 =~ ^[a-z][a-z0-9_-]{1,39}$ ]] || { echo "not a partner's code: $2" >&2; exit 1; }
        set_user "partner-$2"
        # No amq.default: whoever may write to the default exchange may write into every partner's queue.
        permit "partner-$2" '^$' '^consent-ledger\.acknowledgements$' "^partner\\.$2\$"
        "${control[@]}" --quiet set_user_limits "partner-$2" '{"max-connections": 20, "max-channels": 200}' </dev/null
        ;;
    remove-partner)
        "${control[@]}" --quiet delete_user "partner-$2" </dev/null
        "${control[@]}" --quiet close_all_user_connections "partner-$2" "the partner's user was removed" </dev/null
        ;;
    *) usage ;;
esac
