#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The benchmark: its servers do the work that is measured, its check of
# answers accepts no other answer, and the numbers that it takes from valgrind
# are right.

use strict;
use warnings;

use FindBin ();
use lib $FindBin::Bin;

use File::Temp ();
use Test::More;

use S3O::Bench::Answers qw(cases BLOCKS_URL BLOCKS_HEADER);
use S3O::Bench::Callgrind qw(has_callgrind count_requests count_program);
use S3O::Bench::Cost qw(counter unit);
use S3O::Bench::Dump qw(read_dump hash_model priced BLOCK CALL);
use S3O::Bench::Gate qw(gate_url gate_answer);
use S3O::Bench::Growth ();
use S3O::Bench::Jobs qw(together);
use S3O::Bench::Report qw(goal goals);
use S3O::Bench::Setup qw(ACCESS_KEY SECRET_KEY TOKEN KEY REGION
    URL_LENGTH stock ours tool);
use S3O::Presigned qw(HOST);
use S3O::Process qw(find_program spew);
use S3O::SigV4 qw(presign);

plan(skip_all => 'gcc is not installed') unless find_program('gcc');

my %signer = (access_key => ACCESS_KEY, secret_key => SECRET_KEY,
              session_token => TOKEN, region => REGION, host => HOST,
              key => KEY);

my $url = presign(%signer)->{url};

is(length $url, URL_LENGTH, 'the length of a URL');
is(refused($url), '', 'a good URL is accepted');

isnt(refused($url =~ s/Expires=900/Expires=901/r), '',
     'a changed URL is refused');
isnt(refused(presign(%signer, secret_key => 'x')->{url}), '',
     'another secret key is refused');
isnt(refused(presign(%signer, session_token => 'x')->{url}), '',
     'another token is refused');
isnt(refused(presign(%signer, key => 'x')->{url}), '',
     'another object is refused');
isnt(refused('http://localhost/'), '', 'another host is refused');
isnt(refused(''), '', 'an empty URL is refused');

my @cases = cases(rivals => 1);
my %is = map { $_->{name} => 1 } @cases;

is(join(' ', grep { !$is{$_} } qw(limit floor redirect window json sigv4a plain
                                  proxy)), '',
   'the answers of all servers are accepted');

my $ours = (grep { $_->{name} eq 'redirect' } @cases)[0]{t};

ok(!eval { gate_answer($ours, '/json/' . KEY, 'redirect'); 1 },
   'an answer of another kind is refused');
ok(!eval { gate_answer($ours, '/none/' . KEY, 'redirect'); 1 },
   'an error is refused');

# jobs that run at the same time

my @jobs = map { my $n = $_; sub { ($n, { n => $n * 2 }) } } 1 .. 3;

is_deeply([together(2, @jobs)], [map { [$_, { n => $_ * 2 }] } 1 .. 3],
          'jobs return their results');
ok(!eval { together(2, sub { 1 }, sub { die "it failed\n" }); 1 },
   'a job that dies has no result');
like($@, qr/it failed/, 'a job that dies says why');


my %asked = map { $_ => 1 } S3O::Bench::Growth::_sample(1 .. 10_000);

is(scalar(keys %asked), 500, 'the keys of many requests differ');


# a file of callgrind: in a library without symbols the function "0x1" hashes,
# with 7 instructions for a call and 500 for a block; the function "other"
# jumps into it, and has 9 instructions for a call

my $dir = File::Temp->newdir();

my %hashed = (one   => dump_of('0x1', 100, 1),
              two   => dump_of('0x1', 100, 2),
              three => dump_of('0x1', 100, 3),
              other => dump_of('other', 100, 1));

my $dump = read_dump($hashed{one});

is($dump->{total}, 60_000, 'the total number of instructions');
is($dump->{self}{'/lib/libcrypto.so:0x1'}, 50_700,
   'the instructions of a function itself');
is($dump->{self}{'/bin/nginx:main'}, 60_000 - 50_700,
   'the instructions of its caller');
is($dump->{calls}{'/lib/libcrypto.so:0x1'}, 100, 'the number of calls');

my $model = hash_model(100, @hashed{qw(one two three other)});

is_deeply($model, { block => 500, call => { '/lib/libcrypto.so:0x1' => 7,
                                            '/lib/libcrypto.so:other' => 9 } },
          'the function that hashes is found');
is(hash_model(100, @hashed{qw(one two two other)}), undef,
   'blocks of different cost are not recognised');
is(hash_model(99, @hashed{qw(one two three other)}), undef,
   'another number of calls is not recognised');

is_deeply([priced(read_dump($hashed{three}), $model)],
          [60_000 - 150_700 + 300 * BLOCK + 100 * CALL, 300],
          'the blocks get the price of a block');
is_deeply([priced(read_dump($hashed{other}), $model)],
          [60_000 - 50_900 + 100 * BLOCK + 100 * CALL, 100],
          'the jump from "other" gets the same price');
is_deeply([priced(read_dump($hashed{one}), undef)], [60_000, undef],
          'without a recognised function nothing changes');


# valgrind itself

SKIP: {
    skip 'valgrind is not installed', 8 unless has_callgrind();
    skip 'valgrind and sanitizers exclude each other', 8
        if $ENV{TEST_NGINX_PRELOAD};

    my ($redirect, $again, $proxy)
        = count_requests(\&ours, map { { uris => ["/$_/" . KEY] } }
                                 qw(redirect redirect proxy));
    my ($floor) = count_requests(\&stock, { uris => ['/floor/' . KEY] });

    is($redirect->{blocks}, BLOCKS_URL, 'the blocks of a URL');
    is($proxy->{blocks}, BLOCKS_HEADER, 'the blocks of a header');
    is($floor->{blocks}, 0, 'no blocks where nothing is signed');

    is($redirect->{user}, $again->{user}, 'the same count again');

    my $least = BLOCKS_URL * BLOCK;

    cmp_ok($redirect->{user} - $floor->{user}, '>', $least,
           'a redirect costs the floor, its blocks, and more');
    cmp_ok($redirect->{user} - $floor->{user}, '<', 3 * $least,
           'the cost of a block is not that of valgrind');

    cmp_ok(count_program(tool('p256', '-lcrypto'), 2, 4), '>', 10_000,
           'the cost of a program, for each time that it runs');

    ok(!eval { count_requests(\&ours, { uris => ['/none/' . KEY] }); 1 },
       'a request that fails is not counted');
}


# on a machine without a counter

{
    local $ENV{BENCH} = 'clock';

    is(counter(), '', 'there is no counter');
    is(unit(), 'nanoseconds', 'without a counter the unit is time');
}


# a goal of each kind

goal('met', 1, 2);
goal('not met', 3, 2);
goal('not measured', undef, 2);

my $said = '';

{
    open my $to, '>', \$said or die "open: $!";
    my $stdout = select $to;
    is(goals(), 1, 'one goal is not met');
    select $stdout;
}

done_testing();


# writes a file of callgrind, for so many calls of a function that hashes

sub dump_of {
    my ($function, $calls, $blocks) = @_;

    my $self = $calls * ($blocks * 500 + ($function eq 'other' ? 9 : 7));
    my $main = 60_000 - 50_700;
    my $file = "$dir/$function-$blocks";

    spew($file, <<"EOF");
# callgrind format
positions: line
events: Ir
summary: 60000

ob=(2) /lib/libcrypto.so
fl=(1) ???
fn=(7) $function
0 $self

ob=(1) /bin/nginx
fl=(2) nginx.c
fn=(3) main
16 @{[$main - 10]}
cob=(2)
cfi=(1)
cfn=(7)
calls=$calls 0
+2 $self
* 10

totals: 60000
EOF

    return $file;
}


sub refused {
    my ($given) = @_;

    return eval { gate_url($given, key => KEY, length => URL_LENGTH); 1 }
           ? '' : $@;
}
