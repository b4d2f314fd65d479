# The extension installs in any database, in the version the control file names, and survives a dump.
use strict;
use warnings;
use Test::More;
use Relsynth;

open my $control, '<', 'relsynth.control' or die $!;
my ($version) = join('', <$control>) =~ /^default_version = '(.*)'/m;

my $db = fresh_database('Install "here"' =~ s/"//gr);
is(sql($db, q(SELECT extversion FROM pg_extension WHERE extname = 'relsynth')), $version, 'version of the control file');
is(sqlstate($db, 'CREATE EXTENSION relsynth'), '42710', 'not twice');

my $dump = `pg_dump -d '$db'`;
is($?, 0, 'pg_dump');
like($dump, qr/CREATE EXTENSION IF NOT EXISTS relsynth WITH SCHEMA relsynth/, 'the dump asks for the extension');
unlike($dump, qr/CREATE FUNCTION relsynth\./, 'and does not repeat what it holds');

drop_database('restored');
sql('postgres', 'CREATE DATABASE restored');
sql('restored', $dump);
is(sql('restored', q(SELECT count(*) FROM pg_extension WHERE extname = 'relsynth')), 1, 'restored');

my $job = in_background($db, q(SELECT pg_sleep(30)));
for (1 .. 50) {
    last if sql($db, q(SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'));
    select(undef, undef, undef, 0.1);
}
my ($status, $out, $err) = finish($job);
like($err, qr/ 57014:/, 'a query in the background can be cancelled');

done_testing();
