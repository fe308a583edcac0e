#!/usr/bin/env bash
# Measures the service beside its baselines, both in this run; one line a row: name ratio=… goal=…
#
#   tests/bench.sh                            every row, long windows, growth to 10 million entries
#   tests/bench.sh --quick                    short windows, growth to 200,000
#   tests/bench.sh [--quick] append_one_16 …  these rows alone; [--entries 1000000] another size for the rows about growth
#   tests/bench.sh staleness [1000000]        so many decisions by one replica, right after the other forbade them; fails on a stale permit
#   tests/bench.sh obligations [100000]       that many consents end on one night while checkouts go on
#
# TestResults/bench.json and TestResults/bench/*.svg hold the same, and more. Needs the .NET SDK and Debian's postgresql,
# postgresql-contrib (pgbench) and rabbitmq-server.
set -euo pipefail
cd "$(dirname "$0")/.."
# As it is deployed: compiled beforehand.
dotnet publish src/ConsentLedger --configuration Release --use-current-runtime --output tests/ConsentLedger.Benchmarks/bin/service --nologo --verbosity quiet
dotnet build tests/ConsentLedger.Benchmarks --configuration Release --nologo --verbosity quiet
exec dotnet tests/ConsentLedger.Benchmarks/bin/Release/net10.0/ConsentLedger.Benchmarks.dll "$@"
