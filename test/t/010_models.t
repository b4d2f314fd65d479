# Models survive a dump and a move: same seed, same rows, where the source never was.
use strict;
use warnings;
use FindBin;
use File::Temp ();
use IPC::Run ();
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

my $crm = "$FindBin::Bin/../demo/crm.sql";

sub fingerprint_of {
    my ($schema) = @_;
    return qq{SELECT string_agg(tablename || '=' || (xpath('/row/hash/text()', query_to_xml(format(
        'SELECT count(*) || '':'' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS hash FROM %I.%I t', schemaname, tablename),
        false, true, '')))[1], ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = '$schema'};
}

# The definitions of a schema as pg_dump writes them.
sub definitions {
    my ($db, $schema) = @_;
    my $dump = `pg_dump -s -O -x -n $schema -d $db`;
    $dump =~ s/^(?:--|\\(?:un)?restrict).*\n//mg;
    $dump =~ s/^CREATE SCHEMA public;\n//m;    # which every database has
    $dump =~ s/^COMMENT ON SCHEMA .*\n//m;
    $dump =~ s/\n+/\n/g;
    return $dump;
}

my $db = fresh_database('models_source');
sql($db, do { local (@ARGV, $/) = ($crm); <> });
sql($db, q{SELECT count(*) FROM relsynth.synthesize('public', 'synth', seed => 21)});
my $rows = sql($db, fingerprint_of('synth'));
sql($db, q{SET relsynth.threads = 1; SELECT count(*) FROM relsynth.train('crm', 'public', seed => 21)});
sql($db, q{SELECT count(*) FROM relsynth.generate('crm', 'made', seed => 21)});
is(sql($db, fingerprint_of('made')), $rows, 'train and generate: the rows of synthesize');

my $definitions = definitions($db, 'public');
like($definitions, qr/CREATE TABLE public\.orders/, 'the source has definitions');

# pg_dump carries the models and who may use them.
sql($db, q{DROP SCHEMA synth, made CASCADE});
sql($db, q{CREATE ROLE models_reader; GRANT USAGE ON SCHEMA relsynth TO models_reader; GRANT SELECT ON relsynth.model TO models_reader});
my $dump = `pg_dump -d $db -N public`;
is($?, 0, 'pg_dump');
drop_database('models_restored');
sql('postgres', 'CREATE DATABASE models_restored');
sql('models_restored', $dump);
is(sql('models_restored', q{SELECT name, source, tables > 5, owner = current_user FROM relsynth.models}), 'crm|public|t|t', 'restored');
is(sql('models_restored', q{SET ROLE models_reader; SELECT name FROM relsynth.models}), 'crm', 'with its privileges');
sql('models_restored', q{SELECT count(*) FROM relsynth.generate('crm', 'synth', seed => 21)});
is(sql('models_restored', fingerprint_of('synth')), $rows, 'from a restored model: the same rows');

# Out of the cluster, the source dropped, into another cluster under the source's own name.
my $file = File::Temp->new;
print $file sql($db, q{SELECT encode(relsynth.export_model('crm'), 'base64')});
$file->flush;
drop_database('models_restored');
drop_database($db);
sql('postgres', 'DROP ROLE models_reader');
my ($out, $err) = ('', '');
my $script = File::Temp->new;
print $script "CREATE EXTENSION relsynth;\n\\set model `cat $file`\n";
print $script q{SELECT relsynth.import_model(decode(:'model', 'base64'));
SELECT count(*) FROM relsynth.generate('crm', 'public', seed => 21);
SELECT count(*), bool_and(convalidated) FROM pg_constraint WHERE connamespace = 'public'::regnamespace;
}, fingerprint_of('public'), ";\n\\echo definitions\n\\! pg_dump -s -O -x -n public postgres\n";
$script->flush;
IPC::Run::run(["$FindBin::Bin/../../scripts/with-cluster", qw(psql -X -q -A -t -v ON_ERROR_STOP=1 -d postgres -f), $script->filename],
    '<', \undef, '>', \$out, '2>', \$err) or die $err;
like($out, qr/^crm\n\d+\n\d\d\|t\n\Q$rows\E\n/, 'in another cluster, without the source: the same rows, all constraints valid');
(my $there = $out) =~ s/.*^definitions\n//ms;
$there =~ s/^(?:--|\\(?:un)?restrict).*\n//mg;
$there =~ s/^CREATE SCHEMA public;\n//m;
$there =~ s/^COMMENT ON SCHEMA .*\n//m;
$there =~ s/\n+/\n/g;
is($there, $definitions, 'and the same definitions');

done_testing();
