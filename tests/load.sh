#!/usr/bin/env bash
# Loads realistic entries into a ledger by the service's own appender: consents, provisions, corrections, suspensions of many members.
#
#   ConnectionStrings__Ledger='Host=…' tests/load.sh 1000000 [seed]
#
# The same seed gives the same members and the same acts in the same order. Rate and remaining time go to the error stream.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${ConnectionStrings__Ledger:?says where the ledger is, as for the service}"
dotnet build tests/ConsentLedger.Benchmarks --configuration Release --nologo --verbosity quiet
exec dotnet tests/ConsentLedger.Benchmarks/bin/Release/net10.0/ConsentLedger.Benchmarks.dll load "$@"
