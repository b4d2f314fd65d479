# Rules that hold in all rows of the source hold in all rows of the target, beside keys and checks; config turns them off.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

my $db = fresh_database('rules');
sql($db, q{
  CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, login text UNIQUE NOT NULL, mail text UNIQUE NOT NULL, city text NOT NULL,
                         state text NOT NULL, fax text);
  INSERT INTO customer SELECT i, initcap(translate(md5(i::text), '0123456789', 'ghijklmnop')), 'u' || 1000 + i * 7, 'u' || 1000 + i * 7,
         'city ' || i % 23, 'state ' || i % 23 % 7, CASE WHEN i % 3 = 0 THEN '555-' || 1000 + i END FROM generate_series(1, 400) i;
  CREATE TABLE product (id int PRIMARY KEY, price numeric(8, 2) NOT NULL);
  INSERT INTO product SELECT i, 5 + (i * 7919 % 9000) / 100.0 FROM generate_series(1, 250) i;
  CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, ship_name text NOT NULL, ship_city text NOT NULL,
                       ship_fax text, placed date NOT NULL, paid date, paid_by text, net numeric(10, 2) NOT NULL CHECK (net > 0),
                       freight numeric(10, 2) NOT NULL, total numeric(10, 2) NOT NULL, CHECK ((paid IS NULL) = (paid_by IS NULL)));
  CREATE TABLE line (order_id int REFERENCES orders, no int, product_id int NOT NULL REFERENCES product, price numeric(8, 2) NOT NULL,
                     quantity int NOT NULL, amount numeric(10, 2) NOT NULL CHECK (amount < 1500), PRIMARY KEY (order_id, no));
  INSERT INTO orders SELECT i, c.id, c.name, c.city, c.fax, date '2024-01-01' + i % 500, d, CASE WHEN d IS NOT NULL THEN 'card' || i % 2 END,
         1, (i * 31 % 900) / 100.0, 0
    FROM generate_series(1, 1500) i JOIN customer c ON c.id = 1 + i / 4,
         LATERAL (SELECT CASE WHEN i * 13 % 5 < 3 THEN date '2024-02-01' + i % 500 END AS d) paid;
  INSERT INTO line SELECT o.id, n, p.id, p.price, 1 + (o.id * 7 + n) % 9, p.price * (1 + (o.id * 7 + n) % 9)
    FROM orders o, generate_series(1, 1 + o.id % 4) n, product p WHERE p.id = 1 + (o.id * 131 + n * 17) % 250;
  UPDATE orders SET net = (SELECT sum(amount) FROM line WHERE order_id = orders.id);
  UPDATE orders SET total = net + freight;
  ANALYZE;
});

my %violations = (
    'a name that is not the customer\'s' => q{SELECT count(*) FROM S.orders o JOIN S.customer c ON c.id = customer_id WHERE ship_name <> name},
    'a city that is not the customer\'s' => q{SELECT count(*) FROM S.orders o JOIN S.customer c ON c.id = customer_id WHERE ship_city <> city},
    'a fax that is not the customer\'s' =>
      q{SELECT count(*) FROM S.orders o JOIN S.customer c ON c.id = customer_id WHERE ship_fax IS DISTINCT FROM fax},
    'a mail that is not the login' => q{SELECT count(*) FROM S.customer WHERE mail <> login},
    'a city in two states' => q{SELECT count(*) FROM (SELECT FROM S.customer GROUP BY city HAVING count(DISTINCT state) > 1) x},
    'a price that is not the product\'s' => q{SELECT count(*) FROM S.line l JOIN S.product p ON p.id = product_id WHERE l.price <> p.price},
    'an amount that is not price times quantity' => q{SELECT count(*) FROM S.line WHERE amount <> price * quantity},
    'a net that is not the sum of its lines' =>
      q{SELECT count(*) FROM S.orders o WHERE net IS DISTINCT FROM (SELECT sum(amount) FROM S.line WHERE order_id = o.id)
         AND EXISTS (SELECT FROM S.line WHERE order_id = o.id)},
    'a total that is not net and freight' => q{SELECT count(*) FROM S.orders WHERE total <> net + freight},
);
sub count_violations {
    my ($what, $schema) = @_;
    return sql($db, $violations{$what} =~ s/S\./$schema./gr);
}

is(count_violations($_, 'public'), 0, "the source has no row with $_") for sort keys %violations;
my $found = sql($db, q{SELECT count(*) FROM relsynth.explain('public') WHERE kind = 'rule'});
cmp_ok($found, '>=', 9, 'explain lists rules');
for my $seed (1, 2) {
    my ($status, $out, $err) = run_sql($db, qq{SET client_min_messages = warning;
        SELECT table_name FROM relsynth.synthesize('public', 'synth', seed => $seed, mode => 'replace') WHERE synthetic_rows < 200;});
    is($err . $out, '', "seed $seed");
    is(count_violations($_, 'synth'), 0, "no row with $_") for sort keys %violations;
}
sql($db, q{SET client_min_messages = warning; SELECT count(*) FROM relsynth.synthesize('public', 'without', '{"rules": false}', seed => 1)});
is(sql($db, q{SELECT count(*) FROM relsynth.explain('public', '{"rules": false}') WHERE kind = 'rule'}), 0, 'config turns rules off');
cmp_ok(count_violations($_, 'without'), '>', 0, "without rules there is $_")
  for 'a name that is not the customer\'s', 'an amount that is not price times quantity', 'a net that is not the sum of its lines';
is(sqlstate($db, q{SELECT * FROM relsynth.synthesize('public', 'other', '{"rules": ["orders.nothing"]}')}), '42703', 'a column that is not there');
drop_database($db);
done_testing();
