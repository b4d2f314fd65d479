-- relsynth.verify(): constraints of the source counted in the target, differences of definitions; planted faults are found, each by name.
SET client_min_messages = warning;
CREATE EXTENSION relsynth;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive NOT NULL CHECK (VALUE < 1000);
CREATE FUNCTION is_even(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n % 2 = 0';
CREATE TABLE "Customer" (id int PRIMARY KEY, "E-mail" text NOT NULL, tag text, m mood, parent int REFERENCES "Customer",
  CONSTRAINT tag_known CHECK (tag IN ('a', 'b')));
CREATE UNIQUE INDEX email_lower ON "Customer" (lower("E-mail"));
CREATE UNIQUE INDEX one_a ON "Customer" (parent) WHERE tag = 'a';
COMMENT ON TABLE "Customer" IS 'who buys';
CREATE TABLE orders (a int, b int, customer int NOT NULL REFERENCES "Customer", amount small_positive, lines int DEFAULT 2,
  code text, x int, y int, PRIMARY KEY (a, b), CONSTRAINT lines_even CHECK (is_even(lines)), CONSTRAINT code_once UNIQUE NULLS NOT DISTINCT (code, x));
CREATE TABLE notes (id int PRIMARY KEY, a int, b int, day daterange, room int,
  CONSTRAINT order_full FOREIGN KEY (a, b) REFERENCES orders MATCH FULL,
  CONSTRAINT no_clash EXCLUDE USING gist (room WITH =, day WITH &&));
CREATE INDEX notes_day ON notes (day);
CREATE TABLE events (id int, at date NOT NULL, n int CHECK (n >= 0)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE animal (id int PRIMARY KEY);
CREATE TABLE dog (PRIMARY KEY (id)) INHERITS (animal);
INSERT INTO "Customer" SELECT i, 'Mail' || i, CASE WHEN i % 3 = 0 THEN 'b' END, 'sad', NULLIF(i / 2, 0) FROM generate_series(1, 20) i;
INSERT INTO orders SELECT i, i % 3, 1 + i % 20, i, 2 * i, 'c' || i, i FROM generate_series(1, 60) i;
INSERT INTO notes SELECT i, NULLIF(i, 5), CASE WHEN i <> 5 THEN i % 3 END, daterange('2024-01-01'::date + i, '2024-01-02'::date + i), i % 4 FROM generate_series(1, 30) i;
INSERT INTO events SELECT i, '2024-01-01'::date + i, i FROM generate_series(0, 300) i;
INSERT INTO animal VALUES (1); INSERT INTO dog VALUES (1);
RESET search_path;

-- a whole copy passes
SELECT count(*) > 0 FROM relsynth.synthesize('shop', 'synth', seed => 1);
SELECT count(*) AS rows, count(DISTINCT kind) AS kinds, count(*) FILTER (WHERE violations <> 0 OR violations IS NULL OR problem IS NOT NULL) AS bad FROM relsynth.verify('shop', 'synth');
SELECT kind, count(*) FROM relsynth.verify('shop', 'synth') GROUP BY kind ORDER BY kind COLLATE "C";

-- broken rows: constraints dropped, one fault of each kind
CREATE TABLE synth.no_longer (x int);
ALTER TABLE synth.notes DROP CONSTRAINT order_full, DROP CONSTRAINT no_clash, DROP CONSTRAINT notes_pkey;
ALTER TABLE synth.orders DROP CONSTRAINT lines_even, DROP CONSTRAINT code_once, DROP CONSTRAINT orders_pkey, DROP CONSTRAINT orders_customer_fkey, ALTER amount TYPE int, ALTER customer DROP NOT NULL, ALTER lines DROP DEFAULT;
ALTER TABLE synth."Customer" DROP CONSTRAINT tag_known, DROP CONSTRAINT "Customer_parent_fkey";
DROP INDEX synth.email_lower, synth.one_a, synth.notes_day;
COMMENT ON TABLE synth."Customer" IS NULL;
TRUNCATE synth.notes, synth.orders, synth."Customer", synth.events;
INSERT INTO synth."Customer" VALUES (1, 'A', 'a', NULL, 7), (2, 'a', 'zz', NULL, 1), (3, 'c', 'a', NULL, 7);
INSERT INTO synth.orders VALUES (1, 1, 1, -5, 3, NULL, NULL), (1, 1, NULL, 2000, 2, NULL, NULL), (2, 1, 99, NULL, 2, 'x', 1);
INSERT INTO synth.notes VALUES (1, 1, NULL, '[2024-01-01,2024-01-05)', 1), (1, 8, 8, '[2024-01-04,2024-01-06)', 1), (2, NULL, NULL, '[2024-01-04,2024-01-06)', 2);
SELECT * FROM relsynth.verify('shop', 'synth') WHERE violations > 0 OR problem IS NOT NULL ORDER BY table_name COLLATE "C", kind COLLATE "C", name COLLATE "C";
ALTER TABLE synth.notes ADD CONSTRAINT order_full FOREIGN KEY (a) REFERENCES synth."Customer" NOT VALID;
ALTER TABLE synth."Customer" ADD CONSTRAINT other_name FOREIGN KEY (parent) REFERENCES synth."Customer" NOT VALID;
SELECT * FROM relsynth.verify('shop', 'synth') WHERE kind = 'foreign key' AND problem IS NOT NULL ORDER BY table_name COLLATE "C", name COLLATE "C";

-- a table that lacks columns, a partition, a whole table
DROP TABLE synth.events_2, synth.animal CASCADE;
ALTER TABLE synth.events DROP n;
SELECT * FROM relsynth.verify('shop', 'synth') WHERE table_name IN ('events', 'events_1', 'events_2', 'animal', 'dog') AND (violations <> 0 OR problem IS NOT NULL) ORDER BY table_name COLLATE "C", kind COLLATE "C", name COLLATE "C";

-- several schemas, and bad arguments
CREATE SCHEMA other; CREATE TABLE other.t (id int PRIMARY KEY, c int REFERENCES shop."Customer"); INSERT INTO other.t VALUES (1, 1), (2, 2);
DROP SCHEMA synth CASCADE;
SELECT count(*) > 0 FROM relsynth.synthesize('shop,other', 'shop2,other2', seed => 1);
SELECT count(*) = (SELECT count(*) + 3 FROM relsynth.verify('shop', 'shop2')), count(*) FILTER (WHERE violations <> 0 OR violations IS NULL OR problem IS NOT NULL) FROM relsynth.verify('shop,other', 'shop2,other2');
DELETE FROM other2.t; INSERT INTO other2.t SELECT 1, min(id) FROM shop2."Customer";
ALTER TABLE other2.t DROP CONSTRAINT t_c_fkey; UPDATE other2.t SET c = -1;
SELECT * FROM relsynth.verify('shop,other', 'shop2,other2') WHERE violations <> 0 OR problem IS NOT NULL;
SELECT * FROM relsynth.verify('shop', 'nowhere');
SELECT * FROM relsynth.verify('shop,other', 'a,b,c');
SELECT * FROM relsynth.verify(NULL, 'synth');
CREATE ROLE relsynth_reader; GRANT USAGE ON SCHEMA relsynth, shop, shop2 TO relsynth_reader; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO relsynth_reader;
SET ROLE relsynth_reader;
\set VERBOSITY terse
SELECT * FROM relsynth.verify('shop', 'shop2');
RESET ROLE;
DROP OWNED BY relsynth_reader; DROP ROLE relsynth_reader;
DROP SCHEMA shop, shop2, other, other2 CASCADE;
DROP EXTENSION relsynth;
