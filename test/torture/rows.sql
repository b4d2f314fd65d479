-- Fills the schema of schema.sql: about :n rows a table, everything derived from the row number, so that it is the same every time.
SET LOCAL DateStyle = ISO;
INSERT INTO all_types (b, i2, i4, i8, n, n2, n0, f4, f8, m, t, v, c, vc, d, ts, tz, ts3, ti, tiz, iv, u, j, jb, x, by, bi, bv, a_int, a_text, a2, r4, rts,
  rd, rf, mr, ip, ci, mac, mac8, tsv, tsq, p, l, bx, pa, po, ck, mo, mos, dom, em, addr, o, nm, ch, collated)
SELECT i % 3 = 0, i % 100, i * 7 % 1000, i::bigint * 10000000000, CASE i % 50 WHEN 7 THEN 'NaN' WHEN 8 THEN 'Infinity' ELSE i / 7.0 END,
  round(i * 1.25, 2), i::numeric * 100000000000000, i / 3.0, CASE i % 40 WHEN 1 THEN 'NaN' WHEN 2 THEN '-Infinity' WHEN 3 THEN 'Infinity' ELSE exp(i % 20) END,
  (i * 0.05)::numeric::money, 'some text number ' || i % 17, 'v' || i % 9, chr(65 + i % 26) || i % 10, repeat('long ', i % 300),
  CASE i % 60 WHEN 5 THEN 'infinity' WHEN 6 THEN '-infinity' ELSE date '2020-01-01' + i % 700 END, timestamp '2021-03-04 05:06:07' + i * interval '1 hour',
  CASE i % 70 WHEN 9 THEN 'infinity' ELSE timestamptz '2022-01-01 00:00+00' + i * interval '90 minutes' END, timestamp '2021-01-01' + i * interval '123 milliseconds',
  time '08:00' + i % 600 * interval '1 minute', timetz '08:00+02' + i % 60 * interval '1 minute', make_interval(days => i % 30, hours => i % 24),
  md5(i::text)::uuid, json_build_object('k', i % 5, 'nested', json_build_object('s', 'x' || i % 3)), jsonb_build_object('tags', jsonb_build_array('a', i % 4), 'ok', i % 2 = 0),
  xmlelement(name item, xmlattributes(i % 4 AS no), 'content ' || i % 6), decode(md5(i::text), 'hex'), (i % 256)::bit(8), substring(i::bit(16) from 1 for 1 + i % 16),
  ARRAY(SELECT g FROM generate_series(1, i % 5) g), CASE i % 4 WHEN 0 THEN '{}' WHEN 1 THEN ARRAY['x', NULL, 'with "quote"'] ELSE ARRAY['red', 'green, blue'] END, ARRAY[[i % 3, 2], [3, 4]],
  CASE i % 9 WHEN 0 THEN 'empty'::int4range WHEN 1 THEN int4range(NULL, i) ELSE int4range(i, i + 1 + i % 10) END, tstzrange(timestamptz '2022-01-01 00:00+00' + i * interval '1 day', timestamptz '2022-01-02 00:00+00' + i * interval '1 day', '[]'),
  daterange(date '2020-01-01' + i % 100, date '2020-06-01' + i % 100), float_range(i, i + 0.5), int4multirange(int4range(i, i + 2), int4range(i + 5, i + 6)),
  ('10.0.' || i % 256 || '.' || i * 7 % 256)::inet, ('192.168.' || i % 256 || '.0/24')::cidr, ('08:00:2b:01:02:' || lpad(to_hex(i % 256), 2, '0'))::macaddr, ('08:00:2b:01:02:03:04:' || lpad(to_hex(i % 256), 2, '0'))::macaddr8,
  to_tsvector('simple', 'the quick fox ' || i % 5), to_tsquery('simple', 'fox & w' || i % 3), point(i % 10, i % 7), lseg(point(0, 0), point(i % 5, 1)), box(point(0, 0), point(1 + i % 4, 2)),
  path(polygon(box(point(0, 0), point(1 + i % 4, 2)))), polygon(box(point(0, 0), point(1 + i % 4, 2))), circle(point(i % 3, 0), 1 + i % 5), (enum_range(NULL::mood))[1 + i % 4], ARRAY['sad', 'ok']::mood[],
  1 + i % 1000, 'user' || i || '@example.org', ROW('Street ' || i % 20, i % 90, lpad((i % 99999)::text, 5, '0'))::"Postal Address", i, 'name' || i % 8, chr(97 + i % 26)::"char", 'c' || i % 6
FROM generate_series(1, :n) i;
UPDATE all_types SET b = NULL, t = NULL, n2 = NULL, jb = NULL, r4 = NULL, a_text = NULL, u = NULL, d = NULL, mo = NULL, addr = NULL WHERE id % 6 = 5;

INSERT INTO tenant SELECT md5('t' || i)::uuid, 'Tenant ' || i, CASE i % 3 WHEN 0 THEN 'free' ELSE 'paid' END FROM generate_series(1, least(:n, 12)) i;
CREATE TEMP TABLE tenant_no ON COMMIT DROP AS SELECT id, row_number() OVER (ORDER BY name) - 1 AS no, count(*) OVER () AS tenants FROM tenant;
INSERT INTO customer (tenant_id, code, email) SELECT t.id, 'K' || lpad(i::text, 5, '0'), CASE WHEN i % 11 < 10 THEN 'mail' || i || '@mail.example' ELSE 'other' || i || '@x.example' END
FROM generate_series(1, :n) i JOIN tenant_no t ON t.no = i % t.tenants;
CREATE TEMP TABLE customer_no ON COMMIT DROP AS SELECT tenant_id, id, row_number() OVER (ORDER BY id) - 1 AS no,
  row_number() OVER (PARTITION BY tenant_id ORDER BY id) - 1 AS own_no, count(*) OVER () AS customers, count(*) OVER (PARTITION BY tenant_id) AS own FROM customer;
INSERT INTO product SELECT t.id, 'SKU-' || lpad(i::text, 4, '0'), 1 + i % 37 + 0.99 FROM generate_series(1, :n) i JOIN tenant_no t ON t.no = i % t.tenants;
CREATE TEMP TABLE product_no ON COMMIT DROP AS SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY sku) - 1 AS own_no, count(*) OVER (PARTITION BY tenant_id) AS own FROM product;
INSERT INTO purchase (tenant_id, customer_id, ship_to, bill_to, ordered, shipped)
SELECT c.tenant_id, c.id, s.id, CASE WHEN i % 5 > 0 THEN c.id END, date '2023-01-01' + i % 365, CASE WHEN i % 4 > 0 THEN date '2023-01-01' + i % 365 + i % 9 END
FROM generate_series(1, 2 * :n) i JOIN customer_no c ON c.no = i * i % c.customers LEFT JOIN customer_no s ON s.tenant_id = c.tenant_id AND s.own_no = i % s.own AND i % 3 > 0;
INSERT INTO purchase_line SELECT p.tenant_id, p.id, l, pr.sku, 1 + (p.id + l) % 5, pr.price, (1 + (p.id + l) % 5) * pr.price
FROM purchase p CROSS JOIN LATERAL generate_series(1, 1 + p.id % 4) l JOIN product_no pr ON pr.tenant_id = p.tenant_id AND pr.own_no = (p.id + 3 * l) % pr.own;
INSERT INTO country SELECT code, name, continent FROM (VALUES ('AT', 'Austria', 'Europe'), ('BR', 'Brazil', 'South America'), ('CA', 'Canada', 'North America'), ('DE', 'Germany', 'Europe'),
  ('EG', 'Egypt', 'Africa'), ('FR', 'France', 'Europe'), ('IN', 'India', 'Asia'), ('JP', 'Japan', 'Asia'), ('KE', 'Kenya', 'Africa'), ('PE', 'Peru', 'South America')) AS v(code, name, continent) ORDER BY code LIMIT :n;
CREATE TEMP TABLE country_no ON COMMIT DROP AS SELECT code, row_number() OVER (ORDER BY code) - 1 AS no, count(*) OVER () AS countries FROM country;
INSERT INTO city SELECT 'City ' || i, c.code, 1000 * i FROM generate_series(1, :n) i JOIN country_no c ON c.no = i % c.countries;
INSERT INTO visit SELECT CASE WHEN i % 4 > 0 THEN c.name END, CASE WHEN i % 4 > 0 THEN c.country END, 'visitor' || i % 10, date '2024-01-01' + i
FROM generate_series(1, :n) i JOIN (SELECT *, row_number() OVER (ORDER BY name) - 1 AS no, count(*) OVER () AS cities FROM city) c ON c.no = i * 3 % c.cities;
INSERT INTO passport SELECT tenant_id, id, 'P' || lpad(id::text, 8, '0') FROM customer WHERE id % 4 <> 0 OR :n = 1;
INSERT INTO tag SELECT i, 'label ' || i FROM generate_series(1, least(:n, 15)) i;
INSERT INTO customer_tag SELECT tenant_id, id, t FROM customer JOIN LATERAL generate_series(1, (SELECT count(*) FROM tag)) t ON (id + t) % 5 = 0 OR :n = 1;
INSERT INTO dense_pair SELECT a.id, b.id, a.id / (b.id + 1.0) FROM tag a CROSS JOIN tag b;
INSERT INTO salary SELECT tenant_id, id, date '2015-01-01' + 365 * y, date '2015-01-01' + 365 * (y + 1), 30000 + 500 * y + id % 9000 FROM customer CROSS JOIN LATERAL generate_series(0, id % 6) y;
INSERT INTO coupon SELECT 'c' || i % (1 + :n / 2), i < 1 + :n / 2, 'owner ' || i, tstzrange('2024-01-01 00:00+00', timestamptz '2024-01-01 00:00+00' + i * interval '1 day') FROM generate_series(0, :n - 1) i;
INSERT INTO room SELECT i, 'Room ' || i FROM generate_series(1, least(:n, 20)) i;
INSERT INTO booking SELECT 1 + i % (SELECT count(*) FROM room), int4range(i * 10, i * 10 + 1 + i % 8), CASE WHEN i % 2 = 0 THEN 'note ' || i END FROM generate_series(1, :n) i;
INSERT INTO slot SELECT tsrange(timestamp '2024-01-01' + i * interval '1 hour', timestamp '2024-01-01' + i * interval '1 hour' + interval '45 min') FROM generate_series(1, :n) i;
INSERT INTO category SELECT i, CASE WHEN i > 3 THEN i / 3 END, 'Category ' || i FROM generate_series(1, :n) i;
INSERT INTO person SELECT 'login' || i, CASE WHEN i > 5 THEN 'login' || i / 4 END, 'login' || greatest(1, i / 2), date '1960-01-01' + i * 37 % 15000 FROM generate_series(1, :n) i;
INSERT INTO chain SELECT i, CASE WHEN i < :n AND i % 10 > 0 THEN i + 1 END FROM generate_series(1, :n) i;
INSERT INTO node SELECT t.id, i, NULL FROM tenant_no t CROSS JOIN generate_series(1, least(:n, 30)) i;
UPDATE node SET up = id / 2 WHERE id > 1;
ALTER TABLE department DISABLE TRIGGER ALL;
INSERT INTO department (name, head_id) SELECT 'Department ' || i, i FROM generate_series(1, least(:n, 25)) i;
ALTER TABLE department ENABLE TRIGGER ALL;
INSERT INTO staff (department_id, name) SELECT 1 + i % (SELECT count(*) FROM department), 'Staff ' || i FROM generate_series(1, :n) i;
INSERT INTO ring_a SELECT i, NULL FROM generate_series(1, :n) i;
INSERT INTO ring_b SELECT i, CASE WHEN i % 7 > 0 THEN 1 + i * 5 % :n END FROM generate_series(1, :n) i;
INSERT INTO ring_c SELECT i, 1 + i * 3 % :n FROM generate_series(1, :n) i;
UPDATE ring_a SET c_id = 1 + id * 2 % :n WHERE id % 3 > 0;
INSERT INTO event (at, kind, category_id) SELECT date '2023-01-01' + i * 3 % 730, chr(97 + i % 5), (SELECT max(id) FROM category WHERE id <= 1 + i % 40) FROM generate_series(1, :n) i;
INSERT INTO event_note SELECT id, at, 'note ' || id % 9 FROM event WHERE id % 3 > 0 OR :n = 1;
INSERT INTO hashed SELECT i, 'v' || i % 4 FROM generate_series(1, :n) i;
INSERT INTO animal SELECT i, 'animal ' || i FROM generate_series(1, :n) i;
INSERT INTO dog SELECT 100000 + i, 'dog ' || i, CASE i % 3 WHEN 0 THEN 'terrier' ELSE 'poodle' END FROM generate_series(1, :n) i;
INSERT INTO scratchpad SELECT 'k' || i % 3, NULL FROM generate_series(1, :n) i;
INSERT INTO island SELECT i % 7, 'ä' || i % 3, date '2020-02-02' + i % 5 FROM generate_series(1, :n) i;
INSERT INTO "Mixed Case" ("Id", kept) SELECT i * 10, 2 * i FROM generate_series(1, :n) i;
INSERT INTO doubles SELECT i * 10, i % 50, 2 * (i % 50) FROM generate_series(1, :n) i;
INSERT INTO a_table_with_a_name_that_is_exactly_sixty_three_characters_long (always_same) SELECT 'same' FROM generate_series(1, :n) i;
INSERT INTO no_columns SELECT FROM generate_series(1, :n) i;
INSERT INTO labelled SELECT CASE i % 4 WHEN 0 THEN 'A' WHEN 1 THEN 'b' WHEN 2 THEN 'a' END, i FROM generate_series(1, :n) i;
