package S3O::Sources;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# An nginx with one location for each of several sources of credentials:
#
#     my $t = S3O::Sources->new();
#     $t->source(a => 'imds endpoint=http://' . $imds->authority());
#     $t->run_sources();
#     $t->signs(a => { access_key => 'ASIA1', secret_key => 'abc' }, 'signs');
#     is_deeply([$t->fetch_errors()], [], 'no errors');
#
# GET /a/x answers with a URL that source "a" signed, as JSON.

use strict;
use warnings;

use parent qw(S3O::Nginx);

use JSON::PP ();
use Test::More ();

use S3O::Presigned qw(ARN parse_url is_signed);
use S3O::Process qw(slurp wait_until);
use S3O::SigV4 qw(uri_encode);


# source(name => "what follows s3o_presign_credentials", name => ...)

sub source {
    my ($self, @pairs) = @_;

    while (my ($name, $source) = splice @pairs, 0, 2) {
        push @{ $self->{names} }, $name unless $self->{sources}{$name};
        $self->{sources}{$name} = $source;
    }

    return $self;
}


sub names { return @{ $_[0]{names} // [] } }


# more lines for http{} and for the main context

sub http_lines {
    my ($self, $text) = @_;

    $self->{http_lines} = $text;

    return $self;
}


sub main_lines {
    my ($self, $text) = @_;

    $self->{main_lines} = $text;

    return $self;
}


# To be called before run_sources(): the clock and all timers stand still.  What
# fails does so by itself, not because a busy machine has answered too late;
# nothing times out and nothing is tried again before pass().

sub still {
    my ($self, $time) = @_;

    $self->{still} = 1;

    return $self->faketime($time // time, timers => 1);
}


# the worker has run the timers that are due when it answers the second request,
# as it runs timers after the first one

sub pass {
    my ($self, $seconds) = @_;

    $self->SUPER::pass($seconds);
    $self->states() for 1, 2;

    return $self;
}


sub config {
    my ($self) = @_;

    my $locations = join '', map { <<"EOL" } $self->names();
        location /$_/ {
            s3o_presign_credentials  $self->{sources}{$_};
        }

EOL

    my $main = $self->{main_lines} // '';
    my $http = $self->{http_lines} // '';

    # a request that waits would be answered only when the clock moves

    $http .= ' s3o_presign_credentials_wait 0;' if $self->{still};

    return <<"EOC";

%%TEST_GLOBALS%%
$main

events {
}

http {
    %%TEST_GLOBALS_HTTP%%
    $http

    server {
        listen                    127.0.0.1:%%PORT_8080%%;
        server_name               localhost;

        s3o_presign               json;
        s3o_presign_access_point  @{[ ARN ]};

$locations
        location /status {
            s3o_presign           off;
            s3o_presign_status    json;
        }
    }
}

EOC
}


sub run_sources {
    my ($self) = @_;

    $self->write_file_expand('nginx.conf', $self->config());
    $self->run();

    # the first look of a worker is one millisecond after its start

    if ($self->{still}) {
        $self->states();
        $self->pass(0.01);
    }

    return $self;
}


# "nginx -t" with the sources: (exit status, what it said)

sub check_sources {
    my ($self, %o) = @_;

    return $self->check_config($self->config(), %o);
}


# a URL that a source signs, parsed; only {status =>} when there is none

sub signed {
    my ($self, $name) = @_;

    my $r = $self->request(uri => "/$name/x") // return { status => 0 };

    return { status => $r->{status} } if $r->{status} != 200;
    return { status => 200, %{ parse_url(JSON::PP::decode_json($r->{body})
                                         ->{url}) } };
}


# tests that a source signs with this set now; what the set does not have the
# URL must not have either

sub signs {
    my ($self, $name, $set, $test) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $u = $self->signed($name);

    return Test::More::is($u->{status}, 200, $test) if $u->{status} != 200;

    my $got = {
        access_key    => $u->{access_key},
        session_token => $u->{token},
        signed        => is_signed($u, secret_key => $set->{secret_key}),
    };

    return Test::More::is_deeply(
        $got, { access_key => $set->{access_key}, signed => 1,
                session_token => $set->{session_token} }, $test)
        || Test::More::diag($u->{url});
}


# waits until a source signs with this access key, and tests that; or with this
# set, whose other parts signs() tests

sub comes_to_sign {
    my ($self, $name, $set, $test, $timeout) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $access_key = ref $set ? $set->{access_key} : $set;
    my $last;

    wait_until(sub {
        my $u = $self->signed($name);
        $last = $u->{access_key} // "status $u->{status}";
        return $last eq $access_key;
    }, $timeout);

    return $self->signs($name, $set, $test)
        if ref $set && $last eq $access_key;
    return Test::More::is($last, $access_key, $test);
}


# Log lines about failed fetches at level "error" and above, each as {level,
# source, reason, from, address, file}; only those that match the hash.

sub fetch_errors {
    my ($self, %match) = @_;

    return $self->_errors_of([$self->log_errors('error')], %match);
}


sub _errors_of {
    my ($self, $lines, %match) = @_;

    my @found;

    for my $line (@$lines) {
        my ($level, $text) = $line =~ /\[(\w+)\] \d+#\d+: (.*)/;

        next if $text =~ /s3o_presign: not signed/;

        my %e = (level => $level, line => $text);

        @e{qw(source reason)} = ($1, $2)
            if $text =~ /^s3o_presign: no new credentials "(\w+)": (.*)/;
        if (defined $e{reason}) {
            @e{qw(from address file)} = ($1, $2, $3)
                if $e{reason} =~ s/,\ while\ fetching\ credentials\ "\w+"
                                   \ from\ (\S+)(?:\ \((\S+)\))?
                                   (?:\ through\ the\ proxy\ \S+)?
                                   (?:\ with\ the\ token\ file\ "(.*)")?$//x;
            $e{file} = $1 if $e{reason} =~ s/, while reading "(.*)"$//;
        }

        push @found, \%e unless grep { ($e{$_} // '') ne $match{$_} }
                                keys %match;
    }

    return @found;
}


# waits for the first such line, and returns its reason

sub wait_for_error {
    my ($self, %match) = @_;

    my $timeout = delete $match{timeout};
    my ($e) = wait_until(sub { ($self->fetch_errors(%match))[0] }, $timeout);

    return $e ? $e->{reason} : undef;
}


# tests that none of the values is in the log, at any level, also not
# percent-encoded; values shorter than eight bytes could be there by chance

sub hides {
    my ($self, $test, @values) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $log = slurp($self->testdir() . '/error.log');
    my @seen = grep { length >= 8 && index($log, $_) >= 0 }
               map { ($_, uri_encode($_)) } @values;

    return Test::More::is("@seen", '', $test);
}


# what the status page has of all sources, in the order of the configuration

sub states {
    my ($self) = @_;

    return @{ JSON::PP::decode_json($self->request(uri => '/status')->{body})
              ->{sources} };
}


# tests that there is one line for each failed fetch of any source, and no other
# line at level "error" or above

sub one_line_each {
    my ($self, $test) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($failures, $log);

    # The only worker counts a failure right after it has written the line.  So
    # the log has exactly the lines of these failures when the count is the same
    # before and after reading the log.

    wait_until(sub {
        $failures = $self->_failures();
        $log = slurp($self->testdir() . '/error.log');
        return $self->_failures() == $failures;
    });

    my @lines = $self->_errors_of([$self->log_errors('error', $log)]);

    my @strange = map { $_->{line} } grep { !$_->{reason} } @lines;

    return Test::More::is_deeply([scalar @lines, @strange], [$failures], $test);
}


sub _failures {
    my ($self) = @_;

    my $sum = 0;
    $sum += $_->{failures} for $self->states();

    return $sum;
}


1;
