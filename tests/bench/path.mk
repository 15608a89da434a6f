# Goodput and fairness in virtual time, ours and lwIP's (tests/bench/path.h).
# SPDX-License-Identifier: MIT

PATH_OBJECTS := $(patsubst %,$(B)/obj/tests/bench/%.o,loss_bench path path_stack stack_meter) $(B)/obj/tests/world/link.o
PATH_LWIP_FLAGS = $(patsubst -Itests/bench/lwip_port,-Itests/bench/path_lwip_port -Itests/bench/lwip_port,$(LWIP_FLAGS)) -DLWIP_SUMS=0

$(B)/bench/loss_bench: $(PATH_OBJECTS) $(B)/bench/path_lwip.o $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $(filter %.o,$^) -o $@ $(B)/libferrite-all.a

# lwIP's functions have our stack's names, so they stay inside one object.
$(B)/bench/path_lwip.o: tests/bench/path_lwip.c tests/bench/path_lwip_absent.c $(wildcard tests/bench/path*.h tests/bench/*lwip_port/lwipopts.h)
	@rm -rf $(B)/bench/path_lwip; mkdir -p $(B)/bench/path_lwip
	@if $(MAKE) --no-print-directory -s $(LWIP)/version; then \
		for file in $(LWIP_FILES:%=$(LWIP)/source/src/core/%.c) $<; do \
			$(CC) $(PATH_LWIP_FLAGS) -c $$file -o $(@D)/path_lwip/$$(basename $$file .c).o || exit 1; \
		done && ld -r -o $(@D)/path_lwip/all $(@D)/path_lwip/*.o && \
		objcopy --keep-global-symbol=path_lwip_open $(@D)/path_lwip/all $@; \
	else \
		echo "bench: lwIP's source package could not be had (see $(LWIP)/log): its goodput is not measured"; \
		$(CC) $(CFLAGS) -c tests/bench/path_lwip_absent.c -o $@; \
	fi

CONN_OBJECTS := $(patsubst %,$(B)/obj/tests/bench/%.o,conn_bench conn_client stack_meter)
$(B)/bench/conn_bench: $(CONN_OBJECTS) $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $^ -o $@
