# Fuzzing: clang's libFuzzer feeds what reads other people's bytes (tests/fuzz/README.md).
# A target is a file: tests/fuzz/NAME_fuzz.c, with its inputs in tests/fuzz/corpus/NAME.
# SPDX-License-Identifier: MIT

FUZZ_CC := clang
FUZZ_SECONDS ?= 30
FUZZ_CFLAGS = $(filter-out $(OPT),$(CFLAGS)) -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all
FUZZ_NAMES := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_HELPERS := $(filter-out %_fuzz.c,$(wildcard tests/fuzz/*.c))
FUZZ_LIB_SRC := $(DRIVER_SRC) $(STACK_SRC) $(SOCKET_SRC) $(ENGINE_SRC) $(SIM_SRC)
LINT_C += $(wildcard tests/fuzz/*.c)

$(B)/fuzz/obj/%.o: %.c
	$(call need,$(FUZZ_CC),clang)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined $(PKG_CFLAGS) -c $< -o $@
$(B)/fuzz/libferrite.a: $(FUZZ_LIB_SRC:%.c=$(B)/fuzz/obj/%.o)
	@rm -f $@; ar rcs $@ $^
$(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%_fuzz.o $(FUZZ_HELPERS:%.c=$(B)/fuzz/obj/%.o) $(B)/fuzz/libferrite.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $^ -o $@ $(PKG_LIBS)

.PHONY: fuzz fuzz-programs fuzz-targets
fuzz-targets: $(FUZZ_NAMES:%=$(B)/fuzz/%)

# Where clang has no libFuzzer the test says so, and counts as skipped.
fuzz-programs:
	@if why=$$(tests/fuzz/toolchain $(FUZZ_CC)); then $(MAKE) --no-print-directory fuzz-targets; else echo "fuzz: $$why"; fi
test-programs: fuzz-programs

fuzz: fuzz-targets ## fuzz each target for FUZZ_SECONDS (30); TARGET=NAME: one
	@tests/fuzz/run --build $(B)/fuzz --seconds $(FUZZ_SECONDS) $(or $(TARGET),$(FUZZ_NAMES))
