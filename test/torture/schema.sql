-- A schema with everything that a relational schema may hold against us. rows.sql fills it with :n rows a table (0, 1, many).
-- Loaded into the schema that is first in the search_path.

-- Types --------------------------------------------------------------------------------------------------------------------------
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy', 'O''Reilly');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive CONSTRAINT at_most_thousand CHECK (VALUE <= 1000);
CREATE DOMAIN email_address AS text NOT NULL CHECK (VALUE ~ '^[^@ ]+@[^@ ]+$');
CREATE TYPE "Postal Address" AS (street text, "House No" integer, zip varchar(10));
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE FUNCTION is_even(n integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n % 2 = 0';
CREATE FUNCTION is_double(a integer, b integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN is_even(b) AND b = 2 * a; END $f$;
CREATE SEQUENCE code_seq START 1000 INCREMENT 5;
CREATE FUNCTION next_code() RETURNS text LANGUAGE sql AS $$ SELECT 'C' || nextval('code_seq')::text $$;

-- Values of every type ---------------------------------------------------------------------------------------------------------------
CREATE TABLE all_types (
  id serial PRIMARY KEY,
  b boolean, i2 smallint, i4 integer NOT NULL, i8 bigint, n numeric, n2 numeric(10,2), n0 numeric(20,0), f4 real, f8 double precision, m money,
  t text, v varchar(20) NOT NULL, c char(5), vc varchar, d date, ts timestamp, tz timestamptz NOT NULL, ts3 timestamp(3), ti time, tiz timetz,
  iv interval, u uuid, j json, jb jsonb, x xml, by bytea, bi bit(8), bv bit varying(16), a_int integer[], a_text text[], a2 integer[][],
  r4 int4range, rts tstzrange, rd daterange, rf float_range, mr int4multirange, ip inet, ci cidr, mac macaddr, mac8 macaddr8, tsv tsvector,
  tsq tsquery, p point, l lseg, bx box, pa path, po polygon, ck circle, mo mood, mos mood[], dom small_positive, em email_address,
  addr "Postal Address", o oid, nm name, ch "char", collated text COLLATE "C", deflt integer DEFAULT 42, code text DEFAULT next_code(),
  gen integer GENERATED ALWAYS AS (i4 * 2) STORED, gen_text text GENERATED ALWAYS AS (upper(v)) STORED
);
COMMENT ON TABLE all_types IS 'every type, with a quote '' in the comment';
COMMENT ON COLUMN all_types.n2 IS 'money-like';
CREATE INDEX ON all_types USING gin (jb jsonb_path_ops);
CREATE INDEX ON all_types USING gist (r4);
CREATE INDEX ON all_types USING brin (tz);
CREATE INDEX ON all_types USING hash (t);
CREATE INDEX all_types_desc ON all_types (i8 DESC NULLS LAST, v varchar_pattern_ops) INCLUDE (i2) WHERE i8 IS NOT NULL;
CREATE INDEX all_types_expr ON all_types (lower(t) COLLATE "C", (i4 + 1));
COMMENT ON INDEX all_types_desc IS 'partial';

-- Keys -------------------------------------------------------------------------------------------------------------------------------
CREATE TABLE tenant (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL UNIQUE, plan text NOT NULL);
CREATE TABLE customer (
  tenant_id uuid NOT NULL REFERENCES tenant, id integer GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 2), code varchar(8) NOT NULL,
  email text, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, code), CONSTRAINT customer_email_once UNIQUE NULLS NOT DISTINCT (tenant_id, email));
CREATE UNIQUE INDEX customer_lower ON customer (tenant_id, lower(code));
CREATE TABLE product (
  tenant_id uuid NOT NULL REFERENCES tenant, sku text NOT NULL, price numeric(8,2) NOT NULL CHECK (price > 0), PRIMARY KEY (tenant_id, sku));
CREATE TABLE purchase (
  tenant_id uuid NOT NULL, id bigserial, customer_id integer NOT NULL, ship_to integer, bill_to integer, ordered date NOT NULL, shipped date,
  PRIMARY KEY (id), UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id) REFERENCES tenant ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customer ON UPDATE CASCADE,
  FOREIGN KEY (tenant_id, ship_to) REFERENCES customer ON DELETE SET NULL (ship_to),
  FOREIGN KEY (tenant_id, bill_to) REFERENCES customer,
  CHECK (shipped >= ordered));
CREATE TABLE purchase_line (
  tenant_id uuid NOT NULL, purchase_id bigint NOT NULL, line smallint NOT NULL, sku text NOT NULL, qty integer NOT NULL CHECK (qty BETWEEN 1 AND 99),
  price numeric(8,2) NOT NULL, total numeric(12,2) NOT NULL, CONSTRAINT line_total CHECK (total = qty * price),
  PRIMARY KEY (purchase_id, line),
  FOREIGN KEY (tenant_id, purchase_id) REFERENCES purchase (tenant_id, id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant_id, sku) REFERENCES product);
COMMENT ON CONSTRAINT line_total ON purchase_line IS 'quantity times price';

CREATE TABLE country (code char(2) PRIMARY KEY, name text NOT NULL UNIQUE, continent text NOT NULL);
CREATE TABLE city (name text NOT NULL, country char(2) NOT NULL REFERENCES country, population integer, UNIQUE (name, country));   -- no primary key
CREATE TABLE visit (city text, country char(2), visitor text NOT NULL, day date NOT NULL,
  FOREIGN KEY (city, country) REFERENCES city (name, country) MATCH FULL, UNIQUE (visitor, day));
CREATE TABLE passport (customer_tenant uuid, customer_id integer, number char(9) NOT NULL UNIQUE, PRIMARY KEY (customer_tenant, customer_id),
  FOREIGN KEY (customer_tenant, customer_id) REFERENCES customer);                            -- 1:0..1
CREATE TABLE tag (id smallint PRIMARY KEY, label text NOT NULL UNIQUE);
CREATE TABLE customer_tag (tenant_id uuid, customer_id integer, tag_id smallint REFERENCES tag, PRIMARY KEY (tenant_id, customer_id, tag_id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customer);
CREATE TABLE dense_pair (a smallint REFERENCES tag, b smallint REFERENCES tag, weight real, PRIMARY KEY (a, b));          -- every pair is taken
CREATE TABLE salary (tenant_id uuid, customer_id integer, from_date date, to_date date NOT NULL, amount integer NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, from_date), FOREIGN KEY (tenant_id, customer_id) REFERENCES customer, CHECK (from_date <= to_date));
CREATE TABLE coupon (code text, active boolean NOT NULL, owner text, valid tstzrange NOT NULL);
CREATE UNIQUE INDEX coupon_active ON coupon (upper(code)) WHERE active;
CREATE TABLE labelled (kind text, v integer) PARTITION BY LIST (lower(kind));
CREATE TABLE labelled_ab PARTITION OF labelled FOR VALUES IN ('a', 'b');
CREATE TABLE labelled_null PARTITION OF labelled FOR VALUES IN (NULL);
CREATE TABLE room (id integer PRIMARY KEY, name text);
CREATE TABLE booking (room_id integer NOT NULL REFERENCES room, during int4range NOT NULL, note text,
  EXCLUDE USING gist (during WITH &&) WHERE (note IS NOT NULL));
CREATE TABLE slot (during tsrange NOT NULL, CONSTRAINT slot_alone EXCLUDE USING gist (during WITH &&) DEFERRABLE);

-- Self references and cycles -----------------------------------------------------------------------------------------------------------
CREATE TABLE category (id integer PRIMARY KEY, parent_id integer REFERENCES category, name text NOT NULL);
CREATE TABLE person (login text PRIMARY KEY, boss text REFERENCES person, mentor text NOT NULL REFERENCES person DEFERRABLE, born date);
CREATE TABLE chain (id integer PRIMARY KEY, next_id integer UNIQUE REFERENCES chain);
CREATE TABLE node (tenant_id uuid NOT NULL REFERENCES tenant, id integer NOT NULL, up integer, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, up) REFERENCES node);
CREATE TABLE department (id serial PRIMARY KEY, name text NOT NULL, head_id integer NOT NULL);
CREATE TABLE staff (id serial PRIMARY KEY, department_id integer NOT NULL REFERENCES department, name text NOT NULL);
ALTER TABLE department ADD FOREIGN KEY (head_id) REFERENCES staff;                              -- NOT NULL both ways, not deferrable
CREATE TABLE ring_a (id integer PRIMARY KEY, c_id integer);
CREATE TABLE ring_b (id integer PRIMARY KEY, a_id integer REFERENCES ring_a);
CREATE TABLE ring_c (id integer PRIMARY KEY, b_id integer REFERENCES ring_b DEFERRABLE);
ALTER TABLE ring_a ADD FOREIGN KEY (c_id) REFERENCES ring_c;

-- Partitions, inheritance, odd tables ------------------------------------------------------------------------------------------------
CREATE TABLE event (id bigint GENERATED BY DEFAULT AS IDENTITY, at date NOT NULL, kind text NOT NULL, category_id integer REFERENCES category,
  PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE event_2023 PARTITION OF event FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY RANGE (at, id);
CREATE TABLE event_2024_spring PARTITION OF event_2024 FOR VALUES FROM ('2024-01-01', MINVALUE) TO ('2024-07-01', MINVALUE);
CREATE TABLE event_2024_rest PARTITION OF event_2024 DEFAULT;
CREATE INDEX ON event (kind);
CREATE INDEX event_2023_only ON event_2023 (category_id);
CREATE TABLE event_note (event_id bigint NOT NULL, event_at date NOT NULL, note text, FOREIGN KEY (event_id, event_at) REFERENCES event);
CREATE TABLE hashed (id integer PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE animal (id integer PRIMARY KEY, name text NOT NULL, CHECK (length(name) > 0));
CREATE TABLE dog (breed text) INHERITS (animal);
CREATE UNLOGGED TABLE scratchpad (k text, v text);
CREATE TABLE island ("Weird ""Name""" integer, "ünïcode" text, "select" date);
CREATE TABLE "Mixed Case" ("Id" integer PRIMARY KEY, gone integer, "Value" text DEFAULT 'a''b', also_gone text, kept integer CHECK (is_even(kept)));
ALTER TABLE "Mixed Case" DROP COLUMN gone, DROP COLUMN also_gone;
CREATE TABLE doubles ("Mixed Id" integer REFERENCES "Mixed Case", a integer NOT NULL, b integer NOT NULL, CONSTRAINT twice CHECK (is_double(a, b)));
CREATE TABLE a_table_with_a_name_that_is_exactly_sixty_three_characters_long (id serial PRIMARY KEY, only_null text, always_same text);
CREATE TABLE no_columns ();
CREATE TABLE nothing_here (id integer PRIMARY KEY, tag_id smallint NOT NULL REFERENCES tag);
