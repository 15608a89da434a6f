# The world: stack, driver, board, links and peers in virtual time (tests/world/README.md).
# SPDX-License-Identifier: MIT

WORLD_SRC := $(filter-out tests/world/lwip_%,$(wildcard tests/world/*.c))
WORLD_PROGRAMS := $(B)/world/world $(B)/world/world-san
# What tests/world/fault_wrap.c wraps.
WORLD_WRAPPED := tcp_retransmit_timer_restart tcp_persist_timer_start tcp_buffer_give dad_fails icmp_take_token
WORLD_LIBS = $(WORLD_WRAPPED:%=-Wl,--wrap=%) -Wl,--start-group $(B)/libboard.a $(filter $(B)/libferrite%,$^) -Wl,--end-group $(PKG_LIBS) -lz

$(B)/world/world: $(WORLD_SRC:%.c=$(B)/obj/%.o) $(B)/world/lwip.o $(B)/libferrite-all.a $(B)/libboard.a
	@mkdir -p $(@D)
	$(CXX) $(filter %.o,$^) -o $@ $(WORLD_LIBS)

# With leaks looked for, and (but for the gates and lwIP) under ASan and UBSan.
$(B)/world/world-san: $(WORLD_SRC:%.c=$(B)/san/%.o) $(B)/world/lwip.o $(B)/libferrite-san.a $(B)/libboard.a
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) $(filter %.o,$^) -o $@ $(WORLD_LIBS)

# lwIP's functions have our stack's names, so they stay inside one object. Without its source no world has an lwIP host.
WORLD_LWIP_FLAGS = $(LWIP_FLAGS) -DLWIP_SUMS=1 -DMEMP_NUM_TCP_PCB=16 -DMEMP_NUM_TCP_PCB_LISTEN=16
WORLD_LWIP_SRC := tests/world/lwip_host.c tests/world/lwip_socket.c
$(B)/world/lwip.o: $(WORLD_LWIP_SRC) tests/world/lwip_absent.c tests/bench/lwip_port/lwipopts.h $(wildcard tests/world/*.h)
	@rm -rf $(B)/world/lwip; mkdir -p $(B)/world/lwip
	@if $(MAKE) --no-print-directory -s $(LWIP)/version; then \
		for file in $(LWIP_FILES:%=$(LWIP)/source/src/core/%.c) $(WORLD_LWIP_SRC); do \
			$(CC) $(WORLD_LWIP_FLAGS) -c $$file -o $(@D)/lwip/$$(basename $$file .c).o || exit 1; \
		done && ld -r -o $(@D)/lwip/all $(@D)/lwip/*.o && \
		objcopy --keep-global-symbol=lwip_ops --keep-global-symbol=lwip_is_there $(@D)/lwip/all $@; \
	else \
		echo "world: lwIP's source package could not be had (see $(LWIP)/log): no world has an lwIP host"; \
		$(CC) $(CFLAGS) -c tests/world/lwip_absent.c -o $@; \
	fi

.PHONY: world soak
world: $(WORLD_PROGRAMS)
test-programs: world
BENCH_PROGRAMS += $(B)/world/world

SEEDS ?= 200000
soak: $(B)/world/world ## run SEEDS=N worlds on all cores (200,000 unless told)
	$< --seeds 0..$$(($(SEEDS) - 1)) --jobs $$(nproc)
