-- Row counts of :target against :source times :scale. One row per table that is off: roots must be exact, children within 2 % (or 2 rows),
-- kept tables (:'kept', comma separated) equal to the source. A table that has rows keeps one at least. A link table whose primary key is
-- foreign keys alone holds at most as many rows as its parents have combinations.
\set QUIET on
SET client_min_messages = error;
CREATE OR REPLACE FUNCTION pg_temp.count_of(nsp text, rel text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s%I.%I', CASE WHEN EXISTS (SELECT FROM pg_class WHERE relnamespace = nsp::regnamespace AND relname = rel
    AND relkind = 'p') THEN '' ELSE 'ONLY ' END, nsp, rel) INTO n;
  RETURN n;
END $$;
CREATE OR REPLACE FUNCTION pg_temp.combinations(nsp text, rel oid) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE n numeric := 1; fk record; covered int2[] := '{}'; pk int2[];
BEGIN
  SELECT conkey INTO pk FROM pg_constraint WHERE conrelid = rel AND contype = 'p';
  FOR fk IN SELECT k.conkey, c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid WHERE conrelid = rel AND contype = 'f' AND k.conkey <@ pk LOOP
    n := n * pg_temp.count_of(nsp, fk.relname);
    covered := covered || fk.conkey;
  END LOOP;
  RETURN CASE WHEN pk <@ covered THEN n END;
END $$;
WITH t AS (
  SELECT c.relname::text AS name, pg_temp.combinations(:'target', c.oid) AS most,
         NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid) AS root,
         c.relname = ANY (string_to_array(:'kept', ',')) AS kept
  FROM pg_class c WHERE c.relnamespace = :'source'::regnamespace AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
), n AS (SELECT t.*, pg_temp.count_of(:'source', name) AS wanted, pg_temp.count_of(:'target', name) AS got FROM t)
SELECT name, wanted, got FROM n
WHERE CASE WHEN kept THEN got <> wanted
           WHEN root THEN got <> greatest(round(wanted * :scale), least(wanted, 1))
           ELSE abs(got - least(most, wanted * :scale)) > greatest(2, 0.02 * wanted * :scale) END
ORDER BY name;
