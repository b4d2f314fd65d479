-- A migration, or the step of a pipeline: one transaction, which leaves a checked copy behind, or nothing. It may be run again.
--   psql -v ON_ERROR_STOP=1 -f migration.sql mydb
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL relsynth.progress = off;
SET LOCAL relsynth.min_count = 10;        -- a value appears only if ten entities share it

CREATE EXTENSION IF NOT EXISTS relsynth;

SELECT table_name, synthetic_rows FROM relsynth.synthesize('public', 'synth', seed => 20240501, mode => 'replace');

-- An error here, and all of the above is undone.
SELECT metric, round(value::numeric, 3) AS value, round(threshold::numeric, 3) AS threshold
FROM relsynth.check('public', 'synth', '{"overall": 0.8, "shapes": 0.85, "missing": 0.9, "cardinality": 0.85, "violations": 0}');

COMMENT ON SCHEMA synth IS 'Synthetic copy of public, nobody in it is real';
COMMIT;
