#!/usr/bin/env bash
# Measures the service beside its baselines, both in this run; one line a row: name ratio=… goal=…
#
#   tests/bench.sh            long windows
#   tests/bench.sh --quick    under two minutes
#   tests/bench.sh obligations [100000]    that many consents end on one night while checkouts go on
#
# Needs the .NET SDK and Debian's postgresql (tests/run.sh installs it).
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build tests/ConsentLedger.Benchmarks --configuration Release --nologo --verbosity quiet
exec dotnet tests/ConsentLedger.Benchmarks/bin/Release/net10.0/ConsentLedger.Benchmarks.dll "$@"
