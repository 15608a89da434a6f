# Tools that the build needs, each with its Debian package: a missing one is named in one line.
# SPDX-License-Identifier: MIT
need = $(if $(shell command -v $(1)),,$(error '$(1)' is missing: install the Debian package $(2), or run `make deps`))
