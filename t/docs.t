#!/usr/bin/perl

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# The documentation: every configuration in it passes "nginx -t" without a
# warning and answers as the comment before it says, and every directive,
# variable, message and metric is documented.
#
# A fenced block of "nginx" has a comment before it with its name, and the
# requests and answers to test:
#
#     <!-- test: server
#     GET /files/a.txt -> 307 location: https://my-ap-
#     PUT /files/a.txt | Content-Type: text/plain | body=abc -> 405
#     -->
#
# The word is "main" for a whole file, or "http", "server" or "location" for
# what stands in such a block.  After the status comes a regular expression
# for the lines of the answer, body included.  Instead of the Outpost a server
# of nginx answers, which echoes what it got.

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use FindBin ();
use MIME::Base64 qw(encode_base64);
use Test::More;

use S3O::Docs;
use S3O::Nginx;
use S3O::Process qw(capture slurp);

use constant {
    COLUMNS => 100,
    HOST    => 'my-ap-123456789012.op-01234567890123456'
               . '.s3-outposts.us-west-2.amazonaws.com',
    ARN     => 'arn:aws:s3-outposts:us-west-2:123456789012'
               . ':outpost/op-01234567890123456/accesspoint/my-ap',
};

# files and addresses that the configurations name and this machine does not
# have

my %place = (
    '/etc/ssl/certs/ca-certificates.crt'   => 'test.crt',
    '/etc/nginx/tls/private-ca.crt'        => 'test.crt',
    '/etc/nginx/tls/clients.crt'           => 'test.crt',
    '/etc/nginx/tls/files.example.com.crt' => 'test.crt',
    '/etc/nginx/tls/files.example.com.key' => 'test.key',
    '/etc/nginx/s3o-credentials'           => 'credentials',
    '/etc/nginx/s3o-credentials.json'      => 'credentials.json',
    '/etc/nginx/htpasswd'                  => 'htpasswd',
    '/etc/nginx/index.xslt'                => 'index.xslt',
    '/var/www/files'                       => 'www',
);

my $root = Cwd::abs_path("$FindBin::Bin/..");
my @files = map { s{^\Q$root\E/}{}r } "$root/README.md", glob "$root/docs/*.md";
my %text = map { $_ => slurp("$root/$_") } @files;

my $t = S3O::Nginx->new(log_level => 'info')
        ->has(qw/http_ssl openssl socket_ssl/);

my $dir = $t->testdir();

make_files();

$t->env(AWS_ACCESS_KEY_ID => 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY => 'secret');

test_block(%$_) for map { blocks($_) } @files;

test_layout($_) for @files;
test_links($_) for @files;
test_index($_) for @files;
test_directives();
test_variables();
test_log_messages();
test_messages();
test_metrics();
test_floors();

$t->done();


sub make_files {
    my @names = ('*.op-01234567890123456.s3-outposts.us-west-2.amazonaws.com',
                 '*.op-01234567890123456.s3.internal.example',
                 'files.example.com');

    my ($rc, $out) = capture(
        ['openssl', 'req', '-x509', '-newkey', 'ec', '-nodes', '-days', 2,
         '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-subj', '/CN=test',
         '-addext', 'subjectAltName=' . join(',', map { "DNS:$_" } @names),
         '-keyout', "$dir/test.key", '-out', "$dir/test.crt"]);

    is($rc, 0, 'a certificate') or diag($out);

    $t->write_file('credentials', <<'EOF', 0600);
[default]
aws_access_key_id     = AKIAEXAMPLE
aws_secret_access_key = secret

[uploads]
aws_access_key_id     = AKIAUPLOADS
aws_secret_access_key = secret
EOF

    $t->write_file('credentials.json', <<'EOF', 0600);
{
    "Version": 1,
    "AccessKeyId": "ASIAEXAMPLE",
    "SecretAccessKey": "secret",
    "SessionToken": "token",
    "Expiration": "2099-01-31T12:00:00Z"
}
EOF

    $t->own_by_worker($_) for qw(credentials credentials.json);

    $t->write_file('htpasswd', "alice:{PLAIN}secret\n", 0644);

    S3O::Docs::copy_page("$dir/www");
    $t->write_file('index.xslt', slurp("$root/docs/examples/index.xslt"));

    mkdir "$dir/static";
    $t->write_file('static/big.bin', '0123456789' x 250000, 0644);
}


# tests the fenced blocks of a file

sub blocks {
    my ($file) = @_;
    my @found;

    my $fence = qr/^( *)```nginx\n(.*?)^\1```$/ms;

    while ($text{$file} =~ /$fence/g) {
        my ($indent, $conf, $start) = ($1, $2, $-[0]);
        my $before = substr $text{$file}, 0, $start;

        $conf =~ s/^$indent//mg;

        my ($spec) = $before =~ /<!-- test: ((?:(?!-->).)*)-->\s*\z/s;
        my ($level, @lines) = split /\s*\n\s*/, $spec // '';

        push @found, {
            name     => "$file line " . (2 + $before =~ tr/\n//),
            level    => $level // 'none',
            requests => \@lines,
            conf     => $conf,
        };
    }

    return @found;
}


sub test_block {
    my %o = @_;

    my %wrap = (main => \&wrap_main, http => \&wrap_http,
                server => \&wrap_server, location => \&wrap_location);

    my $wrap = $wrap{ $o{level} =~ s/\s+\z//r }
        or return fail("$o{name} says what it is");

    for my $module (qw(slice auth_request secure_link)) {
        my $why = $o{conf} =~ /^\s*$module\b/m && $t->missing("http_$module");
        return pass("$o{name}: skipped, $why") if $why;
    }

    my $load = '';

    for my $module (qw(xslt image_filter)) {
        next unless $o{conf} =~ /^\s*$module\w* /m;

        my $why = $t->missing($module);
        return pass("$o{name}: skipped, $why") if $why;

        $load .= 'load_module ' . $t->module_of($module) . ";\n";
    }

    my $conf = $load . $wrap->(substitute($o{conf}));
    my ($rc, $out) = $t->check_config($conf);

    ok($rc == 0 && $out !~ /\[(?:warn|error|crit|alert|emerg)\]/,
       "$o{name} is a good configuration")
        or return diag($out, $t->expand($conf));

    return unless @{ $o{requests} };

    $t->write_file_expand('nginx.conf', $conf)->run();
    test_request($o{name}, $conf, $_) for @{ $o{requests} };
    $t->stop();
}


sub test_request {
    my ($name, $conf, $line) = @_;

    my ($request, $status, $re) = $line =~ /^(.*?) -> (\d+)(?: (.*))?$/
        or return fail("$name has a bad request: $line");

    my ($first, @more) = split / \| /, $request;
    my ($method, $uri) = split ' ', $first;
    my (%body, @headers);

    for my $word (@more) {
        if ($word =~ /^body=(.*)/) {
            %body = (body => $1);

        } elsif ($word =~ /^chunked=(.*)/) {
            %body = (chunked => [$1]);

        } elsif ($word =~ /^user=(.*)/) {
            push @headers, Authorization => 'Basic ' . encode_base64($1, '');

        } else {
            push @headers, split /: /, $word, 2;
        }
    }

    my %ssl = $conf =~ /%%PORT_8082%%/
        ? (ssl => 1, sni => 'files.example.com', port => $t->port(8082)) : ();

    my $r = $t->request(method => $method, uri => $uri, headers => \@headers,
                        %ssl, %body);

    my $h = $r->{headers} // {};
    my $answer = join "\n", $r->{status} // 'no answer',
                      (map { my $n = $_; map { "$n: $_" } @{ $h->{$n} } }
                       sort keys %$h), $r->{body} // '';

    ok(($r->{status} // '') eq $status && $r->{complete}
       && (!defined $re || $answer =~ /$re/m), "$name: $line")
        or diag($r->{complete} ? '' : "incomplete\n", substr $answer, 0, 2000);
}


sub substitute {
    my ($conf) = @_;

    for my $path (sort { length $b <=> length $a } keys %place) {
        $conf =~ s/\Q$path\E(?![\w.-])/$dir\/$place{$path}/g;
    }

    $conf =~ s{/var/(?:cache|log)/nginx/(\w)}{$dir/var-$1}g;
    $conf =~ s{/etc/nginx/passcodes/}{$dir/passcode-}g;

    $conf =~ s/^(\s*listen\s+)443 ssl\b/${1}127.0.0.1:%%PORT_8082%% ssl/mg;
    $conf =~ s/^(\s*listen\s+)80;/${1}127.0.0.1:%%PORT_8080%%;/mg;
    $conf =~ s/^(\s*server\s+)[^\s;{]+:443\b/${1}127.0.0.1:%%PORT_8443%%/mg;
    $conf =~ s/127\.0\.0\.1:(\d+)\b/127.0.0.1:%%PORT_$1%%/g;

    return $conf;
}


# puts a block into a frame; directives of http{} at its left margin replace
# those of the frame

sub wrap_main {
    my ($conf) = @_;

    $conf =~ s/^(?:worker_processes|user)\s.*\n//mg;

    if ($conf =~ s/^load_module\s+(\S+);\n//m) {
        is($1, 'modules/ngx_http_s3o_presign_module.so', 'its name');
    }

    my $outpost = outpost($conf);

    $conf =~ s/^http \{\n/http {\n%%TEST_GLOBALS_HTTP%%\n$outpost\n/m;
    $conf .= "events {\n}\n" unless $conf =~ /^events/m;

    return "%%TEST_GLOBALS%%\n$conf";
}


sub wrap_http {
    my ($conf) = @_;

    my %default = (
        s3o_presign_credentials
            => 'static access_key_id=AKIAEXAMPLE secret_access_key=secret',
        s3o_presign_access_point      => ARN,
        proxy_ssl_server_name         => 'on',
        proxy_ssl_verify              => 'on',
        proxy_ssl_trusted_certificate => "$dir/test.crt",
    );

    delete $default{$1} while $conf =~ /^(\w+)/mg;

    return join "\n", '%%TEST_GLOBALS%%', 'events {', '}', 'http {',
                '%%TEST_GLOBALS_HTTP%%', outpost($conf),
                (map { "$_ $default{$_};" } sort keys %default), $conf, "}\n";
}


sub wrap_server {
    my ($conf) = @_;

    return wrap_http("server {\n    listen 127.0.0.1:%%PORT_8080%%;\n"
                     . ($conf =~ s/^(?=.)/    /mgr) . "}\n");
}


sub wrap_location {
    my ($conf) = @_;

    return wrap_server("location /files/ {\n"
                       . ($conf =~ s/^(?=.)/    /mgr) . "}\n");
}


# the stand-in for the Outpost, on TLS under its name, and in plain for an
# application

sub outpost {
    my ($conf) = @_;

    my $host = HOST;
    my $upstream = $conf =~ /^\s*upstream \Q$host\E/m
        ? '' : "upstream $host { server 127.0.0.1:%%PORT_8443%%; }";

    return <<"EOF";
$upstream
server {
    listen 127.0.0.1:%%PORT_8443%% ssl;
    listen 127.0.0.1:%%PORT_8081%%;
    ssl_certificate      $dir/test.crt;
    ssl_certificate_key  $dir/test.key;
    client_max_body_size 0;
    s3o_presign off;
    location / {
        return 200 "\$request_method \$request_uri
host=\$http_host
auth=\$http_authorization
type=\$http_content_type
length=\$http_content_length
meta=\$http_x_amz_meta_user
url=\$http_x_object_url
";
    }
    location /static/ {
        root $dir;
        if (\$http_authorization !~ ^AWS4-HMAC-SHA256) { return 403; }
    }
    location /forbidden { return 401; }

    location = /user {
        add_header  X-User \$http_x_user;
        return      204;
    }
}
EOF
}


sub test_layout {
    my ($file) = @_;

    my $n = 0;

    # comments are not shown; tables, and strings of JSON, cannot be broken

    my $shown = $text{$file} =~ s/<!--.*?-->/$& =~ tr{\n}{}cdr/segr;

    my @long = grep { $_ }
               map { $n++; length $_ > COLUMNS && !/^\||"arn:[^"]+",?$/
                           ? $n : 0 }
               split /\n/, $shown;

    is("@long", '', "$file has no line of more than ${\COLUMNS} columns");
}


# tests the links to files and headings of this repository

sub test_links {
    my ($file) = @_;
    my @broken;

    my $prose = $text{$file} =~ s/^ *```.*?^ *```$//msgr;

    while ($prose =~ /\]\(([^)\s]+)\)/g) {
        my $link = $1;
        next if $link =~ /^https?:/;

        my ($path, $anchor) = split /#/, $link, 2;
        my $target = $path eq '' ? $file
                     : File::Basename::dirname($file) . "/$path";

        $target =~ s{^\./}{};
        1 while $target =~ s{[^/]+/\.\./}{};

        push @broken, $link
            if !-e "$root/$target"
               || defined $anchor
                  && !grep { $_ eq $anchor } anchors($text{$target} // '');
    }

    is("@broken", '', "the links of $file lead somewhere");
}


# a page names its topics before its first section, in the order of the
# sections

sub test_index {
    my ($file) = @_;

    my $prose = $text{$file} =~ s/^ *```.*?^ *```$//msgr;
    my ($head) = split /^## /m, $prose;
    my @sections = map { lc =~ s/[^\w\- ]//gr =~ tr/ /-/r }
                   $prose =~ /^## +(.*?) *$/mg;
    my %left = map { $_ => 1 } @sections;

    my @named = grep { delete $left{$_} } $head =~ /\]\(#([^)]+)\)/g;

    is("@named", "@sections", "$file names its sections");
}


sub anchors {
    my ($text) = @_;

    return map { lc =~ s/[^\w\- ]//gr =~ tr/ /-/r }
           ($text =~ s/^ *```.*?^ *```$//msgr) =~ /^#+ +(.*?) *$/mg;
}


sub sections {
    my ($text) = @_;
    my %section;

    $section{$1} = $2 while $text =~ /^## (\S+)\n(.*?)(?=^## |\z)/msg;

    return %section;
}


# each directive is documented, in the form of nginx.org

sub test_directives {
    my $code = slurp("$root/ngx_http_s3o_presign_module.c");
    my %section = sections($text{'docs/directives.md'});

    my ($all) = $code =~ /^#define NGX_HTTP_S3O_CONF\s(.*?[^\\])\n/ms;
    my %flags = $code =~ /\{ ngx_string\("(\w+)"\),\s*([\w|\s]+?),/g;

    my @context = (MAIN => 'http', SRV => 'server', LOC => 'location',
                   LIF => 'if in location', LMT => 'limit_except');

    is(join(' ', sort grep { /^s3o_/ } keys %section),
       join(' ', sort keys %flags), 'the directives are documented');

    my @defaults;

    for my $name (sort keys %flags) {
        my $s = $section{$name} // '';
        my $bits = $flags{$name} =~ s/NGX_HTTP_S3O_CONF/$all/r;
        my @expected;

        for (my $i = 0; $i < @context; $i += 2) {
            push @expected, $context[$i + 1]
                if $bits =~ /NGX_HTTP_$context[$i]_CONF/;
        }

        is(($s =~ /^\*\*Context:\*\* (.*?)\\?$/m)[0] // '',
           join(', ', map { "`$_`" } @expected), "the context of $name");

        like($s, qr/\A\n\*\*Syntax:\*\*\ .*`\Q$name\E\ .*
                    ^\*\*Default:\*\*\ .*^\*\*Context:\*\*\ .*
                    ^This\ directive\ appeared\ in\ version\ [\d.]+\.$/msx,
             "the form of $name");

        push @defaults, $s =~ /^\*\*Default:\*\* `(.*?)`/m;
    }

    my ($rc, $out) = $t->check_http(join "\n", @defaults);

    is($rc, 0, 'the documented defaults are accepted') or diag($out);
    cmp_ok(@defaults, '>', 5, 'there are defaults');
}


# each variable, and each word of $s3o_presign_result

sub test_variables {
    my %section = sections($text{'docs/variables.md'});
    my $code = join '', map { slurp("$root/src/front/ngx_http_s3o_$_.c") }
                   qw(variables signed_values);

    my %is = map { s/_$/_name/r => 1 }
             $code =~ /ngx_string\("(s3o_presign_\w+)"\)/g;

    is(join(' ', sort grep { /^\$/ } keys %section),
       join(' ', map { "\$$_" } sort keys %is),
       'the variables are documented');

    my ($words) = slurp("$root/src/request/ngx_http_s3o_refuse.c")
                  =~ /ngx_http_s3o_results\[\] = \{(.*?)\};/s;

    my %word = map { $_ => 1 } $words =~ /"(\w+)"/g;

    my $s = $section{'$s3o_presign_result'} // '';

    is(join(' ', sort $s =~ /^\| `(\w+)` \|/mg), join(' ', sort keys %word),
       'the words of $s3o_presign_result are documented');
}


# each message that a page quotes is one of the sources: a line in a block of
# text that begins with "s3o_presign:", up to the first "..."

sub test_log_messages {
    my $code = join '', map { slurp($_) } glob "$root/{src/*/,ngx_}*.c";

    $code =~ s/"\s*\n\s*"//g;
    $code =~ s/\\"/"/g;

    my (@quoted, @unknown);

    for my $file (@files) {
        push @quoted, $text{$file} =~ /^\s*s3o_presign: (.*)$/mg;
    }

    for my $line (@quoted) {
        my ($message) = $line
                        =~ /^(?:not\ signed:\ )?

                            # the name of any header
                            (?:"x-[\w-]+"\ )?

                            (.*?)(?:,\ client:|\.\.\.|$)/x;
        push @unknown, $message if index($code, $message) < 0;
    }

    is(join("\n", @unknown), '', 'messages that are quoted exist');
    ok(@quoted, 'messages are quoted');
}


# docs/messages.md has every message of the sources, and no other.  Add each
# new or changed message there: what it means, and what helps, where the
# message does not say so itself.

sub test_messages {
    my %is = S3O::Docs::messages();
    my %said = map { $_ => 1 } S3O::Docs::said('docs/messages.md');

    is(join("\n", map { "@{ $is{$_} }: $_" }
                  grep { !$said{$_} } sort keys %is), '',
       'docs/messages.md has each message');
    is(join("\n", grep { !$is{$_} } sort keys %said), '',
       'docs/messages.md has no other message');
    cmp_ok(scalar keys %is, '>', 300, 'there are messages');
}


# each metric that nginx shows is in the table of s3o_presign_status

sub test_metrics {
    my %section = sections($text{'docs/directives.md'});

    $t->write_file_expand('nginx.conf', wrap_server(<<'EOF'))->run();
location = /metrics {
    s3o_presign_status  prometheus;
}
location /files/ {
    s3o_presign              redirect;
    s3o_presign_credentials  imds endpoint=http://127.0.0.1:%%PORT_8081%%;
}
EOF

    my $metrics = $t->request(uri => '/metrics')->{body};

    $t->stop();

    is(join(' ', sort $section{s3o_presign_status} =~ /^\| `(\w+)` \|/mg),
       join(' ', sort $metrics =~ /^# TYPE (\w+)/mg),
       'the metrics are documented');
}


# each source file is named in the list of its floor, by itself or by a "*"

sub test_floors {
    my %section = $text{'docs/development.md'}
                  =~ /^### \d\. src\/(\w+)\n(.*?)(?=^##)/msg;
    my (@lacking, @gone);

    for my $floor (sort map { m{/(\w+)$} } glob "$root/src/*") {
        my %named = map { $_ => 1 }
                    ($section{$floor} // q{}) =~ /`([\w.*]+)`/g;

        for my $file (glob "$root/src/$floor/*.c") {
            my ($name) = $file =~ m{/(?:ngx_http_s3o_)?(\w+\.c)$};

            my @by = grep { my $is = quotemeta($_) =~ s/\\\*/.*/gr;
                            $name =~ /^$is$/ } keys %named;

            push @lacking, "$floor/$name" unless @by;
            delete @named{ grep { !/\*/ } @by };
        }

        push @gone, map { "$floor/$_" } grep { /\.c$/ && !/\*/ } keys %named;
    }

    is("@lacking", '', 'the files of each floor are named');
    is("@gone", '', 'the lists have no other files');
}
