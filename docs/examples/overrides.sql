-- The catalog is the configuration; one document overrides it. For the tables of the demo (test/demo/crm.sql); docs/config.md has all keys.
--   psql -v ON_ERROR_STOP=1 -f overrides.sql mydb
CREATE EXTENSION IF NOT EXISTS relsynth;

-- Some tables only. The foreign key of a table that is taken to one that is not is left out, as the notes say.
SELECT table_name, synthetic_rows, notes FROM relsynth.synthesize('public', 'some', '{"include": ["customers", "contacts", "countries", "orders"]}', seed => 1);
SELECT table_name, synthetic_rows FROM relsynth.synthesize('public', 'most', '{"exclude": ["%_history"]}', seed => 1);

-- Real products, kept row by row; 500 customers; half as many contacts; orders one after the other by their date.
SELECT table_name, source_rows, synthetic_rows, notes FROM relsynth.synthesize('public', 'mixed', '{
  "keep": ["products"],
  "tables": {
    "customers": {"rows": 500},
    "contacts": {"scale": 0.5},
    "orders": {"driver": "orders_customer_id_fkey", "order_by": "ordered"}
  }
}', seed => 1);

-- Reference tables learned too, no rule for unit prices, values only if twenty entities share them, from 5000 rows of a table at most.
SELECT table_name, synthetic_rows FROM relsynth.synthesize('public', 'strict', '{
  "lookups": "learn",
  "privacy": {"min_count": 20},
  "rules": ["order_items.unit_price"],
  "sample_rows": 5000
}', seed => 1);

-- A foreign key that the catalog lacks: of a table loaded from a file, say. It is checked and held, not created.
CREATE TABLE public.complaints (id int PRIMARY KEY, order_no bigint NOT NULL, opened date NOT NULL);
INSERT INTO public.complaints SELECT row_number() OVER (ORDER BY id), id, ordered::date + 3 FROM public.orders WHERE id % 7 = 0;
SELECT constraint_name, child_columns, parent_table, role, declared FROM relsynth.relationships('public',
  '{"relationships": [{"child": "complaints(order_no)", "parent": "orders(id)"}]}') WHERE child_table = 'complaints';
SELECT table_name, synthetic_rows FROM relsynth.synthesize('public', 'declared',
  '{"relationships": [{"child": "complaints(order_no)", "parent": "orders(id)"}]}', seed => 1);
SELECT count(*) AS without_order FROM declared.complaints c WHERE NOT EXISTS (SELECT FROM declared.orders o WHERE o.id = c.order_no);
