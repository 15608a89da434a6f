# The Verilated board and the programs that link it.
# SPDX-License-Identifier: MIT
