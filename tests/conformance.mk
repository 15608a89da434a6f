# Conformance scripts in packetdrill's syntax (tests/conformance/README.md).
# SPDX-License-Identifier: MIT

CONFORMANCE_SRC := $(wildcard tests/conformance/*.c)
LINT_C += $(CONFORMANCE_SRC)

# The stack alone, under ASan and UBSan, with leaks looked for.
$(B)/conformance/pkt: $(patsubst %.c,$(B)/san/%.o,$(CONFORMANCE_SRC) $(STACK_SRC) driver/journal.c driver/record.c)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $^ -o $@

.PHONY: conformance
conformance: $(B)/conformance/pkt
test-programs: conformance
