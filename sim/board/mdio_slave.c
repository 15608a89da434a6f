/* Decodes MDIO frames and answers reads.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/board/mdio_slave.h"

enum {
    PREAMBLE_BITS = 32,
    HEADER_BITS = 14, /* start, operation, PHY and register */
    FRAME_BITS = 32,
    TURNAROUND_BITS = 15, /* the PHY's zero follows the first bit of the turnaround */
    START = 1,
    READ = 2,
    WRITE = 1,
};

void mdio_slave_init(struct mdio_slave *slave, const struct mdio_registers *registers)
{
    *slave = (struct mdio_slave){.registers = *registers};
}

static unsigned field(const struct mdio_slave *slave, unsigned from_start, unsigned width)
{
    return slave->frame >> (slave->bits - from_start - width) & ((1u << width) - 1);
}

static void frame_end(struct mdio_slave *slave)
{
    if (field(slave, 2, 2) == WRITE)
        slave->registers.write(slave->registers.user, field(slave, 4, 5), field(slave, 9, 5),
                               slave->frame & 0xFFFF);
    slave->bits = 0;
    slave->preamble = 0;
    slave->drives = false;
}

/* Bits of an answer change after the rising edge, for the station to take at the next one (22.3.4). */
static void answer(struct mdio_slave *slave)
{
    if (slave->bits == HEADER_BITS)
        slave->value =
            slave->registers.read(slave->registers.user, field(slave, 4, 5), field(slave, 9, 5));
    slave->drives = slave->bits >= TURNAROUND_BITS;
    slave->out =
        slave->bits > TURNAROUND_BITS && (slave->value >> (FRAME_BITS - 1 - slave->bits) & 1);
}

static void frame_bit(struct mdio_slave *slave, bool data)
{
    slave->frame = slave->frame << 1 | data;
    slave->bits++;
    if (slave->bits == FRAME_BITS)
        frame_end(slave);
    else if (slave->bits == 2 && field(slave, 0, 2) != START)
        slave->bits = slave->preamble = 0;
    else if (slave->bits >= HEADER_BITS && field(slave, 2, 2) == READ)
        answer(slave);
}

void mdio_slave_edge(struct mdio_slave *slave, bool data)
{
    if (slave->bits > 0)
        frame_bit(slave, data);
    else if (!data && slave->preamble == PREAMBLE_BITS)
        frame_bit(slave, data);
    else if (!data)
        slave->preamble = 0;
    else if (slave->preamble < PREAMBLE_BITS)
        slave->preamble++;
}
