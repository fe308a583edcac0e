#!/usr/bin/env bash
# Adds a migration of the same name for both stores: src/ConsentLedger/Storage/add-migration.sh AddSomething
set -euo pipefail
name=${1:?the name of the migration}
cd "$(dirname "$0")/../../.."
dotnet tool restore
for store in Postgres Sqlite; do
    dotnet ef migrations add "$name" --project src/ConsentLedger --context "${store}LedgerDbContext" \
        --output-dir "Storage/$store/Migrations"
done
