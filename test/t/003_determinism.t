# The same seed gives the same rows, whatever the number of threads, in another database and in another cluster; another seed gives others.
use strict;
use warnings;
use FindBin;
use IPC::Run ();
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

my $crm = "$FindBin::Bin/../demo/crm.sql";

# An order-insensitive hash over all rows of every table of a schema, as one query.
sub fingerprint_of {
    my ($schema) = @_;
    return qq{SELECT string_agg(tablename || '=' || (xpath('/row/hash/text()', query_to_xml(format(
        'SELECT count(*) || '':'' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS hash FROM %I.%I t', schemaname, tablename),
        false, true, '')))[1], ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = '$schema'};
}

sub fingerprint {
    my ($db, $schema) = @_;
    return sql($db, fingerprint_of($schema));
}

# The same in a cluster of its own, with other memory settings.
sub fingerprint_elsewhere {
    my ($seed) = @_;
    my ($out, $err) = ('', '');
    my $sql = "CREATE EXTENSION relsynth; SELECT count(*) FROM relsynth.synthesize('public', 'synth', seed => $seed);" . fingerprint_of('synth');
    IPC::Run::run(["$FindBin::Bin/../../scripts/with-cluster", '-c', 'shared_buffers=16MB', '-c', 'work_mem=1MB',
        qw(psql -X -q -A -t -v ON_ERROR_STOP=1 -f), $crm, '-c', $sql], '<', \undef, '>', \$out, '2>', \$err) or die $err;
    return (split /\n/, $out)[-1];
}

my %print;
for my $db ('same_a', 'same_b') {
    fresh_database($db);
    sql($db, do { local (@ARGV, $/) = ($crm); <> });
    for my $threads (1, 2, 4) {
        sql($db, qq{SET relsynth.threads = $threads; SELECT count(*) FROM relsynth.synthesize('public', 't$threads', seed => 11)});
        $print{"$db $threads"} = fingerprint($db, "t$threads");
    }
}
my $first = $print{'same_a 1'};
is($print{$_}, $first, "$_ threads: the same rows") for grep { $_ ne 'same_a 1' } sort keys %print;
sql('same_a', q{SELECT count(*) FROM relsynth.synthesize('public', 'other', seed => 12)});
my $other = fingerprint('same_a', 'other');
isnt($other, $first, 'another seed: other rows');
my @a = split / /, $first;
my @b = split / /, $other;
my @equal = grep { $a[$_] eq $b[$_] } 0 .. $#a;
is(scalar(@equal), 1, 'only the reference table is the same for another seed') or diag("@a[@equal]");
sql('same_a', q{SET relsynth.seed = 11; SELECT count(*) FROM relsynth.synthesize('public', 'by_setting')});
is(fingerprint('same_a', 'by_setting'), $first, 'relsynth.seed does what the argument does');
is(fingerprint_elsewhere(11), $first, 'in another cluster: the same rows');
drop_database($_) for 'same_a', 'same_b';
done_testing();
