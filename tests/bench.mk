# Benchmarks: figures in a table and in build/bench.json, never in a test.
# SPDX-License-Identifier: MIT

BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*_bench.c))

$(B)/bench/%: $(B)/obj/tests/bench/%.o $(B)/libferrite-all.a $(B)/libboard.a
	@mkdir -p $(@D)
	$(CXX) $< -o $@ $(B)/libboard.a $(B)/libferrite-all.a $(PKG_LIBS) -lz

.PHONY: bench
bench: deps ## measure speed: a table, and build/bench.json
	@$(MAKE) --no-print-directory -j2 $(FERRITE) $(BENCH_PROGRAMS)
	@tests/bench/run
