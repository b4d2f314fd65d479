# Other sessions change the source: what was read is what is locked, and the target follows what was read.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Relsynth;
use Test::More;
use Time::HiRes qw(sleep);

my $db = fresh_database('concurrent_changes');
sql($db, q{
  CREATE TABLE parent (id int PRIMARY KEY, v text);
  CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, n int);
  CREATE INDEX child_n ON child (n);
  INSERT INTO parent SELECT i, 'v' || i % 3 FROM generate_series(1, 50) i;
  INSERT INTO child SELECT i, 1 + i % 50, i % 7 FROM generate_series(1, 200) i;
});

# The calling statement's own snapshot is older than the change that the lock waits for.
for my $change ('ALTER TABLE parent RENAME TO renamed', 'ALTER TABLE renamed RENAME TO parent', 'DROP INDEX child_n',
    'ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey', 'ALTER TABLE child ADD COLUMN late int') {
    my $ddl = in_background($db, "BEGIN; $change; SELECT pg_sleep(0.6); COMMIT");
    sleep(0.3);
    my ($status, $out, $err) = run_sql($db, q{SET client_min_messages = warning;
        SELECT string_agg(table_name || ' ' || synthetic_rows, ', ' ORDER BY source_rows) FROM relsynth.synthesize('public', 'synth', mode => 'replace')});
    finish($ddl);
    is($err, '', $change);
    like($out, qr/^(?:parent|renamed) 50, child 200$/, 'both tables are written');
}

# A foreign key can be added while the source is locked for reading: it is not part of what was read.
sql($db, q{INSERT INTO child SELECT i, i % 7, i % 7 FROM generate_series(201, 100000) i WHERE i % 7 > 0});
my $job = in_background($db, q{SET client_min_messages = warning; SELECT count(*) FROM relsynth.synthesize('public', 'synth', mode => 'replace', seed => 1)});
for (1 .. 40) {
    sql($db, q{ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent}) if $_ == 4;
    sleep(0.05);
}
my ($status, $out, $err) = finish($job);
is($err, '', 'a foreign key that is added meanwhile');
drop_database($db);
done_testing();
