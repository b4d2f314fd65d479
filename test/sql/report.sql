-- relsynth.report(): one page that stands alone and shows nothing of the source that few share.
SET client_min_messages = warning;
CREATE EXTENSION relsynth;
CREATE SCHEMA shop;
SET search_path = shop, public;
CREATE TABLE customer (id int PRIMARY KEY, segment text NOT NULL, joined date NOT NULL, score numeric(12,2), "<b>Odd & ""quoted""</b>" text);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, bought timestamp NOT NULL, amount numeric(8,2));
CREATE TABLE nothing (id int PRIMARY KEY, word text);
INSERT INTO customer
SELECT i, CASE WHEN i = 77 THEN 'ambassador' WHEN i % 3 = 0 THEN 'gold' ELSE 'silver' END, CASE WHEN i = 78 THEN '1931-05-06' ELSE '2020-01-01'::date + i END,
  CASE WHEN i = 79 THEN 98765432 ELSE i * 37 % 1000 END, CASE WHEN i % 2 = 0 THEN 'a <i> & b' END
FROM generate_series(1, 300) i;
INSERT INTO purchase
SELECT 1000 * c.id + n, c.id, c.joined + (n * 17 + c.id % 7) * interval '1 day', 10 + c.id % 5 * 100 + n
FROM customer c, generate_series(1, CASE WHEN c.id = 80 THEN 517 ELSE 1 + c.id % 5 END) n;
RESET search_path;
SELECT count(*) AS tables FROM relsynth.synthesize('shop', 'made', seed => 1);
CREATE TEMP TABLE page AS SELECT relsynth.report('shop', 'made') AS html;

-- Any parser can read it; nothing in it leads elsewhere or runs.
SELECT xml_is_well_formed_document(html) AS well_formed, html !~* '<script|<link|<img|@import|https?:|url\(http' AS stands_alone, octet_length(html) < 500000 AS small FROM page;
SELECT count(*) AS verdicts FROM page, xpath('//div[starts-with(@class, "card ")]', html::xml) AS found, unnest(found);
SELECT count(*) AS tables, bool_and(s::text ~ 'customer|purchase|nothing') AS named FROM page, unnest(xpath('//details/summary', html::xml)) AS s;
SELECT count(*) >= 8 AS charts FROM page, unnest(xpath('//figure', html::xml)) AS f;
SELECT html ~ 'All \d+ constraints are there and hold' AS valid, html ~ '&lt;b&gt;Odd &amp; &quot;quoted&quot;&lt;/b&gt;' AS escaped FROM page;
-- What one customer of the source has is not told: a category, a date, a number, how many purchases; unless asked for.
SELECT html ~ 'ambassador' AS rare_category, html ~ '1931' AS rare_date, html ~ '98,?765,?432' AS extreme, html ~ '[^0-9.]517[^0-9]' AS heaviest FROM page;
SELECT relsynth.report('shop', 'made', include_source_rows => true) ~ 'ambassador' AS asked_for;

-- Broken copies are told so.
BEGIN; ALTER TABLE made.purchase DROP CONSTRAINT purchase_customer_id_fkey; UPDATE made.purchase SET customer_id = -customer_id WHERE id = (SELECT min(id) FROM made.purchase);
SELECT html ~ 'Not valid' AS broken, html ~ 'purchase_customer_id_fkey' AS named FROM relsynth.report('shop', 'made') AS html; ROLLBACK;
BEGIN; DROP TABLE made.purchase;
SELECT html ~ 'does not have this table' AS missing, xml_is_well_formed_document(html) AS well_formed FROM relsynth.report('shop', 'made') AS html; ROLLBACK;
BEGIN; TRUNCATE shop.customer, shop.purchase; TRUNCATE made.customer, made.purchase;
SELECT xml_is_well_formed_document(html) AS empty FROM relsynth.report('shop', 'made') AS html; ROLLBACK;

SELECT relsynth.report('shop', 'nowhere');
SELECT relsynth.report(NULL, 'made');
DROP SCHEMA shop, made CASCADE;
DROP EXTENSION relsynth;
