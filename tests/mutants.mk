# Mutants of the Verilog: how much the tests notice. Not part of `make test`.
# SPDX-License-Identifier: MIT

.PHONY: mutants
mutants: ## break rtl/offload and rtl/dma in 920 places, one at a time; say which of them no test notices
	$(call need,yosys,yosys)$(call need,verilator,verilator)@tests/mutants --build $(B)

# A test program on the netlist that tests/mutants has written.
$(B)/mutants/%.dir/module.a: $(B)/mutants/%/netlist.v
	@rm -rf $(@D); mkdir -p $(@D)
	@verilator -O3 -Wno-lint -Werror-UNOPTFLAT --x-assign fast --x-initial fast --noassert --cc --trace-fst --prefix V$* \
		--Mdir $(@D) --top-module netlist $<
	@$(MAKE) --no-print-directory -s -C $(@D) -f V$*.mk V$*__ALL.a CXX='$(CXX)' OPT_FAST='-O2' OPT_SLOW='-O0' >/dev/null
	@mv $(@D)/V$*__ALL.a $@
$(B)/mutants/%_test: tests/rtl/%_test.cpp $(wildcard tests/rtl/*.h) $(B)/mutants/%.dir/module.a \
		$(BOARD_RUNTIME:%=$(B)/board/%.o) $(RTL_OBJ_dma_records) $(RTL_OBJ_offload_verify)
	@$(CXX) -std=c++17 -O1 -Wall -Wextra -Werror $(BOARD_DEFINES) $(BOARD_INCLUDE) -isystem $(B)/mutants/$*.dir $< -o $@ \
		$(B)/mutants/$*.dir/module.a $(BOARD_RUNTIME:%=$(B)/board/%.o) $(RTL_OBJ_$*) -lz -lpthread
