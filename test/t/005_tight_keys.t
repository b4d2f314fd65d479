# Keys and checks that leave hardly any freedom: every row is found all the same, whatever the seed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

my $db = fresh_database('tight_keys');
sql($db, q{
  CREATE TABLE a (id int PRIMARY KEY);
  INSERT INTO a SELECT generate_series(1, 30);
  CREATE TABLE b (id text PRIMARY KEY);
  INSERT INTO b SELECT 'k' || i FROM generate_series(1, 10) i;
  CREATE TABLE every_triple (a int REFERENCES a, b text REFERENCES b, c int REFERENCES a, PRIMARY KEY (a, b, c));
  INSERT INTO every_triple SELECT a.id, b.id, c.id FROM a, b, a c;
  CREATE TABLE half_of_triples (a int REFERENCES a, b text REFERENCES b, c int REFERENCES a, PRIMARY KEY (a, b, c));
  INSERT INTO half_of_triples SELECT a.id, b.id, c.id FROM a, b, a c WHERE (a.id + length(b.id) + c.id) % 2 = 0;

  CREATE TABLE customer (id int PRIMARY KEY, name text);
  INSERT INTO customer SELECT i, 'n' || i FROM generate_series(1, 300) i;
  CREATE TABLE one_default_each (customer_id int NOT NULL REFERENCES customer, kind int);
  CREATE UNIQUE INDEX ON one_default_each (customer_id) WHERE kind = 1;
  INSERT INTO one_default_each SELECT id, 1 FROM customer;

  CREATE TABLE arc_with_kind (id int PRIMARY KEY, kind text NOT NULL, a int REFERENCES a, b text REFERENCES b,
                              CHECK ((kind = 'a') = (a IS NOT NULL)), CHECK ((kind = 'b') = (b IS NOT NULL)));
  INSERT INTO arc_with_kind SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, CASE WHEN i % 2 = 0 THEN 1 + i % 30 END,
                                   CASE WHEN i % 2 = 1 THEN 'k' || 1 + i % 10 END FROM generate_series(1, 300) i;
  CREATE TABLE arc_of_unique (id int PRIMARY KEY, a int UNIQUE REFERENCES a, customer_id int UNIQUE REFERENCES customer,
                              CHECK ((a IS NULL) <> (customer_id IS NULL)));
  INSERT INTO arc_of_unique SELECT i, CASE WHEN i <= 30 THEN i END, CASE WHEN i > 30 THEN i - 30 END FROM generate_series(1, 330) i;

  CREATE TABLE every_number (k numeric(3, 0) PRIMARY KEY);
  INSERT INTO every_number SELECT generate_series(0, 999);
  CREATE TABLE first_of_month (day date PRIMARY KEY CHECK (extract(day FROM day) = 1), v int);
  INSERT INTO first_of_month SELECT date '2000-01-01' + i * interval '1 month', i % 3 FROM generate_series(0, 200) i;
});
for my $seed (1 .. 4) {
    my ($status, $out, $err) = run_sql($db, qq{SET client_min_messages = warning;
        SELECT table_name, source_rows, synthetic_rows FROM relsynth.synthesize('public', 'synth', seed => $seed, mode => 'replace') WHERE source_rows <> synthetic_rows;});
    is($err, '', "seed $seed");
    is($out, '', 'every row is there');
}
drop_database($db);
done_testing();
