-- relsynth: synthetic copies of whole relational databases
\echo Use "CREATE EXTENSION relsynth" to load this file. \quit

-- Learns the tables of a schema (or several: 'person,sales') and writes a synthetic copy into the target schema.
-- One target for all sources, or as many as there are sources. mode: create | replace | append.
CREATE FUNCTION @extschema@.synthesize(
    source text, target text, config jsonb DEFAULT '{}', seed bigint DEFAULT NULL,
    scale float8 DEFAULT 1.0, mode text DEFAULT 'create',
    OUT table_name text, OUT source_rows bigint, OUT synthetic_rows bigint, OUT milliseconds float8, OUT notes text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_synthesize'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100 COST 1000000;

CREATE FUNCTION @extschema@.synthesize(
    source text[], target text, config jsonb DEFAULT '{}', seed bigint DEFAULT NULL,
    scale float8 DEFAULT 1.0, mode text DEFAULT 'create',
    OUT table_name text, OUT source_rows bigint, OUT synthetic_rows bigint, OUT milliseconds float8, OUT notes text)
RETURNS SETOF record
LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 100 COST 1000000
BEGIN ATOMIC
    SELECT s.table_name, s.source_rows, s.synthetic_rows, s.milliseconds, s.notes
    FROM @extschema@.synthesize(
        (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n), ',' ORDER BY o)
         FROM pg_catalog.unnest(source) WITH ORDINALITY AS u(n, o)), target, config, seed, scale, mode) AS s;
END;

-- Trained models. Readable and writable as granted on this table, by default by its owner alone; only a model's owner drops or replaces it.
CREATE TABLE @extschema@.model (
    name name PRIMARY KEY,
    owner name NOT NULL DEFAULT current_user,
    created timestamptz NOT NULL DEFAULT pg_catalog.now(),
    version text NOT NULL,
    source text NOT NULL,
    tables int NOT NULL,
    rows bigint NOT NULL,
    data bytea NOT NULL
);
ALTER TABLE @extschema@.model ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON @extschema@.model FOR SELECT USING (true);
CREATE POLICY own_insert ON @extschema@.model FOR INSERT WITH CHECK (owner OPERATOR(pg_catalog.=) current_user);
CREATE POLICY own_update ON @extschema@.model FOR UPDATE USING (EXISTS (
    SELECT FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) owner AND pg_catalog.pg_has_role(r.oid, 'USAGE')));
CREATE POLICY own_delete ON @extschema@.model FOR DELETE USING (EXISTS (
    SELECT FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) owner AND pg_catalog.pg_has_role(r.oid, 'USAGE')));
SELECT pg_catalog.pg_extension_config_dump('@extschema@.model', '');

-- The models: what each was trained on, and how large it is in bytes.
CREATE VIEW @extschema@.models WITH (security_invoker = true) AS
SELECT name, source, tables, rows, pg_catalog.octet_length(data) AS size, created, version, owner FROM @extschema@.model;
GRANT SELECT ON @extschema@.models TO PUBLIC;

-- Learns a schema (or several: 'person,sales') and stores the model under a name.
CREATE FUNCTION @extschema@.train(
    model name, source text, config jsonb DEFAULT '{}', seed bigint DEFAULT NULL, replace boolean DEFAULT false,
    OUT table_name text, OUT source_rows bigint, OUT notes text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_train'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100 COST 1000000;

-- Writes a synthetic copy from a stored model; the source need not exist. config: "rows" and "scale" of tables.
CREATE FUNCTION @extschema@.generate(
    model name, target text, config jsonb DEFAULT '{}', seed bigint DEFAULT NULL,
    scale float8 DEFAULT 1.0, mode text DEFAULT 'create',
    OUT table_name text, OUT source_rows bigint, OUT synthetic_rows bigint, OUT milliseconds float8, OUT notes text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_generate'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100 COST 1000000;

-- Synthetic rows of one table, in FROM: sample('shop', NULL::public.orders, 100). The row type names the table; it may be the source's, a
-- copy's, or of any table with that name and some of its columns. No table is written, and only keys and types are tested.
CREATE FUNCTION @extschema@.sample(model name, row_type anyelement, n bigint DEFAULT 1000, seed bigint DEFAULT NULL)
RETURNS SETOF anyelement
AS 'MODULE_PATHNAME', 'relsynth_sample'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000 COST 100000;

CREATE FUNCTION @extschema@.drop_model(model name)
RETURNS void
AS 'MODULE_PATHNAME', 'relsynth_drop_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

-- A model as one value, to be stored anywhere and imported into any database with relsynth. filters => false leaves out what could answer
-- whether a text was in the source; a made-up text may then be one of the source's by chance, and rows differ where one would have been.
CREATE FUNCTION @extschema@.export_model(model name, filters boolean DEFAULT true)
RETURNS bytea
AS 'MODULE_PATHNAME', 'relsynth_export_model'
LANGUAGE C STABLE PARALLEL UNSAFE;

-- Stores an exported model, under its own name or another one, and returns the name. generate() will run the definitions that it holds with
-- the caller's rights: import only what you would restore as a dump.
CREATE FUNCTION @extschema@.import_model(data bytea, model name DEFAULT NULL, replace boolean DEFAULT false)
RETURNS name
AS 'MODULE_PATHNAME', 'relsynth_import_model'
LANGUAGE C VOLATILE PARALLEL UNSAFE;

-- What synthesize would do, without doing it: order, the role of each table, foreign key and column, problems with hints.
CREATE FUNCTION @extschema@.explain(
    source text, config jsonb DEFAULT '{}',
    OUT "position" int, OUT table_name text, OUT object text, OUT kind text, OUT decision text, OUT reason text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_explain'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 500 COST 100000;

-- The foreign keys of a schema with the part that each plays: driver, further, self, cut, implied.
CREATE FUNCTION @extschema@.relationships(
    source text, config jsonb DEFAULT '{}',
    OUT constraint_name text, OUT child_table text, OUT child_columns text[], OUT parent_table text, OUT parent_columns text[],
    OUT role text, OUT nullable boolean, OUT "deferrable" boolean, OUT declared boolean)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_relationships'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100 COST 10000;

-- The dependency graph as Graphviz text.
CREATE FUNCTION @extschema@.graph_dot(source text, config jsonb DEFAULT '{}')
RETURNS text
AS 'MODULE_PATHNAME', 'relsynth_graph_dot'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;

-- Every constraint of the source with the rows of the target that break it, and what differs in the definitions of the two. All is well
-- where no row has violations other than 0 or a problem. Reads the target with the rights of the caller and changes nothing.
CREATE FUNCTION @extschema@.verify(
    source text, target text,
    OUT table_name text, OUT kind text, OUT name text, OUT violations bigint, OUT problem text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_verify'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 500 COST 100000;

-- How near the target comes to the source. table_name NULL: the whole database; object NULL: the whole table; else a column, a pair of
-- columns, a foreign key or a chain of them. floor: what real rows score in the target's place, those of the holdout, or else one half of the
-- source against the other.
CREATE FUNCTION @extschema@.evaluate(
    source text, target text, holdout text DEFAULT NULL, config jsonb DEFAULT '{}',
    OUT table_name text, OUT object text, OUT metric text, OUT value float8, OUT floor float8, OUT detail text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_evaluate'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 500 COST 1000000;

-- One self-contained HTML page on the target: valid, faithful, private, with charts of every table. Shows no row of the source, and no value of
-- it that fewer than relsynth.min_count entities share unless include_source_rows says so.
CREATE FUNCTION @extschema@.report(
    source text, target text, holdout text DEFAULT NULL, config jsonb DEFAULT '{}', include_source_rows boolean DEFAULT false)
RETURNS text
AS 'MODULE_PATHNAME', 'relsynth_report'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000;

-- For pipelines: an error (22000) that names every metric of evaluate, or the violations of verify, that is not as good as asked for:
-- '{"overall": 0.85, "c2st": 0.6, "shapes": "floor - 0.03", "violations": 0}'. c2st and violations: at most; all others: at least.
CREATE FUNCTION @extschema@.check(
    source text, target text, thresholds jsonb, holdout text DEFAULT NULL, config jsonb DEFAULT '{}',
    OUT metric text, OUT value float8, OUT threshold float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_check'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 20 COST 1000000;

-- Each query, a single SELECT, run on both sides: with the source's schemas as search_path, then the target's. A row per column of its result,
-- or for its number of rows. Only reads, with the rights of the caller; a query that fails says so in its detail. NULL: a workload made from
-- the source's schema.
CREATE FUNCTION @extschema@.compare_queries(
    queries text[], source text, target text,
    OUT query text, OUT value text, OUT source_result text, OUT target_result text, OUT relative_error float8, OUT detail text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_compare_queries'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100 COST 1000000;

-- The plans that the server makes for each query on both sides: whether they have the same shape, the rows it expects, the target's cost by the
-- source's. Queries as in compare_queries; none is run.
CREATE FUNCTION @extschema@.compare_plans(
    queries text[], source text, target text,
    OUT query text, OUT same_plan boolean, OUT source_rows float8, OUT target_rows float8, OUT cost_ratio float8, OUT detail text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_compare_plans'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 60 COST 100000;

-- What the target gives away of the source: copies and near copies of rows, texts, categories and extremes that few entities carry, singling
-- out, membership. table_name NULL: how many of a metric's rows failed; metric private: of all. reference: what real rows show in the target's
-- place, those of the holdout (rows that the target was not made from), or else one half of the source. passed NULL: not judged.
CREATE FUNCTION @extschema@.privacy_audit(
    source text, target text, holdout text DEFAULT NULL, config jsonb DEFAULT '{}',
    OUT table_name text, OUT object text, OUT metric text, OUT value float8, OUT reference float8, OUT passed boolean, OUT detail text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'relsynth_privacy_audit'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 500 COST 1000000;
