#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Keys of every kind through a running nginx.  S3O::SigV4 and botocore sign the
# same request again, so that a URL is known to be for what the client asked
# for.

use strict;
use warnings;

use Encode qw(encode_utf8);
use Test::More;

use S3O::Judge qw(REGION TEMPORARY_KEY TOKEN static judge);
use S3O::Nginx;
use S3O::Oracle;
use S3O::Presigned qw(ARN HOST SECRET_KEY parse_url own_query);

my $t = S3O::Nginx->new();

my $seed = $ENV{S3O_SEED} // int rand 2**31;
srand $seed;
diag("S3O_SEED=$seed");

$t->subst(ARN => ARN, STATIC => static('token'));

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  %%ARN%%;
    %%STATIC%%

    large_client_header_buffers  4 16k;
    keepalive_requests           100000;

    server {
        listen         127.0.0.1:%%PORT_8080%%;
        server_name    localhost;
        merge_slashes  off;

        s3o_presign                 redirect;
        s3o_presign_methods         GET HEAD PUT DELETE;
        s3o_presign_args            versionId response-content-disposition;
        s3o_presign_signed_headers  x-amz-meta-* content-type;

        location /path/ {
        }

        location = /argument {
            s3o_presign_key  $s3o_presign_arg_key;
        }
    }
}

EOC

my $c = $t->connect(timeout => 60);
my @signed;      # what botocore has to sign, too, and the URL that is there

check('every ASCII character', ascii());
check('every two-byte character', packed(0x80 .. 0x7ff));
check('every three-byte character, in steps of 7',
      packed(grep { $_ % 7 == 0 && ($_ < 0xd800 || $_ > 0xdfff) }
             0x800 .. 0xffff));
check('every first and second byte of four-byte characters', fours());
check('slashes', slashes());
check('keys of 1024 bytes', longest());
check('random keys, methods, arguments and headers',
      map { anything() } 1 .. 600);

refused();

SKIP: {
    my $reason = S3O::Oracle->reason();
    skip $reason, 1 if $reason;

    my @wrong;
    my @theirs = S3O::Oracle->sign(map { $_->{input} } @signed);

    for my $i (0 .. $#signed) {
        my ($ours, $theirs) = ($signed[$i]{url}, $theirs[$i]{url});

        push @wrong, "$ours\n$theirs" if same($ours) ne same($theirs);
    }

    is(join("\n", @wrong[0 .. ($#wrong > 2 ? 2 : $#wrong)]), '',
       'botocore makes the same URLs of ' . @signed . ' requests');
}

$t->done();


# Makes one test for all cases of a kind: {key =>, method =>, query =>, headers
# =>}.

sub check {
    my ($name, @cases) = @_;

    my @wrong;

    for my $case (@cases) {
        my $method = $case->{method} // 'GET';
        my @query = @{ $case->{query} // [] };
        my @headers = @{ $case->{headers} // [] };

        for my $way (qw(path argument)) {
            my $uri = $way eq 'path'
                      ? '/path/' . escaped($case->{key}, 1) : '/argument';
            my @args = map { "$_->[0]=" . escaped($_->[1]) } @query;

            push @args, 'key=' . escaped($case->{key}) if $way eq 'argument';
            $uri .= '?' . join '&', @args if @args;

            my $r = $c->request(method => $method, uri => $uri,
                                headers => [map { @$_ } @headers]);
            my $url = $r->{headers}{location}[0] // "status $r->{status}";
            my $verdict = judge($url, method => $method,
                                headers => [map { @$_ } @headers]);

            if ($verdict ne 'signed') {
                push @wrong, "$way: $verdict: $uri";
                next;
            }

            my $u = parse_url($url);
            my $asked = join '&', sort map { "$_->[0]=$_->[1]" } @query;

            push @wrong, "$way: another key: $url" if $u->{key} ne $case->{key};
            push @wrong, "$way: another query: $url" if own_query($u) ne $asked;

            push @signed, { url => $url, input => {
                access_key => TEMPORARY_KEY, secret_key => SECRET_KEY,
                session_token => TOKEN, region => REGION, host => HOST,
                method => $method, key => $case->{key}, date => $u->{date},
                expires => $u->{expires}, query => [@query],
                headers => [@headers] } } if $way eq 'path';
        }
    }

    is(join("\n", @wrong[0 .. ($#wrong > 4 ? 4 : $#wrong)]), '',
       "$name: " . @cases . ' keys, two ways');
}


# Escapes bytes as clients do: sometimes more bytes than necessary, in upper or
# lower case.

sub escaped {
    my ($bytes, $path) = @_;

    my $bare = $path ? qr{[A-Za-z0-9._~/!\$'()*,:;=\@&-]} : qr/[A-Za-z0-9._~-]/;
    my $format = int rand 2 ? '%%%02X' : '%%%02x';

    return join '', map { /$bare/ && rand() > 0.05 ? $_
                                                   : sprintf $format, ord }
                    split //, $bytes;
}


sub ascii {
    my @letters = map { chr } 0x20 .. 0x7e;

    # "."  alone is left out, as the module refuses this segment

    return map { { key => $_ } }
           (grep { $_ ne '.' } @letters), (map { "a$_" } @letters),
           (map { "${_}a" } @letters), (map { "a/$_$_$_/b" } @letters),
           join '', @letters;
}


# Packs the characters into keys of up to 1024 bytes.

sub packed {
    my @keys = ('');

    for my $code (@_) {
        my $bytes = encode_utf8(chr $code);

        push @keys, '' if length($keys[-1]) + length $bytes > 1024;
        $keys[-1] .= $bytes;
    }

    return map { { key => $_ } } @keys;
}


sub fours {
    my @codes;

    for (my $code = 0x10000; $code <= 0x10ffff; $code += 0x1000) {
        push @codes, $code + int rand 0x1000, $code, $code + 0xfff;
    }

    return packed(@codes);
}


sub slashes {
    my @keys = ('/', '//', '///', 'a/', 'a//', '/a', '//a', '//a//', 'a//b',
                'a///b', '/a/b/', 'a/ /b', ' /', '/ ', '/...', '.../', 'a/.b',
                'a./b', '..a/b', 'a/..b', '...', '/' x 1024);

    return map { { key => $_ } } @keys;
}


sub longest {
    my @keys = map { my $piece = encode_utf8($_);
                     substr $piece x 1024, 0,
                            1024 - 1024 % length $piece }
               ('k', ' ', '%', '+', '/', "\x{e9}", "\x{20ac}", "\x{1f600}",
                'a/', '.a');

    return map { { key => $_ } } @keys,
           map { 'x' x (1024 - length $_) . $_ } "\xc3\xa9", "\xe2\x82\xac",
                                                 "\xf0\x9f\x98\x80", '/';
}


sub anything {
    my $key;

    do {
        $key = encode_utf8(join '', map { character() } 0 .. int rand 40);
        $key =~ s/a/\//g;
    } while $key =~ m{(?:^|/)\.\.?(?:/|$)};

    my %query = map { $_ => encode_utf8(join '', map { character() }
                                              1 .. int rand 20) }
                grep { rand() < 0.5 } qw(versionId
                                         response-content-disposition);

    # header values have visible characters and blanks, some of them repeated

    my %headers = map { $_ => encode_utf8(join ' ' x (1 + int rand 3),
                                          map { chr(0x21 + int rand 0x5e) }
                                          0 .. int rand 10) }
                  grep { rand() < 0.3 } qw(x-amz-meta-a content-type
                                           X-Amz-Meta-Long-Name);

    return { key => $key, method => (qw(GET HEAD PUT DELETE))[rand 4],
             query => [map { [$_, $query{$_}] } sort keys %query],
             headers => [map { [$_, $headers{$_}] } sort keys %headers] };
}


sub character {
    my $kind = rand;

    return $kind < 0.6 ? chr(0x20 + int rand 0x5f)
         : $kind < 0.8 ? chr(0x80 + int rand 0x780)
         : $kind < 0.9 ? chr(0x800 + int rand 0xd000)
         : chr(0x10000 + int rand 0x100000);
}


# Bytes that are not UTF-8 are not a key: single bytes, and incomplete
# characters.

sub refused {
    my @keys = ((map { chr } 0x01 .. 0x1f, 0x7f .. 0xff),
                (map { "a$_" } "\xc3", "\xe2\x82", "\xf0\x9f\x98"),
                "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf",
                "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\xaf",
                "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                "\xc3\xa9\xff", "\x00", "a\x00b");

    my @wrong = grep {
        my $key = escaped($_);
        my $r = $t->request(uri => "/argument?key=$key");
        $r->{status} != 400 || $r->{headers}{location};
    } @keys;

    is(join(' ', map { unpack 'H*', $_ } @wrong), '',
       'what is no UTF-8 is refused: ' . @keys . ' keys');
}


sub same {
    my ($url) = @_;

    my ($path, $query) = split /\?/, $url, 2;

    return join "\n", $path, sort split /&/, $query // '';
}
