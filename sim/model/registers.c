/* The register map of driver/registers.map, as the model fills it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/model_internal.h"

#include <string.h>

enum {
    BATCH_DEFAULT = 16384,
    BATCH_LEAST = 2048,
    BATCH_MOST = 0xFFFFC,
    BATCH_LONGEST_US = 65535,
    MDIO_KEPT = 0x07FFFFFF,
    CONTROL_KEPT = REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS | REG_CONTROL_ALL_MULTICAST |
                   REG_CONTROL_LOOPBACK,
    CLOCK_HZ = 60000000, /* of the board that it is a model of */
};

enum { SERIAL_DIGITS = 6 };

static const char BOARD[REG_BOARD_BYTES] = "C model";
static const uint8_t MAC[6] = {0x02, 0x46, 0x45, 0x00, 0x00, 0x01};

void model_count(struct model *model, uint32_t address, uint32_t by)
{
    model->registers.counters[(address - MODEL_FIRST_COUNTER) / 4] += by;
}

/* Six digits at the end of a serial number end the address, as on every board. */
static void number_mac(const char *serial, uint8_t mac[6])
{
    size_t length = strlen(serial);
    const char *digits = serial + length - SERIAL_DIGITS;

    if (length < SERIAL_DIGITS || strspn(digits, "0123456789") != SERIAL_DIGITS)
        return;
    for (int i = 0; i < SERIAL_DIGITS / 2; i++)
        mac[3 + i] = (uint8_t)((digits[2 * i] - '0') << 4 | (digits[2 * i + 1] - '0'));
}

void registers_power_on(struct model *model)
{
    model->registers = (struct model_registers){.batch_bytes = BATCH_DEFAULT};
    memcpy(model->registers.mac, MAC, sizeof MAC);
    number_mac(model->transport.serial, model->registers.mac);
}

void registers_let_go(struct model *model)
{
    model->registers.control = 0;
    memset(model->registers.hash, 0, sizeof model->registers.hash);
    model->told_status = -1;
    model->told_speed = -1;
    if (model->configuration == CONFIGURATION_NETWORK)
        memcpy(model->registers.mac, MAC, sizeof MAC);
    sender_flush(model, false);
    receiver_flush(model, false);
    registers_follow(model);
}

void registers_follow(struct model *model)
{
    if (model->configuration == CONFIGURATION_NETWORK)
        model->registers.control = model->alternate ? REG_CONTROL_ENABLE | model->filter : 0;
}

uint32_t register_status(const struct model *model)
{
    uint32_t mbps = wire_link_mbps(model->wire);
    uint32_t speed = mbps == 1000 ? 2 : mbps == 100 ? 1 : 0;

    return mbps ? REG_STATUS_LINK | speed << REG_STATUS_SPEED_SHIFT | REG_STATUS_FULL_DUPLEX : 0;
}

static uint32_t get_le(const uint8_t *at, int bytes)
{
    uint32_t value = 0;

    for (int i = 0; i < bytes; i++)
        value |= (uint32_t)at[i] << 8 * i;
    return value;
}

static void put_le(uint8_t *at, int bytes, uint32_t value)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

uint32_t register_read(const struct model *model, uint32_t address)
{
    const struct model_registers *registers = &model->registers;

    if (address >= REG_BOARD && address < REG_BOARD + REG_BOARD_BYTES)
        return get_le((const uint8_t *)BOARD + address - REG_BOARD, 4);
    if (address >= MODEL_FIRST_COUNTER && address < MODEL_FIRST_COUNTER + 4 * MODEL_COUNTERS)
        return registers->counters[(address - MODEL_FIRST_COUNTER) / 4];
    switch (address) {
    case REG_ID: return REG_ID_VALUE;
    case REG_VERSION: return REG_VERSION_MAJOR << REG_VERSION_MAJOR_SHIFT | REG_VERSION_MINOR;
    case REG_FEATURES: return model->features;
    case REG_LIMITS: return model->limit;
    case REG_CONTROL: return registers->control;
    case REG_STATUS: return register_status(model);
    case REG_MAC_LOW: return get_le(registers->mac, 4);
    case REG_MAC_HIGH: return get_le(registers->mac + 4, 2);
    case REG_BATCH_TIME: return registers->batch_us;
    case REG_BATCH_BYTES: return registers->batch_bytes;
    case REG_MDIO: return registers->mdio;
    case REG_HASH_LOW: return registers->hash[0];
    case REG_HASH_HIGH: return registers->hash[1];
    case REG_CLOCK: return CLOCK_HZ;
    default: return 0;
    }
}

static void write_control(struct model *model, uint32_t value)
{
    if (!(value & REG_CONTROL_RESET)) {
        model->registers.control = value & CONTROL_KEPT;
        return;
    }
    registers_power_on(model);
    sender_flush(model, true);
    receiver_flush(model, true);
}

/* The access is over at once. */
static void write_mdio(struct model *model, uint32_t value)
{
    unsigned phy = (value & REG_MDIO_PHY_MASK) >> REG_MDIO_PHY_SHIFT;
    unsigned reg = (value & REG_MDIO_REGISTER_MASK) >> REG_MDIO_REGISTER_SHIFT;

    value &= MDIO_KEPT;
    if (value & REG_MDIO_WRITE)
        wire_mdio_write(model->wire, phy, reg, (uint16_t)value);
    else
        value = (value & ~REG_MDIO_DATA_MASK) | wire_mdio_read(model->wire, phy, reg);
    model->registers.mdio = value;
}

static void write_hash(struct model *model, int half, uint32_t value)
{
    if (model->features & REG_FEATURES_MULTICAST_HASH)
        model->registers.hash[half] = value;
}

static uint32_t within(uint32_t value, uint32_t low, uint32_t high)
{
    return value < low ? low : value > high ? high : value;
}

void register_write(struct model *model, uint32_t address, uint32_t value)
{
    struct model_registers *registers = &model->registers;

    switch (address) {
    case REG_CONTROL: write_control(model, value); break;
    case REG_MAC_LOW: put_le(registers->mac, 4, value); break;
    case REG_MAC_HIGH: put_le(registers->mac + 4, 2, value); break;
    case REG_BATCH_TIME: registers->batch_us = within(value, 0, BATCH_LONGEST_US); break;
    case REG_BATCH_BYTES:
        registers->batch_bytes = value > 0xFFFFF ? BATCH_MOST : within(value, BATCH_LEAST, value);
        break;
    case REG_MDIO: write_mdio(model, value); break;
    case REG_HASH_LOW: write_hash(model, 0, value); break;
    case REG_HASH_HIGH: write_hash(model, 1, value); break;
    default: break; /* read-only, or nothing there */
    }
}
