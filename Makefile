# SPDX-License-Identifier: BSD-2-Clause
# One non-recursive Makefile. All output is under $(O); O=build-asan with other CFLAGS is a second tree.

O ?= build
# One spelling per tree, or its dependency files would name other targets than the rules do.
override O := $(patsubst $(CURDIR)/%,%,$(abspath $(O)))
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CLANG ?= clang
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
V ?= 0
STRICT ?= 0
# Tests of the lab also wait.
TEST_JOBS ?= $(shell echo $$(($$(nproc) + 1)))
FUZZ_JOBS ?= 2

MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
Q := $(if $(filter 1,$(V)),,@)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
	    -Wno-missing-field-initializers -Wno-gnu-variable-sized-type-not-at-end $(if $(WERROR),-Werror)
HR_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -DHR_MULTIARCH='"$(MULTIARCH)"' $(WARNINGS) -MMD -MP
LIBS := -lbpf -lelf -lz -llzma -lzstd -llz4 -lyaml -ljansson -lmnl -lnftables -lmd

TOOLS := hrprobe hrcompile hrinstall
ROOM_SRCS := $(sort $(foreach room,common config probe compiler install,$(wildcard $(room)/*.c)))
MAIN_SRCS := probe/main.c compiler/main.c install/main.c compiler/verify_init.c
LIB_SRCS := $(filter-out $(MAIN_SRCS),$(ROOM_SRCS))
UNIT_SRCS := $(wildcard tests/unit/test_*.c)
BPFTEST_SRCS := $(wildcard tests/bpf/test_*.c)
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)

LINK = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)
obj = $(patsubst %.c,$(O)/obj/%.o,$(1))
UNIT_BINS := $(patsubst tests/unit/%.c,$(O)/tests/unit/%.t,$(UNIT_SRCS))
BPFTEST_HELPERS := $(call obj,$(filter-out $(BPFTEST_SRCS),$(wildcard tests/bpf/*.c)))
BPFTEST_BINS := $(patsubst tests/bpf/%.c,$(O)/tests/bpf/%.t,$(BPFTEST_SRCS))
REPLAY_BINS := $(patsubst tests/fuzz/%.c,$(O)/tests/fuzz/%.t,$(FUZZ_SRCS))
FUZZ_BINS := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(FUZZ_SRCS))

.PHONY: all deps lint-deps fuzz-deps check check-build check-compilers check-kernels check-long fuzz bench demo lint format install uninstall clean
.DELETE_ON_ERROR:

all: $(addprefix $(O)/,$(TOOLS)) $(O)/hrverify-init

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC      $<")
	$(Q)$(CC) $(HR_CFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/libhostroute.a: $(call obj,$(LIB_SRCS))
	$(if $(Q),@echo "  AR      $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/hrprobe: $(call obj,probe/main.c)
$(O)/hrcompile: $(call obj,compiler/main.c)
$(O)/hrinstall: $(call obj,install/main.c)
$(addprefix $(O)/,$(TOOLS)): $(O)/libhostroute.a
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(LINK) $(LIBS)

# The only process of a VM without libraries. Compiled apart, because sanitizers cannot be static.
INIT_SRCS := compiler/verify_init.c compiler/verify_load.c compiler/verify_log.c compiler/verify_lines.c \
	     compiler/verify_json.c compiler/json_cursor.c common/buf.c common/file.c common/jsonout.c common/log.c
INIT_CFLAGS = $(filter-out -fsanitize%,$(CFLAGS))

$(O)/init/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC      $< (static)")
	$(Q)$(CC) $(HR_CFLAGS) $(INIT_CFLAGS) -c -o $@ $<

$(O)/hrverify-init: $(patsubst %.c,$(O)/init/%.o,$(INIT_SRCS))
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(CC) $(INIT_CFLAGS) $(filter-out -fsanitize%,$(LDFLAGS)) -static -o $@ $^ -lbpf -lelf -lz -ljansson

$(O)/tests/unit/%.t: $(O)/obj/tests/unit/%.o $(O)/libhostroute.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(LINK) -lcmocka $(LIBS)

$(O)/tests/bpf/%.t: $(O)/obj/tests/bpf/%.o $(BPFTEST_HELPERS) $(O)/libhostroute.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(LINK) -lcmocka $(LIBS)

$(O)/tests/fuzz/%.t: $(call obj,tests/fuzz/replay.c tests/fuzz/input.c) $(O)/obj/tests/fuzz/%.o $(O)/libhostroute.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(LINK) $(LIBS)

# What golden tests need beside the tools.
GOLDEN_BINS := $(patsubst tests/golden/%.c,$(O)/tests/golden/%,$(wildcard tests/golden/*.c))

$(O)/tests/golden/%: $(O)/obj/tests/golden/%.o $(O)/libhostroute.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(LINK) -lcmocka $(LIBS)

# What end-to-end tests need beside the tools.
E2E_BINS := $(patsubst tests/e2e/%.c,$(O)/tests/e2e/%,$(wildcard tests/e2e/*.c))

$(O)/tests/e2e/%: $(O)/obj/tests/e2e/%.o
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(LINK)

BENCH_BINS := $(O)/tests/bench/packets $(O)/tests/bench/tcp

$(O)/tests/bench/%: $(O)/obj/tests/bench/%.o $(BPFTEST_HELPERS) $(O)/libhostroute.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(LINK) -lcmocka $(LIBS)

$(O)/tests/bench/%.bpf.o: tests/bench/%.bpf.c tests/bench/frame.h bpf-templates/lib/abi.h
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CLANG   $<")
	$(Q)$(CLANG) -target bpf -O2 -g -Wall -I. -isystem /usr/include/$(MULTIARCH) -c -o $@ $<

# libFuzzer is clang's: its binaries are a tree of their own, with the sanitizers always on.
FUZZ_CFLAGS := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined

$(O)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  FUZZ-CC $<")
	$(Q)$(CLANG) $(HR_CFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(O)/fuzz/libhostroute.a: $(patsubst %.c,$(O)/fuzz/obj/%.o,$(LIB_SRCS))
	$(if $(Q),@echo "  AR      $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(FUZZ_BINS): $(O)/fuzz/%: $(O)/fuzz/obj/tests/fuzz/%.o $(O)/fuzz/obj/tests/fuzz/input.o $(O)/fuzz/libhostroute.a
	$(if $(Q),@echo "  FUZZ-LD $@")
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)

# --- packages ---------------------------------------------------------------------------------------

BUILD_DEPS := gcc libc6-dev make pkg-config clang libbpf-dev libelf-dev zlib1g-dev liblzma-dev libzstd-dev liblz4-dev libyaml-dev \
	      libjansson-dev libmnl-dev libnftables-dev libmd-dev
TEST_DEPS := perl libcmocka-dev bpftool iproute2 nftables socat iputils-ping tcpdump ethtool procps util-linux traceroute
BENCH_DEPS := strace
FUZZ_DEPS := clang libclang-rt-dev
COMPILER_DEPS := $(shell sed -n 's/^\#define CLANG_TESTED_[A-Z]* \([0-9]*\)$$/clang-\1/p' compiler/clang.h)
VM_DEPS := qemu-system-x86 cpio kmod
LINT_DEPS := clang-format shellcheck cppcheck git

define install_packages
	@missing=$$(for p in $(1); do \
		dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
		echo "install by hand (Debian's names):" $$missing >&2; exit 1; fi; \
	if [ "$$(id -u)" != 0 ]; then echo "needs root to install:" $$missing >&2; exit 1; fi; \
	echo "installing:" $$missing; \
	apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $$missing
endef

deps:
	$(call install_packages,$(BUILD_DEPS) $(TEST_DEPS))

fuzz-deps:
	$(call install_packages,$(BUILD_DEPS) $(FUZZ_DEPS))

lint-deps:
	$(call install_packages,$(LINT_DEPS))

# --- tests, demo, lint ------------------------------------------------------------------------------

# Bundles the BPF tests run: one per mode, by the real hrcompile.
BPFTEST_BUNDLES := $(patsubst tests/bpf/configs/%.yaml,$(O)/tests/bundles/%/manifest.json,\
		     $(wildcard tests/bpf/configs/*.yaml))

$(O)/tests/bundles/%/manifest.json: tests/bpf/configs/%.yaml tests/bpf/compile $(O)/hrcompile $(wildcard bpf-templates/*.c bpf-templates/lib/*)
	@mkdir -p $(@D)
	$(Q)tests/bpf/compile $< $(@D) $(O)/hrcompile --templates bpf-templates >$(O)/tests/bundles/$*.log

# Those of the end-to-end tests: variants of the example.
LAB_BUNDLES := $(O)/lab-bundles

$(LAB_BUNDLES)/.made: tests/lab/bundles tests/lab/lab.sh tests/lab/tools.sh tests/bpf/compile examples/cilium-config.yaml \
		       $(addprefix $(O)/,$(TOOLS)) $(wildcard bpf-templates/*.c bpf-templates/lib/*)
	$(Q)O=$(O) tests/lab/bundles $(@D)
	@touch $@

check-build: all $(UNIT_BINS) $(GOLDEN_BINS) $(E2E_BINS) $(BPFTEST_BINS) $(REPLAY_BINS) $(BPFTEST_BUNDLES)

SHELL_TESTS := $(sort $(wildcard tests/golden/*.t tests/e2e/*.t))

# A second make, because the first one read the tools' paths before deps installed them.
check: deps
	$(Q)$(MAKE) check-build $(LAB_BUNDLES)/.made
	$(Q)O=$(O) STRICT=$(STRICT) HR_BUNDLES=$(O)/tests/bundles LAB_BUNDLES=$(abspath $(LAB_BUNDLES)) \
		prove --timer --jobs $(TEST_JOBS) --exec tests/quietly $(UNIT_BINS) $(REPLAY_BINS) $(BPFTEST_BINS) $(SHELL_TESTS)

fuzz: fuzz-deps
	$(Q)$(MAKE) $(FUZZ_BINS)

# Each fuzzer for FUZZ_SECONDS (default 60); not part of check, whose results must not depend on luck.
check-long: fuzz
	$(Q)prove --timer --jobs $(FUZZ_JOBS) --exec tests/fuzz/long $(FUZZ_BINS)

# The tests that depend on the kernel, on Debian's 5.10, 6.1 and 6.12 in QEMU; tests/vm/check names the variables.
check-kernels: deps
	$(call install_packages,$(VM_DEPS))
	$(Q)$(MAKE) check-build $(LAB_BUNDLES)/.made
	$(Q)O=$(O) STRICT=$(STRICT) tests/vm/check

# The datapath as built by each clang that hrcompile is tested with, on this kernel.
check-compilers: deps
	$(call install_packages,$(COMPILER_DEPS))
	$(Q)$(MAKE) all $(BPFTEST_BINS)
	$(Q)O=$(O) STRICT=$(STRICT) TEST_JOBS=$(TEST_JOBS) tests/compilers/check

# Numbers, never a test: what is measured depends on the machine, and the table says so.
bench: deps
	$(call install_packages,$(BENCH_DEPS))
	$(Q)$(MAKE) all $(BENCH_BINS) $(O)/tests/bench/control.bpf.o
	$(Q)O=$(O) tests/bench/run

demo: deps
	$(Q)$(MAKE) all
	$(Q)O=$(O) tests/lab/demo

lint:
	$(Q).ci/lint

format:
	clang-format -i */*.[ch] bpf-templates/lib/*.h tests/*/*.[ch]

# --- install ----------------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/libexec/hostroute $(DESTDIR)$(PREFIX)/share/hostroute/bpf-templates/lib
	install -m 755 $(O)/hrverify-init $(DESTDIR)$(PREFIX)/libexec/hostroute
	install -m 755 $(addprefix $(O)/,$(TOOLS)) $(DESTDIR)$(PREFIX)/sbin
	install -m 644 bpf-templates/*.c $(DESTDIR)$(PREFIX)/share/hostroute/bpf-templates
	install -m 644 bpf-templates/lib/* $(DESTDIR)$(PREFIX)/share/hostroute/bpf-templates/lib

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/sbin/,$(TOOLS))
	rm -rf $(DESTDIR)$(PREFIX)/share/hostroute $(DESTDIR)$(PREFIX)/libexec/hostroute

clean:
	rm -rf $(O)

.SECONDARY:

-include $(shell find $(O)/obj $(O)/init $(O)/fuzz/obj -name '*.d' 2>/dev/null)
