-- relsynth.evaluate(): what is alike scores as alike, planted faults are found where they were planted. No score is printed.
SET client_min_messages = warning;
CREATE EXTENSION relsynth;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TABLE customer (id int PRIMARY KEY, segment text NOT NULL, joined date NOT NULL, left_on date, score numeric(6,2));
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, bought timestamp NOT NULL, paid timestamp,
  channel text, channel_code int, amount numeric(8,2));
INSERT INTO customer
SELECT i, CASE WHEN i % 3 = 0 THEN 'gold' WHEN i % 3 = 1 THEN 'silver' ELSE 'none' END, '2020-01-01'::date + i,
  CASE WHEN i % 4 = 0 THEN '2020-02-01'::date + 2 * i END, (i * 37 % 1000) / 10.0
FROM generate_series(1, 300) i;
INSERT INTO purchase
SELECT 10 * c.id + n, c.id, c.joined + (n * 17 + c.id % 7) * interval '1 day', c.joined + (n * 17 + c.id % 7 + 3) * interval '1 day',
  (ARRAY['web', 'shop', 'phone'])[1 + (c.id + n) % 3], 1 + (c.id + n) % 3, CASE segment WHEN 'gold' THEN 900 WHEN 'silver' THEN 500 ELSE 100 END + n * 10
FROM customer c, generate_series(1, 1 + c.id % 5) n;
RESET search_path;

-- A copy is as good as can be.
CREATE SCHEMA same;
CREATE TABLE same.customer AS TABLE shop.customer;
CREATE TABLE same.purchase AS TABLE shop.purchase;
SELECT metric, value = 1 AS perfect FROM relsynth.evaluate('shop', 'same') WHERE table_name IS NULL AND metric !~ 'c2st|utility|overall' ORDER BY metric COLLATE "C";
SELECT count(*) > 20 AS rows, count(floor) > 10 AS floors, bool_and(value BETWEEN 0 AND 1) AS in_range FROM relsynth.evaluate('shop', 'same');
SELECT count(*) AS classifiers, bool_and(value < 0.45) AS twins_noticed, bool_and(detail ~ 'near copies') AS said FROM relsynth.evaluate('shop', 'same') WHERE metric = 'c2st' AND table_name IS NOT NULL;
-- The floor is what one half of the source makes of the other, or what the holdout makes of the source.
SELECT bool_and(floor BETWEEN 0.5 AND 1) AS halves FROM relsynth.evaluate('shop', 'same') WHERE table_name IS NULL AND metric !~ 'c2st';
SELECT bool_and(floor IS NOT DISTINCT FROM value) AS holdout FROM relsynth.evaluate('shop', 'same', 'same') WHERE metric !~ 'utility|overall';

-- Planted faults: each lowers its own score.
CREATE FUNCTION pg_temp.score(in_metric text, in_table text DEFAULT NULL, in_object text DEFAULT NULL) RETURNS float8 LANGUAGE sql AS
$$SELECT value FROM relsynth.evaluate('shop', 'same') WHERE metric = in_metric AND table_name IS NOT DISTINCT FROM in_table AND object IS NOT DISTINCT FROM in_object$$;
BEGIN; UPDATE same.customer SET segment = 'platinum' WHERE segment = 'gold';
SELECT pg_temp.score('shapes', 'customer', 'segment') BETWEEN 0.6 AND 0.7 AS category_never_seen, pg_temp.score('shapes', 'customer', 'joined') = 1 AS others_as_before; ROLLBACK;
BEGIN; UPDATE same.purchase SET bought = bought + interval '400 days';
SELECT pg_temp.score('shapes', 'purchase', 'bought') < 0.5 AS shifted_dates, pg_temp.score('orders', 'purchase', 'bought, paid') = 0 AS order_of_dates; ROLLBACK;
BEGIN; UPDATE same.purchase SET customer_id = 301 - customer_id;
CREATE TEMP TABLE swapped AS SELECT * FROM relsynth.evaluate('shop', 'same') WHERE table_name IS NULL;
SELECT metric, value < 0.9 AS lower FROM swapped WHERE metric IN ('shapes', 'pairs', 'cardinality', 'strong_trends', 'orders', 'overall') ORDER BY metric COLLATE "C";
SELECT metric, value > 0.8 AS told_apart FROM swapped WHERE metric ~ 'c2st' ORDER BY metric COLLATE "C"; ROLLBACK;
BEGIN; UPDATE same.purchase SET customer_id = 1;
SELECT pg_temp.score('cardinality') < 0.3 AS all_children_of_one; ROLLBACK;
BEGIN; UPDATE same.purchase SET channel_code = 4 - channel_code WHERE id % 2 = 0;
SELECT pg_temp.score('dependencies', 'purchase', 'channel, channel_code') BETWEEN 0.5 AND 0.8 AS broken_function; ROLLBACK;
BEGIN; UPDATE same.customer SET left_on = NULL;
SELECT pg_temp.score('missing', 'customer', 'left_on') = 0.75 AS lost_values; ROLLBACK;
BEGIN; DELETE FROM same.purchase WHERE id % 2 = 0;
SELECT pg_temp.score('rows', 'purchase') BETWEEN 0.4 AND 0.6 AS lost_rows; ROLLBACK;

-- Tables and columns that are missing, of another type, or empty
BEGIN; DROP TABLE same.purchase;
SELECT metric, value FROM relsynth.evaluate('shop', 'same') WHERE table_name = 'purchase' AND object IS NULL AND metric IN ('rows', 'shapes', 'pairs') ORDER BY metric COLLATE "C"; ROLLBACK;
BEGIN; ALTER TABLE same.customer DROP score, ALTER joined TYPE text, ALTER segment TYPE varchar(10);
SELECT object, value FROM relsynth.evaluate('shop', 'same') WHERE table_name = 'customer' AND metric = 'shapes' AND object IS NOT NULL ORDER BY object COLLATE "C"; ROLLBACK;
BEGIN; TRUNCATE same.customer, same.purchase;
SELECT metric, value FROM relsynth.evaluate('shop', 'same') WHERE table_name IS NULL AND metric IN ('rows', 'shapes', 'cardinality') ORDER BY metric COLLATE "C"; ROLLBACK;
BEGIN; TRUNCATE shop.customer, shop.purchase;
SELECT count(value) AS nothing_to_compare FROM relsynth.evaluate('shop', 'same') WHERE metric = 'shapes'; ROLLBACK;

-- check(): an error that names all that fell short
SELECT metric, value = 1 AS perfect, threshold FROM relsynth.check('shop', 'same', '{"shapes": 0.9, "pairs": 1, "violations": 0}') WHERE metric <> 'violations' ORDER BY metric COLLATE "C";
SELECT value FROM relsynth.check('shop', 'same', '{"violations": 0}');
BEGIN; INSERT INTO same.customer TABLE shop.customer; UPDATE same.customer SET segment = 'x', joined = NULL;
\set VERBOSITY terse
SELECT * FROM relsynth.check('shop', 'same', '{"shapes": 0.9, "missing": 0.2, "dependencies": "floor - 0.1", "violations": 599}'); ROLLBACK;
\set VERBOSITY default
BEGIN; UPDATE same.customer SET segment = 'x' WHERE id = 1; DELETE FROM same.purchase;
SELECT * FROM relsynth.check('shop', 'same', '{"rows": 0.7, "cardinality": 0.1, "dependencies": "floor", "missing": 0.9}'); ROLLBACK;
SELECT * FROM relsynth.check('shop', 'same', '{"overal": 0.9, "pairs": "high"}');
SELECT * FROM relsynth.check('shop', 'same', NULL);

-- Samples say so; bad arguments are errors.
SELECT DISTINCT regexp_replace(detail, '\d+', 'N', 'g') AS detail FROM relsynth.evaluate('shop', 'same', config => '{"sample_rows": 200}') WHERE metric = 'rows' AND table_name IS NOT NULL;
SELECT * FROM relsynth.evaluate('shop', 'nowhere');
SELECT * FROM relsynth.evaluate('shop', 'a,b');
SELECT * FROM relsynth.evaluate('shop', 'same', 'nowhere');
SELECT * FROM relsynth.evaluate('shop', 'same', config => '{"sampel_rows": 1}');
DROP SCHEMA shop, same CASCADE;
DROP EXTENSION relsynth;
