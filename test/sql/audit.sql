-- relsynth.privacy_audit(): another draw of the same process passes, what is planted is found where it was planted. No score is printed.
SET client_min_messages = warning;
CREATE EXTENSION relsynth;
CREATE FUNCTION pg_temp.draw(i int, what text, most int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$SELECT ((hashtextextended(what || i, 7) % most + most) % most)::int$$;
CREATE FUNCTION pg_temp.word(i int, what text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$SELECT initcap(string_agg(substr('abcdefghiklmnoprstuvwz', 1 + pg_temp.draw(i, what || n, 22), 1), '')) FROM generate_series(1, 9) n$$;
CREATE FUNCTION pg_temp.make(schema_name text, start int) RETURNS void LANGUAGE plpgsql AS $$BEGIN
  EXECUTE format('CREATE SCHEMA %I', schema_name);
  PERFORM set_config('search_path', quote_ident(schema_name), true);
  CREATE TABLE ward (id int PRIMARY KEY, ward_name text NOT NULL UNIQUE);
  INSERT INTO ward VALUES (1, 'Surgery'), (2, 'Maternity'), (3, 'Geriatrics');
  CREATE TABLE patient (id int PRIMARY KEY, last_name text NOT NULL, town text, born date NOT NULL, weight numeric(5,1), income int);
  CREATE TABLE visit (id int PRIMARY KEY, patient_id int NOT NULL REFERENCES patient, ward_id int NOT NULL REFERENCES ward, came date, cost numeric(8,2));
  INSERT INTO patient
  SELECT i - start, pg_temp.word(i, 'name'), (ARRAY['Springfield', 'Shelbyville', 'Ogdenville'])[1 + pg_temp.draw(i, 'town', 3)],
    '1930-01-01'::date + pg_temp.draw(i, 'born', 25000), 40 + pg_temp.draw(i, 'weight', 800) / 10.0, 20000 + pg_temp.draw(i, 'income', 40000)
  FROM generate_series(start + 1, start + 400) i;
  INSERT INTO visit
  SELECT 10 * p.id + n, p.id, 1 + pg_temp.draw(start + p.id * 10 + n, 'ward', 3), '2020-01-01'::date + pg_temp.draw(start + p.id * 10 + n, 'came', 700),
    pg_temp.draw(start + p.id * 10 + n, 'cost', 100000) / 100.0
  FROM patient p, generate_series(1, 1 + p.id % 4) n;
END$$;
BEGIN; SELECT pg_temp.make('clinic', 0); COMMIT;
BEGIN; SELECT pg_temp.make('fresh', 100000); COMMIT;
BEGIN; SELECT pg_temp.make('held', 200000); COMMIT;
-- As the source has them: a town of three patients, the richest of all
UPDATE clinic.patient SET town = 'Hiddenvale' WHERE id IN (10, 20, 30);
UPDATE clinic.patient SET income = 7654321 WHERE id = 40;

CREATE VIEW pg_temp.failed AS SELECT table_name, object, metric FROM relsynth.privacy_audit('clinic', 'fresh') WHERE NOT passed AND table_name IS NOT NULL;
CREATE VIEW pg_temp.failed_held AS SELECT table_name, object, metric FROM relsynth.privacy_audit('clinic', 'fresh', 'held') WHERE NOT passed AND table_name IS NOT NULL;

-- Another draw passes, without and with a holdout; tables that are kept are said to be.
SELECT * FROM pg_temp.failed;
SELECT * FROM pg_temp.failed_held;
SELECT metric, value, passed FROM relsynth.privacy_audit('clinic', 'fresh') WHERE table_name IS NULL ORDER BY metric COLLATE "C";
SELECT table_name, metric, passed, detail FROM relsynth.privacy_audit('clinic', 'fresh') WHERE metric = 'reference_table';
SELECT metric, count(*) AS judged, bool_and(abs(value - 0.5) < 0.1) AS in_the_dark FROM relsynth.privacy_audit('clinic', 'fresh', 'held') WHERE metric ~ 'membership|dcr_share' AND table_name IS NOT NULL GROUP BY metric ORDER BY metric COLLATE "C";

-- A real row
BEGIN; UPDATE fresh.patient f SET (last_name, town, born, weight, income) = (SELECT last_name, town, born, weight, income FROM clinic.patient WHERE id = 100) WHERE f.id = 7;
SELECT * FROM pg_temp.failed ORDER BY metric COLLATE "C";
SELECT value FROM relsynth.privacy_audit('clinic', 'fresh') WHERE metric = 'copied_rows' AND table_name = 'patient'; ROLLBACK;
-- A name, a town, an income
BEGIN; UPDATE fresh.patient SET last_name = (SELECT last_name FROM clinic.patient WHERE id = 100) WHERE id = 7;
SELECT * FROM pg_temp.failed; ROLLBACK;
BEGIN; UPDATE fresh.patient SET town = 'Hiddenvale' WHERE id = 7;
SELECT * FROM pg_temp.failed; ROLLBACK;
BEGIN; UPDATE fresh.patient SET income = 7654321 WHERE id = 7;
SELECT * FROM pg_temp.failed; ROLLBACK;
-- With lower thresholds three may share a town.
BEGIN; UPDATE fresh.patient SET town = 'Hiddenvale' WHERE id = 7;
SELECT metric, passed FROM relsynth.privacy_audit('clinic', 'fresh', config => '{"privacy": {"min_count": 3}}') WHERE metric = 'rare_categories' AND table_name IS NULL; ROLLBACK;
-- Half of the rows, each with a little noise: near copies; members are told by those who have a holdout.
BEGIN; UPDATE fresh.patient f SET (town, born, weight, income) = (SELECT town, born + 2, weight + 0.1, income + 3 FROM clinic.patient c WHERE c.id = f.id) WHERE f.id % 2 = 0;
SELECT metric FROM pg_temp.failed GROUP BY metric ORDER BY metric COLLATE "C";
SELECT metric FROM pg_temp.failed_held GROUP BY metric ORDER BY metric COLLATE "C"; ROLLBACK;
-- A copy of the whole source
SELECT metric FROM relsynth.privacy_audit('clinic', 'clinic') WHERE table_name IS NULL AND NOT passed ORDER BY metric COLLATE "C";
SELECT metric FROM relsynth.privacy_audit('clinic', 'clinic', 'held') WHERE table_name IS NULL AND NOT passed ORDER BY metric COLLATE "C";
-- Columns shuffled each by itself: rows are nobody's, but the values are still the source's.
BEGIN; UPDATE fresh.patient f SET last_name = a.last_name, town = b.town, born = c.born, weight = d.weight, income = e.income
FROM clinic.patient a, clinic.patient b, clinic.patient c, clinic.patient d, clinic.patient e
WHERE a.id = 1 + (f.id * 7) % 400 AND b.id = 1 + (f.id * 11 + 1) % 400 AND c.id = 1 + (f.id * 13 + 2) % 400 AND d.id = 1 + (f.id * 17 + 3) % 400 AND e.id = 1 + (f.id * 19 + 4) % 400;
SELECT * FROM pg_temp.failed ORDER BY metric COLLATE "C", object COLLATE "C"; ROLLBACK;

-- relsynth's own
SELECT count(*) FROM relsynth.synthesize('clinic', 'synth', seed => 1);
SELECT table_name, object, metric FROM relsynth.privacy_audit('clinic', 'synth') WHERE NOT passed;

-- Missing tables and columns, no rows, wrong arguments
BEGIN; DROP TABLE fresh.visit; ALTER TABLE fresh.patient DROP COLUMN town, DROP COLUMN born;
SELECT * FROM pg_temp.failed; ROLLBACK;
BEGIN; TRUNCATE fresh.patient, fresh.visit;
SELECT * FROM pg_temp.failed; ROLLBACK;
BEGIN; TRUNCATE clinic.patient, clinic.visit, clinic.ward;
SELECT count(*) AS rows_left FROM relsynth.privacy_audit('clinic', 'fresh') WHERE table_name IS NOT NULL; ROLLBACK;
BEGIN; DELETE FROM clinic.visit WHERE id > 11; DELETE FROM clinic.patient WHERE id > 1;
SELECT * FROM relsynth.privacy_audit('clinic', 'fresh') WHERE NOT passed AND table_name IS NOT NULL; ROLLBACK;
SELECT * FROM relsynth.privacy_audit('clinic', NULL);
SELECT * FROM relsynth.privacy_audit('clinic', 'fresh', 'nowhere');
SELECT * FROM relsynth.privacy_audit('clinic', 'fresh', config => '{"sampel_rows": 1}');
DROP VIEW pg_temp.failed, pg_temp.failed_held;
DROP SCHEMA clinic, fresh, held, synth CASCADE;
DROP EXTENSION relsynth;
