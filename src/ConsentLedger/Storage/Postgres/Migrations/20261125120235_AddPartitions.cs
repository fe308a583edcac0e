using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ConsentLedger.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class AddPartitions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // The head comes first, as in every append: none is under way while the tables change places.
            migrationBuilder.Sql(
                """
                SELECT FROM log_head FOR UPDATE;
                ALTER TABLE ledger_entries RENAME TO ledger_entries_p000000;
                ALTER INDEX "PK_ledger_entries" RENAME TO ledger_entries_p000000_pkey;
                ALTER INDEX "IX_ledger_entries_subject_id_position" RENAME TO ledger_entries_p000000_subject_id_position_idx;
                ALTER INDEX "IX_ledger_entries_partner_position" RENAME TO ledger_entries_p000000_partner_position_idx;
                ALTER INDEX "IX_ledger_entries_type_position" RENAME TO ledger_entries_p000000_type_position_idx;
                DROP INDEX "IX_ledger_entries_recorded_at";
                CREATE TABLE ledger_entries (
                    LIKE ledger_entries_p000000 INCLUDING ALL EXCLUDING INDEXES, CONSTRAINT "PK_ledger_entries" PRIMARY KEY (position)
                ) PARTITION BY RANGE (position);
                CREATE INDEX "IX_ledger_entries_subject_id_position" ON ledger_entries (subject_id, position);
                CREATE INDEX "IX_ledger_entries_partner_position" ON ledger_entries (partner, position);
                CREATE INDEX "IX_ledger_entries_type_position" ON ledger_entries (type, position);
                CREATE INDEX "IX_ledger_entries_recorded_at" ON ledger_entries USING brin (recorded_at);
                -- A statement's trigger belongs to the table that the statement names: each partition has its own.
                CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

                ALTER TABLE idempotency_keys RENAME TO idempotency_keys_p00000000;
                ALTER INDEX "PK_idempotency_keys" RENAME TO idempotency_keys_p00000000_pkey;
                DROP INDEX "IX_idempotency_keys_created_at";
                -- Each partition has the key (client, key); a key of the whole would have to name created_at, and say less.
                CREATE TABLE idempotency_keys (LIKE idempotency_keys_p00000000 INCLUDING ALL EXCLUDING INDEXES) PARTITION BY RANGE (created_at);
                """);
            migrationBuilder.Sql(Functions);
            migrationBuilder.Sql(FirstPartitions);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new NotSupportedException("A ledger in partitions is not put together again.");

        private const string Functions =
            """
            CREATE FUNCTION partition_bounds(parent regclass) RETURNS TABLE (name text, first text, after text) LANGUAGE sql STABLE AS $$
                SELECT c.relname, nullif(bounds[1], 'MINVALUE'), bounds[2] FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
                    regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?([^'']*)''?\) TO \(''([^'']*)''\)') AS bounds
                WHERE i.inhparent = parent
            $$;

            -- Makes partitions until each position up to the last one has its place; answers up to where there is room.
            CREATE FUNCTION make_room_for_entries(last bigint, size bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
            DECLARE
                room bigint;
                number integer;
                name text;
                locked boolean := false;
            BEGIN
                LOOP
                    SELECT coalesce(max(b.after::bigint), 1) - 1, coalesce(max(right(b.name, 6)::integer), -1) INTO room, number
                        FROM partition_bounds('ledger_entries') b;
                    IF room >= last THEN
                        RETURN room;
                    END IF;
                    IF size < 1 OR (last - room) / size > 1000 THEN
                        RAISE EXCEPTION 'too many partitions at once: up to % by %', last, size;
                    END IF;
                    IF NOT locked THEN
                        -- One caller at a time. Appends and reads go on: it is the lock that ATTACH takes.
                        LOCK TABLE ONLY ledger_entries IN SHARE UPDATE EXCLUSIVE MODE;
                        locked := true;
                        CONTINUE;
                    END IF;
                    name := 'ledger_entries_p' || lpad((number + 1)::text, 6, '0');
                    -- Made beside the ledger and then attached: PARTITION OF would lock everybody out.
                    EXECUTE format('CREATE TABLE %I (LIKE ledger_entries INCLUDING ALL)', name);
                    EXECUTE format('CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
                    EXECUTE format('ALTER TABLE ledger_entries ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, room + 1, (room / size + 1) * size + 1);
                END LOOP;
            END $$;

            -- The same for keys that are given between two instants, by partitions of whole days; answers until when there is room.
            CREATE FUNCTION make_room_for_keys(since timestamptz, until timestamptz, days integer) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER
                SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
            DECLARE
                room timestamptz := since;
                begins timestamptz;
                ends timestamptz;
                name text;
                locked boolean := false;
            BEGIN
                IF days < 1 OR until > since + make_interval(days => days) * 1000 THEN
                    RAISE EXCEPTION 'too many partitions at once: from % to % by %', since, until, days;
                END IF;
                WHILE room <= until LOOP
                    SELECT b.after INTO ends FROM partition_bounds('idempotency_keys') b
                        WHERE (b.first IS NULL OR b.first::timestamptz <= room) AND b.after::timestamptz > room;
                    IF FOUND THEN
                        room := ends;
                    ELSIF NOT locked THEN
                        LOCK TABLE ONLY idempotency_keys IN SHARE UPDATE EXCLUSIVE MODE;
                        locked := true;
                    ELSE
                        -- What others have left free: the number of days may have been another one.
                        begins := date_bin(make_interval(days => days), room, 'epoch');
                        ends := begins + make_interval(days => days);
                        SELECT greatest(begins, max(b.after::timestamptz)) INTO begins FROM partition_bounds('idempotency_keys') b WHERE b.after::timestamptz <= room;
                        SELECT least(ends, min(b.first::timestamptz)) INTO ends FROM partition_bounds('idempotency_keys') b WHERE b.first::timestamptz > room;
                        name := to_char(begins, '"idempotency_keys_p"YYYYMMDD');
                        EXECUTE format('CREATE TABLE %I (LIKE idempotency_keys INCLUDING ALL, PRIMARY KEY (client, key))', name);
                        EXECUTE format('ALTER TABLE idempotency_keys ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, begins, ends);
                    END IF;
                END LOOP;
                RETURN room;
            END $$;

            -- Drops the oldest partition whose keys were all given before an instant; answers whether it did.
            CREATE FUNCTION drop_past_keys(before timestamptz) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
                SET timezone = 'UTC' SET datestyle = 'ISO' SET lock_timeout = '200ms' AS $$
            DECLARE
                past text;
            BEGIN
                SELECT b.name INTO past FROM partition_bounds('idempotency_keys') b WHERE b.after::timestamptz <= before ORDER BY b.after::timestamptz LIMIT 1;
                IF past IS NULL THEN
                    RETURN false;
                END IF;
                -- Appends queue behind this lock: where somebody reads for long, such as a dump, it is given up and tried another time.
                LOCK TABLE ONLY idempotency_keys IN ACCESS EXCLUSIVE MODE;
                EXECUTE format('DROP TABLE IF EXISTS %I', past);
                RETURN true;
            EXCEPTION WHEN lock_not_available THEN
                RETURN false;
            END $$;

            -- The role that serves calls them and makes no table itself: they act as the owner, and see the ledger's own schema alone.
            DO $$
            DECLARE
                signature text;
            BEGIN
                FOREACH signature IN ARRAY ARRAY['partition_bounds(regclass)', 'make_room_for_entries(bigint, bigint)',
                    'make_room_for_keys(timestamptz, timestamptz, integer)', 'drop_past_keys(timestamptz)'] LOOP
                    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', signature, current_schema());
                    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
                END LOOP;
            END $$;
            """;

        // What there is stays where it is: read once, for its bounds and the index of times, and not written. Where there is nothing, the service
        // makes the first partitions when it starts.
        private const string FirstPartitions =
            """
            DO $$
            DECLARE
                size CONSTANT bigint := 4194304;
                last bigint := (SELECT max(position) FROM ledger_entries_p000000);
                given timestamptz := (SELECT max(created_at) FROM idempotency_keys_p00000000);
                item record;
            BEGIN
                -- Replicas of the version before go on: rights on the tables are rights on what now has their names.
                FOR item IN
                    SELECT c.relname AS old, regexp_replace(c.relname, '_p0+$', '') AS new, a.privilege_type AS privilege,
                            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
                        FROM pg_class c, aclexplode(c.relacl) a
                        WHERE c.oid IN ('ledger_entries_p000000'::regclass, 'idempotency_keys_p00000000'::regclass) AND a.grantee <> c.relowner
                LOOP
                    EXECUTE format('GRANT %s ON %I TO %s', item.privilege, item.new, item.grantee);
                    EXECUTE format('REVOKE %s ON %I FROM %s', item.privilege, item.old, item.grantee);
                END LOOP;

                IF last IS NULL THEN
                    DROP TABLE ledger_entries_p000000;
                ELSE
                    EXECUTE format('ALTER TABLE ledger_entries ATTACH PARTITION ledger_entries_p000000 FOR VALUES FROM (1) TO (%s)', ((last - 1) / size + 1) * size + 1);
                    PERFORM make_room_for_entries(last + size, size);
                END IF;
                IF given IS NULL THEN
                    DROP TABLE idempotency_keys_p00000000;
                ELSE
                    given := date_bin('1 day', greatest(given, now()), 'epoch') + interval '1 day';
                    EXECUTE format('ALTER TABLE idempotency_keys ATTACH PARTITION idempotency_keys_p00000000 FOR VALUES FROM (MINVALUE) TO (%L)', given);
                END IF;
                IF last IS NOT NULL THEN
                    PERFORM make_room_for_keys(greatest(given, now()), now() + interval '30 days', 7);
                END IF;
            END $$;
            """;
    }
}
