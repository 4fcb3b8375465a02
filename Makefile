# make help

# settings for the user

NGINX_SRC   ?=
NGINX_BIN   ?=
OUT         ?= build
JOBS        ?= $(shell nproc 2>/dev/null || echo 1)
PROVE_FLAGS ?=
DEMO_ONCE   ?=
BENCH       ?=
TESTS       ?=
MODE        ?= redirect
ROWS        ?= all
FUZZ        ?= all
ALLOC       ?= all
FUZZ_SECONDS  ?= 60
FUZZ_REQUESTS ?=
SOAK        ?= 600
MUTANTS     ?=
SUITE       ?=
SUITES      ?= bookworm trixie sid
DESTDIR     ?=
MODULES     ?= $(or $(shell PATH='$(PATH):/usr/sbin' \
                 '$(or $(NGINX_BIN),nginx)' -V 2>&1 | tr ' ' '\n' \
                 | sed -n 's/^--modules-path=//p'),/usr/lib/nginx/modules)

# NGINX_SRC    nginx source tree to build for; Debian's nginx-dev if empty
# NGINX_BIN    nginx binary to test with; the one in PATH if empty
# OUT          where everything that is built goes
# JOBS         how many files make compiles at a time; prove runs one test more
# PROVE_FLAGS  more flags for prove, such as -v
# DEMO_ONCE    1: the demo runs through its steps and ends
# BENCH        of bench: "long", or answers, uploads, growth, memory alone
# TESTS        of check, asan: files and folders of tests; all if empty
# MODE         of profile: redirect, window, json, proxy, sigv4a
# ROWS         of matrix: "all", "ci", "tools", or names, see t/tools/matrix.sh
# FUZZ         of fuzz: "all", "ci", or names of t/fuzz/*.c
# FUZZ_SECONDS   of fuzz-server: how long, if FUZZ_REQUESTS is empty
# FUZZ_REQUESTS  of fuzz-server: how many
# SOAK         of soak: how many seconds
# ALLOC        of alloc: "all", or how many allocations of each kind fail
# MUTANTS      of mutants: words, for those whose names have one of them
# SUITE        of deb: a suite of Debian; that of this machine if empty
# SUITES       of test-deb, test-walk: suites of Debian, bookworm trixie sid
# DESTDIR      what install and uninstall put before MODULES
# MODULES      where nginx looks for modules; where "nginx -V" says if empty

MODULE = ngx_http_s3o_presign_module.so

BUILD  = NGINX_SRC='$(NGINX_SRC)' NGINX_BIN='$(NGINX_BIN)' bash t/tools/build.sh
DEPS   = sh t/tools/deps.sh
NGINX  = $(if $(NGINX_BIN),TEST_NGINX_BINARY='$(NGINX_BIN)')
# test programs wait more than they compute: one more than there are processors

PROGRAMS = $(shell expr '$(JOBS)' + 1)

PROVE  = $(NGINX) OUT='$(abspath $(OUT))' \
         prove -I t/lib --timer -j $(PROGRAMS) $(PROVE_FLAGS)

# all tests but those that need clients of "make test-clients", or an image of
# "make test-image"

ALL_TESTS = $(filter-out t/s3-clients t/image,$(wildcard t/*))

MEASURE = $(NGINX) OUT='$(abspath $(OUT))' \
          TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)'

SANITIZED = TEST_NGINX_MODULE='$(abspath $(OUT))-asan/$(MODULE)' \
            TEST_NGINX_PRELOAD="$$(gcc -print-file-name=libasan.so) \
            $$(gcc -print-file-name=libubsan.so)" \
            ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0

GIT    = git -c safe.directory='$(CURDIR)'

.DEFAULT_GOAL = build

.PHONY: help deps build install uninstall demo test check test-large \
        test-clients unit unit-bin asan style bench bench-check profile \
        matrix tsan valgrind static coverage fuzz fuzz-server soak \
        alloc mutants deb test-deb test-image test-walk clean


help:		## this list
	@echo 'Targets:'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/    \1\t\2/p' Makefile \
	    | expand -t 16
	@echo
	@echo 'Variables:'
	@sed -n 's/^# \([A-Z_]*\)   *\(.*\)/    \1\t\2/p' Makefile \
	    | expand -t 20

deps:		## install the Debian packages of all targets (as root)
	@$(DEPS) all

build:		## build the module: $(OUT)/ngx_http_s3o_presign_module.so
	@OUT='$(OUT)' $(BUILD)

install: build			## copy the module to where nginx looks for modules
	install -D -m 644 '$(OUT)/$(MODULE)' '$(DESTDIR)$(MODULES)/$(MODULE)'

uninstall:	## remove it there
	rm -f '$(DESTDIR)$(MODULES)/$(MODULE)'

demo:		## install what is missing, build, and show the module at work
	@$(DEPS) demo
	@$(MAKE) --no-print-directory build
	@$(NGINX) DEMO_ONCE='$(DEMO_ONCE)' \
	    TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)' \
	    perl -I t/lib t/demo/demo.pl

test:		## install what is missing, build, and run all tests
	@$(DEPS) test
	@$(MAKE) --no-print-directory check

check: build unit-bin		## build and run all tests, installing nothing
	TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)' \
	    $(PROVE) -r $(or $(TESTS),$(ALL_TESTS))

test-large:	## the tests that move gigabytes, with their full sizes
	@$(DEPS) test
	@$(MAKE) --no-print-directory build
	TEST_LARGE=1 TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)' \
	    $(PROVE) $$(grep -rl '^use S3O::Size' t)

test-clients:	## install the clients that people have, build, and try each of them
	@$(DEPS) clients
	@$(MAKE) --no-print-directory build '$(NPM)/stamp'
	TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)' $(PROVE) t/s3-clients/

unit: unit-bin			## build and run the unit tests of the pure half
	$(PROVE) t/unit/unit.t

asan: unit-bin			## run all tests with a module built with sanitizers
	@$(DEPS) asan
	@SANITIZE=1 OUT='$(OUT)-asan' $(BUILD)
	$(SANITIZED) $(PROVE) -r $(or $(TESTS),$(ALL_TESTS))

style:		## check the style of the sources
	@$(DEPS) style
	@perl t/tools/style.pl
	@! $(GIT) rev-parse --git-dir >/dev/null 2>&1 \
	    || $(GIT) diff --check $$($(GIT) hash-object -t tree /dev/null)
	@! command -v shellcheck >/dev/null \
	    || shellcheck -x t/tools/*.sh .ci/run

bench:		## measure what the module costs, beside nginx without it
	@$(DEPS) bench
	@$(MAKE) --no-print-directory build
	@$(MEASURE) BENCH='$(BENCH)' perl -I t/lib -I t/bench t/bench/bench.pl

bench-check:	## the goals of bench that a busy machine does not move
	@$(DEPS) bench
	@$(MAKE) --no-print-directory build
	@$(MEASURE) BENCH='$(BENCH)' perl -I t/lib -I t/bench t/bench/check.pl

profile:	## where the instructions go: $(OUT)/profile.txt
	@$(DEPS) bench
	@$(MAKE) --no-print-directory build
	@$(MEASURE) BENCH='$(BENCH)' MODE='$(MODE)' \
	    perl -I t/lib -I t/bench t/bench/profile.pl

matrix:		## build, load and test with several builds of nginx: ROWS
	@$(DEPS) matrix
	@NGINX_SRC='$(NGINX_SRC)' OUT='$(OUT)' JOBS='$(JOBS)' \
	    bash t/tools/matrix.sh $(ROWS)

tsan:		## what reads and hashes in threads, with ThreadSanitizer
	@$(MAKE) --no-print-directory matrix ROWS=tsan

valgrind:	## the tests of the matrix in memcheck
	@$(MAKE) --no-print-directory matrix ROWS=valgrind

static: build	## gcc -fanalyzer, cppcheck and clang-tidy over the sources
	@$(DEPS) static
	@OUT='$(OUT)' JOBS='$(JOBS)' bash t/tools/static.sh

coverage:	## which lines do the tests run? A report, and limits
	@$(DEPS) coverage
	@$(NGINX) OUT='$(OUT)-coverage' JOBS='$(JOBS)' bash t/tools/coverage.sh

fuzz:		## fuzz the pure half, 20 seconds for each target: FUZZ
	@$(DEPS) fuzz
	@OUT='$(OUT)' JOBS='$(JOBS)' bash t/tools/fuzz.sh $(FUZZ)

fuzz-server:	## mutated requests to the sanitized server: FUZZ_SECONDS
	@$(DEPS) asan
	@SANITIZE=1 OUT='$(OUT)-asan' $(BUILD)
	$(SANITIZED) FUZZ_SECONDS='$(FUZZ_SECONDS)' \
	    FUZZ_REQUESTS='$(FUZZ_REQUESTS)' $(PROVE) t/fuzz-server/fuzz.t

soak: build	## clients, rotations, reloads, kills for minutes: SOAK
	@$(DEPS) test
	SOAK='$(SOAK)' TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)' \
	    $(PROVE) t/soak/soak.pl

alloc: build	## each allocation of each kind of request and fetch fails: ALLOC
	@$(DEPS) test
	ALLOC='$(ALLOC)' TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)' \
	    $(PROVE) t/alloc t/trust/failures.t

mutants:	## plant defects, one at a time, and see whether a test notices
	@$(DEPS) test
	@$(NGINX) OUT='$(OUT)' perl -I t/lib t/tools/mutants.pl $(MUTANTS)

deb:		## the Debian package, checked by lintian: $(OUT)/deb
	@$(DEPS) $(if $(SUITE),roots,deb)
	@OUT='$(OUT)' JOBS='$(JOBS)' \
	    bash t/tools/deb.sh $(addprefix build ,$(SUITE))

test-deb:	## the packages of SUITES, tried in roots that debootstrap makes
	@$(DEPS) roots
	@OUT='$(OUT)' JOBS='$(JOBS)' bash t/tools/deb.sh test $(SUITES)

test-image:	## Dockerfile, built without a registry, and the image tried
	@$(DEPS) image
	@OUT='$(OUT)' JOBS='$(JOBS)' bash t/tools/image.sh

test-walk:	## from a bare Debian to an upload, by the words of docs/packages.md
	@$(DEPS) walk
	@$(MAKE) --no-print-directory build
	@TEST_NGINX_MODULE='$(abspath $(OUT))/$(MODULE)' OUT='$(OUT)' \
	    bash t/tools/walk.sh $(filter-out sid,$(SUITES))

clean:		## remove what was built
	rm -rf '$(OUT)' '$(OUT)-asan' '$(OUT)-coverage'


# clients of npm, the versions of which are pinned

NPM         = $(OUT)/npm
NPM_FILES   = $(addprefix t/s3-clients/,package.json package-lock.json)

$(NPM)/stamp: $(NPM_FILES)
	@mkdir -p '$(NPM)'
	@cp $(NPM_FILES) '$(NPM)'
	@cd '$(NPM)' && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@


# The unit tests link the pure half only, no nginx: every t/unit/*_test.c is
# a program of its own, other .c files there are linked to each of them.

UNIT        = $(OUT)/unit
PURE_SRCS   = $(wildcard src/*/s3o_*.c)
PURE_INCS   = $(addprefix -I,$(sort $(dir $(PURE_SRCS))))
UNIT_CFLAGS = -std=gnu99 -W -Wall -Wpointer-arith -Werror -O1 -g \
              -fsanitize=address,undefined -fno-sanitize-recover=all \
              $(PURE_INCS) -It/unit -I$(UNIT) -MMD -MP

UNIT_TESTS  = $(wildcard t/unit/*_test.c)
UNIT_BINS   = $(UNIT_TESTS:t/unit/%.c=$(UNIT)/%)
UNIT_OBJS   = $(patsubst t/unit/%.c,$(UNIT)/%.o, \
                $(filter-out $(UNIT_TESTS),$(wildcard t/unit/*.c)))
PURE_OBJS   = $(patsubst %.c,$(UNIT)/%.o,$(notdir $(PURE_SRCS)))

# the tests that hash run once more with EVP instead of plain hash states

EVP_TESTS   = chunk chunk_sigv4a crypto sigv4 sigv4a sigv4a_key sigv4a_vectors vectors
EVP_BINS    = $(EVP_TESTS:%=$(UNIT)/evp/%_test)
EVP_CFLAGS  = $(UNIT_CFLAGS) -DS3O_NO_PLAIN_SHA256
EVP_OBJS    = $(PURE_OBJS:$(UNIT)/%=$(UNIT)/evp/%)

VECTORS     = $(wildcard t/unit/gen_vectors.pl)

unit-bin: $(UNIT_BINS) $(EVP_BINS) $(UNIT)/sign_tool

$(UNIT_BINS): %: %.o $(UNIT_OBJS) $(PURE_OBJS)
	@$(CC) $(UNIT_CFLAGS) -o $@ $^ -lcrypto

$(EVP_BINS): %: %.o $(EVP_OBJS)
	@$(CC) $(EVP_CFLAGS) -o $@ $^ -lcrypto

$(UNIT)/sign_tool: t/tools/sign_tool.c $(PURE_OBJS)
	@$(CC) $(UNIT_CFLAGS) -o $@ $^ -lcrypto

vpath s3o_%.c $(sort $(dir $(PURE_SRCS)))

$(UNIT)/%.o: %.c Makefile | $(UNIT)
	@$(CC) $(UNIT_CFLAGS) -c -o $@ $<

$(UNIT)/evp/%.o: %.c Makefile | $(UNIT)/evp
	@$(CC) $(EVP_CFLAGS) -c -o $@ $<

$(UNIT)/evp/%.o: t/unit/%.c Makefile $(VECTORS:%=$(UNIT)/vectors.stamp) | $(UNIT)/evp
	@$(CC) $(EVP_CFLAGS) -c -o $@ $<

$(UNIT)/%.o: t/unit/%.c Makefile $(VECTORS:%=$(UNIT)/vectors.stamp) | $(UNIT)
	@$(CC) $(UNIT_CFLAGS) -c -o $@ $<

$(UNIT)/vectors.stamp: $(VECTORS) $(wildcard t/vectors/*.json) | $(UNIT)
	@perl $(VECTORS) $(UNIT)
	@touch $@

$(UNIT) $(UNIT)/evp:
	@mkdir -p $@

.SECONDARY:

# for dependencies of an earlier build on files that have moved since

src/%.c: ;

-include $(wildcard $(UNIT)/*.d $(UNIT)/evp/*.d)
