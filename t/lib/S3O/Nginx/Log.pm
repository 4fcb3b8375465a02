package S3O::Nginx::Log;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The error log of an nginx under test, and the two tests that end every
# script.  A parent class of S3O::Nginx.

use strict;
use warnings;

use Test::More ();

use S3O::Process qw(slurp wait_until);

my @levels = qw(debug info notice warn error crit alert emerg);
my $sanitizer = qr/(?:Address|Leak|Memory|Thread|UndefinedBehavior)Sanitizer
                   |runtime\ error:/x;


sub _log_file { return $_[0]->testdir() . '/error.log' }


# The lines of the error log, or of a text, from a level upwards.  The default
# is all but those of level "debug".

sub log_errors {
    my ($self, $level, $text) = @_;

    return _lines_from($text // slurp($self->_log_file()), $level // 'info');
}


sub _lines_from {
    my ($text, $level) = @_;

    my $seen = 0;
    my $names = join '|', grep { $seen ||= $_ eq $level } @levels;

    return grep { /^\S+ \S+ \[(?:$names)\]/ } split /\n/, $text;
}


# Tests that the log matches.  Waits for it, as a line that is logged at the end
# of a request may come after the response.

sub error_log_like {
    my ($self, $re, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $found = wait_until(sub {
        slurp($self->_log_file()) =~ /$re/ ? 1 : 0
    }, 60);

    Test::More::ok($found, $name // "error log matches $re")
        or Test::More::diag("no match for $re in:\n",
                            map { "    $_\n" } $self->log_errors());
    return $found;
}


sub error_log_unlike {
    my ($self, $re, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my @hits = grep { /$re/ } split /\n/, slurp($self->_log_file());

    return Test::More::is(join("\n", @hits), '',
                          $name // "error log does not match $re");
}


# empties the log; alerts that were in it still count at the end

sub clear_log {
    my ($self) = @_;

    my $text = slurp($self->_log_file());

    $self->add_alert($_) for _lines_from($text, 'alert');
    push @{ $self->{sanitizer_hits} }, grep { /$sanitizer/ } split /\n/, $text;

    # nginx opens its log for appending, so the file can be truncated

    truncate $self->_log_file(), 0;

    return $self;
}


# How many bytes arrived on plain HTTP/1.x connections since the log was
# cleared, those of discarded bodies included.  Needs the debug log.

sub bytes_received {
    my ($self) = @_;

    my $log = slurp($self->_log_file());
    my $sum = 0;

    $sum += $1 while $log =~ /recv: fd:\d+ (\d+) of \d+/g;

    return $sum;
}


sub add_alert {
    my ($self, $line) = @_;

    push @{ $self->{alerts} }, $line;

    return $self;
}


# todo_alerts(qr/.../, ...) allows alerts that match; without an argument all

sub todo_alerts {
    my ($self, @re) = @_;

    push @{ $self->{alerts_allowed} }, @re ? @re : qr/^/;

    return $self;
}


# [alert] and [emerg] lines that nobody allowed

sub alerts {
    my ($self) = @_;

    my @allowed = @{ $self->{alerts_allowed} // [] };
    my @found = (@{ $self->{alerts} // [] }, $self->log_errors('alert'));

    for my $re (@allowed) {
        @found = grep { $_ !~ $re } @found;
    }

    return @found;
}


# reports of a sanitizer in all files to which it may write

sub sanitizer_errors {
    my ($self) = @_;

    my $dir = $self->testdir();
    my @files = ($self->_log_file(), "$dir/stderr.log", "$dir/stdout.log",
                 glob "$dir/sanitizer/*");

    my @found = @{ $self->{sanitizer_hits} // [] };

    for my $file (@files) {
        my @lines = split /\n/, slurp($file);
        my @hits = grep { $lines[$_] =~ /$sanitizer/ } 0 .. $#lines or next;

        my $end = $hits[0] + 30;
        $end = $#lines if $end > $#lines;
        push @found, @lines[$hits[0] .. $end];
    }

    return @found;
}


sub final_tests {
    my @instances = @_;

    Test::More::is(join("\n", map { $_->alerts() } @instances), '',
                   'no alerts');
    Test::More::is(join("\n", map { $_->sanitizer_errors() } @instances), '',
                   'no sanitizer errors');
}


# printed when a test has failed, for whoever looks for the reason

sub dump_log {
    my ($self, $lines) = @_;

    $lines //= 40;

    my $text = slurp($self->_log_file());
    my @all = $ENV{TEST_NGINX_CATLOG} ? split /\n/, $text
                                      : _lines_from($text, 'info');

    splice @all, 0, @all - $lines if !$ENV{TEST_NGINX_CATLOG}
                                     && @all > $lines;

    Test::More::diag("error.log of $self->{testdir}:\n",
                     map { "    $_\n" } @all);
}


sub dump_config {
    my ($self) = @_;

    my $n = 0;
    my @lines = split /\n/, $self->read_file('nginx.conf') or return;

    Test::More::diag("nginx.conf of $self->{testdir}:\n",
                     map { sprintf "    %3d  %s\n", ++$n, $_ } @lines);
}


1;
