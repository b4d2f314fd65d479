# Helpers of the TAP tests. A test runs beside a cluster made by scripts/with-cluster and talks to it through psql.
package Relsynth;
use strict;
use warnings;
use Exporter 'import';
use File::Temp ();
use IPC::Run ();

our @EXPORT = qw(fresh_database drop_database sql run_sql sqlstate in_background finish);

die "run this through scripts/with-cluster\n" unless $ENV{PGHOST};

# The psql command for a database; errors show their SQLSTATE.
sub _psql {
    my ($database, @more) = @_;
    return ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $database, @more);
}

# Runs SQL; returns exit status, output and errors.
sub run_sql {
    my ($database, $sql) = @_;
    my ($out, $err) = ('', '');
    IPC::Run::run([_psql($database, '-f', '-')], '<', \$sql, '>', \$out, '2>', \$err);
    my $status = $? >> 8;
    chomp $out;
    return ($status, $out, $err);
}

# Runs SQL that must succeed; returns its output.
sub sql {
    my ($status, $out, $err) = run_sql(@_);
    die "$_[1]\n$err" if $status;
    return $out;
}

# The SQLSTATE with which SQL fails; empty when it succeeds.
sub sqlstate {
    my ($status, $out, $err) = run_sql(@_);
    return $err =~ /(?:ERROR|FATAL):  ([0-9A-Z]{5}):/ ? $1 : $status ? "psql exit $status: $err" : '';
}

# An empty database with the extension in it.
sub fresh_database {
    my ($name) = @_;
    drop_database($name);
    sql('postgres', qq(CREATE DATABASE "$name"));
    sql($name, 'CREATE EXTENSION relsynth');
    return $name;
}

sub drop_database {
    my ($name) = @_;
    sql('postgres', qq(DROP DATABASE IF EXISTS "$name" WITH (FORCE)));
    return;
}

# Starts SQL without waiting; finish() waits and returns what run_sql() returns.
sub in_background {
    my ($database, $sql) = @_;
    my %job = (file => File::Temp->new, out => '', err => '');
    print { $job{file} } $sql;
    $job{file}->flush;
    $job{harness} = IPC::Run::start([_psql($database, '-f', $job{file}->filename)], '<', \undef, '>', \$job{out}, '2>', \$job{err});
    return \%job;
}

sub finish {
    my ($job) = @_;
    $job->{harness}->finish;
    my $status = $job->{harness}->result(0);
    chomp $job->{out};
    return ($status, $job->{out}, $job->{err});
}

1;
