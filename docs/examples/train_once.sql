-- Learn once, write often: two copies of different sizes from one model, and rows without any table.
--   psql -v ON_ERROR_STOP=1 -f train_once.sql mydb
CREATE EXTENSION IF NOT EXISTS relsynth;

SELECT table_name, source_rows, notes FROM relsynth.train('shop', 'public', seed => 1, replace => true);
SELECT name, source, tables, rows, pg_size_pretty(size::bigint) AS size FROM relsynth.models;

-- A tenth for a developer's laptop, three times the source for a load test. Reference tables stay as they are.
SELECT table_name, source_rows, synthetic_rows FROM relsynth.generate('shop', 'small', seed => 1, scale => 0.1, mode => 'replace');
SELECT table_name, source_rows, synthetic_rows FROM relsynth.generate('shop', 'large', seed => 1, scale => 3, mode => 'replace');

-- The number of rows of one table; those that hang on it follow.
SELECT table_name, synthetic_rows FROM relsynth.generate('shop', 'few', '{"tables": {"customers": {"rows": 50}}}', seed => 1, mode => 'replace');

-- Typed rows in FROM: nothing is written.
SELECT status, count(*) FROM relsynth.sample('shop', NULL::public.orders, 1000, seed => 1) GROUP BY status ORDER BY status;
