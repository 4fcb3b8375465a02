#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# docs/cookbook.md: all recipes run unchanged in one nginx in front of a real
# S3 server, and clients use them.

use strict;
use warnings;

use Compress::Zlib qw(compress crc32);
use JSON::PP ();
use Test::More;

use S3O::Book;
use S3O::HTTP;
use S3O::Nginx;
use S3O::Oracle;
use S3O::Ports;
use S3O::Process qw(capture slurp spew wait_until);

use constant PAGE => 'docs/cookbook.md';

my $b = S3O::Book->new(page => PAGE, common => 1)
        ->has(qw(http_secure_link http_auth_request image_filter rewrite
                 python_boto3));

my $root = S3O::Nginx::root();
my $home = $b->testdir();
my @alice = ('-u', 'alice:secret');
my $other = S3O::Ports::free();

services();

my $links = $b->recipe('Links that you hand out');
my $drops = $b->recipe('A passcode for a folder');
my $oidc = $b->recipe('A login page, by oauth2-proxy');
my $certificates = $b->recipe('Client certificates');
my $media = $b->recipe('A cookie for a playlist');
my $once = $b->recipe('Written once');
my $limits = $b->recipe('Types and sizes of uploads');
my $types = $b->recipe('Content types by extension');
my (undef, $thumbs) = $b->load('image_filter')->recipe('Thumbnails');
my $site = $b->recipe('A site, and an application of one page');
my $accel = $b->recipe('X-Accel-Redirect from an application');
my (undef, $pages) = $b->recipe('Objects in a page, by a second server');
my $sdk = $b->recipe('An SDK with the ARN as its bucket');
my $instance = $b->recipe('Two instances behind a balancer');

$b->service('10.0.0.21:80', $other);
$b->service('10.0.0.22:80', $instance =~ /:(\d+)$/);

my $balancer = $b->recipe('Two instances behind a balancer', 2);
my $json = $b->recipe('A log in JSON');
my $grants = $b->recipe('Grants against downloads');
my $traces = $b->recipe('Traces');

$b->open();

links();
passcodes();
login_page();
client_certificates();
playlist();
written_once();
limits();
content_types();
thumbnails();
sites();
x_accel();
ssi();
arn_as_bucket();
instances();
json_log();
what_happened();
traced();

$b->done();


# programs of others: the headers of oauth2-proxy, an application

sub services {
    $b->http(<<'EOC');
map $cookie_session $fake_user {
    good   alice;
    slash  bob/private;
}
EOC

    $b->service('127.0.0.1:4180', S3O::Ports::free(), <<'EOC');
location = /oauth2/auth {
    if ($cookie_session = "") {
        return 401;
    }

    add_header  X-Auth-Request-User   $fake_user         always;
    add_header  X-Auth-Request-Email  alice@example.com  always;
    add_header  Set-Cookie            "session=renewed"  always;
    return      202;
}

location = /oauth2/start {
    return 302 https://provider.example.com/;
}
EOC

    $b->service('127.0.0.1:8081', S3O::Ports::free(), <<'EOC');
location / {
    add_header  X-Accel-Redirect     $arg_to;
    add_header  Content-Disposition  'attachment; filename="report.pdf"';
    return      200 "the application's own";
}
EOC

    $b->file('tls/clients.crt', slurp($b->tls()->ca_file()));
    $b->file('passcodes/spring', "guest:{PLAIN}green\n");
    $b->file('passcodes/autumn', "guest:{PLAIN}brown\n");
}


# tests that a request ends with this status and content

sub gets {
    my ($name, $url, $status, $content, %o) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $r = $b->ask($url, follow => 1, %o);

    is($r->{status}, $status, $name) or diag($r->{stderr});
    ok($r->{body} eq $content, "$name: the content")
        or diag(substr $r->{body}, 0, 500) if defined $content;

    return $r;
}


sub share {
    my ($path, $seconds) = @_;

    my ($rc, $out) = capture(
        ['sh', "$root/docs/examples/sharelink.sh", $path, $seconds],
        env => { SHARE_SECRET => 'my-secret' });

    is($rc, 0, "a link for $path") or diag($out);
    chomp $out;

    return $out;
}


sub links {
    my $name = "2026/a b\xc3\xbc+&%41.txt";

    $b->put($name, 'shared');

    my $inside = share("/s/$name", 600);
    my $outside = share("/p/$name", 600);

    is(gets('a link for people inside', $links . $inside, 200, 'shared')
       ->{redirects}, 1, 'a link for people inside redirects to the Outpost');
    is(gets('a link for people outside', $links . $outside, 200, 'shared')
       ->{redirects}, 0, 'a link for people outside comes through nginx');

    gets('one made of the other', $links . $inside =~ s{^/s/}{/p/}r, 403);
    gets('a changed end', $links . $inside =~ s/until=1/until=9/r, 403);
    gets('a link that has ended', $links . share("/s/$name", -1), 410);
}


sub passcodes {
    $b->put("drops/$_/a.txt", "of $_") for qw(spring autumn winter);

    gets('the passcode of a folder', "$drops/drop/spring/a.txt", 200,
         'of spring', args => ['-u', 'guest:green']);
    gets('of another folder', "$drops/drop/autumn/a.txt", 401, undef,
         args => ['-u', 'guest:green']);
    gets('no passcode', "$drops/drop/spring/a.txt", 401);
    gets('a folder without one', "$drops/drop/winter/a.txt", 403, undef,
         args => ['-u', 'guest:green']);
}


sub login_page {
    $b->put('users/alice/a.txt', 'of alice');

    my $r = $b->ask("$oidc/my/a.txt");

    is($r->{status}, 302, 'a user without a session is redirected');
    like($r->{headers}{location}[0], qr{/oauth2/start\?rd=http://[^/]+/my/a},
         'a user without a session is sent to the login page');
    is($b->ask("$oidc/oauth2/start?rd=x")->{headers}{location}[0],
       'https://provider.example.com/',
       'the login page is that of oauth2-proxy');

    $r = gets('who is known', "$oidc/my/a.txt", 200, 'of alice',
              headers => [Cookie => 'session=good']);

    is($r->{redirects}, 1, 'a user is redirected to her own folder');
    like($r->{heads}[0]{headers}{'set-cookie'}[0] // '', qr/^session=renewed/,
         'the redirect has the renewed session');

    gets('without a name', "$oidc/my/a.txt", 403, undef,
         headers => [Cookie => 'session=nameless']);
    gets('a name that is more than a folder', "$oidc/my/a.txt", 403, undef,
         headers => [Cookie => 'session=slash']);

    is($b->ask("$oidc/my/a.txt", headers => ['X-Auth-Request-User' => 'alice'])
       ->{status}, 302, 'the name that a client sends itself is ignored');
    is($b->ask("$oidc/oauth2/auth")->{status}, 404,
       'the location of the check cannot be requested');
}


sub client_certificates {
    my $carol = $b->tls()->cert({ client => 1, cn => 'carol' });
    my $slash = $b->tls()->cert({ client => 1, cn => '..' });
    my $else = S3O::TLS->new();
    my $stranger = $else->cert({ client => 1, cn => 'carol' });

    my $with = sub { return (args => ['--cert', $_[0]{cert},
                                      '--key', $_[0]{key}]) };

    gets('an upload with a certificate', "$certificates/my/c.txt", 200, undef,
         upload => 'by carol', $with->($carol));
    is($b->object('people/carol/c.txt'), 'by carol',
       'the upload goes to the folder of the user');
    gets('a download', "$certificates/my/c.txt", 200, 'by carol',
         $with->($carol));

    gets('a name that is no folder', "$certificates/my/c.txt", 403, undef,
         $with->($slash));
    gets('a certificate of strangers', "$certificates/my/c.txt", 400, undef,
         $with->($stranger));
    gets('none', "$certificates/my/c.txt", 400);
}


sub playlist {
    $b->put('media/show/index.m3u8', "#EXTM3U\n1.ts\n2.ts\n");
    $b->put("media/show/$_.ts", "part $_") for 1, 2;
    $b->put('media/secret/1.ts', 'secret');

    my $jar = "$home/jar";
    my $link = share('/media/show/', 600);
    my @jar = (args => ['-b', $jar, '-c', $jar]);

    my $r = gets('a link to a playlist', $media . $link, 200,
                 "#EXTM3U\n1.ts\n2.ts\n", @jar);

    is($r->{redirects}, 1, 'the playlist comes through nginx');

    for my $part ($r->{body} =~ /^([^#\n].*)$/mg) {
        my $at = $r->{url} =~ s{[^/]*$}{$part}r;

        is(gets("what it names: $part", $at, 200,
                'part ' . $part =~ s/\.ts//r, @jar)->{redirects}, 1,
           'a part of the playlist comes from the Outpost');
    }

    my ($ticket) = slurp($jar) =~ /\tticket\t(\S+)/;
    my ($ended) = share('/media/show/', -1) =~ /md5=(.*)/;

    $ended =~ s/&until=/./;

    gets('no cookie', "$media/media/show/1.ts", 403);
    gets('the cookie at another folder', "$media/media/secret/1.ts", 403,
         undef, headers => [Cookie => "ticket=$ticket"]);
    gets('a changed one', "$media/media/show/1.ts", 403, undef,
         headers => [Cookie => "ticket=$ticket" . '0']);
    gets('one that has ended', "$media/media/show/1.ts", 410, undef,
         headers => [Cookie => "ticket=$ended"]);

    is(join("\n", grep { m{ /media/show/index} && !/"-"/ } $b->sent()), '',
       'the Outpost gets no cookie');
}


sub written_once {
    gets('an upload', "$once/once/o.txt", 200, undef, upload => 'first');
    gets('another one', "$once/once/o.txt", 412, undef, upload => 'second');
    is($b->object('o.txt'), 'first',
       'a second upload does not replace the object');

    my $json = JSON::PP->new->decode($b->ask("$once/once-url/u.txt")->{body});
    my %bound = (upload => 'by URL', headers => [%{ $json->{headers} }]);

    gets('an upload by a URL', $json->{url}, 200, undef, %bound);
    gets('once more', $json->{url}, 412, undef, %bound);
    gets('without the condition', $json->{url}, 403, undef,
         upload => 'by force');
    is($b->object('u.txt'), 'by URL', 'the object stays unchanged');
}


sub limits {
    my @jpeg = (headers => ['Content-Type' => 'image/jpeg']);

    my $r = $b->ask("$limits/in/l.jpg", upload => 'abc', @jpeg);
    my $url = $r->{headers}{location}[0];

    is($r->{status}, 307, 'an upload of the right type');
    gets('longer than announced', $url, 403, undef, upload => 'abcd', @jpeg);
    gets('of another type', $url, 403, undef, upload => 'abc',
         headers => ['Content-Type' => 'text/html']);
    is($b->object('l.jpg'), undef, 'nothing of the refused uploads is stored');
    gets('as announced', $url, 200, undef, upload => 'abc', @jpeg);

    gets('through nginx', "$limits/through/m.jpg", 200, undef,
         upload => 'abc', headers => ['Content-Type' => 'text/html']);
    is($b->s3()->signed(method => 'HEAD', key => 'm.jpg')
       ->{headers}{'content-type'}[0], 'image/jpeg',
       'the type comes from the name');
    gets('too large', "$limits/through/n.jpg", 413, undef,
         upload => 'x' x 21_000_000);
    gets('no picture', "$limits/through/n.html", 403, undef,
         upload => 'abc');
}


sub content_types {
    gets('an upload with another type', "$types/up/t.svg", 200, undef,
         upload => '<svg/>', headers => ['Content-Type' => 'text/html']);
    is($b->s3()->signed(method => 'HEAD', key => 't.svg')
       ->{headers}{'content-type'}[0], 'image/svg+xml',
       'the object has the type of its name');

    $b->put('old.pdf', 'a pdf');

    my $r = gets('a download of an old object', "$types/get/old.pdf", 200,
                 'a pdf');

    is($r->{headers}{'content-type'}[0], 'application/pdf',
       'an old object gets the type of its name');
}


# makes a picture of that many dots, as PNG

sub picture {
    my ($width, $height) = @_;

    my $chunk = sub {
        my ($type, $data) = @_;
        return pack('N', length $data) . $type . $data
               . pack('N', crc32($type . $data));
    };

    my $row = "\0" . join '', map { chr($_ & 255) x 3 } 1 .. $width;

    return "\x89PNG\r\n\x1a\n"
           . $chunk->('IHDR', pack('NNC5', $width, $height, 8, 2, 0, 0, 0))
           . $chunk->('IDAT', compress($row x $height))
           . $chunk->('IEND', '');
}


sub thumbnails {
    my $picture = picture(640, 480);

    $b->put('holiday.png', $picture);
    $b->put('letter.txt', 'no picture');

    my $r = gets('a thumbnail', "$thumbs/thumbs/holiday.png", 200, undef,
                 args => \@alice);
    my ($width, $height) = unpack 'x16NN', $r->{body};

    is("$width x $height", '160 x 120', 'the picture is small');
    is($r->{headers}{'x-cache'}[0], 'MISS',
       'the picture is made for the first request');

    $r = gets('once more', "$thumbs/thumbs/holiday.png", 200, $r->{body},
              args => \@alice);

    is($r->{headers}{'x-cache'}[0], 'HIT', 'the picture comes from the cache');
    is(scalar(my @asked = grep { m{ /holiday\.png } } $b->sent()), 1,
       'the Outpost is asked once');

    gets('no picture', "$thumbs/thumbs/letter.txt", 404, undef,
         args => \@alice);
    gets('nobody', "$thumbs/thumbs/holiday.png", 401);
    gets('the picture itself', "$thumbs/files/holiday.png", 200, $picture,
         args => \@alice);
}


sub sites {
    $b->put("site/$_", "site $_") for qw(index.html docs/index.html 404.html);
    $b->put("app/$_", "app $_") for qw(index.html main.js);

    gets('a site', "$site/site/", 200, 'site index.html');
    gets('a folder of it', "$site/site/docs/", 200, 'site docs/index.html');
    gets('what is not there', "$site/site/none.html", 404, 'site 404.html');
    gets('an application', "$site/app/", 200, 'app index.html');
    gets('a page that it draws', "$site/app/orders/17", 200, 'app index.html');
    gets('a file of it', "$site/app/main.js", 200, 'app main.js');
    gets('a file that is not there', "$site/app/none.js", 404);
}


sub x_accel {
    $b->put('reports/a b+c.txt', 'a report');

    my $r = gets('what an application grants',
                 "$accel/x?to=/objects/reports/a%20b%2Bc.txt", 200,
                 'a report');

    is($r->{redirects}, 0, 'the report comes through nginx');
    is($r->{headers}{'content-disposition'}[0],
       'attachment; filename="report.pdf"',
       'the download has the name that the application gives');

    is(gets('or', "$accel/x?to=/grants/reports/a%20b%2Bc.txt", 200,
            'a report')->{redirects}, 1, 'by a redirect');
    gets('the application itself', "$accel/x", 200, q{the application's own});

    is($b->ask("$accel/$_/reports/a%20b+c.txt")->{status}, 404,
       "nobody gets an object by /$_/ itself") for qw(objects grants);
}


sub ssi {
    $b->put('news.html', '<b>news</b>');
    mkdir $b->place('/var/www/pages');
    $b->file('www/pages/index.html',
             '<p><!--# include virtual="/objects/news.html" --></p>');

    gets('a page with an object', "$pages/pages/index.html", 200,
         '<p><b>news</b></p>');
    gets('the object itself', "$pages/objects/news.html", 404);
}


# the program of the page, with the DNS of the page and the port of this test

sub arn_as_bucket {
    my ($program) = slurp("$root/" . PAGE)
                    =~ /^```python\n(.*?)^```$/ms;

    $program =~ s{https://files\.example\.com}{$sdk};

    spew("$home/sdk.py", <<"EOP");
import socket, sys
import boto3

lookup = socket.getaddrinfo
socket.getaddrinfo = lambda host, *a, **kw: lookup("127.0.0.1", *a, **kw)

arn = sys.argv[1]
$program
print(s3.get_object(Bucket=arn, Key="a folder/a.txt")["Body"].read().decode())
listed = s3.list_objects_v2(Bucket=arn, Prefix="a f")
print([o["Key"] for o in listed["Contents"]])
s3.upload_file(sys.argv[2], arn, "a folder/large")
EOP

    spew("$home/large", 'x' x 9_000_000);

    my ($rc, $out) = capture(
        [S3O::Oracle::python(), '-W', 'ignore', "$home/sdk.py",
         $b->s3()->arn(), "$home/large"],
        env => { AWS_ACCESS_KEY_ID => 'any', AWS_SECRET_ACCESS_KEY => 'any',
                 AWS_CA_BUNDLE => $b->tls()->ca_file(), no_proxy => '*',
                 PYTHONDONTWRITEBYTECODE => 1 });

    is($rc, 0, 'the program of the page runs') or diag($out);
    is($out, "content\n['a folder/a.txt']\n", 'the program reads and lists');
    is($b->object('a folder/a.txt'), 'content', 'the program stores an object');
    is(length($b->object('a folder/large') // ''), 9_000_000,
       'the program stores a large object in parts');
}


# a second nginx, at first without credentials

sub instances {
    my ($text) = $b->text('Two instances behind a balancer');
    my $t = S3O::Nginx->new(log_level => 'info');

    $text =~ s/listen\s+127\.0\.0\.1:\d+/listen 127.0.0.1:$other/;

    my $write = sub {
        $t->write_file_expand('nginx.conf', <<"EOC");
%%TEST_GLOBALS%%

events {
}

http {
    %%TEST_GLOBALS_HTTP%%

    s3o_presign_access_point  @{[ $b->s3()->arn() ]};
    s3o_presign_credentials   $_[0];
    s3o_presign_credentials_wait  0;

    $text
}
EOC
    };

    my $nobody = S3O::Ports::free();

    $write->("imds endpoint=http://127.0.0.1:$nobody");
    $t->run();

    is($b->ask("http://127.0.0.1:$other/ready")->{status}, 503,
       'an instance without credentials is not ready');
    is($b->ask("$instance/ready")->{body}, "ready\n",
       'the instance with credentials is ready');

    is(join(' ', map { $b->ask("$balancer/files/i.png")->{status} } 1 .. 4),
       '307 307 307 307', 'the balancer uses the instance that is ready');

    $t->stop();
    $write->('file path=' . $b->place('/etc/nginx/s3o-credentials'));
    $t->run();

    # the window can end between two requests, but not twice

    for my $more (1, 0) {
        my ($one, $two) = map { $b->ask("$_/files/i.png")
                                ->{headers}{location}[0] // 'none' }
                          $instance, "http://127.0.0.1:$other";

        next if $more && $one ne $two;

        like($one, qr/X-Amz-Date=\d{8}T\d\d0000Z&/,
             'a URL has the time of the beginning of the window');
        is($two, $one, 'both instances give the same URL');
        is($b->ask("$balancer/files/i.png")->{headers}{location}[0], $one,
           'the balancer gives the same URL');
        last;
    }

    $b->put('i.png', 'a picture');
    gets('which is good', "$balancer/files/i.png", 200, 'a picture');
}


# returns the lines that were written since the test began

sub lines {
    my ($name, $n) = @_;

    my $file = $b->place("/var/log/nginx/$name");

    wait_until(sub { $n <= (() = slurp($file) =~ /\n/g) }, 30);

    return split /\n/, slurp($file);
}


sub json_log {
    $b->ask("$json/files/%22q%22%20%5C%09%C3%BC.txt");
    $b->ask("$json/files/ok.txt", method => 'DELETE');

    my @lines = lines('presign.json', 2);
    my @read = map { eval { JSON::PP->new->utf8->decode($_) } // $_ } @lines;

    is(scalar @read, 2, 'each request is a line');
    is(join(' ', map { ref } @read), 'HASH HASH', 'each line is JSON');
    is($read[0]{path}, "/files/\"q\" \\\t\x{fc}.txt",
       'the line has the unusual characters of the path');
    is("@{$read[1]}{qw(status result key)}", '405 method ok.txt',
       'the line has the result');
    unlike("@lines", qr/Signature/, 'the line has no signature');
}


sub what_happened {
    $b->put('g.txt', 'x' x 20_000_000);

    $b->ask("$grants/files/g.txt");
    $b->ask("$grants/files/g.txt", method => 'DELETE');
    $b->ask("$grants/through/g.txt", to => '/dev/null');
    $b->ask("$grants/through/new.txt", upload => 'new');
    $b->ask("$grants/through/none.txt");

    # a client that disconnects early

    my ($port) = $grants =~ /:(\d+)$/;
    my $c = S3O::HTTP->connect(host => '127.0.0.1', port => $port);

    $c->write("GET /through/g.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
    $c->fill();
    $c->close();

    is(join(' ', map { (split ' ')[3] } lines('grants.log', 6)),
       'granted refused delivered stored failed broken-off',
       'the log tells grants, downloads and other requests apart');
}


sub traced {
    my $parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    $b->put('t.txt', 'traced');

    gets('a request with a trace', "$traces/files/t.txt", 200, 'traced',
         headers => [traceparent => $parent]);

    like((lines('traced.log', 1))[0], qr/^\Q$parent\E \w{32} signed /,
         'the log has the trace');
    ok((grep { m{ /t\.txt .*"\Q$parent\E"} } $b->sent()),
       'the Outpost gets the trace');
}
