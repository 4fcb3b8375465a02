#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# Missing memory, at each allocation of a fetch, from each source: the fetch
# fails and logs that, or brings the credentials of the service; the old
# credentials serve until then; and the next fetch is right.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);

use S3O::Alloc;
use S3O::Fail;
use S3O::Fake::Connect;
use S3O::Fake::Container;
use S3O::Fake::Imds;
use S3O::Fake::Json qw(iso);
use S3O::Fake::Sts;
use S3O::HTTP;
use S3O::Presigned qw(parse_url is_signed);
use S3O::Process qw(wait_until);
use S3O::Sources;
use S3O::TLS;

use constant { LIFE => 3600, RENEW => 3400 };

plan(skip_all => 'allocations cannot be made to fail here')
    unless S3O::Fail::possible();

my $role = 'arn:aws:iam::123456789012:role/web';
my $tls = S3O::TLS->new();
my $pair = $tls->cert('localhost');
my ($t, $alloc);
my $n = 0;


# a source: its parameters, and a function that makes the n-th set the newest

sub source {
    my ($name, %o) = @_;

    $t = S3O::Sources->new();
    $alloc = S3O::Alloc->new($t);

    $t->http_lines('s3o_presign_credentials_wait ' . ($o{wait} // 0) . ';'
                   . ' connection_pool_size 256; request_pool_size 256;');
    $t->{log_level} = 'info';

    my ($params, $give) = $o{start}->($t->testdir());

    $n++;
    $give->();
    $t->source(a => $params)->run_sources();

    wait_until(sub { ($t->signed('a')->{access_key} // '') eq set()->{id} })
        or die "$name: no credentials\n";

    my $old;

    $alloc->sweep($name, sub {
        $old = set();
        $n++;
        return $o{cold} ? waits($give) : renews($give, $old);
    }, keeps => 40);

    $t->todo_alerts(qr/alloc|memalign|failed \(12: /);
    $t->stop();
}


sub set {
    my $number = $_[0] // $n;

    return { id => "AKID$number", secret => "SECRET/$number",
             token => "TOKEN/$number/" . 'x' x 200,
             expires => $alloc->fail()->now() + LIFE };
}


sub fields {
    my ($token) = @_;

    my $set = set();

    return (AccessKeyId => $set->{id}, SecretAccessKey => $set->{secret},
            $token => $set->{token}, Expiration => iso($set->{expires}));
}


# the set is due to be renewed, and the old one still serves

sub renews {
    my ($give, $old) = @_;

    my $said = begin($give, RENEW);

    # an allocation of the request itself may fail

    my $u = signed();

    return $u if !ref $u && $u =~ /^(?:hangs|silent)/;
    return $said if $said =~ /^silent/;
    return by($u, set()) || 'right' if $said eq 'new';

    # after an earlier round that failed, there is no old set

    return by($u, $old) || 'refused' if ref $u;
    return 'refused';
}


# the old set has ended: a request waits for the new one

sub waits {
    my ($give) = @_;

    $alloc->fail()->pass(2 * LIFE);
    $give->();

    my $u = signed();

    return ref $u ? by($u, set()) || 'right' : $u;
}


# lets nginx look for credentials: returns "new", or "failed" by its log

sub begin {
    my ($give, $seconds) = @_;

    my $from = -s $t->_log_file();
    my ($worker) = $t->workers();

    $alloc->fail()->pass($seconds);
    $give->();

    # a signal that is ignored ends the wait for events

    my $end = time + 10;

    while (time < $end) {
        kill 'IO', $worker;
        sleep 0.002;

        open my $fh, '<:raw', $t->_log_file() or die "error.log: $!\n";
        seek $fh, $from, 0;
        my $text = do { local $/; <$fh> } // '';

        return 'new' if $text =~ /s3o_presign: new credentials/;
        return 'failed' if $text =~ /s3o_presign: no new credentials/;
    }

    return 'silent: no word of a fetch';
}


# returns the parts of a URL; "refused", or a fault

sub signed {
    my $c = $t->connect(timeout => 20);
    my $r = $c->request(uri => '/a/x', close => 1);
    my $eof = $c->{eof};

    $c->close();

    return $eof ? 'refused' : 'hangs' if !$r || !$r->{complete};
    return parse_url(JSON::PP::decode_json($r->{body})->{url})
        if $r->{status} == 200;
    return $r->{status} >= 500 ? 'refused' : "status $r->{status}";
}


# returns '' when a set has signed the URL, with the right key and token

sub by {
    my ($u, $set) = @_;

    return $u if !ref $u;
    return "signed by $u->{access_key}, not $set->{id}"
        if $u->{access_key} ne $set->{id};
    return 'another token' if ($u->{token} // '') ne $set->{token};
    return 'a wrong signature'
        if !is_signed($u, secret_key => $set->{secret});
    return '';
}


sub put_file {
    my ($name, $content) = @_;

    my $dir = $t->testdir();

    $t->write_file("$name.new", $content, 0600);
    $t->own_by_worker("$name.new");
    rename "$dir/$name.new", "$dir/$name" or die "rename() failed: $!\n";
}


# each source

sub imds {
    my $s = S3O::Fake::Imds->new()->start();

    return ('imds endpoint=http://' . $s->authority(),
            sub { $s->role(web => { fields('Token') }) });
}

sub container {
    my ($dir) = @_;

    my $s = S3O::Fake::Container->new(eks => 1)->start()->set(token => 'abc');

    $t->write_file('token', 'abc', 0644);

    return ("container uri=http://" . $s->authority()
            . "/v1/credentials token_file=$dir/token",
            sub { $s->set('/v1/credentials' => { fields('Token') }) });
}

sub sts {
    my ($how, %o) = @_;

    return sub {
        my ($dir) = @_;

        my $s = S3O::Fake::Sts->new(tls => $pair, name => 'localhost',
                                    region => 'us-west-2')->start();
        my $proxy = $o{proxy} ? S3O::Fake::Connect->new()->start() : undef;

        $t->write_file('token', 'IDENTITY', 0644);

        my $source = $how eq 'assume_role'
            ? 'source=static source.access_key_id=AKIDINNER'
              . ' source.secret_access_key=INNER' : "token_file=$dir/token";

        return ("$how role_arn=$role region=us-west-2 $source sts_endpoint="
                . 'https://localhost:' . $s->port() . ' trusted_certificate='
                . $tls->ca_file() . ($proxy ? ' proxy=' . $proxy->url() : ''),
                sub {
                    $s->{proxy} = $proxy;
                    $s->set(web_identity_token => 'IDENTITY',
                            keys => { AKIDINNER => { secret_key => 'INNER' } },
                            now => int $alloc->fail()->now(),
                            set => { fields('SessionToken') });
                });
    };
}

sub ini {
    my ($dir) = @_;

    return ("file path=$dir/set", sub {
        my $set = set();

        put_file('set', "[default]\naws_access_key_id = $set->{id}\n"
            . "aws_secret_access_key = $set->{secret}\n"
            . "aws_session_token = $set->{token}\n");
    });
}

sub json {
    my ($dir) = @_;

    return ("file path=$dir/set", sub {
        my %field = fields('SessionToken');

        put_file('set', JSON::PP::encode_json({ Version => 1, %field }));
    });
}


source('imds', start => \&imds);
source('imds, a request waits', start => \&imds, cold => 1, wait => '10s');
source('container', start => \&container);
source('file, INI', start => \&ini);
source('file, JSON', start => \&json);
source('web_identity', start => sts('web_identity'));
source('assume_role', start => sts('assume_role'));
source('web_identity through a proxy',
       start => sts('web_identity', proxy => 1));

done_testing();
