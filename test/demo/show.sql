\pset footer off
\pset linestyle unicode
\pset border 2
\echo
\echo '=== A CRM with customers, contacts, products, orders, items and history stands in schema public. One call copies what it is like:'
\echo
\echo '    CREATE EXTENSION relsynth;'
\echo '    SELECT * FROM relsynth.synthesize(''public'', ''synth'', seed => 7);'
\echo
CREATE EXTENSION relsynth;
SELECT table_name, source_rows, synthetic_rows, round(milliseconds) AS ms, notes FROM relsynth.synthesize('public', 'synth', seed => 7);

\echo '=== The structure came along: every constraint is there and valid, checked by the server.'
SELECT contype_name AS "constraint", count(*) FILTER (WHERE n = 'public') AS "real", count(*) FILTER (WHERE n = 'synth') AS synthetic,
       bool_and(convalidated) FILTER (WHERE n = 'synth') AS "all valid"
FROM (SELECT CASE contype WHEN 'p' THEN 'primary key' WHEN 'f' THEN 'foreign key' WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check' ELSE contype::text END AS contype_name,
             connamespace::regnamespace::text AS n, convalidated
      FROM pg_constraint WHERE connamespace IN ('public'::regnamespace, 'synth'::regnamespace) AND contype IN ('p', 'f', 'u', 'c')) k
GROUP BY 1 ORDER BY 1;

\echo '=== Customers: nobody real is in there.'
SELECT 'real' AS "data", company, segment, country, email, phone, signed_up, credit_limit FROM (SELECT * FROM public.customers ORDER BY id LIMIT 4) r
UNION ALL
SELECT 'synthetic', company, segment, country, email, phone, signed_up, credit_limit FROM (SELECT * FROM synth.customers ORDER BY id LIMIT 4) s;

\echo '=== Orders per customer depend on the segment ...'
SELECT segment, r.customers, s.customers AS "synth.", r.orders AS "orders each", s.orders AS "synth."
FROM (SELECT segment, count(DISTINCT c.id) AS customers, round(count(o.id)::numeric / count(DISTINCT c.id), 2) AS orders
      FROM public.customers c LEFT JOIN public.orders o ON o.customer_id = c.id GROUP BY segment) r
LEFT JOIN (SELECT segment, count(DISTINCT c.id) AS customers, round(count(o.id)::numeric / count(DISTINCT c.id), 2) AS orders
      FROM synth.customers c LEFT JOIN synth.orders o ON o.customer_id = c.id GROUP BY segment) s USING (segment) ORDER BY 1;

\echo '=== ... and so does what they buy: share of items by category, mean quantity.'
WITH r AS (SELECT segment, category, count(*) / sum(count(*)) OVER (PARTITION BY segment) AS share, avg(quantity) AS quantity
           FROM public.customers c JOIN public.orders o ON o.customer_id = c.id JOIN public.order_items i ON i.order_id = o.id JOIN public.products p ON p.id = i.product_id GROUP BY 1, 2),
     s AS (SELECT segment, category, count(*) / sum(count(*)) OVER (PARTITION BY segment) AS share, avg(quantity) AS quantity
           FROM synth.customers c JOIN synth.orders o ON o.customer_id = c.id JOIN synth.order_items i ON i.order_id = o.id JOIN synth.products p ON p.id = i.product_id GROUP BY 1, 2)
SELECT segment, category, round(coalesce(r.share, 0), 2) AS share, round(coalesce(s.share, 0), 2) AS "synth.", round(r.quantity, 1) AS quantity, round(s.quantity, 1) AS "synth."
FROM r FULL JOIN s USING (segment, category) ORDER BY 1, 2;

\echo '=== Status decides which dates are there.'
SELECT status, r.n, s.n AS "synth.", r.shipped, s.shipped AS "synth.", r.days AS "days to ship", s.days AS "synth."
FROM (SELECT status::text, count(*) AS n, count(shipped) AS shipped, round(avg(shipped - ordered::date), 1) AS days FROM public.orders GROUP BY 1) r
LEFT JOIN (SELECT status::text, count(*) AS n, count(shipped) AS shipped, round(avg(shipped - ordered::date), 1) AS days FROM synth.orders GROUP BY 1) s USING (status) ORDER BY 1;

\echo '=== On your own database:'
\echo
\echo '    make && sudo make install                                        -- once'
\echo '    CREATE EXTENSION relsynth;                                       -- in your database, as superuser'
\echo '    SELECT * FROM relsynth.explain(''public'');                        -- what it would do, and why'
\echo '    SELECT * FROM relsynth.synthesize(''public'', ''synth'');            -- do it; scale => 0.1 for less, seed => 1 to repeat'
\echo '    psql -Atc "SELECT relsynth.report(''public'', ''synth'')" > report.html   -- valid? faithful? private?'
\echo '    pg_dump -n synth yourdb > synthetic.sql                          -- take it anywhere'
\echo
