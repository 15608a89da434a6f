# Benchmarks: figures in a table and in build/bench.json, never in a test.
# SPDX-License-Identifier: MIT

include tests/bench/stack.mk
include tests/bench/path.mk

BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*_bench.c))
# What the programs share; one that links more names it itself.
BENCH_HELPERS := $(addprefix $(B)/obj/tests/bench/,peer.o peer_say.o station.o)

$(B)/bench/%: $(B)/obj/tests/bench/%.o $(BENCH_HELPERS) $(B)/libferrite-all.a $(B)/libboard.a
	@mkdir -p $(@D)
	$(CXX) $(filter %.o,$^) -o $@ -Wl,--start-group $(B)/libboard.a $(B)/libferrite-all.a -Wl,--end-group $(PKG_LIBS) -lz

.PHONY: bench
bench: deps ## measure speed: a table, and build/bench.json (about 20 min; goodput on lossy paths only when the stack has changed)
	@$(MAKE) --no-print-directory -j2 $(FERRITE) $(BENCH_PROGRAMS) $(STREAM_PROGRAMS) $(B)/rtl/offload_send_test $(B)/rtl/usb_fire_test usb-guest
	@$(MAKE) --no-print-directory -s $(LWIP_PROGRAMS) || echo "bench: lwIP's source package could not be had or built (see $(LWIP)/log): its figures are not measured"
	@tests/bench/run

.PHONY: bench-linux
bench-linux: deps ## let the kernel's TCP send on the lossy paths, too (root; 7 min of real time), for the next bench
	@$(MAKE) --no-print-directory -j2 $(B)/bench/loss_bench $(B)/bench/loss_linux
	@tests/bench/loss_figures.py --linux
