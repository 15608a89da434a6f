# Mutants of the Verilog: how much the tests notice. Not part of `make test`.
# SPDX-License-Identifier: MIT

.PHONY: mutants
mutants: ## break rtl/offload and rtl/dma in 880 places, one at a time; say which of them no test notices
	$(call need,yosys,yosys)$(call need,verilator,verilator)@tests/mutants

# A test program on the netlist that tests/mutants has written; MUTANTS_TOP is its module.
$(B)/mutants/%_test: tests/rtl/%_test.cpp $(B)/mutants/%/$(MUTANTS_TOP).v $(BOARD_RUNTIME:%=$(B)/board/%.o) $(RTL_OBJ_dma_records) $(RTL_OBJ_offload_verify)
	@rm -rf $(B)/mutants/$*.dir; mkdir -p $(B)/mutants/$*.dir
	@verilator -O3 -Wno-lint -Wno-UNOPTFLAT --x-assign fast --x-initial fast --noassert --cc --trace-fst --prefix V$* \
		--Mdir $(B)/mutants/$*.dir --top-module $(MUTANTS_TOP) $(B)/mutants/$*/$(MUTANTS_TOP).v
	@$(MAKE) --no-print-directory -s -C $(B)/mutants/$*.dir -f V$*.mk V$*__ALL.a CXX='$(CXX)' OPT_FAST='-O1' OPT_SLOW='-O0' >/dev/null
	@$(CXX) -std=c++17 -O1 -Wall -Wextra -Werror $(BOARD_DEFINES) $(BOARD_INCLUDE) -isystem $(B)/mutants/$*.dir $< -o $@ \
		$(B)/mutants/$*.dir/V$*__ALL.a $(BOARD_RUNTIME:%=$(B)/board/%.o) \
		$(RTL_OBJ_$*) -lz -lpthread
