#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The benchmark: its servers do what is to be measured, and its gate lets
# nothing else through.

use strict;
use warnings;

use FindBin ();
use lib $FindBin::Bin;

use Test::More;

use S3O::Bench::Answers qw(cases);
use S3O::Bench::Gate qw(gate_url gate_answer);
use S3O::Bench::Setup qw(ACCESS_KEY SECRET_KEY TOKEN KEY REGION
    URL_LENGTH);
use S3O::Presigned qw(HOST);
use S3O::Process qw(find_program);
use S3O::SigV4 qw(presign);

plan(skip_all => 'gcc is not installed') unless find_program('gcc');

my %signer = (access_key => ACCESS_KEY, secret_key => SECRET_KEY,
              session_token => TOKEN, region => REGION, host => HOST,
              key => KEY);

my $url = presign(%signer)->{url};

is(length $url, URL_LENGTH, 'the length of a URL');
is(refused($url), '', 'a good URL passes the gate');

isnt(refused($url =~ s/Expires=900/Expires=901/r), '', 'a changed one');
isnt(refused(presign(%signer, secret_key => 'x')->{url}), '', 'another key');
isnt(refused(presign(%signer, session_token => 'x')->{url}), '',
     'another token');
isnt(refused(presign(%signer, key => 'x')->{url}), '', 'another object');
isnt(refused('http://localhost/'), '', 'another host');
isnt(refused(''), '', 'no URL');

my @cases = cases(rivals => 1);
my %is = map { $_->{name} => 1 } @cases;

is(join(' ', grep { !$is{$_} } qw(limit floor redirect window json sigv4a plain
                                  proxy)), '', 'all servers pass the gate');

my $ours = (grep { $_->{name} eq 'redirect' } @cases)[0]{t};

ok(!eval { gate_answer($ours, '/json/' . KEY, 'redirect'); 1 },
   'an answer of another kind does not');
ok(!eval { gate_answer($ours, '/none/' . KEY, 'redirect'); 1 },
   'an error does not');

done_testing();


sub refused {
    my ($given) = @_;

    return eval { gate_url($given, key => KEY, length => URL_LENGTH); 1 }
           ? '' : $@;
}
