-- Proof from the catalog that schema :target is a whole and valid counterpart of schema :source.
-- psql -v source=public -v target=synth -f proof.sql prints one row per problem, nothing when there is none.
-- Both sides are deparsed with their own schema first in the search_path, so that the same definition gives the same text.
\set QUIET on
SET client_min_messages = error;
SET extra_float_digits = 1;

CREATE OR REPLACE FUNCTION pg_temp.definitions(nsp name) RETURNS TABLE (kind text, object text, definition text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('search_path', quote_ident(nsp) || ', public', true);
  RETURN QUERY
  WITH rel AS (
    SELECT c.* FROM pg_class c
    WHERE c.relnamespace = nsp::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
  SELECT 'table', r.relname::text,
         format('%s %s %s %s', CASE r.relkind WHEN 'f' THEN 'r' ELSE r.relkind END, r.relpersistence,
                pg_get_partkeydef(r.oid), pg_get_expr(r.relpartbound, r.oid))
  FROM rel r WHERE r.relkind IN ('r', 'p', 'f')
  UNION ALL
  SELECT 'inheritance', r.relname::text, i.inhparent::regclass::text || ' ' || i.inhseqno
  FROM rel r JOIN pg_inherits i ON i.inhrelid = r.oid WHERE r.relkind IN ('r', 'p', 'f')
  UNION ALL
  SELECT 'column', r.relname || '.' || a.attname,
         concat_ws(' ', row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod),
                   CASE WHEN a.attnotnull THEN 'not null' END, 'default ' || pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
                   nullif(a.attcollation, t.typcollation)::regcollation::text)
  FROM rel r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
       LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
  WHERE r.relkind IN ('r', 'p', 'f')
  UNION ALL
  SELECT 'constraint', r.relname::text, regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')
  FROM rel r JOIN pg_constraint k ON k.conrelid = r.oid
  WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
    AND NOT EXISTS (SELECT FROM pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid)
  UNION ALL
  SELECT 'index', r.relname::text, regexp_replace(pg_get_indexdef(i.indexrelid), '^(CREATE (?:UNIQUE )?INDEX) .*? ON (ONLY )?.*? USING', '\1 \2USING')
  FROM rel r JOIN pg_index i ON i.indrelid = r.oid
  UNION ALL
  SELECT 'comment', concat_ws('.', r.relname, a.attname), d.description
  FROM rel r JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = r.oid
       LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.objsubid AND d.objsubid > 0
  WHERE r.relkind IN ('r', 'p', 'f', 'S')
  UNION ALL
  SELECT 'comment', r.relname::text, d.description
  FROM rel r JOIN pg_constraint k ON k.conrelid = r.oid JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid
  UNION ALL
  SELECT 'sequence', r.relname::text,
         concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
  FROM rel r JOIN pg_sequence s ON s.seqrelid = r.oid
  UNION ALL
  SELECT 'enum', t.typname::text, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
  FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid WHERE t.typnamespace = nsp::regnamespace GROUP BY t.typname
  UNION ALL
  SELECT 'domain', t.typname::text, concat_ws(' ', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
         (SELECT string_agg(pg_get_constraintdef(k.oid), '; ' ORDER BY pg_get_constraintdef(k.oid)) FROM pg_constraint k WHERE k.contypid = t.oid))
  FROM pg_type t WHERE t.typnamespace = nsp::regnamespace AND t.typtype = 'd'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e');
END $$;

BEGIN;
CREATE TEMP TABLE in_source ON COMMIT DROP AS SELECT * FROM pg_temp.definitions(:'source');
CREATE TEMP TABLE in_target ON COMMIT DROP AS SELECT * FROM pg_temp.definitions(:'target');
RESET search_path;
SELECT 'missing', * FROM (TABLE in_source EXCEPT ALL TABLE in_target) a
UNION ALL
SELECT 'not in the source', * FROM (TABLE in_target EXCEPT ALL TABLE in_source) b
UNION ALL
SELECT 'not valid', 'constraint', conrelid::regclass::text, conname FROM pg_constraint
WHERE connamespace = :'target'::regnamespace AND NOT convalidated
UNION ALL
SELECT 'not valid', 'index', i.indrelid::regclass::text, i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = :'target'::regnamespace AND NOT (i.indisvalid AND i.indisready)
UNION ALL
SELECT 'depends on the source', pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, 0), NULL
FROM pg_depend d JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relnamespace = :'target'::regnamespace
     JOIN pg_class p ON d.refclassid = 'pg_class'::regclass AND p.oid = d.refobjid AND p.relnamespace = :'source'::regnamespace
ORDER BY 1, 2, 3, 4;
COMMIT;
