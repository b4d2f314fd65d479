-- Everything a relational schema may hold against us (test/torture), full, with one row a table, and empty: synthesized and proved.
\getenv dir PG_ABS_SRCDIR
\set schema_file :dir '/torture/schema.sql'
\set rows_file :dir '/torture/rows.sql'
\set proof_file :dir '/databases/proof.sql'
\set counts_file :dir '/databases/counts.sql'
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION relsynth;

-- many rows
\set n 200
\set ECHO none
BEGIN;
CREATE SCHEMA torture;
SET LOCAL search_path = torture, public;
\i :schema_file
\i :rows_file
COMMIT;
\set ECHO all
SELECT count(*) = (SELECT count(*) FROM pg_class WHERE relnamespace = 'torture'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition), bool_and(synthetic_rows >= 0), sum(synthetic_rows) > 5000 FROM relsynth.synthesize('torture', 'synth', seed => 1);
\set source torture
\set target synth
\set scale 1
SELECT string_agg(table_name, ',') AS kept FROM relsynth.explain('torture') WHERE kind = 'table' AND decision = 'keep' \gset
\set ECHO none
\i :proof_file
\i :counts_file
\set ECHO all
SELECT count(*) FILTER (WHERE violations = 0) > 150 AS counted, count(*) FILTER (WHERE violations <> 0 OR violations IS NULL OR problem IS NOT NULL) AS bad FROM relsynth.verify('torture', 'synth');
SELECT count(*) > 300 AS measured, bool_and(value BETWEEN 0 AND 1) AS in_range, count(DISTINCT metric) FROM relsynth.evaluate('torture', 'synth');
-- scale follows
DROP SCHEMA synth CASCADE;
SELECT sum(synthetic_rows) BETWEEN 0.2 * sum(source_rows) AND 0.45 * sum(source_rows) FROM relsynth.synthesize('torture', 'synth', seed => 1, scale => 0.3);
\set ECHO none
\i :proof_file
\set ECHO all
DROP SCHEMA synth, torture CASCADE;

-- one row
\set n 1
\set ECHO none
BEGIN;
CREATE SCHEMA torture;
SET LOCAL search_path = torture, public;
\i :schema_file
\i :rows_file
COMMIT;
\set ECHO all
SELECT count(*) = (SELECT count(*) FROM pg_class WHERE relnamespace = 'torture'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition), bool_and(synthetic_rows <= source_rows) FROM relsynth.synthesize('torture', 'synth', seed => 1);
\set ECHO none
\i :proof_file
\set ECHO all
DROP SCHEMA synth, torture CASCADE;

-- no row
\set n 0
\set ECHO none
BEGIN;
CREATE SCHEMA torture;
SET LOCAL search_path = torture, public;
\i :schema_file
\i :rows_file
COMMIT;
\set ECHO all
SELECT count(*) = (SELECT count(*) FROM pg_class WHERE relnamespace = 'torture'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition), sum(synthetic_rows) FROM relsynth.synthesize('torture', 'synth', seed => 1);
\set ECHO none
\i :proof_file
\set ECHO all
DROP SCHEMA synth, torture CASCADE;
DROP EXTENSION relsynth;
