-- A schema of everything that a target takes over, with a few rows in each table. Loads into schema public of an empty database; needs
-- PostgreSQL 15 and citext, btree_gist, hstore from contrib.
SET client_min_messages = warning;
SET search_path = public;
CREATE EXTENSION citext;
CREATE EXTENSION btree_gist;
CREATE EXTENSION hstore;

-- Types: chains, cycles through functions, names that need quotes
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy', 'Ünïcode "x"');
CREATE TYPE "Mixed Case" AS ENUM ('A', 'b', '');
COMMENT ON TYPE mood IS 'how it''s going \ today';
CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
COMMENT ON COLLATION ci IS 'upper and lower case alike';
CREATE DOMAIN positive AS integer CONSTRAINT positive_check CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive DEFAULT 5 NOT NULL CONSTRAINT small CHECK (VALUE < 1000) CONSTRAINT odd CHECK (VALUE % 2 = 1 OR VALUE > 1);
COMMENT ON DOMAIN small_positive IS 'a chain of domains';
COMMENT ON CONSTRAINT small ON DOMAIN small_positive IS 'not too large';
CREATE DOMAIN "Ångström" AS numeric(10, 3);
CREATE DOMAIN happy_mood AS mood DEFAULT 'happy' CHECK (VALUE <> 'sad'::mood);
CREATE DOMAIN german_text AS text COLLATE german;
CREATE DOMAIN tags AS text[] CHECK (array_length(VALUE, 1) < 10);
CREATE DOMAIN late AS integer;
ALTER DOMAIN late ADD CONSTRAINT late_check CHECK (VALUE < 100) NOT VALID;
CREATE TYPE address AS (street text COLLATE german, "House No" small_positive, city varchar(40));
CREATE TYPE person_name AS (given text, family text, home address);
COMMENT ON COLUMN person_name.given IS 'first name';
CREATE TYPE empty_composite AS ();
CREATE FUNCTION float_diff(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT a - b';
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float_diff, multirange_type_name = float_ranges);
CREATE TYPE text_range AS RANGE (subtype = text, collation = german);
COMMENT ON TYPE float_range IS 'between floats';
CREATE DOMAIN short_range AS float_range CHECK (NOT isempty(VALUE));

-- Functions that definitions need, and what those name
CREATE TABLE settings (key text PRIMARY KEY, value integer NOT NULL);
INSERT INTO settings VALUES ('limit', 100), ('floor', 0);
CREATE FUNCTION inner_helper(x integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $f$
DECLARE
  y public.positive := 1;  -- 'public.settings' in a comment
BEGIN
  RETURN x + y - 1;
END $f$;
CREATE FUNCTION outer_helper(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT public.inner_helper(x) * 2 $$;
CREATE FUNCTION atomic_helper(x integer, m mood DEFAULT 'happy') RETURNS integer LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT outer_helper(x) + CASE WHEN m = 'happy'::mood THEN 1 ELSE 0 END;
END;
COMMENT ON FUNCTION atomic_helper(integer, mood) IS 'with a body that the server parsed';
CREATE FUNCTION setting(k text) RETURNS integer LANGUAGE sql STABLE SET search_path = public, pg_temp
  AS $$ SELECT value FROM settings WHERE key = k $$;
CREATE FUNCTION bare_names(k text) RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE r settings%ROWTYPE;
BEGIN
  SELECT * INTO r FROM settings WHERE key = k;
  RETURN r.value;
END $$;
CREATE FUNCTION row_ok(s settings) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT s.value >= 0 $$;
CREATE FUNCTION dynamic(t text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE n bigint;
BEGIN
  EXECUTE 'SELECT count(*) FROM public.settings' INTO n;
  RETURN n + length(t);
END $$;
CREATE FUNCTION unused_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER settings_trigger BEFORE INSERT ON settings FOR EACH ROW EXECUTE FUNCTION unused_trigger();
CREATE DOMAIN checked AS integer CHECK (outer_helper(VALUE) < 1000000);
CREATE TEXT SEARCH DICTIONARY plain_dictionary (TEMPLATE = pg_catalog.simple, STOPWORDS = 'english', ACCEPT = true);
CREATE TEXT SEARCH CONFIGURATION notes_search (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION notes_search ALTER MAPPING FOR asciiword WITH plain_dictionary, english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION notes_search IS 'for notes';

-- Sequences of every kind
CREATE SEQUENCE free_standing AS smallint START 10 INCREMENT 5 MINVALUE 5 MAXVALUE 500 CACHE 3 CYCLE;
CREATE SEQUENCE falling START -1 INCREMENT -1 MINVALUE -1000 MAXVALUE -1;
CREATE SEQUENCE shared_sequence;
CREATE SEQUENCE "Quoted Seq" INCREMENT 10;
CREATE UNLOGGED SEQUENCE unlogged_sequence;
COMMENT ON SEQUENCE shared_sequence IS 'used by two tables';

CREATE TABLE sequences (
  id serial PRIMARY KEY,
  small smallserial,
  big bigserial UNIQUE,
  down integer DEFAULT nextval('falling'),
  shared integer NOT NULL DEFAULT nextval('shared_sequence'::regclass),
  quoted bigint DEFAULT nextval('"Quoted Seq"'),
  late text DEFAULT nextval('shared_sequence'::text),
  code text DEFAULT 'C' || nextval('unlogged_sequence'),
  num numeric DEFAULT nextval('shared_sequence'),
  dom positive DEFAULT nextval('shared_sequence')
);
ALTER SEQUENCE sequences_id_seq RENAME TO renamed_id_seq;
INSERT INTO sequences (id) VALUES (DEFAULT), (DEFAULT), (77);
CREATE TABLE identities (
  a integer GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 7 MAXVALUE 100000 CYCLE),
  b bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME "Own Name" INCREMENT BY -1),
  c text,
  UNIQUE (a)
);
INSERT INTO identities (c) VALUES ('x'), ('y');
COMMENT ON SEQUENCE "Own Name" IS 'of an identity column';

-- One table with every sort of column
CREATE TABLE "Every Thing" (
  "Id" integer GENERATED BY DEFAULT AS IDENTITY,
  dropped_one text,
  "select" mood DEFAULT 'happy' NOT NULL,
  moods mood[] DEFAULT ARRAY['sad', 'happy']::mood[],
  mixed "Mixed Case" DEFAULT 'A',
  size small_positive,
  checked checked DEFAULT 7,
  length_in "Ångström",
  cheer happy_mood,
  labels tags,
  name person_name DEFAULT ROW('a', 'b', ROW('street', 3, 'city')),
  span float_range DEFAULT '[0,1)',
  spans float_ranges,
  letters text_range,
  short short_range,
  german text COLLATE german,
  insensitive text COLLATE ci,
  german_domain german_text,
  email citext DEFAULT 'a@b.c',
  properties hstore,
  document jsonb DEFAULT '{"public.settings": 1}',
  created timestamptz DEFAULT now(),
  today date DEFAULT CURRENT_DATE,
  price numeric(12, 2) DEFAULT 0.00 CHECK (price >= 0),
  quantity integer DEFAULT inner_helper(3),
  total numeric GENERATED ALWAYS AS (price * quantity) STORED,
  doubled integer GENERATED ALWAYS AS (atomic_helper(quantity)) STORED,
  dropped_two integer,
  fixed char(5),
  bits bit(3) DEFAULT B'101',
  big text,
  compressed text COMPRESSION pglz,
  search tsvector GENERATED ALWAYS AS (to_tsvector('public.notes_search'::regconfig, coalesce(big, ''))) STORED,
  which regclass DEFAULT 'settings',
  CONSTRAINT "Named Check" CHECK (length(fixed) <= 5 AND "select" <> 'sad'),
  CONSTRAINT no_inheritance CHECK (quantity < 1000) NO INHERIT,
  CONSTRAINT helper_check CHECK (atomic_helper(quantity, 'sad') < 100000),
  CONSTRAINT table_check CHECK (quantity <= setting('limit')),
  CONSTRAINT bare_check CHECK (quantity >= bare_names('floor')),
  CONSTRAINT dynamic_check CHECK (dynamic(fixed) > 0),
  PRIMARY KEY ("Id") WITH (fillfactor = 90)
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE "Every Thing" DROP dropped_one, DROP dropped_two, ALTER big SET STORAGE EXTERNAL, ALTER big SET STATISTICS 300, ALTER "select" SET (n_distinct = 4);
ALTER TABLE "Every Thing" ADD CONSTRAINT not_validated CHECK (quantity > -1) NOT VALID;
COMMENT ON TABLE "Every Thing" IS 'everything; "quoted" and ''quoted'' \n';
COMMENT ON COLUMN "Every Thing"."select" IS 'a key word';
COMMENT ON CONSTRAINT "Named Check" ON "Every Thing" IS 'a named check';
COMMENT ON CONSTRAINT "Every Thing_pkey" ON "Every Thing" IS 'the key';
CREATE INDEX "Every Expression" ON "Every Thing" (lower(german), (quantity + 1) DESC NULLS LAST, "select") WITH (fillfactor = 60) WHERE price > 0;
ALTER INDEX "Every Expression" ALTER COLUMN 2 SET STATISTICS 500;
CREATE INDEX every_function ON "Every Thing" (outer_helper(quantity)) WHERE "select" = 'happy'::mood;
CREATE INDEX every_collation ON "Every Thing" (german COLLATE "C" text_pattern_ops, insensitive);
CREATE INDEX every_gin ON "Every Thing" USING gin (document jsonb_path_ops, moods) WITH (fastupdate = off);
CREATE INDEX every_gist ON "Every Thing" USING gist (span, quantity);
CREATE INDEX every_hash ON "Every Thing" USING hash (email);
CREATE INDEX every_brin ON "Every Thing" USING brin (created) WITH (pages_per_range = 16);
CREATE INDEX every_hstore ON "Every Thing" USING gist (properties gist_hstore_ops (siglen = 32));
CREATE UNIQUE INDEX every_unique_expression ON "Every Thing" (lower(email::text), "select") INCLUDE (price) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX every_partial ON "Every Thing" (quantity, "Id") WHERE price IS NOT NULL;
COMMENT ON INDEX every_partial IS 'only some';
ALTER TABLE "Every Thing" CLUSTER ON every_gist;
CREATE STATISTICS every_statistics (ndistinct, dependencies, mcv) ON quantity, price, "select" FROM "Every Thing";
CREATE STATISTICS every_expression ON lower(german), (quantity * 2) FROM "Every Thing";
ALTER STATISTICS every_statistics SET STATISTICS 200;
COMMENT ON STATISTICS every_statistics IS 'correlated';
INSERT INTO "Every Thing" (size, email, fixed, german, price, quantity, properties, name, which) VALUES
  (3, 'A@b.c', 'abc', 'Ä', 10, 2, 'a=>1', ROW('x', 'y', ROW('s', 5, 'c')), NULL), (5, 'b@b.c', 'd', 'ö', 1.5, 3, NULL, NULL, NULL),
  (7, 'c@b.c', 'e', NULL, 0, 4, '', NULL, 'pg_class');

-- Keys and foreign keys with every option
CREATE TABLE parents (
  a integer, b integer, c text NOT NULL, d integer,
  PRIMARY KEY (b, a),
  CONSTRAINT parents_c_key UNIQUE (c) INCLUDE (d),
  CONSTRAINT parents_d UNIQUE NULLS NOT DISTINCT (d) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT parents_immediate UNIQUE (a, b, c) DEFERRABLE
);
INSERT INTO parents VALUES (1, 10, 'p1', 1), (2, 20, 'p2', 2), (3, 30, 'p3', NULL);
CREATE TABLE children (
  id integer PRIMARY KEY,
  a integer, b integer, c text DEFAULT 'p1', e integer, self integer,
  other integer,
  CONSTRAINT full_match FOREIGN KEY (b, a) REFERENCES parents MATCH FULL ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT set_columns FOREIGN KEY (e, self) REFERENCES parents (b, a) ON DELETE SET NULL (self),
  CONSTRAINT to_unique FOREIGN KEY (c) REFERENCES parents (c) ON DELETE SET DEFAULT ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT deferrable_immediate FOREIGN KEY (c) REFERENCES parents (c) ON DELETE RESTRICT DEFERRABLE,
  CONSTRAINT "Self" FOREIGN KEY (other) REFERENCES children (id)
);
ALTER TABLE children ADD CONSTRAINT not_valid FOREIGN KEY (c) REFERENCES parents (c) ON DELETE SET NULL (c) NOT VALID;
COMMENT ON CONSTRAINT to_unique ON children IS 'a key to a unique constraint';
INSERT INTO children VALUES (1, 1, 10, 'p1', NULL, NULL, NULL), (2, NULL, NULL, 'p2', 20, 2, 1), (3, 2, 20, NULL, NULL, 3, 3);
CREATE TABLE cycle_a (id integer PRIMARY KEY, b integer NOT NULL);
CREATE TABLE cycle_b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES cycle_a);
ALTER TABLE cycle_a ADD FOREIGN KEY (b) REFERENCES cycle_b DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO cycle_a VALUES (1, 1), (2, 1);
INSERT INTO cycle_b VALUES (1, 2);
COMMIT;
CREATE TABLE bookings (
  room integer, during tsrange, kind text,
  CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (kind <> 'x') DEFERRABLE INITIALLY DEFERRED,
  EXCLUDE USING hash (kind WITH =)
);
ALTER TABLE bookings REPLICA IDENTITY FULL;
INSERT INTO bookings VALUES (1, '[2020-01-01,2020-01-02)', 'a'), (1, '[2020-01-02,2020-01-03)', 'b');
CREATE TABLE replica (id integer NOT NULL, v text);
CREATE UNIQUE INDEX replica_key ON replica (id);
ALTER TABLE replica REPLICA IDENTITY USING INDEX replica_key;
ALTER TABLE settings REPLICA IDENTITY NOTHING;

-- Odd tables
CREATE UNLOGGED TABLE unlogged (id serial PRIMARY KEY, v text);
INSERT INTO unlogged (v) VALUES ('a');
CREATE TABLE no_columns ();
CREATE TABLE only_dropped (x integer);
ALTER TABLE only_dropped DROP x;
CREATE TABLE typed OF address (city WITH OPTIONS DEFAULT 'Bonn', street WITH OPTIONS NOT NULL PRIMARY KEY, CHECK (city <> ''));
INSERT INTO typed (street, "House No") VALUES ('a', 3);
CREATE TABLE of_rows (s settings, ss settings[], CHECK (row_ok(s) AND (s).value > -5));
INSERT INTO of_rows VALUES (ROW('x', 1), ARRAY[ROW('y', 2)::settings]);
CREATE TABLE "public.settings" ("public.settings" integer DEFAULT 1, "a""b" text DEFAULT '"public.settings"');
INSERT INTO "public.settings" VALUES (1, 'x');
CREATE TABLE "ein sehr langer Name für eine Tabelle, der genau bis ans Ende r" (id serial PRIMARY KEY, "noch ein sehr langer Name für eine Spalte, der bis ans Ende r" integer UNIQUE);
CREATE VIEW a_view AS SELECT * FROM settings;
CREATE MATERIALIZED VIEW a_matview AS SELECT * FROM settings;
CREATE RULE a_rule AS ON DELETE TO replica DO INSTEAD NOTHING;
ALTER TABLE bookings ENABLE ROW LEVEL SECURITY;
CREATE POLICY a_policy ON bookings USING (true);

-- Inheritance: several parents, overridden defaults, other column orders
CREATE TABLE base_one (id integer NOT NULL, kind text DEFAULT 'one', note text, CONSTRAINT base_check CHECK (id > 0), CONSTRAINT own_only CHECK (id < 1000) NO INHERIT);
CREATE TABLE base_two (id integer, extra date, kind text);
CREATE TABLE derived (own integer PRIMARY KEY, kind text DEFAULT 'derived') INHERITS (base_one, base_two);
ALTER TABLE derived ALTER note SET DEFAULT 'n', ALTER note SET STORAGE EXTERNAL, ALTER extra SET NOT NULL;
CREATE TABLE derived_twice (more text) INHERITS (derived);
ALTER TABLE derived_twice ALTER note DROP DEFAULT;
CREATE TABLE late_child (note text, id integer NOT NULL, kind text, own boolean, CONSTRAINT base_check CHECK (id > 0));
ALTER TABLE late_child INHERIT base_one;
CREATE TABLE merged_check (id integer, CONSTRAINT base_check CHECK (id > 0)) INHERITS (base_one);
INSERT INTO base_one VALUES (1, 'a', 'b');
INSERT INTO derived (id, own, extra) VALUES (2, 1, '2020-01-01');
INSERT INTO derived_twice (id, own, extra, more) VALUES (3, 2, '2020-01-01', 'm');
INSERT INTO late_child VALUES ('n', 4, 'k', true);

-- Partitions: list, range, hash, default, several levels, other column order, keys on partitions only
CREATE TABLE events (id bigserial, at timestamp NOT NULL, kind mood NOT NULL DEFAULT 'sad', gone integer, payload text, CHECK (id > 0), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
ALTER TABLE events DROP gone;
CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') WITH (fillfactor = 50);
CREATE TABLE events_2021 (payload text DEFAULT 'own', kind mood NOT NULL, id bigint NOT NULL, at timestamp NOT NULL, CONSTRAINT only_here CHECK (payload <> ''), CONSTRAINT events_id_check CHECK (id > 0));
ALTER TABLE events ATTACH PARTITION events_2021 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE events_2022 PARTITION OF events FOR VALUES FROM ('2022-01-01') TO (MAXVALUE) PARTITION BY RANGE (id);
CREATE TABLE events_2022_low PARTITION OF events_2022 FOR VALUES FROM (MINVALUE) TO (5) PARTITION BY HASH (id);
CREATE TABLE events_2022_low_0 PARTITION OF events_2022_low FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_2022_low_1 PARTITION OF events_2022_low FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_2022_rest PARTITION OF events_2022 DEFAULT;
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE INDEX events_kind ON events (kind, lower(payload));
CREATE INDEX only_2020 ON events_2020 (payload);
CREATE UNIQUE INDEX only_2020_unique ON events_2020 (id);
CREATE UNIQUE INDEX events_unique ON events (at, kind, id) INCLUDE (payload);
ALTER INDEX events_2020_pkey RENAME TO "renamed partition key";
COMMENT ON TABLE events_2021 IS 'a partition';
COMMENT ON COLUMN events_2021.payload IS 'of a partition';
COMMENT ON INDEX events_kind IS 'a partitioned index';
ALTER TABLE events ADD COLUMN parent text;
ALTER TABLE events ADD CONSTRAINT events_parent FOREIGN KEY (parent) REFERENCES parents (c) ON DELETE SET NULL;
ALTER TABLE events_2021 ADD CONSTRAINT only_2021 FOREIGN KEY (parent) REFERENCES parents (c);
COMMENT ON CONSTRAINT events_parent ON events_2020 IS 'a key that came with the parent''s';
CREATE TABLE event_notes (event bigint, at timestamp, note text, FOREIGN KEY (event, at) REFERENCES events ON DELETE CASCADE);
INSERT INTO events (at, kind, payload, parent) VALUES ('2019-05-05', 'sad', 'x', 'p1'), ('2020-05-05', 'happy', 'x', 'p1'), ('2021-05-05', 'happy', 'y', NULL), ('2022-05-05', 'sad', 'z', 'p2'), ('2023-05-05', 'sad', 'z', 'p2'), ('2024-05-05', 'happy', 'z', 'p3');
INSERT INTO event_notes SELECT id, at, 'n' FROM events;
CREATE TABLE by_expression (a text COLLATE ci, b integer, c positive) PARTITION BY RANGE (lower(a) COLLATE "C" text_pattern_ops, (outer_helper(b)));
CREATE TABLE by_expression_1 PARTITION OF by_expression FOR VALUES FROM ('a', MINVALUE) TO ('m', 10);
CREATE TABLE by_expression_2 PARTITION OF by_expression DEFAULT;
INSERT INTO by_expression VALUES ('b', 3, 1), ('z', 1, 1);
CREATE TABLE by_mood (m mood, v text) PARTITION BY LIST (m);
CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES IN ('sad', NULL);
CREATE TABLE by_mood_2 PARTITION OF by_mood FOR VALUES IN ('happy', 'it''s ok');
INSERT INTO by_mood VALUES ('sad', 'a'), (NULL, 'b'), ('happy', 'c');
CREATE TABLE without_partitions (id integer PRIMARY KEY, m mood DEFAULT 'happy', UNIQUE (id, m)) PARTITION BY LIST (id);
CREATE INDEX ON without_partitions (m);
CREATE TABLE fk_names (id integer PRIMARY KEY, p text) PARTITION BY LIST (id);
CREATE TABLE fk_names_1 (id integer NOT NULL, p text, CONSTRAINT fk_own_name FOREIGN KEY (p) REFERENCES parents (c));
ALTER TABLE fk_names ADD CONSTRAINT fk_parent_name FOREIGN KEY (p) REFERENCES parents (c);
ALTER TABLE fk_names ATTACH PARTITION fk_names_1 FOR VALUES IN (1, 2, 3);
COMMENT ON CONSTRAINT fk_own_name ON fk_names_1 IS 'attached under its own name';
INSERT INTO fk_names VALUES (1, 'p1');
SELECT setval('events_id_seq', 1000);
