# Building and running the tests. A test is a file: tests/unit/NAME_test.c, tests/rtl/NAME_test.cpp or tests/e2e/NAME_test.
# Every test program prints TAP ("ok 1 - sentence", "not ok …", "ok … # SKIP why"); tests/run adds them up.
# SPDX-License-Identifier: MIT

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*_test.c))
UNIT_HELPERS := $(filter-out %_test.c,$(wildcard tests/unit/*.c))

# Unit tests link everything but the Verilated board and the command line's main, under ASan and UBSan. This one refuses memory.
UNIT_LINK_tcp_sending_test := -Wl,--wrap=calloc
$(B)/unit/%: tests/unit/%.c $(UNIT_HELPERS:%.c=$(B)/san/%.o) $(B)/libferrite-san.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) -Wno-missing-prototypes $(PKG_CFLAGS) $< $(filter %.o,$^) -o $@ $(B)/libferrite-san.a $(UNIT_LINK_$*) -lcmocka $(PKG_LIBS)

# The C model behind the bus model is the world's, and so is the watch over frames.
$(B)/unit/bus_board_test: $(patsubst %,$(B)/san/tests/world/%.o,bus_board bus_clock bus_function)
$(B)/unit/frame_watch_test: $(B)/san/tests/world/frame_watch.o

# A product string of 31 characters, which fills a packet of endpoint 0.
RTL_TOP_FLAGS_usb_control := "-GPRODUCT=248'h$(shell printf 'thirty-one characters, a packet' | od -An -tx1 | tr -d ' \n')"

# The whole adapter starts with rubbish in its registers.
RTL_TOP_FLAGS_nic_ulpi_rgmii := --x-initial unique --x-assign unique
# Offloads that a build may have.
RTL_TOP_FLAGS_registers := "-GFEATURES=32'h2a"

# A core as slow as it may be.
RTL_TOP_FLAGS_usb_device_full_speed := -GCLOCK_HZ=24000000
RTL_TOP_FLAGS_nic_fs_rmii := -GCLOCK_HZ=24000000 --x-initial unique --x-assign unique
# Short times.
RTL_TOP_FLAGS_rail_pdm := -GBITS=8
RTL_TOP_FLAGS_led_matrix := -GBITS=4
RTL_TOP_FLAGS_power_on := -GBITS=4
# Rounds that follow each other closely.
RTL_TOP_FLAGS_mdio_link := -GREST=8

# Whole boards, whose PLLs, pins and time of reset are the test's (tests/rtl/tops).
RTL_TOPS := $(wildcard tests/rtl/tops/*)
RTL_TOP_FLAGS_board_tinyfpga_bx := --x-initial unique --x-assign unique -y tests/rtl/tops tests/rtl/tops/power_on.vlt tests/rtl/tops/bidir.v
RTL_TOP_FLAGS_board_ecpix5 := $(RTL_TOP_FLAGS_board_tinyfpga_bx)
RTL_OPT_board_tinyfpga_bx := -O2
RTL_OPT_board_ecpix5 := -O2
$(patsubst %,$(B)/rtl/board_%.dir/module.a,tinyfpga_bx ecpix5): $(RTL_TOPS)

# All boards' LEDs, behind adapters of which nothing is left but their ports and what LEDs see of them (tests/rtl/leds).
LEDS := $(B)/rtl/leds
$(LEDS)/%.v: rtl/boards/%.v tests/rtl/leds/%.vh
	@mkdir -p $(@D); sed '/^);/q' $< | cat - $(word 2,$^) > $@
LED_ADAPTERS := $(patsubst %,$(LEDS)/nic_%.v,ulpi_rgmii fs_rmii)
RTL_TOP_FLAGS_board_leds := -Wno-lint --x-initial unique --x-assign unique $(LED_ADAPTERS) -y tests/rtl/leds -y tests/rtl/tops
RTL_OPT_board_leds := -O2
$(B)/rtl/board_leds.dir/module.a: $(LED_ADAPTERS) $(wildcard tests/rtl/leds/*.v) $(RTL_TOPS)

# dma_records_test runs dma with its offload engine beside the C model, as fast as can be.
RTL_TOP_dma_records       := dma
RTL_TOP_FLAGS_dma_records := -GOFFLOAD=1
RTL_OPT_dma_records       := -O3
RTL_OBJ_dma_records := $(patsubst %,$(B)/obj/%.o,sim/model/send sim/model/segment sim/model/checksum driver/record)
$(B)/rtl/dma_records_test: $(RTL_OBJ_dma_records)

# offload_verify_test has the C model as a second judge.
RTL_OBJ_offload_verify := $(patsubst %,$(B)/obj/%.o,sim/model/verify sim/model/checksum)
$(B)/rtl/offload_verify_test: $(RTL_OBJ_offload_verify)

# tests/rtl/NAME_test.cpp tests the module NAME: it includes "VNAME.h" and tests/rtl/bench.h. Verilator's own run time is
# built once for all of them. COVERAGE is set where they count what they reach (tests/coverage.mk).
RTL_TESTS := $(patsubst tests/rtl/%.cpp,$(B)/rtl/%,$(wildcard tests/rtl/*_test.cpp))
$(B)/rtl/%.dir/module.a: $(RTL_SRC)
	$(call need,verilator,verilator)
	@rm -rf $(@D); mkdir -p $(@D)
	@verilator $(VERILATOR_FLAGS) $(COVERAGE) --trace-fst --top-module $(or $(RTL_TOP_$*),$*) --prefix V$* --Mdir $(@D) $(RTL_TOP_FLAGS_$*) \
		$(or $(RTL_TOP_$*),$*)
	@$(MAKE) --no-print-directory -s -C $(@D) -f V$*.mk V$*__ALL.a CXX='$(CXX)' OPT_FAST='$(or $(RTL_OPT_$*),-O1)' OPT_SLOW='-O0' >/dev/null
	@mv $(@D)/V$*__ALL.a $@
RTL_LINK = $(CXX) -std=c++17 $(or $(RTL_OPT_$*),-O1) -g -Wall -Wextra -Werror $(BOARD_DEFINES) $(BOARD_INCLUDE) \
	$(patsubst %/module.a,-isystem %,$(filter %/module.a,$^)) $< -o $@ $(filter %.a %.o,$^) -lz -lpthread
$(B)/rtl/%_test: tests/rtl/%_test.cpp $(B)/rtl/%.dir/module.a $(BOARD_RUNTIME:%=$(B)/board/%.o) $(wildcard tests/rtl/*.h)
	$(RTL_LINK)
# The whole USB device is what these test, too.
RTL_OPT_usb_device := -O2
RTL_DEVICE_TESTS := $(patsubst %,$(B)/rtl/%_test,usb_fire usb_chapter9 usb_every_request)
$(RTL_DEVICE_TESTS): $(B)/rtl/%_test: tests/rtl/%_test.cpp $(B)/rtl/usb_device.dir/module.a $(BOARD_RUNTIME:%=$(B)/board/%.o) $(wildcard tests/rtl/*.h)
	$(RTL_LINK)

$(B)/rtl/usb_fire_full_speed_test: $(B)/rtl/%_test: tests/rtl/%_test.cpp $(B)/rtl/usb_device_full_speed.dir/module.a $(BOARD_RUNTIME:%=$(B)/board/%.o) $(wildcard tests/rtl/*.h)
	$(RTL_LINK)

.PHONY: test unit rtl-tests
unit: $(UNIT_TESTS)
rtl-tests: $(RTL_TESTS)

test: deps ## every test; ONLY=pattern runs some, TRACE=1 keeps waves and captures
	@$(MAKE) --no-print-directory -j2 test-programs
	@tests/run $(if $(ONLY),--only '$(ONLY)') $(if $(TRACE),--trace)

.PHONY: test-programs
test-programs: unit rtl-tests board-tests coverage-lines usb-guest $(FERRITE) $(FERRITE_SAN)
