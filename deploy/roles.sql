-- The three roles of the provider, for a PostgreSQL server that is new.
-- The passwords are public knowledge: production sets its own.
CREATE ROLE idp_owner LOGIN PASSWORD 'demo-owner';
CREATE ROLE idp_app LOGIN PASSWORD 'demo-app';
CREATE ROLE idp_sealer LOGIN PASSWORD 'demo-sealer';
CREATE DATABASE idp OWNER idp_owner ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE idp FROM PUBLIC;
GRANT CONNECT ON DATABASE idp TO idp_app, idp_sealer;
