# Building and running the tests. A test is a file: tests/unit/NAME_test.c, tests/rtl/NAME_test.cpp or tests/e2e/NAME_test.
# Every test program prints TAP ("ok 1 - sentence", "not ok …", "ok … # SKIP why"); tests/run adds them up.
# SPDX-License-Identifier: MIT

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*_test.c))
UNIT_HELPERS := $(filter-out %_test.c,$(wildcard tests/unit/*.c))

# Unit tests link everything but the Verilated board and the command line's main, under ASan and UBSan.
$(B)/unit/%: tests/unit/%.c $(UNIT_HELPERS:%.c=$(B)/san/%.o) $(B)/libferrite-san.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -Wno-missing-prototypes $(PKG_CFLAGS) $< $(filter %.o,$^) -o $@ $(B)/libferrite-san.a -lcmocka $(PKG_LIBS)

# tests/rtl/NAME_test.cpp tests the module NAME: it includes "VNAME.h" and tests/rtl/bench.h.
RTL_TESTS := $(patsubst tests/rtl/%.cpp,$(B)/rtl/%,$(wildcard tests/rtl/*_test.cpp))
$(B)/rtl/%_test: tests/rtl/%_test.cpp $(wildcard tests/rtl/*.h) $(RTL_SRC)
	@mkdir -p $(@D)
	verilator $(VERILATOR_FLAGS) --build --exe --trace-fst -j 2 --top-module $* --prefix V$* --Mdir $(B)/rtl/$*.dir \
		-CFLAGS "-std=c++17 -O1 -g -I$(CURDIR)" -LDFLAGS "-lz" $(RTL_TOP_FLAGS_$*) $* $(CURDIR)/tests/rtl/$*_test.cpp -o ../$*_test >$(B)/rtl/$*.log 2>&1 \
		|| { cat $(B)/rtl/$*.log; exit 1; }

.PHONY: test unit rtl-tests
unit: $(UNIT_TESTS)
rtl-tests: $(RTL_TESTS)

test: deps ## every test; ONLY=pattern runs some, TRACE=1 keeps waves and captures
	@$(MAKE) --no-print-directory -j2 test-programs
	@tests/run $(if $(ONLY),--only '$(ONLY)') $(if $(TRACE),--trace)

.PHONY: test-programs
test-programs: unit rtl-tests board-tests $(FERRITE)
