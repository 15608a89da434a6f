/* Keeps the ULPI PHY's registers (ULPI 1.1, chapter 4).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/ulpi.h"

enum {
    VENDOR_ID = 0x0424, /* a USB3300's identity */
    PRODUCT_ID = 0x0004,
    FUNCTION_CONTROL = 0x04,
    INTERFACE_CONTROL = 0x07,
    OTG_CONTROL = 0x0A,
    INTERRUPT_RISE = 0x0D,
    INTERRUPT_FALL = 0x10,
    SCRATCH = 0x16,

    FUNCTION_CONTROL_DEFAULT = 0x41, /* full-speed transceiver, no pull-up, not suspended */
    OTG_CONTROL_DEFAULT = 0x06,
    INTERRUPT_DEFAULT = 0x1F,

    XCVR_SELECT = 0x03,
    TERM_SELECT = 0x04,
    OP_MODE = 0x18,
    RESET = 0x20,
};

static void registers_default(struct ulpi_registers *registers)
{
    *registers = (struct ulpi_registers){.function_control = FUNCTION_CONTROL_DEFAULT,
                                         .otg_control = OTG_CONTROL_DEFAULT,
                                         .interrupt_rise = INTERRUPT_DEFAULT,
                                         .interrupt_fall = INTERRUPT_DEFAULT};
}

void ulpi_init(struct ulpi *phy, bool vbus)
{
    *phy = (struct ulpi){.vbus = vbus, .must_report = true};
    registers_default(&phy->registers);
}

/* The register whose write, set and clear addresses include address; *base is the first of the three. */
static uint8_t *find(struct ulpi_registers *registers, unsigned address, unsigned *base)
{
    const struct {
        unsigned base;
        uint8_t *value;
    } all[] = {
        {FUNCTION_CONTROL, &registers->function_control},
        {INTERFACE_CONTROL, &registers->interface_control},
        {OTG_CONTROL, &registers->otg_control},
        {INTERRUPT_RISE, &registers->interrupt_rise},
        {INTERRUPT_FALL, &registers->interrupt_fall},
        {SCRATCH, &registers->scratch},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (address >= all[i].base && address < all[i].base + 3) {
            *base = all[i].base;
            return all[i].value;
        }
    return NULL;
}

uint8_t ulpi_register_read(const struct ulpi *phy, unsigned address)
{
    struct ulpi_registers copy = phy->registers;
    unsigned base = 0;
    switch (address) {
    case 0: return VENDOR_ID & 0xFF;
    case 1: return VENDOR_ID >> 8;
    case 2: return PRODUCT_ID & 0xFF;
    case 3: return PRODUCT_ID >> 8;
    default: break;
    }
    uint8_t *value = find(&copy, address, &base);
    return value ? *value : 0;
}

void ulpi_register_write(struct ulpi *phy, unsigned address, uint8_t value)
{
    unsigned base = 0;
    uint8_t *at = find(&phy->registers, address, &base);
    if (!at)
        return;
    switch (address - base) {
    case 0: *at = value; break;
    case 1: *at |= value; break;
    default: *at &= (uint8_t)~value; break;
    }
    if (phy->registers.function_control & RESET) {
        registers_default(&phy->registers);
        phy->must_report = true;
    }
}

bool ulpi_is_high_speed(const struct ulpi *phy)
{
    return (phy->registers.function_control & (XCVR_SELECT | TERM_SELECT | OP_MODE)) == 0;
}

bool ulpi_pulls_up(const struct ulpi *phy)
{
    uint8_t control = phy->registers.function_control;
    return (control & TERM_SELECT) && (control & OP_MODE) != 0x08;
}
