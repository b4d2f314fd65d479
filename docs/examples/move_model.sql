-- The model goes where the data may not: learn in one database, write in another one that has never seen a row of the source.
--   psql -v ON_ERROR_STOP=1 -v other=testdb -f move_model.sql mydb
CREATE EXTENSION IF NOT EXISTS relsynth;
SELECT count(*) AS tables FROM relsynth.train('shop', 'public', seed => 7, replace => true);

-- filters => false: nobody can ask the model whether a certain text was in the source. To keep it in a file instead:
--   psql -Atc "SELECT encode(relsynth.export_model('shop', filters => false), 'base64')" mydb > shop.model
SELECT encode(relsynth.export_model('shop', filters => false), 'base64') AS model \gset

\connect :other
CREATE EXTENSION IF NOT EXISTS relsynth;
SELECT relsynth.import_model(decode(:'model', 'base64'), 'shop', replace => true);

-- The whole schema comes out of the model: types, tables, keys, indexes, comments, and rows.
SELECT table_name, synthetic_rows FROM relsynth.generate('shop', 'public', seed => 7);
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS all_valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace;
