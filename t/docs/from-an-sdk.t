#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/from-an-sdk.md: the URLs that the two AWS programs of the page ask for
# are signed by the module as the SDK for Python signs them, with the same
# bytes in each argument, and a real S3 server accepts them.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use S3O::Book;
use S3O::Nginx;
use S3O::Oracle;
use S3O::Presigned qw(parse_url);
use S3O::Process qw(capture slurp spew wait_until);

use constant PAGE => 'docs/from-an-sdk.md';

my @login = ('-u', 'alice:secret');
my $text = slurp(S3O::Nginx::root() . '/' . PAGE);

my $b = S3O::Book->new(page => PAGE)->has(qw(botocore));
my $s3 = $b->s3();
my @compared;

$b->http("s3o_presign_credentials file path=@{[
         $b->place('/etc/nginx/s3o-credentials') ]};\n"
         . "s3o_presign_access_point @{[ $s3->arn() ]};\n");

my $url = $b->recipe('The configuration');

$b->open();

java();
python();
commands();
judged();

$b->done();


# the redirect and the JSON: PUT with text/plain, ten minutes

sub java {
    my %type = ('Content-Type' => 'text/plain');

    my $r = $b->ask("$url/text/j.txt", upload => 'a line', args => [@login],
                    headers => [%type]);

    same('Java, redirect', $r->{headers}{location}[0], 'put', 'j.txt', 600,
         'text/plain');

    my $json = decode($b->ask("$url/text-url?key=j.txt", args => [@login],
                              headers => [%type]));

    is_deeply([@$json{qw(method headers expires_in)}],
              ['PUT', { 'content-type' => 'text/plain' }, 600],
              'Java, JSON: the headers to send');
    same('Java, JSON', $json->{url}, 'put', 'j.txt', 600, 'text/plain');

    $r = $b->ask($json->{url}, upload => 'a line', headers => [%type]);

    is($r->{status}, 200, 'Java: the S3 server takes the upload');
    is($b->object('j.txt'), 'a line', 'Java: the S3 server stores the upload');

    $r = $b->ask($json->{url}, upload => 'other',
                 headers => ['Content-Type' => 'text/html']);

    is($r->{status}, 403, 'Java: the S3 server refuses another type');
    is($b->object('j.txt'), 'a line', 'Java: the object is unchanged');
}


# the redirect and the JSON: GET and PUT, 1000 seconds

sub python {
    for my $key ('p.txt', 'a folder/ü +&.txt') {
        my $path = $key =~ s/([^\w.\/-])/sprintf '%%%02X', ord $1/ger;

        my $r = $b->ask("$url/files/$path", upload => "for $key",
                        args => [@login]);

        same("Python, redirect of PUT $key", $r->{headers}{location}[0],
             'put', $key, 1000);

        $r = $b->ask($r->{headers}{location}[0], upload => "for $key");
        is($r->{status}, 200, 'Python: the S3 server takes the upload');
        is($b->object($key), "for $key",
           'Python: the S3 server stores the upload');

        $r = $b->ask("$url/files/$path", args => [@login]);

        same("Python, redirect of GET $key", $r->{headers}{location}[0],
             'get', $key, 1000);
        is($b->ask($r->{headers}{location}[0])->{body}, "for $key",
           'Python: the S3 server gives the download');

        for my $method ('GET', 'PUT') {
            my $json = decode($b->ask("$url/url?method=$method&key=$path",
                                      args => [@login]));

            same("Python, JSON of $method $key", $json->{url}, lc $method,
                 $key, 1000);
        }
    }
}


# the curl commands of the page

sub commands {
    my ($sh) = $text =~ /^```sh\n(.*?)^```$/ms;
    my $home = $b->testdir();

    spew("$home/a.txt", 'one');
    spew("$home/b.txt", 'two');

    my $out = '';

    for my $command (split /\n/, $sh) {
        $command =~ s/alice/alice:secret/;
        $command =~ s{https://files\.example\.com}{$url};

        (my $rc, $out) = capture(['sh', '-c', $command . ' -sS -f --noproxy '
                                  . join ' ', map { "'$_'" } '*',
                                    $b->curl_args()], dir => $home);
        is($rc, 0, $command) or diag($out);
    }

    is($b->object('a.txt') . ' ' . $b->object('b.txt') . " $out",
       'one two two', 'curl stores and fetches');
    is($s3->signed(method => 'HEAD', key => 'a.txt')
       ->{headers}{'content-type'}[0], 'text/plain', 'the object has the type');
}


sub decode { return JSON::PP->new->decode($_[0]{body}) }


# remembers a URL, to compare it with the one that the program of the page
# makes

sub same {
    my ($name, $url, $action, $key, $expires, $type) = @_;

    push @compared, { name => $name, url => $url, action => $action,
                      key => $key, expires => $expires, type => $type,
                      date => parse_url($url // '')->{args}{'X-Amz-Date'} };

    return;
}


# The program of the page, run at the time when each URL was signed.  The Java
# URL has a content type.  CRT is not used, as it signs by itself and has its
# own clock.

sub judged {
    my ($program) = $text =~ /^```python\n(.*?)^```$/ms;
    my $home = $b->testdir();

    $program =~ s/ExpiresIn=1000/ExpiresIn=expires/;
    $program =~ s/Params=(\{.*?\})/Params={**$1, **more}/;
    $program =~ s/^(?=.)/    /mg;

    spew("$home/cases", JSON::PP->new->ascii->encode(\@compared));
    spew("$home/program.py", <<"EOP");
import datetime, json, sys, types
import boto3, botocore.auth
from botocore.config import Config

class Clock(datetime.datetime):
    utcnow = now = classmethod(lambda cls, tz=None: frozen)

botocore.auth.datetime = types.SimpleNamespace(
    datetime=Clock, timezone=datetime.timezone)
botocore.auth.get_current_datetime = lambda *a, **kw: frozen

arn = sys.argv[1]

for case in json.load(open(sys.argv[2])):
    key, action, expires = case["key"], case["action"], case["expires"]
    key = key.encode("latin-1").decode()
    more = {"ContentType": case["type"]} if case["type"] else {}
    frozen = datetime.datetime.strptime(case["date"], "%Y%m%dT%H%M%SZ")

$program
    print(url)
EOP

    my ($rc, $out) = capture(
        [S3O::Oracle::python(), '-W', 'ignore', "$home/program.py",
         $s3->arn(), "$home/cases"],
        env => { AWS_ACCESS_KEY_ID     => $s3->access_key(),
                 AWS_SECRET_ACCESS_KEY => $s3->secret_key(),
                 BOTO_DISABLE_CRT => 'true', PYTHONDONTWRITEBYTECODE => 1 });

    is($rc, 0, 'the program of the page runs') or diag($out);

    my @theirs = split /\n/, $out;

    is(scalar @theirs, scalar @compared, 'the program makes all URLs');

    is(sorted($_->{url}), sorted(shift @theirs // ''),
       "$_->{name}: the same URL as the program's") for @compared;
}


# the order of arguments is free, and each SDK has its own

sub sorted {
    my ($place, $query) = split /\?/, $_[0], 2;

    return "$place?" . join '&', sort split /&/, $query;
}
