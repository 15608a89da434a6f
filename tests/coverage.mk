# RTL tests that count what they reach, each kind in a build tree of its own.
# SPDX-License-Identifier: MIT

# What reaches every line, for `make test`; more of them for the bits.
COVERAGE_TESTS_lines   := dma_records frame_send record_receive registers counters offload_verify
COVERAGE_TESTS_toggles := $(COVERAGE_TESTS_lines) record_send dma offload_send
COVERAGE_lines   := --coverage-line
COVERAGE_toggles := --coverage-line --coverage-toggle

.PHONY: coverage coverage-lines coverage-toggles
coverage: coverage-toggles ## say which lines of rtl/dma and rtl/offload the tests reach, and which bits never change
	@tests/coverage/lines_test --toggles

coverage-lines coverage-toggles: coverage-%:
	@$(MAKE) --no-print-directory -s B=$(B)/coverage/$* COVERAGE='$(COVERAGE_$*)' $(COVERAGE_TESTS_$*:%=$(B)/coverage/$*/rtl/%_test)
