# A timeout or cancel at any stage: SQLSTATE 57014 within a second, nothing left behind, the backend goes on and holds no memory back.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Relsynth;
use Test::More;
use Time::HiRes qw(time sleep);

my $db = fresh_database('cancelled');
sql($db, q{
  CREATE TABLE account (id int PRIMARY KEY, region text, opened date, balance numeric(10,2));
  INSERT INTO account SELECT i, 'r' || i % 5, date '2020-01-01' + i % 900, i % 1000 / 7.0 FROM generate_series(1, 20000) i;
  CREATE TABLE movement (id int PRIMARY KEY, account_id int NOT NULL REFERENCES account, kind text, amount numeric(10,2) CHECK (amount >= 0), at timestamptz, code text UNIQUE);
  INSERT INTO movement SELECT i, 1 + i::bigint * 7919 % 20000, 'k' || i % 6, abs(sin(i)) * 100, now() - i * interval '1 minute', 'C' || lpad(i::text, 7, '0') FROM generate_series(1, 300000) i;
  CREATE INDEX ON movement (at);
  ANALYZE;
});
my $begun = time;
sql($db, q{SELECT count(*) FROM relsynth.synthesize('public', 'whole', seed => 1)});
my $whole = time - $begun;
sql($db, 'DROP SCHEMA whole CASCADE');

# Timeouts spread over the whole run hit every stage.
my ($worst, $hits) = (0, 0);
for my $part (1 .. 12) {
    my $timeout = int(1000 * $whole * $part / 13) || 1;
    my $start = time;
    my $state = sqlstate($db, "SET relsynth.threads = @{[1 + $part % 2]}; SET statement_timeout = $timeout; SELECT count(*) FROM relsynth.synthesize('public', 'synth', seed => 1)");
    my $late = time - $start - $timeout / 1000;
    if ($state eq '') {                   # a run that was faster than the first
        sql($db, 'DROP SCHEMA synth CASCADE');
        next;
    }
    ++$hits;
    $worst = $late if $late > $worst;
    is($state, '57014', "timeout after $timeout ms");
}
cmp_ok($hits, '>=', 7, 'most stages were hit');
cmp_ok($worst, '<', 1.5, sprintf('stopped within a second (worst %.2f s, a new session included)', $worst));

# pg_cancel_backend from another session.
my $err = '';
for my $part (0.3, 0.1, 0.03) {
    my $job = in_background($db, q{SELECT count(*) FROM relsynth.synthesize('public', 'synth', seed => 1)});
    sleep($part * $whole);
    sql($db, q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ '^SELECT count.*synthesize' AND pid <> pg_backend_pid()});
    (my $status, my $out, $err) = finish($job);
    last if $status != 0;
    sql($db, 'DROP SCHEMA synth CASCADE');                    # faster than the first run
}
like($err, qr/57014/, 'pg_cancel_backend');

is(sql($db, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'synth'}), '0', 'no schema left behind');
is(sql($db, q{SELECT count(*) FROM pg_class WHERE relname = 'movement'}), '1', 'no table left behind');
is(sql($db, q{SELECT count(*) FROM pg_locks WHERE relation = 'movement'::regclass}), '0', 'no lock left behind');

# One session that is cancelled again and again does not grow: the memory of its process after many cancels against after a few.
my $loop = sub {
    my ($n) = @_;
    return join '', map { my $ms = int(1000 * $whole * (0.15 + 0.7 * ($_ % 7) / 7));
        "DROP SCHEMA IF EXISTS synth CASCADE; SET statement_timeout = $ms; DO \$\$ BEGIN PERFORM count(*) FROM relsynth.synthesize('public', 'synth', seed => 1); EXCEPTION WHEN query_canceled THEN NULL; END \$\$; SET statement_timeout = 0; DROP SCHEMA IF EXISTS synth CASCADE;\n" } 1 .. $n;
};
my $memory = q{SELECT (regexp_match(pg_read_file('/proc/' || pg_backend_pid() || '/status'), 'RssAnon:\s+(\d+)'))[1];};
my ($some, $more) = split /\n/, sql($db, "SET client_min_messages = error;\n" . $loop->(4) . "$memory\n" . $loop->(8) . $memory);
cmp_ok($more - $some, '<', 60_000, "memory does not grow with cancels ($some kB, then $more kB)");
drop_database($db);
done_testing();
