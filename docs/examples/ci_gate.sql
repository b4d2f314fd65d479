-- A gate for a pipeline: psql ends with status 3 unless the copy is valid, near enough, and no leak is found. Whoever made it; only reads.
--   psql -v ON_ERROR_STOP=1 -f ci_gate.sql mydb
CREATE EXTENSION IF NOT EXISTS relsynth;

-- Valid and faithful: an error that names every metric that falls short. "floor": what other real rows score.
SELECT metric, round(value::numeric, 3) AS value, round(threshold::numeric, 3) AS threshold FROM relsynth.check('public', 'synth', '{
  "violations": 0,
  "overall": 0.75,
  "shapes": "floor - 0.1",
  "strong_pairs": 0.8,
  "cardinality": 0.85,
  "c2st": 0.8
}');

-- Private: the leaks that were found, and an error if there are any.
CREATE TEMPORARY TABLE leak AS
SELECT table_name, object, metric, value, detail FROM relsynth.privacy_audit('public', 'synth') WHERE NOT passed AND table_name IS NOT NULL;
SELECT * FROM leak;
DO $$
BEGIN
  IF EXISTS (SELECT FROM leak) THEN
    RAISE EXCEPTION 'the privacy audit found % leaks', (SELECT count(*) FROM leak);
  END IF;
END
$$;
