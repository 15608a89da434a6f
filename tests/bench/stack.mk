# Measured streams: our stack's, the driver's alone, and lwIP's from Debian's source package.
# SPDX-License-Identifier: MIT

STREAM_PROGRAMS := $(B)/bench/stack_stream $(B)/bench/driver_stream
LWIP_PROGRAMS   := $(B)/bench/lwip_stream $(B)/bench/lwip_csum_stream

$(B)/bench/stack_stream: $(patsubst %,$(B)/obj/tests/bench/%.o,stack_stream stack_board stack_meter) $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $^ -o $@

$(B)/bench/driver_stream: $(patsubst %,$(B)/obj/tests/bench/%.o,driver_stream stack_meter) $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $^ -o $@ $(PKG_LIBS)

LWIP := $(B)/lwip
LWIP_FILES := def inet_chksum init ip mem memp netif pbuf tcp tcp_in tcp_out timeouts \
	ipv4/etharp ipv4/icmp ipv4/ip4 ipv4/ip4_addr ipv4/ip4_frag ../netif/ethernet
LWIP_FLAGS = $(filter-out -MMD -MP -Wshadow -Wextra,$(CFLAGS)) -isystem $(LWIP)/source/src/include -Itests/bench/lwip_port
LWIP_SUMS := 0

$(LWIP)/version: tests/bench/lwip_source
	@tests/bench/lwip_source $(LWIP)

$(B)/bench/lwip_csum_stream: LWIP_SUMS := 1
$(LWIP_PROGRAMS): tests/bench/lwip_stream.c tests/bench/lwip_port/lwipopts.h $(B)/obj/tests/bench/stack_meter.o $(LWIP)/version
	@mkdir -p $(@D)
	$(CC) $(LWIP_FLAGS) -DLWIP_SUMS=$(LWIP_SUMS) $(LWIP_FILES:%=$(LWIP)/source/src/core/%.c) $(filter %.c %.o,$^) -o $@
