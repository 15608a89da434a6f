# Formal proofs of the Verilog; tests/formal/proofs lists them.
# SPDX-License-Identifier: MIT

.PHONY: formal
formal: ## prove what the Verilog promises, and that faults are found; ONLY=pattern proves some
	$(call need,yosys,yosys)$(call need,z3,z3)@tests/formal/proofs_test $(if $(ONLY),'$(ONLY)')
	@tests/formal/proofs_test --broken $(if $(ONLY),'$(ONLY)')
