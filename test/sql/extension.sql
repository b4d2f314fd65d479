-- The extension as a whole: it loads, shows these functions and no others, and leaves nothing behind.
LOAD 'relsynth';
CREATE EXTENSION relsynth;

SELECT extname, nspname, extrelocatable FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'relsynth';

SELECT p.proname AS function, pg_get_function_identity_arguments(p.oid) AS arguments
FROM pg_proc p WHERE p.pronamespace = 'relsynth'::regnamespace
ORDER BY p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C";

DROP EXTENSION relsynth;
SELECT count(*) AS left_behind FROM pg_proc WHERE pronamespace = to_regnamespace('relsynth');
