-- The roles of the provider and its database, on PostgreSQL 15 or newer, as the server's administrator:
--   psql -f deploy/roles.sql
-- Safe to run again: what is there stays, passwords too. Passwords are taken from the environment (IDP_OWNER_PASSWORD,
-- IDP_APP_PASSWORD, IDP_SEALER_PASSWORD); those below are public knowledge, and production refuses them.
\set ON_ERROR_STOP on
\set owner_password demo-owner
\set app_password demo-app
\set sealer_password demo-sealer
\getenv owner_password IDP_OWNER_PASSWORD
\getenv app_password IDP_APP_PASSWORD
\getenv sealer_password IDP_SEALER_PASSWORD

SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', role, password)
FROM (VALUES
    ('idp_owner', :'owner_password'),
    ('idp_app', :'app_password'),
    ('idp_sealer', :'sealer_password')
) AS wanted (role, password)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

-- Who audits the figures (docs/figures.sql) reads, and nothing else; let them in by ALTER ROLE idp_audit LOGIN PASSWORD '…'.
SELECT 'CREATE ROLE idp_audit' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'idp_audit')
\gexec

-- Text sorts by code point everywhere: by the server's own C.UTF-8 from 17 on, by the C library's before.
SELECT 'CREATE DATABASE idp OWNER idp_owner ENCODING ''UTF8'' TEMPLATE template0 '
    || CASE
        WHEN current_setting('server_version_num')::int >= 170000
            THEN 'LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8'' LOCALE ''C'''
        ELSE 'LOCALE_PROVIDER libc LC_COLLATE ''C'' LC_CTYPE ''C.UTF-8'''
    END
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'idp')
\gexec

REVOKE ALL ON DATABASE idp FROM PUBLIC;
GRANT CONNECT ON DATABASE idp TO idp_app, idp_sealer, idp_audit;
