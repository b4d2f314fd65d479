-- What PostgreSQL 17 has besides structure.sql.
SET client_min_messages = warning;
SET search_path = public;
CREATE COLLATION builtin_c (provider = builtin, locale = 'C.UTF-8');
CREATE DOMAIN named_not_null AS integer CONSTRAINT must_be NOT NULL CHECK (VALUE > 0);
CREATE TABLE identity_partitions (id integer GENERATED ALWAYS AS IDENTITY, at date, v text COLLATE builtin_c) PARTITION BY RANGE (at);
CREATE TABLE identity_partitions_1 PARTITION OF identity_partitions FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE identity_partitions_2 (v text COLLATE builtin_c, at date, id integer NOT NULL);
ALTER TABLE identity_partitions ATTACH PARTITION identity_partitions_2 DEFAULT;
ALTER TABLE identity_partitions ADD EXCLUDE USING btree (at WITH =, id WITH =);
CREATE TABLE uses_domain (d named_not_null);
INSERT INTO identity_partitions (at, v) VALUES ('2020-02-02', 'a'), ('2022-02-02', 'b');
INSERT INTO uses_domain VALUES (1);
