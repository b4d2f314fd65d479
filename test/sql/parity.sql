-- What users of other tools expect, one number of docs/parity.md each. Booleans and counts only.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION relsynth;

CREATE SCHEMA crm;
CREATE FUNCTION pg_temp.draw(i int, what text, most int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$SELECT ((hashtextextended(what || i, 7) % most + most) % most)::int$$;
CREATE TYPE crm.tier AS ENUM ('basic', 'plus', 'pro');
CREATE TABLE crm.region (id int PRIMARY KEY, climate text NOT NULL);
CREATE TABLE crm.customer (id serial PRIMARY KEY, region_id int NOT NULL REFERENCES crm.region, tier crm.tier NOT NULL, email text UNIQUE NOT NULL,
    code varchar(6) NOT NULL CHECK (code ~ '^[A-Z]{2}[0-9]{4}$'), age smallint CHECK (age BETWEEN 18 AND 99), score numeric(5,2),
    phone text, reach text, profile jsonb NOT NULL);
COMMENT ON COLUMN crm.customer.code IS 'As printed on the card';
COMMENT ON COLUMN crm.customer.reach IS 'Telephone, mornings only';
CREATE TABLE crm.purchase (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), bill_to int NOT NULL REFERENCES crm.customer, ship_to int NOT NULL REFERENCES crm.customer,
    placed timestamp NOT NULL, amount numeric(8,2) NOT NULL);
CREATE TABLE crm.visit (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES crm.customer, day date NOT NULL);
CREATE TABLE crm.finding (visit_id int REFERENCES crm.visit, no int, urgent boolean NOT NULL, PRIMARY KEY (visit_id, no));
CREATE TABLE crm.journal (at timestamp, what text);
INSERT INTO crm.region SELECT i, CASE WHEN pg_temp.draw(i, 'climate', 2) = 0 THEN 'cold' ELSE 'warm' END FROM generate_series(1, 60) i;
INSERT INTO crm.customer (region_id, tier, email, code, age, score, phone, reach, profile)
SELECT 1 + pg_temp.draw(i, 'region', 60), (ARRAY['basic', 'basic', 'plus', 'pro'])[1 + pg_temp.draw(i, 'tier', 4)]::crm.tier, left(md5(i::text), 8) || '@mail.example',
    chr(65 + pg_temp.draw(i, 'x', 26)) || chr(65 + pg_temp.draw(i, 'y', 26)) || lpad(pg_temp.draw(i, 'z', 10000)::text, 4, '0'), 18 + pg_temp.draw(i, 'age', 80),
    pg_temp.draw(i, 'score', 10000) / 100.0, '+49 ' || 100000 + pg_temp.draw(i, 'phone', 900000), '+41 ' || 100000 + pg_temp.draw(i, 'reach', 900000),
    jsonb_build_object('lang', (ARRAY['de', 'en', 'fr'])[1 + pg_temp.draw(i, 'lang', 3)], 'news', i % 2 = 0,
        'visits', pg_temp.draw(i, 'visits', 20), 'tags', jsonb_build_array('a' || pg_temp.draw(i, 'tag', 5), 'b'))
FROM generate_series(1, 600) i;
-- 1, 3 or 9 purchases by tier; four of five go to who pays; what is found is urgent with the best customers
INSERT INTO crm.purchase (id, bill_to, ship_to, placed, amount)
SELECT md5(k::text)::uuid, id, CASE WHEN pg_temp.draw(k, 'gift', 5) = 0 THEN 1 + pg_temp.draw(k, 'friend', 600) ELSE id END,
    timestamp '2024-01-01 08:00' + pg_temp.draw(id, 'first', 60) * interval '1 day' + n * interval '20 days', 10 + pg_temp.draw(k, 'amount', 10000) / 100.0
FROM crm.customer, generate_series(1, CASE tier WHEN 'basic' THEN 1 WHEN 'plus' THEN 3 ELSE 9 END) n, LATERAL (SELECT 10 * id + n AS k) x;
INSERT INTO crm.visit SELECT 10 * id + n, id, date '2024-01-01' + pg_temp.draw(10 * id + n, 'day', 400) FROM crm.customer, generate_series(1, pg_temp.draw(id, 'visits', 4)) n;
INSERT INTO crm.finding SELECT v.id, n, c.tier = 'pro' FROM crm.visit v JOIN crm.customer c ON c.id = customer_id, generate_series(1, 1 + pg_temp.draw(v.id, 'findings', 3)) n;
INSERT INTO crm.journal SELECT timestamp '2024-01-01' + i * interval '1 hour', 'event ' || i % 6 FROM generate_series(1, 200) i;
-- the error of a statement: state, message, detail, hint
CREATE SCHEMA said;
CREATE FUNCTION said.by(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE sql;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE || ': ' || SQLERRM, NULLIF(detail, ''), NULLIF(hint, ''));
END
$$;
CREATE FUNCTION said.explained(config text) RETURNS text LANGUAGE sql AS
$$SELECT said.by(format('SELECT * FROM relsynth.synthesize(''crm'', ''never'', %L)', config))$$;

-- S3, X9, X10, X11: relationships that cannot be
SELECT said.explained('{"relationships": [{"child": "visits(day)", "parent": "region(id)"}]}');
SELECT said.explained('{"relationships": [{"child": "visit(dya)", "parent": "region(id)"}]}');
SELECT said.explained('{"relationships": [{"child": "visit(day, id)", "parent": "region(id)"}]}');
SELECT said.explained('{"relationships": [{"child": "visit(id)", "parent": "journal(what)"}]}');
SELECT said.explained('{"relationships": [{"child": "visit(day)", "parent": "region(id)"}]}');
-- S11: an option that there is not: those that there are
SELECT said.explained('{"strategy": "gan"}') ~ '22023: unrecognized config key "strategy" . Keys of the document: "lookups"';
-- S25: options that exclude each other; Y11, X21: all that is wrong at once, before a row is read
SELECT said.explained('{"tables": {"visit": {"rows": 5, "scale": 2}}}');
SELECT said.explained('{"sampel_rows": 5, "keep": "all", "tables": {"vists": {}, "visit": {"rows": -1}}}');
SELECT count(*) AS problems FROM relsynth.explain('crm', '{"tables": {"vists": {}, "visit": {"order_by": "dya", "driver": "none"}}}') WHERE kind = 'problem';
-- X14, X15: a parent that is left out; nothing chosen
SELECT said.explained('{"exclude": ["%"]}');
SELECT notes ~ 'visit_customer_id_fkey left out' FROM relsynth.synthesize('crm', 'part', '{"include": ["visit", "journal"], "exclude": ["journal"]}', seed => 1);
DROP SCHEMA part CASCADE;

-- S6: who hangs on whom: parents, ancestors, parents before children
WITH RECURSIVE up AS (
    SELECT child_table, parent_table FROM relsynth.relationships('crm')
    UNION SELECT up.child_table, r.parent_table FROM up JOIN relsynth.relationships('crm') r ON r.child_table = up.parent_table)
SELECT child_table, string_agg(parent_table, ',' ORDER BY parent_table) AS ancestors FROM up GROUP BY 1 ORDER BY 1;
SELECT bool_and(c."position" > p."position") FROM relsynth.relationships('crm') r
JOIN relsynth.explain('crm') c ON c.kind = 'table' AND c.table_name = r.child_table
JOIN relsynth.explain('crm') p ON p.kind = 'table' AND p.table_name = r.parent_table WHERE r.role <> 'self';
-- S7: what there is, at a glance; S19, Y3: what each column is taken for, and which are personal by name or comment
SELECT kind, count(*) FROM relsynth.explain('crm') WHERE kind IN ('table', 'foreign key') GROUP BY 1 ORDER BY 1;
SELECT object, decision, reason ~ '^its (name|comment) says' AS personal FROM relsynth.explain('crm')
WHERE kind = 'column' AND table_name = 'customer' AND object IN ('age', 'tier', 'region_id', 'phone', 'reach') ORDER BY 1;
-- S14, X1, X16: trained on a choice of tables, with settings of single ones
SELECT table_name, source_rows FROM relsynth.train('two', 'crm', '{"include": ["visit", "customer"], "tables": {"visit": {"driver": "visit_customer_id_fkey", "order_by": "day"}}}', seed => 1) ORDER BY 1;
-- S5: new rows, trained again
INSERT INTO crm.journal SELECT timestamp '2024-02-01' + i * interval '1 hour', 'event ' || i % 6 FROM generate_series(1, 100) i;
SELECT source_rows FROM relsynth.train('two', 'crm', '{"include": ["journal"]}', seed => 1, replace => true);

-- X2: all in one call
SELECT table_name, synthetic_rows = source_rows AS as_many FROM relsynth.synthesize('crm', 'synth', seed => 1) ORDER BY 1;
-- S13: the grandparent's tier tells what is urgent
SELECT avg(((tier = 'pro') = urgent)::int) > 0.9 FROM synth.finding f JOIN synth.visit v ON v.id = f.visit_id JOIN synth.customer c ON c.id = v.customer_id;
-- X3: new keys, counted from 1 or random
SELECT min(id), max(id), count(*) FROM synth.customer;
SELECT count(*) FROM synth.purchase JOIN crm.purchase USING (id);
SELECT bool_and(substr(id::text, 15, 1) = '4') FROM synth.purchase;
-- X4: children by what their parent is, their dates in order and apart as in the source
SELECT tier, abs(avg(n) - CASE tier WHEN 'basic' THEN 1 WHEN 'plus' THEN 3 ELSE 9 END) < 1.5
FROM (SELECT c.tier, (SELECT count(*) FROM synth.purchase p WHERE p.bill_to = c.id) AS n FROM synth.customer c) x GROUP BY 1 ORDER BY 1;
SELECT abs(a.days - b.days) < 3 FROM
    (SELECT extract(epoch FROM avg(gap)) / 86400 AS days FROM (SELECT placed - lag(placed) OVER (PARTITION BY bill_to ORDER BY placed) AS gap FROM synth.purchase) x) a,
    (SELECT extract(epoch FROM avg(gap)) / 86400 AS days FROM (SELECT placed - lag(placed) OVER (PARTITION BY bill_to ORDER BY placed) AS gap FROM crm.purchase) x) b;
-- X5, X6: several children of one parent, several parents of one child, no option needed; Y6: two keys to one table are often the same row
SELECT count(*), bool_and(convalidated) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'synth'::regnamespace;
SELECT abs(avg((bill_to = ship_to)::int) - (SELECT avg((bill_to = ship_to)::int) FROM crm.purchase)) < 0.05 FROM synth.purchase;
-- Y10, Y19: ranges, lengths, patterns, lists, decimals and uniques, as the catalog has them
SELECT count(*) FILTER (WHERE violations <> 0 OR problem IS NOT NULL), count(*) > 15 FROM relsynth.verify('crm', 'synth');
SELECT bool_and(code ~ '^[A-Z]{2}[0-9]{4}$'), bool_and(age BETWEEN 18 AND 99), count(DISTINCT email) = count(*) FROM synth.customer;
-- Y3: comments come along
SELECT col_description('synth.customer'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'synth.customer'::regclass AND attname = 'code';
-- S22: documents keep their keys and the kinds of their values
SELECT string_agg(DISTINCT key || ' ' || jsonb_typeof(value), ', ' ORDER BY key || ' ' || jsonb_typeof(value)) FROM synth.customer, jsonb_each(profile);
SELECT string_agg(DISTINCT profile ->> 'lang', ',' ORDER BY profile ->> 'lang') FROM synth.customer;

-- S16, X20, Y7: one factor, numbers of rows per table, tables kept as they are
SELECT table_name, synthetic_rows, coalesce(notes, '') ~ '^kept' AS kept FROM relsynth.synthesize('crm', 'synth', '{"keep": ["region"], "tables": {"journal": {"rows": 7}}}', seed => 1, scale => 0.5, mode => 'replace') ORDER BY 1;
SELECT count(*) FROM (TABLE synth.region EXCEPT TABLE crm.region) x;
-- S23, Y15: into what is there: an error, in its place, or added
SELECT said.by($$SELECT * FROM relsynth.synthesize('crm', 'synth', '{"include": ["journal"]}')$$);
SELECT synthetic_rows FROM relsynth.synthesize('crm', 'synth', '{"tables": {"journal": {"rows": 9}}}', mode => 'replace') WHERE table_name = 'journal';
SELECT synthetic_rows FROM relsynth.synthesize('crm', 'synth', '{"include": ["journal"]}', mode => 'append');
SELECT count(*) FROM synth.journal;
-- X17: one model, several generations
SELECT sum(synthetic_rows) FROM generate_series(1, 3) i, LATERAL relsynth.generate('two', 'again' || i, seed => i);
-- Y14: out as documents or text
SELECT count(*), bool_and(d ? 'what') FROM (SELECT to_jsonb(s) AS d FROM relsynth.sample('two', NULL::crm.journal, 5, 1) s) x;
COPY (SELECT count(*) > 0, 'a,b' FROM synth.journal) TO STDOUT (FORMAT csv);

-- S9, X2: tables of another server or of a file, read through a wrapper; a foreign key that only the config knows
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SCHEMA abroad;
COPY (SELECT id, climate FROM crm.region) TO PROGRAM 'cat > parity_region.csv' (FORMAT csv);
COPY (SELECT id, region_id, tier, age FROM crm.customer) TO PROGRAM 'cat > parity_customer.csv' (FORMAT csv);
CREATE FOREIGN TABLE abroad.customer (id int NOT NULL, region_id int NOT NULL, tier text, age int) SERVER files OPTIONS (filename 'parity_customer.csv', format 'csv');
CREATE TABLE abroad.region (id int PRIMARY KEY, climate text);
COPY abroad.region FROM PROGRAM 'cat parity_region.csv' (FORMAT csv);
SELECT table_name, synthetic_rows FROM relsynth.synthesize('abroad', 'home', '{"relationships": [{"child": "customer(region_id)", "parent": "region(id)"}]}', seed => 1) ORDER BY 1;
SELECT relkind, count(*) FROM pg_class WHERE relnamespace = 'home'::regnamespace AND relname IN ('customer', 'region') GROUP BY 1;
SELECT count(*) FROM home.customer WHERE region_id NOT IN (SELECT id FROM home.region);
COPY (SELECT 'removed') TO PROGRAM 'cat; rm parity_region.csv parity_customer.csv' (FORMAT csv);
DROP SCHEMA abroad, home CASCADE;
DROP EXTENSION file_fdw CASCADE;

SELECT relsynth.drop_model('two');
DROP SCHEMA crm, synth, said, again1, again2, again3 CASCADE;
DROP EXTENSION relsynth;
