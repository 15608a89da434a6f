# The Verilated board and the programs that link it.
# SPDX-License-Identifier: MIT

# The gates are built twice: as fast as can be, and with waves; those of the small shape once, with waves. All live in one
# program, under different names.
BOARD_TOP   := nic_ulpi_rgmii
BOARD_BUILDS := fast tracing full_speed
BOARD_TOP_full_speed  := nic_fs_rmii
BOARD_NAME_full_speed := simulated small board
BOARD_CPP_full_speed  := full_speed
BOARD_FLAGS_fast    := -fno-case
BOARD_FLAGS_tracing := --trace-fst
BOARD_FLAGS_full_speed := --trace-fst -GCLOCK_HZ=24000000
# Of the gates' code. It is long, and each clock runs through nearly all of it: the shortest is the fastest.
BOARD_OPT_fast    := -Os
BOARD_OPT_tracing := -O1
BOARD_OPT_full_speed := -O3
VERILATOR_ROOT := $(shell verilator --getenv VERILATOR_ROOT 2>/dev/null)
BOARD_INCLUDE = -I. -isystem $(VERILATOR_ROOT)/include -isystem $(VERILATOR_ROOT)/include/vltstd
BOARD_DEFINES := -DVM_TRACE=1 -DVM_TRACE_FST=1 -DVM_TRACE_VCD=0 -DVM_COVERAGE=$(if $(COVERAGE),1,0) -DVM_SC=0
BOARD_SRC  := $(wildcard sim/board/*.c)
BOARD_RUNTIME := verilated verilated_fst_c verilated_threads $(if $(COVERAGE),verilated_cov)

# Verilator writes the sources and their list; the gates' objects are built by its own makefile, with our flags.
$(B)/board/%/gates.a: $(RTL_SRC) sim/board/board.mk
	$(call need,verilator,verilator)
	@rm -rf $(@D); mkdir -p $(@D)
	verilator $(VERILATOR_FLAGS) $(BOARD_FLAGS_$*) -GBOARD='"$(or $(BOARD_NAME_$*),simulated ECPIX-5)"' --top-module $(or $(BOARD_TOP_$*),$(BOARD_TOP)) \
		--prefix Vgates_$* --Mdir $(@D) $(or $(BOARD_TOP_$*),$(BOARD_TOP))
	$(MAKE) --no-print-directory -s -C $(@D) -f Vgates_$*.mk Vgates_$*__ALL.a CXX='$(CXX)' \
		OPT_FAST='$(BOARD_OPT_$*)' OPT_SLOW='-O1'
	@mv $(@D)/Vgates_$*__ALL.a $@

$(B)/board/%/verilated.o: sim/board/verilated.cpp sim/board/full_speed.cpp sim/board/gates_shape.h $(B)/board/%/gates.a
	$(CXX) -std=c++17 -O3 -g -Wall -Wextra -Werror $(BOARD_DEFINES) $(BOARD_INCLUDE) -isystem $(@D) -MMD -MP \
		-DGATES_HEADER='"Vgates_$*.h"' -DGATES_ROOT_HEADER='"Vgates_$*___024root.h"' \
		-DGATES_TOP=Vgates_$* -DGATES_TRACING=$(if $(findstring --trace,$(BOARD_FLAGS_$*)),true,false) \
		-DGATES_BUILD=gates_$* -c sim/board/$(or $(BOARD_CPP_$*),verilated).cpp -o $@

$(B)/board/%.o: sim/board/board.mk
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O2 $(BOARD_DEFINES) $(BOARD_INCLUDE) -c $(VERILATOR_ROOT)/include/$*.cpp -o $@

$(B)/libboard.a: $(BOARD_SRC:%.c=$(B)/obj/%.o) $(BOARD_RUNTIME:%=$(B)/board/%.o) \
		$(foreach b,$(BOARD_BUILDS),$(B)/board/$(b)/verilated.o $(B)/board/$(b)/gates.a)
	@rm -f $@
	@printf '%s\n' 'create $@' $(foreach o,$(filter %.o,$^),'addmod $(o)') $(foreach a,$(filter %.a,$^),'addlib $(a)') save end | ar -M

FERRITE := $(B)/ferrite
$(FERRITE): $(B)/obj/host/cli/main.o $(B)/libferrite-all.a $(B)/libboard.a
	$(CXX) $< -o $@ -Wl,--start-group $(B)/libboard.a $(B)/libferrite-all.a -Wl,--end-group $(PKG_LIBS) -lz

# The same under ASan and UBSan (but for the gates), for those e2e tests that look for leaks.
FERRITE_SAN := $(B)/ferrite-san
$(FERRITE_SAN): $(B)/san/host/cli/main.o $(B)/libferrite-san.a $(B)/libboard.a
	$(CXX) $(SANITIZE) $< -o $@ -Wl,--start-group $(B)/libboard.a $(B)/libferrite-san.a -Wl,--end-group $(PKG_LIBS) -lz

# tests/board/NAME_test.c runs the whole simulated board, without the sanitizers, which would slow it down.
BOARD_TESTS := $(patsubst tests/board/%.c,$(B)/board-tests/%,$(wildcard tests/board/*_test.c))
BOARD_HELPERS := $(patsubst %.c,$(B)/obj/%.o,$(filter-out %_test.c,$(wildcard tests/board/*.c)))
$(B)/board-tests/%: $(B)/obj/tests/board/%.o $(BOARD_HELPERS) $(B)/libferrite-all.a $(B)/libboard.a
	@mkdir -p $(@D)
	$(CXX) $< $(BOARD_HELPERS) -o $@ -Wl,--start-group $(B)/libboard.a $(B)/libferrite-all.a -Wl,--end-group -lcmocka $(PKG_LIBS) -lz

.PHONY: board-tests
board-tests: $(BOARD_TESTS)
