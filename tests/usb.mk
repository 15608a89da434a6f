# Tests on a real kernel's USB stack: Debian's kernel in QEMU, with our programs in its initramfs.
# SPDX-License-Identifier: MIT

USB_PROGRAMS := $(FERRITE) $(B)/usb/cancel

$(B)/usb/cancel: $(B)/obj/tests/usb/cancel.o $(B)/libferrite-all.a
	@mkdir -p $(@D)
	$(CC) $^ -o $@ $(PKG_LIBS)

# The kernel comes with `make deps`; without it these tests are skipped.
.PHONY: usb-guest
usb-guest: $(if $(wildcard $(B)/usb/vmlinux),$(B)/usb/initramfs)
$(B)/usb/initramfs: tests/usb/init tests/usb/initramfs tests/usb/modules driver/99-ferrite.rules $(B)/usb/vmlinux $(USB_PROGRAMS)
	@tests/usb/initramfs $(B)/usb $(USB_PROGRAMS)

.PHONY: test-usb
test-usb: deps ## the driver on Linux' own USB stack, in QEMU (part of test)
	@$(MAKE) --no-print-directory -j2 usb-guest
	@tests/run --jobs 1 --only '^usb/'
