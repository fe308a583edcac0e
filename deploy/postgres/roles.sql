-- The users of the ledger's database: who owns it, who serves, who reads. deploy/README.md says when to run it:
--
--   psql --set ON_ERROR_STOP=1 --dbname ledger --file deploy/postgres/roles.sql
--
-- One statement: all of it is done or nothing, a service that runs is never without its rights, and a second run changes nothing. The
-- database is the ledger's alone. No password is set here. Other names than consent_ledger_owner, _service and _reader:
--
--   export PGOPTIONS='-c consent_ledger.owner_role=… -c consent_ledger.service_role=… -c consent_ledger.reader_role=…'
DO $roles$
DECLARE
    owner_role text := coalesce(nullif(current_setting('consent_ledger.owner_role', true), ''), 'consent_ledger_owner');
    service_role text := coalesce(nullif(current_setting('consent_ledger.service_role', true), ''), 'consent_ledger_service');
    reader_role text := coalesce(nullif(current_setting('consent_ledger.reader_role', true), ''), 'consent_ledger_reader');
    -- Every table there is: what the service does to it, what the reader may. The reader sees no person's own id, no key, and no answer
    -- that was given to somebody.
    rights text[] := ARRAY[
        -- evidence: written once
        ['ledger_entries', 'SELECT, INSERT', 'SELECT'],
        ['tree_tiles', 'SELECT, INSERT', 'SELECT'],
        -- a later one of the same hour says all that an earlier one did
        ['checkpoints', 'SELECT, INSERT, DELETE', 'SELECT'],
        -- public keys: the private ones are in a file
        ['signing_keys', 'SELECT, INSERT', 'SELECT'],
        -- a witness's later word replaces its earlier one
        ['cosignatures', 'SELECT, INSERT, UPDATE', 'SELECT'],
        -- UPDATE is what locking the row takes, too
        ['log_head', 'SELECT, UPDATE', 'SELECT'],
        -- what follows from the entries
        ['subject_states', 'SELECT, INSERT, UPDATE', 'SELECT'],
        ['deliveries', 'SELECT, INSERT, UPDATE', 'SELECT'],
        ['obligations', 'SELECT, INSERT, UPDATE', 'SELECT'],
        ['rights_requests', 'SELECT, INSERT', 'SELECT'],
        ['catalog_entries', 'SELECT, INSERT', 'SELECT'],
        -- an erasure empties the row and leaves it
        ['subjects', 'SELECT, INSERT, UPDATE', ''],
        -- working memory and keys
        ['relay_cursors', 'SELECT, INSERT, UPDATE', 'SELECT'],
        ['idempotency_keys', 'SELECT, INSERT', ''],
        ['service_keys', 'SELECT, INSERT', ''],
        ['data_protection_keys', 'SELECT, INSERT', ''],
        -- a start of the service looks whether a migration is pending
        ['__EFMigrationsHistory', 'SELECT', 'SELECT']];
    -- What the service has done by the owner: partitions made, and dropped where keys are past their retention.
    functions text[] := ARRAY['make_room_for_entries(bigint, bigint)', 'make_room_for_keys(timestamptz, timestamptz, integer)', 'drop_past_keys(timestamptz)'];
    -- The partitions of those tables. They are reached by their tables: nobody else has rights on them.
    partitions regclass[];
    line text[];
    role_name text;
    item record;
    found text;
    missing text[] := '{}';
BEGIN
    -- The lock of a migration: it ends before its tables are looked at, or begins after.
    PERFORM pg_advisory_xact_lock(4859223964858086402);
    IF owner_role IN (service_role, reader_role) OR service_role = reader_role THEN
        RAISE EXCEPTION 'owner, service and reader must be three roles: %, %, %', owner_role, service_role, reader_role;
    END IF;

    -- No partition comes or goes meanwhile.
    FOREACH role_name IN ARRAY ARRAY['ledger_entries', 'idempotency_keys'] LOOP
        IF to_regclass('public.' || role_name) IS NOT NULL THEN
            EXECUTE format('LOCK TABLE ONLY public.%I IN SHARE UPDATE EXCLUSIVE MODE', role_name);
        END IF;
    END LOOP;
    partitions := ARRAY(SELECT i.inhrelid::regclass FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_class p ON p.oid = i.inhrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (rights[:][1:1]) AND p.relnamespace = 'public'::regnamespace AND p.relispartition);

    -- A table that is forgotten above would be nobody's business: then nothing is done at all.
    SELECT string_agg(c.relname, ', ' ORDER BY c.relname) INTO found FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relname = ANY (rights[:][1:1]) AND c.oid <> ALL (partitions)
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'roles.sql does not say who may use %', found
            USING HINT = 'Take the roles.sql of the release that migrated this database; what is not the ledger''s belongs in another schema.';
    END IF;

    FOREACH role_name IN ARRAY ARRAY[owner_role, service_role, reader_role] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                -- Without a password nobody gets in by one.
                EXECUTE format('CREATE ROLE %I LOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- made at this moment for another database of the server
            END;
        END IF;
    END LOOP;
    -- Rights that come from elsewhere are not taken away by what follows.
    SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) INTO found FROM pg_roles r
        WHERE r.rolname IN (service_role, reader_role)
            AND (r.rolsuper OR r.rolcreaterole OR r.rolreplication OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid));
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'service and reader may not be superuser, CREATEROLE, REPLICATION or member of another role, as is: %', found;
    END IF;

    -- Of a ledger that one user had for everything, the owner takes over what there is.
    IF (SELECT datdba <> to_regrole(quote_ident(owner_role)) FROM pg_database WHERE datname = current_database()) THEN
        EXECUTE format('ALTER DATABASE %I OWNER TO %I', current_database(), owner_role);
    END IF;
    IF (SELECT pg_get_userbyid(nspowner) NOT IN ('pg_database_owner', owner_role) FROM pg_namespace WHERE nspname = 'public') THEN
        EXECUTE format('ALTER SCHEMA public OWNER TO %I', owner_role);
    END IF;
    FOR item IN
        SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, owner_role) AS change FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND (c.relname = ANY (rights[:][1:1]) OR c.oid = ANY (partitions)) AND pg_get_userbyid(c.relowner) <> owner_role
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, owner_role) FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) <> owner_role
                AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE item.change;
    END LOOP;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I, %I', current_database(), service_role, reader_role);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), service_role, reader_role);
    EXECUTE format('REVOKE ALL ON SCHEMA public FROM PUBLIC, %I, %I', service_role, reader_role);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', service_role, reader_role);
    FOREACH line SLICE 1 IN ARRAY rights LOOP
        IF to_regclass(format('public.%I', line[1])) IS NULL THEN
            missing := missing || line[1];
            CONTINUE;
        END IF;
        EXECUTE format('REVOKE ALL ON TABLE public.%I FROM PUBLIC, %I, %I', line[1], service_role, reader_role);
        EXECUTE format('GRANT %s ON TABLE public.%I TO %I', line[2], line[1], service_role);
        IF line[3] <> '' THEN
            EXECUTE format('GRANT %s ON TABLE public.%I TO %I', line[3], line[1], reader_role);
        END IF;
    END LOOP;
    FOR item IN SELECT format('REVOKE ALL ON TABLE %s FROM PUBLIC, %I, %I', p, service_role, reader_role) AS change FROM unnest(partitions) p LOOP
        EXECUTE item.change;
    END LOOP;
    FOREACH found IN ARRAY functions LOOP
        IF to_regprocedure('public.' || found) IS NULL THEN
            missing := missing || found;
            CONTINUE;
        END IF;
        EXECUTE format('REVOKE ALL ON FUNCTION public.%s FROM PUBLIC, %I, %I', found, service_role, reader_role);
        EXECUTE format('GRANT EXECUTE ON FUNCTION public.%s TO %I', found, service_role);
    END LOOP;

    IF missing <> '{}' THEN
        RAISE NOTICE 'run this again after the migration that makes %', array_to_string(missing, ', ');
    END IF;
    SELECT string_agg(DISTINCT format('%s on %s', pg_get_userbyid(a.grantee), c.relname), ', ') INTO found
        FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relnamespace = 'public'::regnamespace AND pg_get_userbyid(a.grantee) NOT IN (owner_role, service_role, reader_role)
            AND (c.relname = ANY (rights[:][1:1]) OR c.oid = ANY (partitions));
    IF found IS NOT NULL THEN
        RAISE WARNING 'others have rights too: %', found;
    END IF;
END
$roles$;
