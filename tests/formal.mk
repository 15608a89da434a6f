# Formal proofs of the Verilog; tests/formal/proofs lists them.
# SPDX-License-Identifier: MIT

.PHONY: formal
formal: ## prove what the Verilog promises; ONLY=pattern proves some
	$(call need,yosys,yosys)$(call need,z3,z3)@tests/formal/proofs_test $(if $(ONLY),'$(ONLY)')
