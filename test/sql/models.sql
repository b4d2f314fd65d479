-- Models: trained once, generated from often, exported and imported; the rows are those of synthesize.
\getenv dir PG_ABS_SRCDIR
\set schema_file :dir '/torture/schema.sql'
\set rows_file :dir '/torture/rows.sql'
\set proof_file :dir '/databases/proof.sql'
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION relsynth;

-- An order-insensitive hash over all rows of every table of a schema.
CREATE SCHEMA hashes;
CREATE FUNCTION hashes.of(schema text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t record;
    one text;
    every text := '';
BEGIN
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind IN ('r', 'p') ORDER BY relname COLLATE "C" LOOP
        EXECUTE format('SELECT count(*) || '':'' || coalesce(sum(hashtextextended(replace(t::text, %L, ''''), 0)), 0) FROM %I.%I t',
                       schema, schema, t.relname) INTO one;
        every := every || t.relname || '=' || one || ' ';
    END LOOP;
    RETURN every;
END
$$;

-- a small shop
CREATE TYPE public.state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE public.customer (id serial PRIMARY KEY, name text NOT NULL, email text UNIQUE, segment text CHECK (segment IN ('a', 'b')));
CREATE TABLE public.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL REFERENCES public.customer,
    state public.state NOT NULL, total numeric(8, 2) CHECK (total > 0));
COMMENT ON COLUMN public.orders.total IS 'with tax';
INSERT INTO public.customer (name, email, segment)
SELECT initcap(word) || ' ' || initcap(reverse(word)), word || '@' || reverse(word) || '.example', CASE WHEN i % 3 = 0 THEN 'a' ELSE 'b' END
FROM generate_series(1, 400) i, translate(left(md5(i::text), 9), '0123456789', 'ghijklmnop') word;
INSERT INTO public.orders (customer_id, state, total)
SELECT 1 + i % 400, (ARRAY['new', 'paid', 'sent'])[1 + i % 3]::public.state, 1 + (i * 7919 % 100000) / 100.0 FROM generate_series(1, 1600) i;

SELECT count(*) FROM relsynth.synthesize('public', 's1', seed => 7);
SELECT table_name, source_rows FROM relsynth.train('shop', 'public', seed => 7) ORDER BY 1;
SELECT table_name, source_rows, synthetic_rows, milliseconds >= 0 FROM relsynth.generate('shop', 's2', seed => 7) ORDER BY 1;
SELECT hashes.of('s1') = hashes.of('s2') AS same_rows;
SELECT count(*) FROM relsynth.generate('shop', 's3', seed => 8);
SELECT hashes.of('s1') = hashes.of('s3') AS same_rows;
SELECT name, source, tables, rows, size > 1000, created BETWEEN now() - interval '1 hour' AND now(), version = (SELECT extversion FROM pg_extension WHERE extname = 'relsynth'),
    owner = current_user FROM relsynth.models;

-- as many rows as asked for
SELECT count(*) FROM relsynth.synthesize('public', 's4', seed => 7, scale => 0.5);
SELECT count(*) FROM relsynth.generate('shop', 's5', seed => 7, scale => 0.5);
SELECT hashes.of('s4') = hashes.of('s5') AS same_rows;
SELECT table_name, synthetic_rows FROM relsynth.generate('shop', 's5', '{"tables": {"orders": {"rows": 77}}}', seed => 7, mode => 'replace') ORDER BY 1;
SELECT table_name, synthetic_rows FROM relsynth.generate('shop', 's5', seed => 9, mode => 'append') ORDER BY 1;
SELECT count(*) FROM s5.customer;
DROP SCHEMA s1, s2, s3, s4, s5 CASCADE;

-- rows in FROM, typed by the source's table, a copy's or some columns; no table is written
SELECT count(*), count(DISTINCT id), count(DISTINCT customer_id) BETWEEN 5 AND 49, bool_and(total > 0), bool_and(state IN ('new', 'paid', 'sent'))
FROM relsynth.sample('shop', NULL::public.orders, 50, seed => 7);
SELECT count(*) FROM (SELECT * FROM relsynth.sample('shop', NULL::public.orders, 50, 7) EXCEPT SELECT * FROM relsynth.sample('shop', NULL::public.orders, 50, 7)) d;
CREATE SCHEMA part;
CREATE TYPE part.customer AS (segment text, email varchar(200));
SELECT count(*), bool_and(email LIKE '%@%'), count(DISTINCT segment) FROM relsynth.sample('shop', NULL::part.customer);
SELECT s.segment, count(*) > 100 FROM relsynth.sample('shop', NULL::public.customer, 1000, 1) s GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM relsynth.sample('shop', NULL::public.customer, 0);

-- exported, everything dropped, imported
SELECT relsynth.export_model('shop') AS shop \gset
-- no customer is in it, nor a part of one
SELECT count(*) FROM public.customer, unnest(ARRAY[name, email, split_part(name, ' ', 1), split_part(name, ' ', 2), split_part(email, '@', 1)]) part
WHERE position(part::bytea IN :'shop'::bytea) > 0;
SELECT position('customer'::bytea IN :'shop'::bytea) > 0;
-- without the filters of texts it is smaller, and can be drawn from
SELECT length(relsynth.export_model('shop', filters => false)) < length(:'shop'::bytea) - 1000;
SELECT relsynth.import_model(relsynth.export_model('shop', false), 'bare');
SELECT count(*) FROM relsynth.sample('bare', NULL::public.customer, 100);
SELECT relsynth.export_model('bare', false) = relsynth.export_model('bare') AS nothing_left;
SELECT relsynth.drop_model('bare');
SELECT count(*) FROM relsynth.generate('shop', 'before', seed => 3);
SELECT hashes.of('before') AS before \gset
SELECT relsynth.drop_model('shop');
SELECT count(*) FROM relsynth.models;
DROP SCHEMA before CASCADE;
DROP TABLE public.orders, public.customer;
DROP TYPE public.state;
SELECT relsynth.import_model(:'shop');
SELECT relsynth.import_model(:'shop', 'other');
SELECT relsynth.export_model('shop') = :'shop'::bytea, relsynth.export_model('other') = :'shop'::bytea;
SELECT count(*) FROM relsynth.generate('shop', 'after', seed => 3);
SELECT hashes.of('after') = :'before' AS same_rows;
SELECT col_description('after.orders'::regclass, 4);
SELECT conname, contype, convalidated FROM pg_constraint WHERE connamespace = 'after'::regnamespace AND contype <> 'n' ORDER BY 1;
-- in the place of the source that is no more, but never over a schema of its name that has something
SELECT count(*) FROM relsynth.generate('other', 'public', seed => 3);
SELECT hashes.of('public') = :'before' AS same_rows;
DO $$ BEGIN PERFORM relsynth.generate('other', 'public', seed => 3); EXCEPTION WHEN duplicate_table THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END $$;
DO $$ BEGIN PERFORM relsynth.generate('other', 'public', mode => 'replace'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END $$;
DO $$ BEGIN PERFORM relsynth.generate('other', 'public', mode => 'append'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END $$;

-- errors
CREATE PROCEDURE hashes.fails(sql text) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE sql;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RAISE WARNING '% %: % %', SQLSTATE, SQLERRM, detail, hint;
END
$$;
CALL hashes.fails($$SELECT relsynth.generate('shap', 'x')$$);
CALL hashes.fails($$SELECT relsynth.drop_model('shap')$$);
CALL hashes.fails($$SELECT relsynth.export_model('shap')$$);
CALL hashes.fails($$SELECT relsynth.train('shop', 'public')$$);
CALL hashes.fails($$SELECT relsynth.train('', 'public')$$);
CALL hashes.fails($$SELECT relsynth.train('x', 'nowhere')$$);
CALL hashes.fails($$SELECT relsynth.import_model(relsynth.export_model('shop'))$$);
CALL hashes.fails($$SELECT relsynth.import_model('\x')$$);
CALL hashes.fails($$SELECT relsynth.import_model('relsynth')$$);
CALL hashes.fails($$SELECT relsynth.import_model(substring(relsynth.export_model('shop') FOR 20000))$$);
CALL hashes.fails($$SELECT relsynth.import_model(set_byte(relsynth.export_model('shop'), 5000, 1 + get_byte(relsynth.export_model('shop'), 5000) % 100))$$);
CALL hashes.fails($$SELECT relsynth.import_model(set_byte(relsynth.export_model('shop'), 16, 1 + get_byte(relsynth.export_model('shop'), 16) % 100))$$);
CALL hashes.fails($$SELECT relsynth.import_model(relsynth.export_model('shop') || '\x00')$$);
CALL hashes.fails($$SELECT relsynth.generate('shop', 'x', '{"sample_rows": 5, "tables": {"orders": {"driver": "orders_customer_id_fkey"}}}')$$);
CALL hashes.fails($$SELECT relsynth.generate('shop', 'x', '{"tables": {"order": {"rows": 5}}}')$$);
CALL hashes.fails($$SELECT relsynth.generate('shop', 'x', scale => 0)$$);
CALL hashes.fails($$SELECT relsynth.generate('shop', 'x', scale => 1e10)$$);
CALL hashes.fails($$SELECT relsynth.generate(NULL, 'x')$$);
CREATE TABLE part.order (id int);
CREATE TABLE part.orders (id int, totle int);
CALL hashes.fails($$SELECT relsynth.sample('shop', NULL::int)$$);
CALL hashes.fails($$SELECT relsynth.sample('shop', NULL::part.order)$$);
CALL hashes.fails($$SELECT relsynth.sample('shop', NULL::part.orders)$$);
CALL hashes.fails($$SELECT relsynth.sample('shop', NULL::public.orders, -1)$$);
CALL hashes.fails($$SELECT relsynth.sample('shop', NULL::public.orders, NULL)$$);
CALL hashes.fails($$SELECT relsynth.sample('shap', NULL::public.orders)$$);
ALTER TABLE part.orders DROP COLUMN totle;
CREATE DOMAIN part.small AS int CHECK (value < 0);
ALTER TABLE part.orders ALTER id TYPE part.small;
CALL hashes.fails($$SELECT relsynth.sample('shop', NULL::part.orders, 5)$$);
DROP SCHEMA part CASCADE;

-- who may do what
CREATE ROLE regress_models_a;
CREATE ROLE regress_models_b;
GRANT USAGE ON SCHEMA relsynth, hashes TO regress_models_a, regress_models_b;
GRANT SELECT ON public.customer, public.orders TO regress_models_a;
SET ROLE regress_models_a;
CALL hashes.fails($$SELECT FROM relsynth.models$$);
CALL hashes.fails($$SELECT relsynth.train('own', 'public')$$);
RESET ROLE;
GRANT SELECT, INSERT, DELETE ON relsynth.model TO regress_models_a, regress_models_b;
SET ROLE regress_models_a;
SELECT count(*) FROM relsynth.train('own', 'public', seed => 1);
SET ROLE regress_models_b;
SELECT name, owner = current_user FROM relsynth.models ORDER BY 1;
SELECT relsynth.import_model(relsynth.export_model('own'), 'copy');
CALL hashes.fails($$SELECT relsynth.drop_model('own')$$);
CALL hashes.fails($$SELECT relsynth.import_model(relsynth.export_model('shop'), 'own', true)$$);
CALL hashes.fails($$INSERT INTO relsynth.model SELECT 'forged', 'regress_models_a', created, version, source, tables, rows, data FROM relsynth.model$$);
SELECT relsynth.drop_model('copy');
RESET ROLE;
SELECT relsynth.drop_model('own');
SELECT relsynth.import_model(relsynth.export_model('shop'), 'shop', true);
DROP OWNED BY regress_models_a, regress_models_b;
DROP ROLE regress_models_a, regress_models_b;
SELECT name FROM relsynth.models ORDER BY 1;
SELECT relsynth.drop_model(name) FROM relsynth.models;
DROP SCHEMA after CASCADE;
DROP TABLE public.orders, public.customer;
DROP TYPE public.state;

-- keys that lead out of the schema: the rows there are needed, the source is not
CREATE SCHEMA outside;
CREATE TABLE outside.country (code text PRIMARY KEY);
INSERT INTO outside.country SELECT 'c' || i FROM generate_series(1, 9) i;
CREATE SCHEMA inside;
CREATE TABLE inside.person (id serial PRIMARY KEY, country text REFERENCES outside.country, born date);
INSERT INTO inside.person (country, born) SELECT 'c' || 1 + i % 7, date '1950-01-01' + i * 37 % 20000 FROM generate_series(1, 300) i;
SELECT table_name, source_rows FROM relsynth.train('abroad', 'inside', seed => 4);
DROP SCHEMA inside CASCADE;
SELECT table_name, synthetic_rows FROM relsynth.generate('abroad', 'inside', seed => 4);
SELECT count(DISTINCT country) BETWEEN 5 AND 7, min(born) >= '1950-01-01' FROM inside.person;
DROP SCHEMA inside CASCADE;
DELETE FROM outside.country WHERE code = 'c3';
CALL hashes.fails($$SELECT relsynth.generate('abroad', 'inside', seed => 4)$$);
DROP SCHEMA outside CASCADE;
CALL hashes.fails($$SELECT relsynth.generate('abroad', 'inside', seed => 4)$$);
SELECT relsynth.drop_model('abroad');

-- everything a schema may hold, without the source
\set n 100
\set ECHO none
BEGIN;
CREATE SCHEMA torture;
SET LOCAL search_path = torture, public;
\i :schema_file
\i :rows_file
COMMIT;
\set ECHO all
SELECT sum(synthetic_rows) > 2500 FROM relsynth.synthesize('torture', 'synth', seed => 2);
SELECT hashes.of('synth') AS before \gset
DROP SCHEMA synth CASCADE;
SELECT sum(source_rows) > 2500 FROM relsynth.train('torture', 'torture', seed => 2);
ALTER SCHEMA torture RENAME TO away;
SELECT sum(synthetic_rows) > 2500 FROM relsynth.generate('torture', 'synth', seed => 2);
SELECT hashes.of('synth') = :'before' AS same_rows;
ALTER SCHEMA away RENAME TO torture;
\set source torture
\set target synth
\set scale 1
\set ECHO none
\i :proof_file
\set ECHO all
-- of every table that has rows, twenty rows and no more
CREATE FUNCTION hashes.sampled(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM relsynth.sample(''torture'', NULL::torture.%I, 20, 1)', name) INTO n;
    RETURN n;
END
$$;
SELECT bool_and(hashes.sampled(table_name) = least(20, CASE WHEN notes LIKE 'kept%' THEN source_rows ELSE 20 END)), count(*) > 20
FROM relsynth.train('torture', 'torture', seed => 2, replace => true) WHERE source_rows > 0;
DROP SCHEMA torture, synth, hashes CASCADE;
DROP EXTENSION relsynth;
