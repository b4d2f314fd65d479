# Bad input: one clear error with its SQLSTATE, nothing changed, the backend alive.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

my $db = fresh_database('bad_input');
sql($db, q{
  CREATE TABLE parent (id int PRIMARY KEY, v text);
  CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, n int);
  INSERT INTO parent SELECT i, 'v' || i % 3 FROM generate_series(1, 50) i;
  INSERT INTO child SELECT i, 1 + i % 50, i % 7 FROM generate_series(1, 200) i;
  CREATE TEMP TABLE brings_a_temporary_schema (x int);
  CREATE SCHEMA empty_one;
  CREATE SCHEMA taken; CREATE TABLE taken.child (x int);
  CREATE SCHEMA secret; CREATE TABLE secret.a (x int); CREATE TABLE secret.b (x int);
  CREATE SCHEMA orphaned; CREATE TABLE orphaned.p (id int PRIMARY KEY); CREATE TABLE orphaned.c (p_id int);
  INSERT INTO orphaned.c VALUES (1), (2);
  ALTER TABLE orphaned.c ADD CONSTRAINT broken FOREIGN KEY (p_id) REFERENCES orphaned.p NOT VALID;
  DROP ROLE IF EXISTS relsynth_stranger; CREATE ROLE relsynth_stranger; GRANT USAGE ON SCHEMA secret, relsynth, public TO relsynth_stranger;
  GRANT SELECT ON public.parent, public.child TO relsynth_stranger;
});

my @cases = (
    ['unknown schema',           q{relsynth.synthesize('nowhere', 'synth')},                                  '3F000', qr/nowhere/],
    ['no tables',                q{relsynth.synthesize('empty_one', 'synth')},                                '42P01', qr/empty_one/],
    ['target is the source',     q{relsynth.synthesize('public', 'public')},                                  '22023', qr/public/],
    ['target is the extension',  q{relsynth.synthesize('public', 'relsynth')},                                '22023', qr/belongs to the extension/],
    ['open quote',               q{relsynth.synthesize('"public', 'synth')},                                  '22023', qr/not closed/],
    ['target has the names',     q{relsynth.synthesize('public', 'taken')},                                   '42P07', qr/child/],
    ['unknown key',              q{relsynth.synthesize('public', 'synth', '{"sampel_rows": 5}')},             '22023', qr/sampel_rows.*HINT.*sample_rows/s],
    ['unknown table in config',  q{relsynth.synthesize('public', 'synth', '{"tables": {"chlid": {}}}')},      '42P01', qr/chlid.*HINT.*child/s],
    ['wrong value type',         q{relsynth.synthesize('public', 'synth', '{"sample_rows": "many"}')},        '22023', qr/sample_rows/],
    ['config is no object',      q{relsynth.synthesize('public', 'synth', '[1, 2]')},                         '22023', qr/object/],
    ['scale 0',                  q{relsynth.synthesize('public', 'synth', scale => 0)},                       '22023', qr/scale/],
    ['scale NaN',                q{relsynth.synthesize('public', 'synth', scale => 'NaN')},                   '22023', qr/scale/],
    ['scale infinite',           q{relsynth.synthesize('public', 'synth', scale => 'Infinity')},              '22023', qr/scale/],
    ['scale negative',           q{relsynth.synthesize('public', 'synth', scale => -1)},                      '22023', qr/scale/],
    ['seed as text',             q{relsynth.synthesize('public', 'synth', seed => 'abc')},                    '22P02', qr/abc/],
    ['unknown mode',             q{relsynth.synthesize('public', 'synth', mode => 'overwrite')},              '22023', qr/overwrite/],
    ['source is null',           q{relsynth.synthesize(NULL::text, 'synth')},                                 '22004', qr/source/],
    ['target is null',           q{relsynth.synthesize('public', NULL)},                                      '22004', qr/target/],
    ['target is empty',          q{relsynth.synthesize('public', '')},                                        '22023', qr/target/],
    ['target name is too long',  q{relsynth.synthesize('public', repeat('x', 64))},                           '22023', qr/too long/],
    ['temporary source',         q{relsynth.synthesize((SELECT nspname FROM pg_namespace WHERE nspname ~ '^pg_temp_' LIMIT 1), 'synth')}, '22023', qr/system/],
    ['rows break a key',         q{relsynth.synthesize('orphaned', 'synth')},                                 '23503', qr/broken/],
    ['declared key with orphans', q{relsynth.synthesize('public', 'synth', '{"relationships": [{"child": "child(n)", "parent": "parent(id)"}]}')}, '23503', qr/child/],
    ['declared key, no column',  q{relsynth.synthesize('public', 'synth', '{"relationships": [{"child": "child(zz)", "parent": "parent(id)"}]}')}, '42703', qr/zz/],
    ['append to nothing',        q{relsynth.synthesize('public', 'synth', mode => 'append')},                 '3F000', qr/synth/],
);
for my $case (@cases) {
    my ($name, $call, $state, $text) = @$case;
    my ($status, $out, $err) = run_sql($db, "SET client_min_messages = warning; SELECT * FROM $call");
    like($err, qr/ERROR:  $state:/, "$name: SQLSTATE $state") or diag($err);
    like($err, $text, "$name: says what is wrong");
    unlike($err, qr/server closed|terminat/, "$name: the backend is alive");
}
my ($status, $out, $err) = run_sql($db, q{SET ROLE relsynth_stranger; SELECT * FROM relsynth.synthesize('secret', 'synth')});
like($err, qr/ERROR:  42501:/, 'no privilege on the tables: SQLSTATE 42501');
like($err, qr/\ba\b.*\bb\b/s, 'both tables are named');
is(sqlstate($db, q{SET ROLE relsynth_stranger; SELECT * FROM relsynth.synthesize('public', 'synth')}), '42501', 'no privilege to create a schema');
is(sqlstate($db, q{BEGIN READ ONLY; SELECT * FROM relsynth.synthesize('public', 'synth')}), '25006', 'read-only transaction');
my (undef, undef, $several) = run_sql($db, q{SELECT * FROM relsynth.synthesize('public', 'synth', '{"sampel_rows": 5, "tables": 3}', scale => -1)});
like($several, qr/3 problems/, 'all problems at once');

is(sql($db, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'synth'}), '0', 'nothing was left behind');
is(sql($db, q{SELECT count(*) FROM pg_class WHERE relnamespace = 'taken'::regnamespace AND relkind = 'r'}), '1', 'the taken schema is as it was');
is(sql($db, q{SELECT count(*) > 0 FROM relsynth.synthesize('public', 'synth', seed => 1)}), 't', 'the good call works after all');
drop_database($db);
done_testing();
