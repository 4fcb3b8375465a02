#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Access points from a variable: the value is checked as strictly as a
# constant, each worker keeps some of them, and does not confuse them.

use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;

use S3O::Nginx;
use S3O::Presigned qw(ARN HOST SECRET_KEY arn parse_url is_signed);

# the largest number that a worker keeps

use constant { KEPT => 16384, SIGNERS => 4096 };

my $t = S3O::Nginx->new(log_level => 'info');
my $arn = ARN =~ s/reports$//r;
my $alias = 'my-access-po-o01ac5d28a6a232904e8xz5w8ijx1qzlbp3i3kuse10--op-s3';

$t->write_file_expand('nginx.conf', <<"EOC")->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    keepalive_requests  100000;

    map \$arg_tenant \$access_point {
        one      @{[ arn('tenant-one') ]};
        two      @{[ arn('tenant-two') ]};
        alias    $alias;
        wrong    arn:aws:s3-outposts:us-west-2:1:outpost/op-1/accesspoint/abc;
        default  "";
    }

    add_header  X-Result \$s3o_presign_result always;

    s3o_presign_credentials   static access_key_id=AKIDEXAMPLE
                              secret_access_key=@{[ SECRET_KEY ]};

    server {
        listen       127.0.0.1:%%PORT_8080%%;
        server_name  localhost;

        s3o_presign  json;

        location /map/ {
            s3o_presign_access_point  \$access_point;
        }

        location /redirect/ {
            s3o_presign               redirect;
            s3o_presign_access_point  \$access_point;
        }

        location /on/ {
            s3o_presign               on;
            s3o_presign_access_point  \$access_point;
            try_files                 /nothing \@host;
        }

        location \@host {
            s3o_presign  off;
            add_header   X-Host \$s3o_presign_host;
            return       204;
        }

        location /region/ {
            s3o_presign_access_point  \$access_point;
            s3o_presign_region        eu-west-1;
        }

        location /name/ {
            s3o_presign_access_point  "${arn}\$s3o_presign_arg_name";
        }

        location /name-a/ {
            s3o_presign_access_point  "${arn}\$s3o_presign_arg_name";
            s3o_presign_endpoint      https://a.example;
        }

        location /name-b/ {
            s3o_presign_access_point  "${arn}\$s3o_presign_arg_name";
            s3o_presign_endpoint      http://b.example:8080;
        }

        location /any/ {
            s3o_presign_access_point  \$s3o_presign_arg_any;
        }

        location /any-us/ {
            s3o_presign_access_point  \$s3o_presign_arg_any;
            s3o_presign_region        us-east-1;
        }

        location /any-eu/ {
            s3o_presign_access_point  \$s3o_presign_arg_any;
            s3o_presign_region        eu-west-1;
        }

        location /proxy/ {
            s3o_presign               proxy;
            s3o_presign_access_point  "${arn}\$s3o_presign_arg_name";
            s3o_presign_methods       GET PUT;
            proxy_pass                http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen  127.0.0.1:%%PORT_8081%%;

        location / {
            return 200 \$http_host;
        }
    }
}

EOC

my $c = $t->connect();


# the variable of a map

is(host('/map/x?tenant=one'), HOST =~ s/reports/tenant-one/r,
   'the access point of the first tenant');
is(host('/map/x?tenant=two'), HOST =~ s/reports/tenant-two/r,
   'the access point of the second tenant');
is(host('/region/x?tenant=alias'), "$alias.op-01ac5d28a6a232904"
   . '.s3-outposts.eu-west-1.amazonaws.com', 'an alias with its region');
is(host('/region/x?tenant=two'), HOST =~ s/reports/tenant-two/r,
   'an ARN is accepted where the region is set');
is(get('/on/x?tenant=one')->{headers}{'x-host'}[0],
   HOST =~ s/reports/tenant-one/r, 'in mode "on"');


# empty and malformed values

for my $place (qw(map redirect on)) {
    $t->clear_log();

    my $r = get("/$place/x?tenant=nobody");

    is("$r->{status} $r->{headers}{'x-result'}[0]", '404 access_point',
       "$place: an empty access point is not found");
    is(scalar(() = $t->log_errors('notice')), 0,
       "$place: an empty access point is not logged as an error");

    $r = get("/$place/x?tenant=wrong");

    is("$r->{status} $r->{headers}{'x-result'}[0]", '500 access_point',
       "$place: a malformed access point is the server's fault");
    logged('s3o_presign_access_point', 'arn:aws:s3-outposts:us-west-2:1:'
           . 'outpost/op-1/accesspoint/abc', 'the account id must be 12 digits',
           $place);
    unlike($r->{raw}, qr/X-Amz-|amazonaws/, "$place: nothing is signed");
}

my $host_name = 'the access point name must be 3 to 50 lower-case letters, '
                . 'digits or hyphens, with no hyphen at either end';
my $sub = 'nothing may follow the access point name, an object key does not '
          . 'belong in the ARN';

for my $case (
    ['name', 'ab', $host_name],
    ['name', 'Reports', $host_name],
    ['name', 'reports.evil.example', $host_name],
    ['name', 'reports#', $host_name],
    ['name', 'reports@evil.example', $host_name],
    ['name', 'reports?', $host_name],
    ['name', "rep\norts", $host_name],
    ['name', "rep\0orts", $host_name],
    ['name', "reports\xc3\xa9", $host_name],
    ['name', ' reports', $host_name],
    ['name', 'reports/', $sub],
    ['name', 'reports:evil', $sub],
    ['name', 'reports/object/key', $sub],
    ['name', 'a' x 51, 'the access point name is longer than 50 characters, '
     . 'together with the account id it is too long for a host label'],
    ['name', 'a' x 300, 'expected 256 bytes or less'],
    ['any', 'https://evil.example', 'neither an access point ARN nor an alias '
     . 'that ends in "--op-s3"'],
    ['any', 'evil.example/--op-s3', 'an alias must be one lower-case host '
     . 'label of 50 to 63 characters with the outpost id in it, as S3 made it'],
    ['any', $alias, 'an alias does not contain its region, '
     . '"s3o_presign_region" must name it'],
    ['any', ARN =~ s/accesspoint/bucket/r, q{a bucket ARN gives no access to }
     . q{objects, the ARN of one of the bucket's access points is expected}],
    ['any', ARN =~ s/us-west-2/us-west-2.evil.example/r, 'the region of the '
     . 'ARN is not a region of a known partition'],
    ['any', ARN =~ s/op-\d+/op-1.evil/r, 'the outpost id must be "op-" and 1 '
     . 'to 60 lower-case letters or digits'],
    ['any', ARN =~ s/aws/evil/r, 'the partition of the ARN is not that of its '
     . 'region'])
{
    my ($place, $value, $why) = @$case;

    $t->clear_log();

    my $r = get("/$place/x?$place=" . escape($value));
    my $shown = ($place eq 'name' ? $arn : '') . $value;
    my $short = substr $shown =~ s/[\0-\x1f]/?/gr, 0, 256;

    is($r->{status}, 500, "refused: $short");
    logged('s3o_presign_access_point', $short, $why, $short);
    unlike($r->{raw}, qr/X-Amz-|amazonaws/, "not signed: $short");
}

# a refused value does not change later requests

is(host('/name/x?name=reports'), HOST,
   'a good value is accepted after bad ones');
is(get('/name/x?name=reports/')->{status}, 500,
   'a bad value is refused after a good one');
is(host('/name/x?name=reports'), HOST, 'the good value is accepted again');


# 1000 access points in one worker, each in three locations with other
# endpoints

my ($short) = HOST =~ /-(\d{12}\.op-\d+)\./;
my %end = ('name' => 's3-outposts.us-west-2.amazonaws.com',
           'name-a' => 'a.example', 'name-b' => 'b.example:8080');
my (@wrong, @unsigned);

for my $n (1 .. 1000) {
    for my $place (sort keys %end) {
        my $u = url("/$place/key-$n?name=ap-$n");

        push @wrong, "$place $n: $u->{host}"
            if $u->{host} ne "ap-$n-$short.$end{$place}";
        push @unsigned, "$place $n" unless $n % 10 || is_signed($u);
    }
}

is_deeply(\@wrong, [], '1000 access points, 3 endpoints: the hosts');
is_deeply(\@unsigned, [], '1000 access points, 3 endpoints: some signatures');

# the same alias has another host in each region

for my $n (1 .. 3) {
    is(url("/any-$_->[0]/x?any=$alias")->{region}, $_->[1],
       "an alias in $_->[1], $n")
        for ['us', 'us-east-1'], ['eu', 'eu-west-1'];
}

# more access points than a worker keeps, twice; meanwhile one request waits
# for its body, and its access point is dropped

my $slow = $t->connect();
my $name = 'ap-1';

$slow->write("PUT /proxy/x?name=$name HTTP/1.1\r\nHost: localhost\r\n"
             . "Content-Length: 4\r\n\r\nab");
is(get("/proxy/x?name=$name")->{body}, "$name-$short.$end{name}",
   'an access point is used while another request waits for its body');

my ($worker) = $t->workers();
my @kb = rss($worker);

for my $round (1, 2) {
    @wrong = grep { !found($_) } 1 + KEPT * ($round - 1) .. KEPT * $round;
    is_deeply([@wrong], [], KEPT . " more access points, round $round");
    push @kb, rss($worker);
}

SKIP: {
    skip 'sanitizers take memory', 2 if $ENV{TEST_NGINX_PRELOAD};

    cmp_ok($kb[1] - $kb[0], '<', 16 * 1024, 'kept access points are small');
    cmp_ok($kb[2] - $kb[1], '<', 1024,
           'old access points make room for new ones')
        or diag("@kb");
}

# more regions than a worker keeps signing keys for

my $signed = sub {
    my ($from, $to) = @_;

    my @lost = grep {
        my $region = "us-west-$_";
        my $u = url('/any/x?any=' . $arn =~ s/:us-west-2:/:$region:/r . 'ap-1');

        $u->{region} ne $region || $_ % 100 == 0 && !is_signed($u);
    } $from .. $to;

    is_deeply(\@lost, [], "regions from $from to $to");

    return rss($worker);
};

@kb = ($signed->(1, SIGNERS + 100), $signed->(SIGNERS + 101, 3 * SIGNERS));

SKIP: {
    skip 'sanitizers take memory', 1 if $ENV{TEST_NGINX_PRELOAD};

    cmp_ok($kb[1] - $kb[0], '<', 1024, 'old keys make room for new ones')
        or diag("@kb");
}

$signed->(1, 10);

$slow->write('cd');
is($slow->read_response()->{body}, "$name-$short.$end{name}",
   'a request keeps its target while it waits');
$_->close() for $slow, $c;

$t->done();


sub get {
    my ($uri) = @_;

    # nginx closes the connection after some refusals

    my $r = $c->request(uri => $uri);

    if (!$r || ($r->{headers}{connection}[0] // '') eq 'close') {
        $c->close();
        $c = $t->connect();
    }

    return $r // $c->request(uri => $uri);
}


sub url {
    my ($uri) = @_;

    my $r = get($uri);

    return parse_url($r->{status} == 200 ? decode_json($r->{body})->{url}
                                         : "https://status/$r->{status}");
}


sub host { return url(@_)->{host} }


sub escape {
    my ($text) = @_;

    return $text =~ s/([^A-Za-z0-9])/sprintf '%%%02x', ord $1/ger;
}


# tests that the log has one line, and what the line says

sub logged {
    my ($directive, $value, $why, $name) = @_;

    my @lines = $t->log_errors('notice');

    is(scalar @lines, 1, "the log has one line: $name") or diag(@lines);
    my ($said) = ($lines[0] // '')
                 =~ /\[error\].*s3o_presign: not signed: (.*?), client: /;

    is($said, "\"$directive\" yields \"$value\": $why",
       "the log says why: $name");
}


# returns the hosts of some access points, with a hundred requests at a time

{
    my %ahead;

    sub found {
        my ($n) = @_;

        if (!exists $ahead{$n}) {
            my @n = $n .. $n + 99;

            $c->write(join '', map {
                "GET /name/x?name=n-$_ HTTP/1.1\r\nHost: localhost\r\n\r\n"
            } @n);
            %ahead = map { $_ => $c->read_response()->{body} } @n;
        }

        return $ahead{$n} =~ m{"https://n-$n-\Q$short.$end{name}\E/x\?};
    }
}


sub rss {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/status" or return 0;

    return (map { /^VmRSS:\s*(\d+)/ ? $1 : () } <$file>)[0];
}
