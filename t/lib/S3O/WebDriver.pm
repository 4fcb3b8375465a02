package S3O::WebDriver;

# Copyright (C) 2026 the ngx_http_s3o_presign_module authors
#
# A browser as a person uses it: headless Chromium, driven by chromedriver over
# HTTP.
#
#     my $b = S3O::WebDriver->new(dir => $t->testdir());
#     $b->go('http://127.0.0.1:8080/')->click('button.main');
#     is($b->text('h1'), 'Files');
#
# Elements are found by CSS selectors.  Each function waits until the element is
# there, as a person would; a limit ends what hangs.

use strict;
use warnings;

use Carp qw(croak);
use File::Temp ();
use HTTP::Tiny ();
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use Time::HiRes qw(sleep);

use S3O::Ports;
use S3O::Process qw(spawn stop_process process_exited wait_until slurp spew
    find_program);

use constant {
    TIMEOUT => 120,
    ELEMENT => 'element-6066-11e4-a52e-4f735466cecf',
};

my %keys = (Enter => "\x{e007}", Escape => "\x{e00c}", Tab => "\x{e004}",
            Down => "\x{e015}", Up => "\x{e013}", Delete => "\x{e017}",
            F2 => "\x{e032}", Backspace => "\x{e003}", Home => "\x{e011}",
            End => "\x{e010}");

my $owner = $$;
my @instances;

my $json = JSON::PP->new->utf8->allow_nonref;


sub available {
    return !grep { !find_program($_) } qw(chromium chromedriver);
}


# new(dir => of logs, language => 'en')

sub new {
    my ($class, %o) = @_;

    my $self = bless {
        port    => S3O::Ports::free(),
        http    => HTTP::Tiny->new(timeout => TIMEOUT, proxy => undef,
                                   http_proxy => undef, https_proxy => undef),
        profile => File::Temp->newdir('s3o-chromium-XXXXXXXX', TMPDIR => 1),
        log     => "$o{dir}/chromedriver.log",
    }, $class;

    push @instances, $self;

    $self->{pid} = spawn(
        cmd    => [find_program('chromedriver'), "--port=$self->{port}"],
        name   => 'chromedriver',
        env    => { HOME => "$self->{profile}",
                    DBUS_SESSION_BUS_ADDRESS => 'disabled:',
                    map { $_ => undef } grep { /_proxy$/i } keys %ENV },
        stdout => $self->{log}, stderr => $self->{log});

    wait_until(sub {
        return process_exited($self->{pid})
               || ($self->{http}->get("http://127.0.0.1:$self->{port}/status")
                       ->{success});
    }, TIMEOUT);

    my $session = $self->_send('POST', '/session', {
        capabilities => { alwaysMatch => {
            browserName => 'chrome',
            acceptInsecureCerts => JSON::PP::true,
            unhandledPromptBehavior => 'accept',
            'goog:loggingPrefs' => { browser => 'ALL' },
            'goog:chromeOptions' => { args => [
                'headless=new', 'no-sandbox', 'disable-gpu', 'disable-quic',
                'no-first-run', 'disable-background-networking',
                'disable-component-update', 'disable-sync',
                'disable-dev-shm-usage', 'no-proxy-server',
                'window-size=1000,900', 'lang=' . ($o{language} // 'en'),
                'accept-lang=' . ($o{language} // 'en'),
                "user-data-dir=$self->{profile}" ] },
        } },
    });

    $self->{session} = "/session/$session->{sessionId}";
    $self->{browser} = $session->{capabilities}{'goog:processID'};

    return $self;
}


sub _send {
    my ($self, $method, $path, $body) = @_;

    my $r = $self->{http}->request(
        $method, "http://127.0.0.1:$self->{port}$path",
        defined $body ? { content => $json->encode($body),
                          headers => { 'Content-Type' => 'application/json' } }
                      : {});
    my $value = (eval { $json->decode($r->{content}) } // {})->{value};

    croak "$method $path: "
          . (ref $value eq 'HASH' ? $value->{message} : $r->{content})
        unless $r->{success};

    return $value;
}


sub command {
    my ($self, $method, $path, $body) = @_;

    return $self->_send($method, "$self->{session}/$path",
                        $method eq 'POST' ? $body // {} : undef);
}


sub go {
    my ($self, $url) = @_;

    $self->command('POST', 'url', { url => $url });

    return $self;
}


sub reload {
    my ($self) = @_;

    $self->command('POST', 'refresh');

    return $self;
}


# the first element that a selector finds

sub find {
    my ($self, $css) = @_;

    my ($found, $why);

    wait_until(sub {
        $found = eval { $self->command('POST', 'element', {
            using => 'css selector', value => $css })->{ +ELEMENT } };
        $why = $@;
        return $found;
    }, TIMEOUT);

    return $found // croak "nothing is $css: $why";
}


# tries again while the element is covered or not there yet

sub _do {
    my ($self, $css, $what, $body) = @_;

    my ($done, $why);

    wait_until(sub {
        $done = eval { $self->command('POST', 'element/' . $self->find($css)
                                      . "/$what", $body); 1 };
        $why = $@;
        return $done;
    }, TIMEOUT);

    croak "$css: $why" unless $done;

    return $self;
}


sub click { return $_[0]->_do($_[1], 'click') }


# types a text; for a field of files the path of a file

sub type {
    my ($self, $css, $text) = @_;

    return $self->_do($css, 'value', { text => $text });
}


sub clear { return $_[0]->_do($_[1], 'clear') }


# presses keys, by their names, in the element that has the focus

sub press {
    my ($self, @names) = @_;

    $self->command('POST', 'actions', { actions => [{
        type => 'key', id => 'keys', actions => [
            map { my $key = $keys{$_} // $_;
                  ({ type => 'keyDown', value => $key },
                   { type => 'keyUp', value => $key }) } @names ] }] });

    return $self;
}


# runs a script in the page; its arguments are "arguments"

sub script {
    my ($self, $text, @args) = @_;

    return $self->command('POST', 'execute/sync',
                          { script => $text, args => \@args });
}


sub async {
    my ($self, $text, @args) = @_;

    return $self->command('POST', 'execute/async',
                          { script => $text, args => \@args });
}


# the text of all that a selector finds

sub texts {
    my ($self, $css) = @_;

    return @{ $self->script('return [...document.querySelectorAll('
        . 'arguments[0])].map((e) => e.textContent)', $css) };
}


sub text { return ($_[0]->texts($_[1]))[0] // '' }


# waits until a script returns something true, and returns that

sub wait_for {
    my ($self, $text, @args) = @_;

    my $got;

    wait_until(sub { $got = eval { $self->script($text, @args) } }, TIMEOUT);

    return $got;
}


# sends a command of the Chrome DevTools Protocol

sub cdp {
    my ($self, $name, $params) = @_;

    return $self->command('POST', 'goog/cdp/execute',
                          { cmd => $name, params => $params // {} });
}


sub screenshot {
    my ($self, $file) = @_;

    spew($file, decode_base64($self->command('GET', 'screenshot')));

    return $self;
}


# the lines of the browser's console

sub console {
    my ($self) = @_;

    return map { "$_->{level} $_->{message}" }
           @{ $self->command('POST', 'se/log', { type => 'browser' }) };
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    eval { $self->_send('DELETE', $self->{session}) } if $self->{session};

    # if chromedriver does not answer, the browser has to be stopped here

    my $browser = $self->{browser};
    kill 'KILL', $browser
        if $browser && slurp("/proc/$browser/cmdline") =~ /\Q$self->{profile}/;

    stop_process($pid, timeout => 10);

    return;
}


# also when the test dies; before S3O::Process stops chromedriver

END {
    if ($$ == $owner) {
        my $status = $?;

        $_->stop() for @instances;
        $? = $status;
    }
}


1;
