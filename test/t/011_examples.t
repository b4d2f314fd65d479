# Every script of docs/examples runs as it is, on the demo's database, as a user would run it; the gate closes on a bad copy.
use strict;
use warnings;
use FindBin;
use IPC::Run ();
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

my $examples = "$FindBin::Bin/../../docs/examples";

sub crm {
    my ($name) = @_;
    drop_database($name);
    sql('postgres', "CREATE DATABASE $name" . ($name eq 'examples' ? '' : ' TEMPLATE examples'));
    return $name;
}

# psql -f as the head of each script says; returns exit status, output and errors.
sub run_example {
    my ($db, $name, @more) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', @more, '-f', "$examples/$name.sql", '-d', $db], '<', \undef, '>', \$out, '2>', \$err);
    return ($? >> 8, $out, $err =~ s/^.*(?:NOTICE|DETAIL):.*\n//mgr);
}

sub works {
    my ($db, $name, @more) = @_;
    my ($status, $out, $err) = run_example($db, $name, @more);
    is($status, 0, "$name.sql") or diag($err);
    return $out;
}

my $crm = crm('examples');
sql($crm, do { local (@ARGV, $/) = ("$FindBin::Bin/../demo/crm.sql"); <> });
my $orders = sql($crm, 'SELECT count(*) FROM orders');

my $db = crm('example_quick_start');
like(works($db, 'quick_start'), qr/^orders\|$orders$/m, 'as many orders as the source has');

works($db, 'ci_gate');
sql($db, q{UPDATE synth.customers s SET (company, phone) = (SELECT company, phone FROM public.customers p WHERE p.phone IS NOT NULL ORDER BY id LIMIT 1 OFFSET s.id % 50)});
my ($status, $out, $err) = run_example($db, 'ci_gate');
is($status, 3, 'the gate closes on texts of the source');
like($err, qr/the privacy audit found \d+ leaks/, 'and says why');
sql($db, q{ALTER TABLE synth.orders DROP CONSTRAINT orders_customer_id_fkey; UPDATE synth.orders SET customer_id = -1 WHERE id = 1});
($status, $out, $err) = run_example($db, 'ci_gate');
is($status, 3, 'the gate closes on an orphan');
like($err, qr/synthetic data fall short/, 'and says why');

$db = crm('example_migration');
works($db, 'migration');
is(sql($db, q{SELECT obj_description('synth'::regnamespace) ~ 'Synthetic', count(*) > 5 FROM pg_tables WHERE schemaname = 'synth'}), 't|t', 'migration.sql leaves the copy');
works($db, 'migration');
sql($db, q{DROP SCHEMA synth CASCADE});
sql($db, q{CREATE TABLE nobody (id int PRIMARY KEY); CREATE TABLE orphan (id int PRIMARY KEY, nobody_id int); INSERT INTO orphan VALUES (1, 1);
           ALTER TABLE orphan ADD FOREIGN KEY (nobody_id) REFERENCES nobody NOT VALID});
($status, $out, $err) = run_example($db, 'migration');
is($status, 3, 'migration.sql fails on a source whose rows break a key');
is(sql($db, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'synth'}), '0', 'and leaves nothing');

$db = crm('example_train_once');
works($db, 'train_once');
is(sql($db, q{SELECT (SELECT count(*) FROM small.orders) * 10 BETWEEN 0.9 * o AND 1.1 * o, (SELECT count(*) FROM large.orders) BETWEEN 2.7 * o AND 3.3 * o,
                     (SELECT count(*) FROM few.customers) FROM (SELECT count(*) AS o FROM orders) x}), 't|t|50', 'small, large and few');

my $other = 'example_other';
drop_database($other);
sql('postgres', "CREATE DATABASE $other");
like(works($db, 'move_model', '-v', "other=$other"), qr/^7\|t$/m, 'in the other database all foreign keys are valid');
is(sql($other, q{SELECT count(*) FROM orders}), $orders, 'with its rows');

$db = crm('example_overrides');
works($db, 'overrides');
is(sql($db, q{SELECT (SELECT count(*) FROM mixed.customers), (SELECT count(*) FROM (TABLE mixed.products EXCEPT TABLE public.products) x),
                     to_regclass('some.products') IS NULL, to_regclass('most.order_history') IS NULL, (SELECT count(*) > 400 FROM declared.complaints)}),
    '500|0|t|t|t', 'rows, keep, include, exclude and relationships have been followed');
is(sql($db, q{SELECT count(*) FROM declared.complaints WHERE order_no NOT IN (SELECT id FROM declared.orders)}), '0', 'a declared key is held');

my $run = join ' ', sort qw(quick_start ci_gate migration train_once move_model overrides);
is(join(' ', sort map { m{([^/]+)\.sql$} } glob "$examples/*.sql"), $run, 'no script is left out');
drop_database($_) for $other, map({ "example_$_" } qw(quick_start migration train_once overrides)), $crm;
done_testing();
