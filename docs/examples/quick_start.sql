-- Quick start: look at the plan, write a copy, look at the copy.
--   psql -v ON_ERROR_STOP=1 -f quick_start.sql mydb
CREATE EXTENSION IF NOT EXISTS relsynth;

-- What it would do with every table, foreign key and column, and why. Changes nothing.
SELECT "position", table_name, object, kind, decision FROM relsynth.explain('public') WHERE kind IN ('table', 'foreign key', 'problem');

-- A copy of as many rows as the source has. The seed makes it the same every time; leave it out for another one each time.
SELECT * FROM relsynth.synthesize('public', 'synth', seed => 42);

-- Every constraint holds: no row.
SELECT * FROM relsynth.verify('public', 'synth') WHERE violations <> 0 OR problem IS NOT NULL;

-- How near it comes, each figure beside what other real rows would score.
SELECT metric, round(value::numeric, 3) AS value, round(floor::numeric, 3) AS floor FROM relsynth.evaluate('public', 'synth') WHERE table_name IS NULL;

-- Once more, in place of the first.
SELECT table_name, synthetic_rows FROM relsynth.synthesize('public', 'synth', seed => 43, mode => 'replace');
