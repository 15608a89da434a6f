# Ferrite: `make help` lists the targets. Everything that is made goes to build/.
# SPDX-License-Identifier: MIT

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
B := build
CC ?= cc
CXX ?= g++
ifeq ($(origin CC),default)
CC := gcc
endif
WARN   := -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror
OPT    ?= -O2
CFLAGS := -std=c11 -D_GNU_SOURCE $(OPT) -g $(WARN) -I. -MMD -MP
CXXFLAGS := -std=c++17 $(OPT) -g -Wall -Wextra -Werror -I. -MMD -MP
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

include tests/tools.mk

HELP := awk -F':.*\#\# ' '/^[a-z-]+:.*\#\# /{printf "  make %-12s %s\n", $$1, $$2}'
HELP_FILES := Makefile constraints/constraints.mk tests/tests.mk tests/usb.mk tests/lint.mk tests/bench.mk tests/formal.mk tests/mutants.mk tests/world.mk tests/coverage.mk tests/fuzz.mk tests/netlist/netlist.mk
.PHONY: help
help: ## this list
	@$(HELP) $(HELP_FILES)

.PHONY: deps
deps: ## install the Debian packages that are missing (names them first)
	@tests/deps

.PHONY: demo
demo: deps ## fetch a page from a web server through the simulated board (installs what is missing)
	@$(MAKE) --no-print-directory -j2 $(B)/ferrite
	@tests/demo

.PHONY: clean
clean: ## remove what was built
	rm -rf $(B)

# ---- C -------------------------------------------------------------------------------------------------------
DRIVER_SRC := $(wildcard driver/*.c)
STACK_SRC  := $(wildcard host/stack/*.c)
ENGINE_SRC := $(wildcard host/engine/*.c)
INTERFACE_SRC := $(wildcard host/interface/*.c)
SOCKET_SRC := $(wildcard host/socket/*.c)
CLI_SRC    := $(wildcard host/cli/*.c)
SIM_SRC    := $(wildcard sim/bus/*.c sim/wire/*.c sim/usbip/*.c sim/model/*.c)

LIB_SRC := $(DRIVER_SRC) $(STACK_SRC) $(ENGINE_SRC) $(INTERFACE_SRC) $(SOCKET_SRC) $(SIM_SRC) $(filter-out host/cli/main.c,$(CLI_SRC))

# libslirp's pkg-config file asks for glib's, which Debian's libslirp-dev does not bring.
PKGS   := libusb-1.0 libcurl libcares json-c libmicrohttpd
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lslirp -lpthread -lm

$(B)/obj/%.o: %.c
	$(call need,$(CC),gcc)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(PKG_CFLAGS) -c $< -o $@
$(B)/san/%.o: %.c
	$(call need,$(CC),gcc)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(PKG_CFLAGS) -c $< -o $@

$(B)/libferrite-all.a: $(LIB_SRC:%.c=$(B)/obj/%.o)
	@rm -f $@; ar rcs $@ $^
$(B)/libferrite-san.a: $(LIB_SRC:%.c=$(B)/san/%.o)
	@rm -f $@; ar rcs $@ $^

# ---- the Verilated board -----------------------------------------------------------------------------------
RTL_DIRS := rtl/lib rtl/usb rtl/dma rtl/eth rtl/offload rtl/boards
RTL_SRC  := $(foreach d,$(RTL_DIRS),$(wildcard $(d)/*.v $(d)/*.vh)) $(wildcard rtl/platform/sim/*.v)
VERILATOR_FLAGS := -Wall -O3 -fno-table --x-assign fast --x-initial fast --noassert --cc \
	$(addprefix -y ,$(RTL_DIRS) rtl/platform/sim) $(addprefix +incdir+,$(RTL_DIRS))

include sim/board/board.mk
include constraints/constraints.mk

# ---- tests ---------------------------------------------------------------------------------------------------
include tests/usb.mk
include tests/tests.mk
include tests/bench.mk
include tests/formal.mk
include tests/mutants.mk
include tests/coverage.mk
include tests/world.mk
include tests/netlist/netlist.mk
include tests/lint.mk
include tests/conformance.mk
include tests/fuzz.mk

-include $(shell find $(B) -name '*.d' 2>/dev/null)
