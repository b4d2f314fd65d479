# Databases whose encoding is not UTF-8: texts are learned by character, and what is written is valid there.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Relsynth;
use Test::More;

# Words by the bytes of the encoding, as SQL.
my %words = (
    LATIN1    => [map { "convert_from('\\x$_', 'LATIN1')" } qw(4dfc6c6c6572 537472e4dfe c56e67737472f66d)],
    EUC_JP    => [map { "convert_from('\\x$_', 'EUC_JP')" } qw(c6fccbdc c5ecb5fe a4d2a4e9a4aca4ca)],
    SQL_ASCII => ["E'M\\xfcller'", "E'\\xff\\xfe'", "E'\\xe6\\x97'"],
);
$words{LATIN1}[1] = "convert_from('\\x537472e4dfe5', 'LATIN1')";

for my $encoding (sort keys %words) {
    my $db = "encoding_" . lc $encoding;
    drop_database($db);
    sql('postgres', "CREATE DATABASE $db ENCODING '$encoding' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    my $list = join ', ', @{ $words{$encoding} };
    my ($status, $out, $err) = run_sql($db, qq{
        SET client_encoding = '$encoding'; SET client_min_messages = warning;
        CREATE EXTENSION relsynth;
        CREATE TABLE word (n int, w text); INSERT INTO word SELECT n, w FROM unnest(ARRAY[$list]) WITH ORDINALITY u(w, n);
        CREATE SCHEMA s;
        DO \$\$ BEGIN EXECUTE format('CREATE TYPE s.label AS ENUM (%L, %L)', (SELECT w FROM word WHERE n = 1), (SELECT w FROM word WHERE n = 2));
          EXECUTE format('CREATE DOMAIN s.listed AS text CHECK (VALUE IN (%L, %L))', (SELECT w FROM word WHERE n = 1), (SELECT w FROM word WHERE n = 3)); END \$\$;
        CREATE TABLE s.p (id serial PRIMARY KEY, kind text NOT NULL, free text, short varchar(3), tags text[], l s.label, d s.listed);
        INSERT INTO s.p (kind, free, short, tags, l, d)
          SELECT a.w, a.w || ' ' || b.w || g, left(b.w, 3), ARRAY[a.w, b.w], CASE WHEN g % 2 = 0 THEN (SELECT w FROM word WHERE n = 1) END::s.label,
                 (SELECT w FROM word WHERE n = 3) FROM generate_series(1, 300) g JOIN word a ON a.n = 1 + g % 3 JOIN word b ON b.n = 1 + g / 3 % 3;
        CREATE TABLE s.o (id serial PRIMARY KEY, p_id int REFERENCES s.p, u text UNIQUE);
        INSERT INTO s.o (p_id, u) SELECT 1 + g % 300, (SELECT w FROM word WHERE n = 1) || g FROM generate_series(1, 500) g;
        SELECT count(*) FROM relsynth.synthesize('s', 'synth', seed => 1, scale => 2);
        SELECT count(*) FROM synth.p WHERE kind NOT IN (SELECT w FROM word);
        SELECT count(*) FROM synth.p WHERE '$encoding' = 'EUC_JP' AND free ~ '[!-/:-@]';
        SELECT count(DISTINCT l), count(DISTINCT d) FROM synth.p;
        SELECT count(*) FROM (SELECT p::text AS row FROM synth.p p UNION ALL SELECT o::text FROM synth.o o) r
          WHERE '$encoding' <> 'SQL_ASCII' AND row <> convert_from(convert_to(row, 'UTF8'), 'UTF8');});
    is($err, '', "$encoding: no error");
    is($out, "2\n0\n0\n1|1\n0", "$encoding: categories as they are, every character whole");
    drop_database($db);
}
done_testing();
