# The simulated board with the gates of a placed and routed netlist: build/netlist/BOARD/{frames,ferrite}.
# SPDX-License-Identifier: MIT

NETLIST := $(B)/netlist
LINT_C  += $(wildcard tests/netlist/*.c)

# nextpnr's routed.json, beside its report, read back as Verilog, in a wrapper with the shape's ports.
$(NETLIST)/%/routed.v: $(FPGA)/%/seed-1/report.json $(wildcard tests/netlist/*.py)
	@mkdir -p $(@D); family=$$(constraints/boards.py --family $*) && tests/netlist/$$family.py $(<D)/routed.json $@

$(NETLIST)/%/gates.a: $(NETLIST)/%/routed.v $(wildcard tests/netlist/*.v)
	$(call need,verilator,verilator)
	@echo "$*: the netlist from place and route, for simulation"
	@top=$$(constraints/boards.py --top $*) && verilator -O3 -Wno-lint -Wno-MULTIDRIVEN -Werror-UNOPTFLAT --x-assign fast --x-initial fast --noassert --cc \
		--prefix Vgates_routed --Mdir $(@D)/gates --top-module nic_ulpi_rgmii -y tests/netlist tests/netlist/$$top.v $<
	@rm -f $(@D)/gates/*__ver.d
	@$(MAKE) --no-print-directory -s -C $(@D)/gates -f Vgates_routed.mk Vgates_routed__ALL.a CXX='$(CXX)' OPT_FAST='-O2' OPT_SLOW='-O0' >/dev/null
	@mv $(@D)/gates/Vgates_routed__ALL.a $@

# (Verilator's own list of dependencies goes: read by every later make, it would have the board placed and routed again.)

# In place of the fast build of the Verilog, which the linker then leaves in its library.
$(NETLIST)/%/verilated.o: sim/board/verilated.cpp $(wildcard sim/board/*.h) $(NETLIST)/%/gates.a
	@$(CXX) -std=c++17 -O2 -Wall -Wextra -Werror $(BOARD_DEFINES) $(BOARD_INCLUDE) -isystem $(@D)/gates -DGATES_HEADER='"Vgates_routed.h"' \
		-DGATES_ROOT_HEADER='"Vgates_routed___024root.h"' -DGATES_TOP=Vgates_routed -DGATES_TRACING=false -DGATES_BUILD=gates_fast -c $< -o $@

NETLIST_LINK = $(CXX) $(filter %.o,$^) -o $@ -Wl,--start-group $(filter %gates.a,$^) $(B)/libboard.a $(B)/libferrite-all.a -Wl,--end-group -lcmocka $(PKG_LIBS) -lz
$(NETLIST)/%/frames: $(NETLIST)/%/verilated.o $(NETLIST)/%/gates.a $(B)/obj/tests/netlist/frames.o $(BOARD_HELPERS) $(B)/libferrite-all.a $(B)/libboard.a
	@$(NETLIST_LINK)
$(NETLIST)/%/ferrite: $(NETLIST)/%/verilated.o $(NETLIST)/%/gates.a $(B)/obj/host/cli/main.o $(B)/libferrite-all.a $(B)/libboard.a
	@$(NETLIST_LINK)
