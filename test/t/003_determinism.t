# The same seed gives the same rows, whatever the number of threads and in another database; another seed gives others.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

my $crm = "$FindBin::Bin/../demo/crm.sql";

# An order-insensitive hash over all rows of all tables.
sub fingerprint {
    my ($db, $schema) = @_;
    my @tables = split /\n/, sql($db, qq{SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = '$schema' ORDER BY 1});
    return join ' ', map { "$_=" . sql($db, qq{SELECT count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM $schema.$_ t}) } @tables;
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
drop_database($_) for 'same_a', 'same_b';
done_testing();
