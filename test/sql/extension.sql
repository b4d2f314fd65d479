-- The extension as a whole: it loads, shows these functions and no others, and leaves nothing behind.
LOAD 'relsynth';
CREATE EXTENSION relsynth;

SELECT extname, nspname, extrelocatable FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'relsynth';

SELECT p.oid::regprocedure AS function FROM pg_proc p WHERE p.pronamespace = 'relsynth'::regnamespace
ORDER BY p.oid::regprocedure::text COLLATE "C";

SELECT name FROM pg_settings WHERE name LIKE 'relsynth.%' ORDER BY name COLLATE "C";

DROP EXTENSION relsynth;
SELECT count(*) AS left_behind FROM pg_proc WHERE pronamespace = to_regnamespace('relsynth');
