# The world: stack, driver, board, links and peers in virtual time (tests/world/README.md).
# SPDX-License-Identifier: MIT

WORLD_SRC := $(filter-out tests/world/lwip_%,$(wildcard tests/world/*.c))
WORLD_PROGRAMS := $(B)/world/world $(B)/world/world-san
WORLD_LIBS = -Wl,--start-group $(B)/libboard.a $(filter $(B)/libferrite%,$^) -Wl,--end-group $(PKG_LIBS) -lz

$(B)/world/world: $(WORLD_SRC:%.c=$(B)/obj/%.o) $(B)/obj/tests/world/lwip_absent.o $(B)/libferrite-all.a $(B)/libboard.a
	@mkdir -p $(@D)
	$(CXX) $(filter %.o,$^) -o $@ $(WORLD_LIBS)

# With leaks looked for, and (but for the gates) under ASan and UBSan.
$(B)/world/world-san: $(WORLD_SRC:%.c=$(B)/san/%.o) $(B)/san/tests/world/lwip_absent.o $(B)/libferrite-san.a $(B)/libboard.a
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) $(filter %.o,$^) -o $@ $(WORLD_LIBS)

.PHONY: world soak
world: $(WORLD_PROGRAMS)

SEEDS ?= 200000
soak: $(B)/world/world ## run SEEDS=N worlds on all cores (200,000 unless told)
	$< --seeds 0..$$(($(SEEDS) - 1)) --jobs $$(nproc)
