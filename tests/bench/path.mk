# Goodput and fairness in virtual time, ours and lwIP's (tests/bench/path.h).
# SPDX-License-Identifier: MIT

PATH_OBJECTS := $(patsubst %,$(B)/obj/tests/bench/%.o,loss_bench path path_stack stack_meter) $(B)/obj/tests/world/link.o
PATH_LWIP_FLAGS = $(patsubst -Itests/bench/lwip_port,-Itests/bench/path_lwip_port -Itests/bench/lwip_port,$(LWIP_FLAGS)) -DLWIP_SUMS=0

$(B)/bench/loss_bench: $(PATH_OBJECTS) $(B)/bench/path_lwip.o $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $(filter %.o,$^) -o $@ $(B)/libferrite-all.a

# The kernel on the same paths, in real time.
$(B)/bench/loss_linux: $(patsubst %,$(B)/obj/tests/bench/%.o,loss_linux path path_stack stack_meter) $(B)/obj/tests/world/link.o $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $^ -o $@

# lwIP's functions have our stack's names, so they stay inside one object that keeps KEEP.
$(B)/bench/path_lwip.o: KEEP := path_lwip_open
$(B)/bench/path_lwip.o: LWIP_INSIDE = $(PATH_LWIP_FLAGS)
$(B)/bench/setup_lwip.o: KEEP := setup_lwip_open setup_lwip_cycle
$(B)/bench/setup_lwip.o: LWIP_INSIDE = $(LWIP_FLAGS) -DLWIP_SUMS=0 -DLWIP_IP_SUMS=1 -DLWIP_IP_CHECKS=0 -DMEMP_NUM_TCP_PCB=256 -DTCP_MSL=250 \
	-DLWIP_WND_SCALE=1 -DTCP_RCV_SCALE=7 -DLWIP_TCP_SACK_OUT=1
$(B)/bench/%_lwip.o: tests/bench/%_lwip.c tests/bench/%_lwip_absent.c $(wildcard tests/bench/path*.h tests/bench/setup.h tests/bench/*lwip_port/lwipopts.h)
	@rm -rf $(@:.o=); mkdir -p $(@:.o=)
	@if $(MAKE) --no-print-directory -s $(LWIP)/version; then \
		for file in $(LWIP_FILES:%=$(LWIP)/source/src/core/%.c) $<; do \
			$(CC) $(LWIP_INSIDE) -c $$file -o $(@:.o=)/$$(basename $$file .c).o || exit 1; \
		done && ld -r -o $(@:.o=)/all $(@:.o=)/*.o && \
		objcopy $(KEEP:%=--keep-global-symbol=%) $(@:.o=)/all $@; \
	else \
		echo "bench: lwIP's source package could not be had (see $(LWIP)/log): its figures are not measured"; \
		$(CC) $(CFLAGS) -c tests/bench/$*_lwip_absent.c -o $@; \
	fi

CONN_OBJECTS := $(patsubst %,$(B)/obj/tests/bench/%.o,conn_bench conn_client stack_meter)
$(B)/bench/conn_bench: $(CONN_OBJECTS) $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $^ -o $@

$(B)/bench/setup_bench: $(patsubst %,$(B)/obj/tests/bench/%.o,setup_bench setup_ours stack_meter) $(B)/bench/setup_lwip.o $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $^ -o $@
