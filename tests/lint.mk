# Generated files and what is checked without running anything.
# SPDX-License-Identifier: MIT

.PHONY: registers
registers: ## write C header, Verilog constants and table from driver/registers.map
	driver/registers.py
