# The simulated board with the gates of a placed and routed netlist: build/netlist/BOARD/{frames,ferrite}.
# SPDX-License-Identifier: MIT

NETLIST := $(B)/netlist
LINT_C  += $(wildcard tests/netlist/*.c)

# A top module's shape: its name, and what runs it in sim/board, under which name.
NETLIST_TOP = $(shell constraints/boards.py --top $(*:%-packed=%))
SHAPE_ecpix5      := nic_ulpi_rgmii verilated gates_fast
SHAPE_tinyfpga_bx := nic_fs_rmii full_speed gates_full_speed
SHAPE_hx8k_breakout := nic_fs_rmii full_speed gates_full_speed
shape_of = $(word $(1),$(or $(SHAPE_$(NETLIST_TOP)),$(error $*: tests/netlist/netlist.mk knows no shape of $(NETLIST_TOP))))

# nextpnr's routed.json, beside its report, read back as Verilog, in a wrapper with the shape's ports.
$(NETLIST)/%/routed.v: $(FPGA)/%/seed-1/report.json $(wildcard tests/netlist/*.py)
	@mkdir -p $(@D); family=$$(constraints/boards.py --family $*) && tests/netlist/$$family.py $(<D)/routed.json $@

# BOARD-packed: the same of an iCE40's bitstream alone.
$(NETLIST)/%-packed/routed.v: $(FPGA)/%.bin tests/netlist/packed.py
	@mkdir -p $(@D); tests/netlist/packed.py $* $< $@

$(NETLIST)/%/gates.a: $(NETLIST)/%/routed.v $(wildcard tests/netlist/*.v)
	$(call need,verilator,verilator)
	@echo "$*: the netlist from place and route, for simulation"
	@verilator -O3 -Wno-lint -Wno-MULTIDRIVEN -Werror-UNOPTFLAT --x-assign fast --x-initial fast --noassert --cc \
		--prefix Vgates_routed --Mdir $(@D)/gates --top-module $(call shape_of,1) -y tests/netlist tests/netlist/$(NETLIST_TOP).v $<
	@rm -f $(@D)/gates/*__ver.d
	@$(MAKE) --no-print-directory -s -C $(@D)/gates -f Vgates_routed.mk Vgates_routed__ALL.a CXX='$(CXX)' OPT_FAST='-O2' OPT_SLOW='-O0' >/dev/null
	@mv $(@D)/gates/Vgates_routed__ALL.a $@

# (Verilator's own list of dependencies goes: read by every later make, it would have the board placed and routed again.)

# In place of the fast build of the Verilog, which the linker then leaves in its library.
$(NETLIST)/%/verilated.o: $(wildcard sim/board/*.cpp) $(wildcard sim/board/*.h) $(NETLIST)/%/gates.a
	@$(CXX) -std=c++17 -O2 -Wall -Wextra -Werror $(BOARD_DEFINES) $(BOARD_INCLUDE) -isystem $(@D)/gates -DGATES_HEADER='"Vgates_routed.h"' \
		-DGATES_ROOT_HEADER='"Vgates_routed___024root.h"' -DGATES_TOP=Vgates_routed -DGATES_TRACING=false -DGATES_BUILD=$(call shape_of,3) -c sim/board/$(call shape_of,2).cpp -o $@

NETLIST_LINK = $(CXX) $(filter %.o,$^) -o $@ -Wl,--start-group $(filter %gates.a,$^) $(B)/libboard.a $(B)/libferrite-all.a -Wl,--end-group -lcmocka $(PKG_LIBS) -lz
$(NETLIST)/%/frames: $(NETLIST)/%/verilated.o $(NETLIST)/%/gates.a $(B)/obj/tests/netlist/frames.o $(BOARD_HELPERS) $(B)/libferrite-all.a $(B)/libboard.a
	@$(NETLIST_LINK)
$(NETLIST)/%/ferrite: $(NETLIST)/%/verilated.o $(NETLIST)/%/gates.a $(B)/obj/host/cli/main.o $(B)/libferrite-all.a $(B)/libboard.a
	@$(NETLIST_LINK)

.PHONY: netlists
netlists: ## run 200 frames each way and a page by TCP through routed netlists, frames through an iCE40 bitstream (15 min)
	@$(MAKE) --no-print-directory $(foreach b,ecpix5-85f tinyfpga-bx tinyfpga-bx-packed hx8k-breakout,$(NETLIST)/$(b)/frames) \
		$(NETLIST)/ecpix5-85f/ferrite $(NETLIST)/hx8k-breakout/ferrite
	@tests/netlist/carry $(NETLIST)/ecpix5-85f
	@for b in tinyfpga-bx tinyfpga-bx-packed hx8k-breakout; do tests/netlist/carry $(NETLIST)/$$b full-speed || exit 1; done
	@tests/netlist/page $(NETLIST)/ecpix5-85f 20000
	@tests/netlist/page $(NETLIST)/hx8k-breakout 3000 full-speed
