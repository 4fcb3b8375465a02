#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The host names of AWS, with verified TLS.  curl follows redirects to a real S3
# server, with a changed address.  "proxy_pass $s3o_presign_url" uses an
# upstream of that name.

use strict;
use warnings;

use Test::More;

use S3O::Curl qw(curl);
use S3O::Nginx;
use S3O::Radosgw;

use constant SUFFIX => 's3-outposts.us-west-2.amazonaws.com';

my $t = S3O::Nginx->new()->has(qw(radosgw curl http_ssl));
my $s3 = S3O::Radosgw->new(dns_name => 'op-01234567890123456.' . SUFFIX,
                           tls => 1)->start();

# a second access point of the same Outpost, and a certificate for another name

my $other = S3O::Radosgw->new(dns_name => 'op-01234567890123456.' . SUFFIX,
                              name => 'other');

$s3->signed(method => 'PUT', host => $other->host(), body => '');

my $stranger = $t->testdir() . '/stranger.crt';
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
       . "-subj /CN=stranger -keyout /dev/null -out $stranger 2>/dev/null")
    == 0 or die 'openssl failed';

$s3->known_to($t, TLS => $s3->tls_port(), CA => $s3->certificate(),
              OTHER_ARN => $other->arn(), OTHER_HOST => $other->host(),
              STRANGER => $stranger, SUFFIX => SUFFIX);

$t->write_file_expand('nginx.conf', <<'EOC')->run();

%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    %%TEST_OUTPOST%%
    s3o_presign_methods       GET HEAD PUT DELETE;

    proxy_ssl_server_name          on;
    proxy_ssl_verify               on;
    proxy_ssl_trusted_certificate  %%CA%%;

    upstream %%HOST%% {
        server  127.0.0.1:%%TLS%%;
    }

    upstream %%OTHER_HOST%% {
        server  127.0.0.1:%%OUTPOST%%;
    }

    upstream kept {
        server     127.0.0.1:%%TLS%%;
        keepalive  4;
    }

    server {
        listen                127.0.0.1:%%PORT_8080%%;
        server_name           localhost;
        client_max_body_size  0;

        location /redirect/ {
            s3o_presign  redirect;
        }

        location /proxy/ {
            s3o_presign  proxy;
            proxy_pass   $s3o_presign_url;
        }

        location /kept/ {
            s3o_presign         proxy;
            proxy_pass          https://kept$s3o_presign_uri;
            proxy_ssl_name      $s3o_presign_host;
            proxy_http_version  1.1;
            proxy_set_header    Connection "";
        }

        # without this nginx would resume a session that another location has
        # verified

        location /stranger/ {
            s3o_presign                    proxy;
            proxy_ssl_session_reuse        off;
            proxy_ssl_trusted_certificate  %%STRANGER%%;
            proxy_pass                     $s3o_presign_url;
        }

        location /misnamed/ {
            s3o_presign     proxy;
            proxy_ssl_name  s3.us-west-2.amazonaws.com;
            proxy_pass      $s3o_presign_url;
        }

        # no TLS, because the endpoint says so

        location /plain/ {
            s3o_presign_access_point  %%OTHER_ARN%%;
            s3o_presign_endpoint      http://%%SUFFIX%%;

            location /plain/redirect/ {
                s3o_presign  redirect;
            }

            location /plain/proxy/ {
                s3o_presign  proxy;
                proxy_pass   $s3o_presign_url;
            }
        }
    }
}

EOC

my $base = 'http://127.0.0.1:' . $t->port(8080);
my $text = "The quick brown fox.\n";

# the address that DNS would give

my @there = ('--connect-to', $s3->host() . ':443:127.0.0.1:' . $s3->tls_port(),
             '--connect-to', $other->host() . ':80:127.0.0.1:' . $s3->port(),
             '--cacert', $s3->certificate());

redirects('redirect', 'https://' . $s3->host(), $s3->host());
redirects('plain/redirect', 'http://' . $other->host(), $other->host());

proxied('proxy', $s3->host());
proxied('kept', $s3->host());
proxied('plain/proxy', $other->host());

is(join('', $t->log_errors('error')), '', 'nothing went wrong on the way');

unverified();

$t->done();


sub redirects {
    my ($way, $origin, $host) = @_;

    my $url = "$base/$way/dir/a%20b+c";
    my %o = (follow => 1, args => \@there);

    my $r = curl($url, %o, upload => $text);
    is("$r->{status} $r->{redirects}", '200 1', "$way: PUT")
        or diag($r->{stderr});
    like($r->{url}, qr{^\Q$origin\E/dir/a%20b%2Bc\?},
         "$way: the redirect leads to this name");
    is($s3->signed(host => $host, key => 'dir/a b+c')->{body}, $text,
       "$way: the object is what was sent");

    $r = curl($url, %o);
    is("$r->{status} $r->{body}", "200 $text", "$way: GET");
    is(curl($url, %o, method => 'HEAD')->{status}, 200, "$way: HEAD");
    is(curl($r->{url} =~ s/(\w)$/$1 eq '0' ? 1 : 0/er,
            args => \@there)->{status}, 403, "$way: another signature");
    is(curl($url, %o, method => 'DELETE')->{status}, 204, "$way: DELETE");
}


sub proxied {
    my ($way, $host) = @_;

    my $url = "$base/$way/dir/a%20b+c";

    my $r = curl($url, upload => $text);
    is($r->{status}, 200, "$way: PUT") or diag($r->{body});
    is($s3->signed(host => $host, key => 'dir/a b+c')->{body}, $text,
       "$way: the object is what was sent");

    $r = curl($url);
    is("$r->{status} $r->{body}", "200 $text", "$way: GET");

    my $big = join '', map { sprintf "%07d\n", $_ } 1 .. 200_000;
    is(curl($url, upload => $big)->{status}, 200, "$way: PUT of 1.6 MB");

    $r = curl($url);
    is($r->{status}, 200, "$way: GET of 1.6 MB");
    ok($r->{body} eq $big, "$way: all bytes are the same");
    is(curl($url, method => 'HEAD')->{headers}{'content-length'}[0],
       length $big, "$way: HEAD");
    is(curl($url, method => 'DELETE')->{status}, 204, "$way: DELETE");
}


# nginx sends nothing to a server that it cannot verify.

sub unverified {
    for my $way (qw(stranger misnamed)) {
        is(curl("$base/$way/never", upload => $text)->{status}, 502,
           "$way: the certificate is refused");
        is($s3->signed(key => 'never')->{status}, 404,
           "$way: nothing was sent");
    }

    $t->error_log_like(qr/\[error\].*upstream SSL certificate verify error/,
                       'the log names an unknown issuer');
    $t->error_log_like(qr/\[error\].*upstream SSL certificate does not match/,
                       'the log names a wrong host name');
}
