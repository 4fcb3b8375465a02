#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Thousands of malformed and random requests: none crashes a worker or gets a
# server error, and each signed request is one that the location allows.
# TEST_SEED=n repeats a run, TEST_HOSTILE=n makes it longer.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Hostile qw(pick bytes make_method make_path make_args make_headers
    forbidden dropped);
use S3O::HTTP;
use S3O::Nginx;
use S3O::Outpost;
use S3O::Presigned qw(parse_url);
use S3O::Process qw(wait_until);
use S3O::SigV4;

my $seed = $ENV{TEST_SEED} // time ^ $$;
my $requests = $ENV{TEST_HOSTILE} // 5000;

srand $seed;

my $token = 'TOKEN/of+the/module==';
my $s3 = S3O::Outpost->new(session_token => $token)->start();
my $t = S3O::Nginx->new(log_level => 'info');

my %known = ($s3->access_key() => { secret_key => $s3->secret_key(),
                                    session_token => $token });

# the requests that a location allows, see S3O::Hostile

my %allowed = (
    get  => { methods => [qw(GET HEAD)], args => [qw(versionId
                          response-content-type partNumber)] },
    put  => { methods => [qw(PUT DELETE)], args => [], multipart => 1 },
    list => { methods => [qw(GET)], args => [], list => 1 },
    ops  => { methods => [qw(PUT)], args => [qw(versionId)], list => 1,
              operations => [qw(ListObjectVersions ListMultipartUploads
                             GetObjectTagging PutObjectTagging)] },
    arg  => { methods => [qw(GET)], args => [], key => '$s3o_presign_arg_key' },
);

$_->{prefix} = 'tenant/' for values %allowed;

my %mode = (
    redirect => 's3o_presign redirect;',
    json     => 's3o_presign json; client_max_body_size 0;',
    proxy    => 's3o_presign proxy; proxy_pass http://outpost; '
                . 'proxy_http_version 1.1; proxy_set_header Connection "";',
    on       => 's3o_presign on; add_header X-Url $s3o_presign_url always; '
                . 'add_header X-Auth $s3o_presign_authorization always; '
                . 'try_files /page.html =404;',
);

$s3->known_to($t, OUTPOST => '127.0.0.1:' . $s3->port(), TOKEN => $token,
              LOCATIONS => locations());

$t->write_file_expand('nginx.conf', <<'EOC');

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%
    access_log  off;

    upstream outpost {
        server     %%OUTPOST%%;
        keepalive  4;
    }

    %%TEST_OUTPOST%%
    s3o_presign_key             tenant/$s3o_presign_path;
    s3o_presign_signed_headers  x-amz-meta-* content-type x-amz-acl;

    keepalive_requests      100000;
    client_header_timeout   20s;
    client_body_timeout     20s;
    ignore_invalid_headers  off;
    underscores_in_headers  on;

    server {
        listen  127.0.0.1:%%PORT_8080%%;
        root    %%TESTDIR%%;

%%LOCATIONS%%
    }
}

EOC

$t->write_file('page.html', 'a page')->run();

my $worker = wait_until(sub { join ' ', $t->workers() });
my (%status, @faults, $c);
my $signed = 0;

for my $n (1 .. $requests) {
    my $q = make_request((sort keys %mode)[$n % 4]);
    my @wrong = send_request($q);

    next unless @wrong;

    push @faults, map { "$_: " . substr($q->{head}, 0, 200)
                        =~ s/([^ -~])/sprintf '\x%02x', ord $1/ger } @wrong;
    last if @faults > 10;
}

garbage() for 1 .. $requests / 25;

is(join("\n", @faults), '', "$requests requests: none is answered wrong");

my %kinds = map { substr($_, 0, 1) . 'xx' => 1 } keys %status;

cmp_ok($signed, '>', $requests / 20, 'many of them were signed');
ok($kinds{$_}, "some answers are $_") for qw(2xx 3xx 4xx);

is(join(' ', grep { /^5/ && !/^50[15]$/ } sort keys %status), '',
   'no answer is an error of the server');

my @bad = map { proxied($_) } $s3->requests();
splice @bad, 10;

is(join("\n", @bad), '', 'every request to the Outpost is allowed and signed');
cmp_ok(scalar($s3->requests()), '>', $requests / 100,
       'the Outpost got many requests');

is(join(' ', $t->workers()), $worker, 'the worker is still the same');
is($t->request(uri => '/redirect-get/k')->{status}, 307,
   'the worker still works');
is(join("\n", $t->log_errors('crit')), '', 'no critical line is in the log');

diag("TEST_SEED=$seed", map { " $_:$status{$_}" } sort keys %status)
    unless Test::More->builder->is_passing();

$t->done();


sub locations {
    my $text = '';

    for my $mode (sort keys %mode) {
        for my $name (sort keys %allowed) {
            my $a = $allowed{$name};

            $text .= "        location /$mode-$name/ {\n"
                . "            s3o_presign_methods @{ $a->{methods} };\n"
                . ($a->{key} ? "            s3o_presign_key tenant/$a->{key};\n"
                             : '')
                . (@{ $a->{args} } ? "            s3o_presign_args "
                                     . "@{ $a->{args} };\n" : '')
                . join('', map { "            s3o_presign_$_ on;\n" }
                           grep { $a->{$_} } qw(multipart list))
                . ($a->{operations} ? '            s3o_presign_operations '
                                      . "@{ $a->{operations} };\n" : '')
                . "            $mode{$mode}\n        }\n";
        }
    }

    return $text;
}


# a request that nginx may or may not accept as one

sub make_request {
    my ($mode) = @_;

    my $where = "$mode-" . pick(sort keys %allowed);
    my $method = make_method();
    my $uri = $where =~ /arg$/ ? "/$where/?key=" . make_path()
                               : "/$where/" . make_path()
                               . make_args('tenant/');
    $uri = 'http://' . pick('a', 'localhost:1', '[::1]') . $uri
        if rand() < 0.03;

    # bytes that end the request line, or begin another one

    $uri =~ tr/\r\n \0//d unless rand() < 0.02;
    $uri =~ s/[\r\n]//g;

    my @headers = make_headers();
    my $body = $method =~ /^(?:PUT|POST)$/ ? bytes(200) : '';

    push @headers, 'Content-Length: ' . length $body if length $body;

    my $head = "$method $uri HTTP/" . (rand() < 0.95 ? '1.1' : '1.0') . "\r\n"
               . join('', map { "$_\r\n" } @headers) . "\r\n";

    return { method => $method, where => $where, mode => $mode,
             headers => \@headers, head => $head, body => $body };
}


# returns the faults of the answer

sub send_request {
    my ($q) = @_;

    my $r;

    for my $try (1, 2) {
        $c //= $t->connect();
        $c->write($q->{head} . $q->{body});

        $r = eval { $c->read_response(method => $q->{method}, timeout => 30) };
        last if $r;

        # the connection may have ended with the last request

        $c->close();
        undef $c;
        return () if $@;
    }

    # a line break in a header may have ended the request: the rest is another
    # one

    if ($r && (($r->{headers}{connection} // [''])->[0] ne 'keep-alive'
               || length $c->{buf}
               || join('', @{ $q->{headers} }) =~ /[\r\n]/))
    {
        $c->close();
        undef $c;
    }

    return 'no answer' unless $r;

    # S3 refuses a request whose body has not the announced form

    my $broken = $q->{mode} eq 'proxy' && $r->{status} == 502
                 && $q->{head} =~ /STREAMING-UNSIGNED-PAYLOAD-TRAILER/;

    $status{ $broken ? 400 : $r->{status} }++;

    return () if $q->{mode} eq 'proxy';
    return judge($q, $r);
}


sub judge {
    my ($q, $r) = @_;

    my $url = $q->{mode} eq 'redirect' ? $r->{headers}{location}[0]
              : $q->{mode} eq 'on' ? $r->{headers}{'x-url'}[0]
              : ($r->{headers}{'content-type'}[0] // '') =~ /json/
                && length $r->{body}
              ? (eval { JSON::PP::decode_json($r->{body}) }
                 // return "no JSON: $r->{body}")->{url}
              : undef;

    if (!defined $url) {
        return $r->{raw} =~ /Signature=[0-9a-f]{64}|\QTOKEN\E|$token/
               ? 'something is told' : ();
    }

    $signed++;

    my $u = eval { parse_url($url) } or return "not a URL: $url";
    my %signed_names = map { $_ => 1 }
                       split /;/, $u->{args}{'X-Amz-SignedHeaders'} // '';

    my @headers = (['host', $u->{host}]);

    for my $line (@{ $q->{headers} }) {
        my ($name, $value) = $line =~ /^([^:]*):\s*(.*)$/s or next;

        push @headers, [lc $name, $value]
            if $signed_names{ lc $name } && lc $name ne 'host';
    }

    my $v = S3O::SigV4::verify(method => $q->{method},
        target => $url =~ s{^\w+://[^/]+}{}r, headers => \@headers,
        credentials => \%known, region => $s3->region(), host => $s3->host());

    # S3 may refuse arguments of the client, which the redirect repeats

    return () if ($v->{message} // '') =~ /^Repeated header: content-/;
    return "$v->{code} $v->{message}" unless $v->{ok};

    my ($query) = $q->{head} =~ /^\S+ [^ ?#]*\?([^ #]*)/;
    my ($name) = $q->{where} =~ /-(\w+)$/;

    return (dropped($query, $v), forbidden($allowed{$name}, $q->{method}, $v));
}


# returns the faults of a request to the Outpost; the request does not name
# its location, so one of the proxying locations must allow it

sub proxied {
    my ($r) = @_;

    # the client may send what S3 must refuse, under a right signature, or
    # bytes that no header should have

    return "$r->{verdict} $r->{message} $r->{raw_head}"
        unless $r->{verdict} =~ /^(?:ok|BadDigest|IncompleteBody
                                  |MissingContentLength)$/x
               || $r->{message} =~ /^Repeated header: (?:content-|range)/
               || ($r->{malformed} // '') =~ /^header line/
               || ($r->{payload} // '') =~ /^STREAMING/;

    return () if $r->{malformed};

    my @why;

    for my $name (sort keys %allowed) {
        my @wrong = forbidden($allowed{$name}, $r->{method}, $r) or return ();
        push @why, @wrong;
    }

    return join ', ', $r->{method}, $r->{target}, @why;
}


# the answer to what is not a request

sub garbage {
    my $socket = $t->connect(timeout => 2);

    $socket->write(pick(bytes(300), "GET /redirect-get/k\r\n" . bytes(50),
                        "GET /proxy-get/" . bytes(100) . " HTTP/9.9\r\n\r\n",
                        "\x16\x03\x01" . bytes(100), "PRI * HTTP/2.0\r\n\r\n",
                        "PUT /proxy-put/k HTTP/1.1\r\nHost: a\r\nTransfer-"
                        . "Encoding: chunked\r\n\r\n" . bytes(20)));
    $socket->read_all(0.003);
    $socket->close();
}
