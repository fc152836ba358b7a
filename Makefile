# SPDX-License-Identifier: BSD-2-Clause
# One non-recursive Makefile. All output is under $(O); O=build-asan with other CFLAGS is a second tree.

O ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CLANG ?= clang
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
V ?= 0
STRICT ?= 0

MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
Q := $(if $(filter 1,$(V)),,@)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
	    -Wno-missing-field-initializers $(if $(WERROR),-Werror)
HR_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -DHR_MULTIARCH='"$(MULTIARCH)"' \
	     -DHR_DATADIR='"$(PREFIX)/share/hostroute"' $(WARNINGS) -MMD -MP
LIBS := -lbpf -lelf -lz -lyaml -ljansson -lmnl -lmd

TOOLS := hrprobe hrcompile hrinstall
ROOM_SRCS := $(sort $(foreach room,common config probe compiler install,$(wildcard $(room)/*.c)))
MAIN_SRCS := probe/main.c compiler/main.c install/main.c
LIB_SRCS := $(filter-out $(MAIN_SRCS),$(ROOM_SRCS))
UNIT_SRCS := $(wildcard tests/unit/test_*.c)
BPFTEST_SRCS := $(wildcard tests/bpf/test_*.c)

obj = $(patsubst %.c,$(O)/obj/%.o,$(1))
UNIT_BINS := $(patsubst tests/unit/%.c,$(O)/tests/unit/%.t,$(UNIT_SRCS))
BPFTEST_BINS := $(patsubst tests/bpf/%.c,$(O)/tests/bpf/%.t,$(BPFTEST_SRCS))

.PHONY: all deps check check-build demo lint format install uninstall clean
.DELETE_ON_ERROR:

all: $(addprefix $(O)/,$(TOOLS))

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
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(O)/tests/unit/%.t: $(O)/obj/tests/unit/%.o $(O)/libhostroute.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

$(O)/tests/bpf/%.t: $(O)/obj/tests/bpf/%.o $(O)/libhostroute.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD      $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

.SECONDARY:

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

clean:
	rm -rf $(O)
