# Generated files, and what is checked without running the programs.
# SPDX-License-Identifier: MIT

.PHONY: registers
registers: ## write C header, Verilog constants and table from driver/registers.map
	driver/registers.py

# driver/registers.h is laid out by its generator.
FORMAT_SRC = $(filter-out driver/registers.h,$(shell git ls-files -- '*.c' '*.h' '*.cpp'))

.PHONY: format lint lint-format lint-layers lint-registers lint-verilog lint-constraints lint-crossings lint-c synth area area-peers
format: ## lay C and C++ out as .clang-format says
	$(call need,clang-format,clang-format)clang-format -i $(FORMAT_SRC)

lint: ## check format, layers, warnings of compilers and Verilator, constraints, clock crossings; synthesize
	@$(MAKE) --no-print-directory -k lint-format lint-layers lint-registers lint-c lint-verilog lint-constraints lint-crossings synth

lint-format:
	$(call need,clang-format,clang-format)@bad=$$(clang-format --dry-run $(FORMAT_SRC) 2>&1 | sed -n 's/^\([^ :]*\):[0-9:]* .*clang-format-violations.*/\1/p' | sort -u); \
		for file in $$bad; do echo "$$file: not as .clang-format says: run \`make format\`"; done; \
		test -z "$$bad" && echo 'format: every file is as .clang-format says'

lint-layers:
	@tests/layers.py

lint-registers:
	@driver/registers.py --check && echo 'registers: generated files say what the map says'

# Every C source with both compilers; warnings are errors.
LINT_C = $(LIB_SRC) $(BOARD_SRC) host/cli/main.c $(WORLD_SRC) $(wildcard tests/unit/*.c tests/board/*.c tests/examples/*.c tests/usb/*.c)
LINT_COMPILERS := gcc clang
lint-c: $(LINT_COMPILERS:%=lint-c-%)
lint-c-%:
	$(call need,$*,$*)@$(MAKE) --no-print-directory -s -k B=$(B)/lint-$* CC=$* lint-c-objects && echo '$*: no warning'
.PHONY: lint-c-objects
lint-c-objects: $(LINT_C:%.c=$(B)/obj/%.o)

lint-verilog:
	$(call need,verilator,verilator)@tests/lint_rtl.py

lint-constraints: fpga-tools
	@tests/lint_constraints.py

lint-crossings:
	$(call need,yosys,yosys)@tests/lint_crossings.py --self-test

synth: ## synthesize for ECP5 and iCE40 and print the sizes
	$(call need,yosys,yosys)@tests/synth.py

area: ## print what each module of rtl/ takes on ECP5 and iCE40
	$(call need,yosys,yosys)@tests/synth.py --modules

area-peers: ## print what some of it takes beside known cores on ECP5, by the same Yosys
	$(call need,yosys,yosys)@tests/synth.py --peers
