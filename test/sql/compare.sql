-- relsynth.compare_queries() and compare_plans(): the same queries on two schemas, without effects.
SET client_min_messages = warning;
CREATE EXTENSION relsynth;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE customer (id int PRIMARY KEY, "Kind" text NOT NULL, parent int REFERENCES customer);
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customer, st state, amount numeric, day date, stars int);
CREATE INDEX orders_amount ON orders (amount);
CREATE TABLE nothing (id int PRIMARY KEY, x int);
CREATE SEQUENCE numbers;
CREATE TABLE log (n int);
CREATE FUNCTION log_it() RETURNS int LANGUAGE sql VOLATILE AS 'INSERT INTO shop.log VALUES (1) RETURNING n';
INSERT INTO customer SELECT i, 'kind ' || i % 4, NULLIF(i / 3, 0) FROM generate_series(1, 100) i;
INSERT INTO orders SELECT i, 1 + i % 100, (enum_range(NULL::state))[1 + i % 3], 100 + i % 50, '2024-01-01'::date + i % 60, 1 + i % 5 FROM generate_series(1, 2000) i;
ANALYZE;
-- a copy, and one that has every order of state sent a second time, twice the amounts, no customers of kind 3, days a week later, no index
CREATE SCHEMA same; CREATE SCHEMA other;
CREATE TABLE same.customer (LIKE customer INCLUDING ALL); INSERT INTO same.customer TABLE customer;
CREATE TABLE same.orders (LIKE orders INCLUDING ALL); INSERT INTO same.orders TABLE orders;
CREATE TABLE same.nothing (LIKE nothing INCLUDING ALL);
CREATE TABLE same.log (n int);
CREATE TABLE other.customer (id int PRIMARY KEY, "Kind" text, parent int); INSERT INTO other.customer SELECT * FROM customer WHERE "Kind" <> 'kind 3';
CREATE TABLE other.orders (id int, customer int, st state, amount numeric, day date, stars int);
INSERT INTO other.orders SELECT id, customer, st, 2 * amount, day + 7, stars FROM orders
  UNION ALL SELECT -id, customer, st, 2 * amount, day + 7, stars FROM orders WHERE st = 'sent';
CREATE TABLE other.nothing (LIKE nothing INCLUDING ALL);
ANALYZE;
SET search_path = public, pg_temp;
SET extra_float_digits = 0;

-- the default workload: nothing differs in the copy
SELECT count(*) >= 10 AS many, count(DISTINCT query) <= 60 AS bounded, count(*) FILTER (WHERE relative_error IS DISTINCT FROM 0) AS differ FROM relsynth.compare_queries(NULL, 'shop', 'same');
SELECT query FROM relsynth.compare_queries(NULL, 'shop', 'same') GROUP BY query ORDER BY query COLLATE "C";
SELECT count(*) >= 10 AS many, bool_and(same_plan) AS same, bool_and(source_rows = target_rows) AS rows, count(*) FILTER (WHERE cost_ratio NOT BETWEEN 0.99 AND 1.01) AS dearer FROM relsynth.compare_plans(NULL, 'shop', 'same');
SELECT count(*) FILTER (WHERE relative_error > 0) > 3 AS differ, count(*) FILTER (WHERE detail LIKE '%fails%') AS failed FROM relsynth.compare_queries(NULL, 'shop', 'other');

-- planted differences
SELECT query, value, source_result, target_result, round(relative_error::numeric, 2) AS error, detail FROM relsynth.compare_queries(ARRAY[
  'SELECT count(*) AS n, sum(amount) FILTER (WHERE id > 0) AS total, max(day) AS last FROM orders',
  'SELECT st, count(*) FROM orders GROUP BY st',
  'SELECT "Kind", count(*) AS n FROM customer GROUP BY 1 ORDER BY 1;',
  'SELECT stars, avg(amount) AS a FROM orders WHERE id > 0 GROUP BY stars',
  'SELECT x FROM nothing',
  'SELECT sum(x) FROM nothing',
  'SELECT count(*) FROM shop.orders -- the same one',
  'TABLE nothing'], 'shop', 'other');
SELECT same_plan, cost_ratio > 5 AS dearer, detail FROM relsynth.compare_plans(ARRAY['SELECT amount FROM orders WHERE id = 7', 'VALUES (1)'], 'shop', 'other');
SELECT source_rows = 2000 AS s, target_rows > 2500 AS t FROM relsynth.compare_plans(ARRAY['SELECT * FROM orders'], 'shop', 'other');

-- queries that fail, and those that would change something when they run, are rows
SELECT query, value, relative_error, detail FROM relsynth.compare_queries(ARRAY[
  'SELECT count(*) FROM log', 'SELECT 1 / 0', 'SELECT FROM WHERE', 'SELECT $1', 'SELECT nextval(''shop.numbers'')', 'SELECT shop.log_it()',
  'SELECT count(*) FROM customer'], 'shop', 'other');
SELECT query, same_plan, detail FROM relsynth.compare_plans(ARRAY['SELECT nope FROM log', 'SELECT count(*) FROM customer'], 'shop', 'other');
SELECT value, source_result, relative_error FROM relsynth.compare_queries(ARRAY['SELECT set_config(''search_path'', ''nowhere'', false)', 'SELECT set_config(''transaction_read_only'', ''off'', false)', 'SELECT count(*) FROM customer'], 'shop', 'same');
SELECT count(*) AS logged, (SELECT is_called FROM shop.numbers) AS drawn, current_setting('search_path') AS path, current_setting('extra_float_digits') AS digits, current_setting('transaction_read_only') AS read_only FROM shop.log;

-- refused: all at once, before any is run
SELECT * FROM relsynth.compare_queries(ARRAY['SELECT 1; DROP TABLE shop.log', 'WITH d AS (DELETE FROM log RETURNING n) SELECT * FROM d', 'SELECT * INTO taken FROM customer',
  'SELECT * FROM (SELECT * FROM customer FOR UPDATE) c', 'DROP TABLE shop.log', 'ANALYZE SELECT 1', '', 'SELECT 1'], 'shop', 'same');
SELECT * FROM relsynth.compare_plans(ARRAY['INSERT INTO log VALUES (1)', 'SELECT 1; DROP TABLE shop.log'], 'shop', 'same');
SELECT * FROM relsynth.compare_plans(ARRAY['SELECT 1) SELECT 1; DROP TABLE shop.log; --', '(ANALYZE) SELECT shop.log_it()', 'ANALYZE INSERT INTO shop.log VALUES (1)'], 'shop', 'same');
SELECT * FROM relsynth.compare_queries(ARRAY['SELECT 1', NULL], 'shop', 'same');
SELECT * FROM relsynth.compare_queries(NULL, 'shop', 'nowhere');
SELECT * FROM relsynth.compare_queries(NULL, NULL, 'same');
SELECT count(*) FROM shop.log;

-- rights are the caller's
CREATE ROLE relsynth_compare_reader;
GRANT USAGE ON SCHEMA shop, same, relsynth TO relsynth_compare_reader;
GRANT SELECT ON shop.customer, same.customer TO relsynth_compare_reader;
SET ROLE relsynth_compare_reader;
SELECT query, relative_error, detail FROM relsynth.compare_queries(ARRAY['SELECT count(*) FROM customer', 'SELECT count(*) FROM orders'], 'shop', 'same');
SELECT same_plan, detail FROM relsynth.compare_plans(ARRAY['SELECT count(*) FROM orders'], 'shop', 'same');
SELECT count(*) FROM relsynth.compare_queries(ARRAY['SELECT 1'], 'shop', 'other');
RESET ROLE;
DROP OWNED BY relsynth_compare_reader;

-- several schemas, no query, and a cancel
SELECT count(*) FILTER (WHERE relative_error = 0) AS same, count(*) AS all FROM relsynth.compare_queries(ARRAY['SELECT count(*) FROM customer, numbers'], 'same,shop', 'shop,same');
SELECT count(*) FROM relsynth.compare_queries('{}', 'shop', 'same');
SET statement_timeout = '200ms';
SELECT count(*) FROM relsynth.compare_queries(ARRAY['SELECT pg_sleep(10)'], 'shop', 'same');
RESET statement_timeout;
DROP SCHEMA shop, same, other CASCADE;
DROP ROLE relsynth_compare_reader;
DROP EXTENSION relsynth;
