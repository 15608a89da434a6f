/* A host that drives the board's network adapter (CDC ECM) as Linux' cdc_ether does, without being it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/network_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    GET_DESCRIPTOR = 6,
    SET_CONFIGURATION = 9,
    SET_INTERFACE = 11,
    SET_PACKET_FILTER = 0x43,
    DEVICE = 1,
    CONFIGURATION = 2,
    STRING = 3,
    INTERFACE = 4,
    FUNCTIONAL = 0x24,
    UNION = 6,
    ETHERNET = 15,
    VENDOR_CLASS = 0xFF,
    CONNECTION = 0,
    SPEED_CHANGE = 0x2A,
    ENGLISH = 0x409,
    LOOPBACK = 0x4140, /* of the PHY: control register, gigabit, full duplex */
    LEAST = 60,
    UNTAGGED = 1514,
};

int network_request(struct transport *transport, uint8_t type, uint8_t code, uint16_t value,
                    uint16_t index, uint8_t *data, uint16_t length)
{
    struct transfer transfer = {.setup = {type, code, value & 0xFF, (uint8_t)(value >> 8),
                                          index & 0xFF, (uint8_t)(index >> 8), length & 0xFF,
                                          (uint8_t)(length >> 8)},
                                .data = data,
                                .length = length};
    int status = rig_run(transport, &transfer);
    return status ? status : (int)transfer.actual;
}

static void read_mac(struct network *network, uint8_t string)
{
    uint8_t text[64];
    assert_int_equal(network_request(network->transport, 0x80, GET_DESCRIPTOR,
                                     (uint16_t)(STRING << 8 | string), ENGLISH, text, sizeof text),
                     26);
    for (int i = 0; i < 6; i++) {
        unsigned byte;
        const char digits[3] = {(char)text[2 + 4 * i], (char)text[4 + 4 * i], 0};
        assert_int_equal(sscanf(digits, "%2X", &byte), 1);
        network->mac[i] = (uint8_t)byte;
    }
}

static void read_configuration(struct network *network, const uint8_t *at, const uint8_t *end)
{
    uint8_t mac_string = 0;
    bool united = false;
    for (network->configuration = at[5]; end - at >= 2; at += at[0]) {
        assert_true(at[0] >= 2 && at[0] <= end - at);
        if (at[1] == FUNCTIONAL && at[2] == UNION) {
            united = true;
            network->control = at[3];
            network->data = at[4];
        } else if (at[1] == FUNCTIONAL && at[2] == ETHERNET) {
            mac_string = at[3];
            network->segment = (uint16_t)(at[8] | at[9] << 8);
        } else if (at[1] == INTERFACE && united && at[2] == network->data && at[4] >= 2) {
            network->alternate = at[3];
        }
    }
    assert_true(united);
    read_mac(network, mac_string);
}

void network_open(struct network *network, struct transport *transport)
{
    uint8_t device[18], bytes[256];
    *network = (struct network){.transport = transport};
    assert_int_equal(network_request(transport, 0x80, GET_DESCRIPTOR, DEVICE << 8, 0, device, 18),
                     18);
    assert_int_not_equal(device[4], VENDOR_CLASS); /* or Linux would look no further */
    for (uint8_t i = 0; i < device[17] && !network->configuration; i++) {
        int got = network_request(transport, 0x80, GET_DESCRIPTOR,
                                  (uint16_t)(CONFIGURATION << 8 | i), 0, bytes, sizeof bytes);
        assert_in_range(got, 18, sizeof bytes);
        if (bytes[14] != VENDOR_CLASS) {
            assert_int_equal(bytes[14] << 8 | bytes[15], 0x0206);
            read_configuration(network, bytes, bytes + got);
        }
    }
    assert_int_not_equal(network->configuration, 0);
    assert_int_equal(
        network_request(transport, 0, SET_CONFIGURATION, network->configuration, 0, NULL, 0), 0);
    assert_int_equal(network_set_data(network, network->alternate), 0);
}

int network_set_data(struct network *network, uint8_t alternate)
{
    return network_request(network->transport, 1, SET_INTERFACE, alternate, network->data, NULL, 0);
}

int network_set_filter(struct network *network, uint16_t filter)
{
    return network_request(network->transport, 0x21, SET_PACKET_FILTER, filter, network->control,
                           NULL, 0);
}

int network_send(struct network *network, const uint8_t *bytes, size_t length)
{
    uint8_t empty;
    struct transfer transfer = {.endpoint = 0x01,
                                .data = length ? (uint8_t *)(uintptr_t)bytes : &empty,
                                .length = (uint32_t)length,
                                .zero_packet = true};
    return rig_run(network->transport, &transfer);
}

int network_receive(struct network *network, uint8_t frame[NETWORK_ROOM])
{
    struct transfer transfer = {.endpoint = 0x81, .data = frame, .length = NETWORK_ROOM};
    int status = rig_run(network->transport, &transfer);
    return status ? status : (int)transfer.actual;
}

int network_notification(struct network *network, uint32_t *value)
{
    uint8_t n[16];
    struct transfer transfer = {.endpoint = 0x82, .data = n, .length = sizeof n};
    int status = rig_run(network->transport, &transfer);
    if (status)
        return status;
    assert_int_equal(n[0], 0xA1);
    assert_int_equal(n[4] | n[5] << 8, network->control);
    *value = (uint32_t)(n[2] | n[3] << 8);
    if (n[1] == CONNECTION) {
        assert_int_equal(transfer.actual, 8);
    } else {
        assert_int_equal(n[1], SPEED_CHANGE);
        assert_int_equal(transfer.actual, 16);
        assert_memory_equal(n + 8, n + 12, 4);
        *value = n[8] | (uint32_t)n[9] << 8 | (uint32_t)n[10] << 16 | (uint32_t)n[11] << 24;
    }
    return n[1];
}

/* ---- in loopback ---- */

struct transport *network_open_loop(struct network *network, struct sim_config *config)
{
    config->wire.backend = "none";
    struct transport *transport = rig_open(config);
    rig_await_link(transport, true);
    wire_mdio_write(sim_wire(transport), 0, 0, LOOPBACK);
    network_open(network, transport);
    assert_int_equal(network_set_filter(network, FILTER_EVERYTHING), 0);
    return transport;
}

void network_fill(uint8_t *frame, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        frame[i] = (uint8_t)((i + 1) * (seed * 2 + 1) + (i >> 8));
    if (length)
        frame[0] &= 0xFE; /* to one station */
    if (length > UNTAGGED)
        memcpy(frame + 12, "\x81\x00", 2);
}

void network_expect_back(struct network *network, size_t length, unsigned seed)
{
    uint8_t frame[NETWORK_ROOM + 1] = {0}, got[NETWORK_ROOM];
    network_fill(frame, length, seed);
    assert_int_equal(network_send(network, frame, length), 0);
    memset(frame + length, 0, length < LEAST ? LEAST - length : 0);
    assert_int_equal(network_receive(network, got), length < LEAST ? LEAST : length);
    assert_memory_equal(got, frame, length < LEAST ? LEAST : length);
}
