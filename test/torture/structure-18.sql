-- What PostgreSQL 18 has besides structure.sql and structure-17.sql. Needs btree_gist.
SET client_min_messages = warning;
SET search_path = public;
CREATE TABLE virtual (
  a integer CONSTRAINT a_is_there NOT NULL,
  b integer,
  c integer GENERATED ALWAYS AS (a * 2) VIRTUAL,
  d integer GENERATED ALWAYS AS (a + b) STORED,
  CONSTRAINT not_enforced CHECK (b > 100) NOT ENFORCED,
  CONSTRAINT b_is_there NOT NULL b NO INHERIT
);
COMMENT ON CONSTRAINT a_is_there ON virtual IS 'not null with a name';
INSERT INTO virtual VALUES (1, 2), (2, 3);
CREATE TABLE late_not_null (x integer, y integer);
INSERT INTO late_not_null VALUES (1, 2);
ALTER TABLE late_not_null ADD CONSTRAINT x_not_valid NOT NULL x NOT VALID;
CREATE TABLE temporal (id integer, during daterange, CONSTRAINT temporal_key PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE temporal_child (t integer, during daterange, n integer UNIQUE, FOREIGN KEY (t, PERIOD during) REFERENCES temporal (id, PERIOD during));
CREATE TABLE not_enforced_child (n integer, CONSTRAINT loose FOREIGN KEY (n) REFERENCES temporal_child (n) NOT ENFORCED);
INSERT INTO temporal VALUES (1, '[2020-01-01,2021-01-01)'), (1, '[2021-01-01,2022-01-01)');
INSERT INTO temporal_child VALUES (1, '[2020-05-01,2021-05-01)', 1);
INSERT INTO not_enforced_child VALUES (1);
CREATE TABLE named_parent (id integer CONSTRAINT parent_id NOT NULL, v text CONSTRAINT parent_v NOT NULL);
CREATE TABLE named_child (w integer CONSTRAINT child_w NOT NULL) INHERITS (named_parent);
CREATE TABLE named_merge (v text, id integer CONSTRAINT own_id NOT NULL) INHERITS (named_parent);
CREATE TABLE named_parts (id integer CONSTRAINT parts_id NOT NULL, v text) PARTITION BY LIST (id);
CREATE TABLE named_parts_1 PARTITION OF named_parts FOR VALUES IN (1);
CREATE TABLE named_parts_2 (v text CONSTRAINT only_here NOT NULL, id integer CONSTRAINT other_name NOT NULL);
ALTER TABLE named_parts ATTACH PARTITION named_parts_2 DEFAULT;
INSERT INTO named_child VALUES (1, 'a', 2);
INSERT INTO named_parts VALUES (1, 'a'), (2, 'b');
