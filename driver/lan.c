/* The LAN driver's life: bring-up, the door for time, end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/lan_internal.h"
#include "driver/registers.h"

enum {
    DEFAULT_TRANSFER_BYTES = 16384,
    DEFAULT_TRANSFERS_IN = 4,
    DEFAULT_TRANSFERS_OUT = 8, /* the largest datagram, 45 fragments, takes five of them at once */
    MIN_TRANSFER_BYTES = 2048,
    PACKET_BYTES = 512
};

static int fail(char *error, size_t error_len, int code, const char *what, const char *name)
{
    snprintf(error, error_len, "%s: %s: %s", name, what, strerror(-code));
    return code;
}

static int check_version(struct lan *lan, char *error, size_t error_len)
{
    uint32_t id, version;
    int code = lan_register_read(lan, REG_ID, &id);

    if (!code)
        code = lan_register_read(lan, REG_VERSION, &version);
    if (code)
        return fail(error, error_len, code, "cannot read the board's version",
                    lan->transport->name);
    if (id != REG_ID_VALUE) {
        snprintf(error, error_len,
                 "%s: register ID reads 0x%08x, not 0x%08x: this is not a Ferrite board",
                 lan->transport->name, id, (unsigned)REG_ID_VALUE);
        return -EPROTONOSUPPORT;
    }
    lan->info.version_major = (uint16_t)(version >> 16);
    lan->info.version_minor = (uint16_t)version;
    if (lan->info.version_major == REG_VERSION_MAJOR)
        return 0;
    snprintf(error, error_len,
             "%s: gateware %u.%u and driver %u.%u do not fit: flash the bitstream of this release, "
             "or use the "
             "driver of version %u",
             lan->transport->name, lan->info.version_major, lan->info.version_minor,
             (unsigned)REG_VERSION_MAJOR, (unsigned)REG_VERSION_MINOR, lan->info.version_major);
    return -EPROTONOSUPPORT;
}

static int read_name(struct lan *lan)
{
    for (uint32_t at = 0; at < 32; at += 4) {
        uint32_t word;
        int code = lan_register_read(lan, REG_BOARD + at, &word);

        if (code)
            return code;
        for (int i = 0; i < 4; i++) {
            char c = (char)(word >> (8 * i));

            lan->info.board[at + (uint32_t)i] = c < 0x20 || c > 0x7e ? '\0' : c;
        }
    }
    return 0;
}

static int read_info(struct lan *lan)
{
    uint32_t low = 0, high = 0, status = 0;
    int code = lan_register_read(lan, REG_FEATURES, &lan->info.features);

    if (!code)
        code = lan_register_read(lan, REG_LIMITS, &lan->info.max_frame);
    if (!code)
        code = lan_register_read(lan, REG_CLOCK, &lan->info.clock_hz);
    if (!code)
        code = read_name(lan);
    if (!code)
        code = lan_register_read(lan, REG_MAC_LOW, &low);
    if (!code)
        code = lan_register_read(lan, REG_MAC_HIGH, &high);
    if (!code)
        code = lan_register_read(lan, REG_STATUS, &status);
    lan->info.features &= ~lan->config.features_off;
    for (int i = 0; i < 6; i++)
        lan->info.mac[i] = (uint8_t)(i < 4 ? low >> (8 * i) : high >> (8 * (i - 4)));
    if (code)
        return code;
    journal_write(lan->config.journal, lan->now_ns, JOURNAL_EVENT, "driver",
                  "adapter %s, gateware %u.%u, through %s", lan->info.board,
                  lan->info.version_major, lan->info.version_minor, lan->transport->name);
    lan_status_update(lan, status);
    return 0;
}

static int set_mac(struct lan *lan)
{
    static const uint8_t none[6];
    const uint8_t *mac = lan->config.mac;
    int code;

    if (!memcmp(mac, none, 6))
        return 0;
    code = lan_register_write(lan, REG_MAC_LOW,
                              mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 |
                                  (uint32_t)mac[3] << 24);
    if (!code)
        code = lan_register_write(lan, REG_MAC_HIGH, mac[4] | (uint32_t)mac[5] << 8);
    if (!code)
        memcpy(lan->info.mac, mac, 6);
    return code;
}

static int enable(struct lan *lan)
{
    uint32_t control = REG_CONTROL_ENABLE;
    uint32_t batch_us = lan->config.batch_us == LAN_BATCH_NEVER ? 0 : lan->config.batch_us;
    int code = lan_register_write(lan, REG_CONTROL, REG_CONTROL_RESET);

    if (lan->config.promiscuous)
        control |= REG_CONTROL_PROMISCUOUS;
    if (lan->config.loopback)
        control |= REG_CONTROL_LOOPBACK;
    if (lan->config.all_multicast)
        control |= REG_CONTROL_ALL_MULTICAST;
    if (!code)
        code = read_info(lan);
    if (!code)
        code = set_mac(lan);
    if (!code)
        code = lan_register_write(lan, REG_BATCH_TIME, batch_us);
    lan->batch.written = batch_us;
    if (!code)
        code = lan_register_write(lan, REG_BATCH_BYTES, lan->config.transfer_bytes);
    if (!code)
        code = lan_register_write(lan, REG_CONTROL, control);
    lan->control = control;
    return code;
}

static bool transfer_size_is_good(uint32_t bytes)
{
    return bytes >= MIN_TRANSFER_BYTES && bytes % PACKET_BYTES == 0;
}

static int set_config(struct lan *lan, const struct lan_config *config)
{
    lan->config = *config;
    lan->filling = -1;
    if (!lan->config.transfer_bytes)
        lan->config.transfer_bytes = DEFAULT_TRANSFER_BYTES;
    if (!lan->config.transfers_in)
        lan->config.transfers_in = DEFAULT_TRANSFERS_IN;
    if (!lan->config.transfers_out)
        lan->config.transfers_out = DEFAULT_TRANSFERS_OUT;
    if (lan->config.transfers_in > LAN_MAX_TRANSFERS ||
        lan->config.transfers_out > LAN_MAX_TRANSFERS ||
        !transfer_size_is_good(lan->config.transfer_bytes) ||
        (lan->config.transfer_out_bytes && !transfer_size_is_good(lan->config.transfer_out_bytes)))
        return -EINVAL;
    return 0;
}

/* The transfers' memory; the board has said how long a record may be. */
static int make_transfers(struct lan *lan)
{
    uint32_t longest =
        lan->info.max_frame < RECORD_MAX_FRAME ? lan->info.max_frame : RECORD_MAX_FRAME;
    uint32_t bytes = (uint32_t)record_bytes(longest) + PACKET_BYTES - 1;

    bytes -= bytes % PACKET_BYTES;
    if (!lan->config.transfer_out_bytes)
        lan->config.transfer_out_bytes =
            bytes > DEFAULT_TRANSFER_BYTES ? bytes : DEFAULT_TRANSFER_BYTES;
    if (lan->info.max_frame > lan->config.transfer_out_bytes - RECORD_HEADER_BYTES)
        lan->info.max_frame = lan->config.transfer_out_bytes - RECORD_HEADER_BYTES;
    if (lan_memory_make(lan))
        return -ENOMEM;
    lan_send_setup(lan);
    lan_receive_setup(lan);
    return 0;
}

static void set_up(struct lan *lan, struct transport *transport)
{
    lan->out_recovery = (struct recovery){.lan = lan, .endpoint = ENDPOINT_OUT};
    lan->in_recovery = (struct recovery){.lan = lan, .endpoint = ENDPOINT_IN};
    lan->interrupt_recovery = (struct recovery){.lan = lan, .endpoint = ENDPOINT_INTERRUPT};
    snprintf(lan->info.serial, sizeof lan->info.serial, "%s", transport->serial);
    snprintf(lan->info.transport, sizeof lan->info.transport, "%s", transport->name);
}

int lan_open(struct lan **out, struct transport *transport, const struct lan_config *config,
             const struct lan_handler *handler, uint64_t (*wall_ns)(void), char *error,
             size_t error_len)
{
    struct lan *lan = calloc(1, sizeof *lan);
    int code = lan ? 0 : -ENOMEM;

    if (!code) {
        lan->transport = transport;
        lan->handler = *handler;
        lan->wall_ns = wall_ns;
        code = set_config(lan, config);
    }
    if (code) {
        fail(error, error_len, code, "cannot set the driver up", transport->name);
        free(lan);
        return code;
    }
    set_up(lan, transport);
    code = check_version(lan, error, error_len);
    if (!code) {
        code = enable(lan);
        if (!code)
            code = make_transfers(lan);
        if (code)
            fail(error, error_len, code, "cannot bring the board up", transport->name);
    }
    if (code) {
        lan_memory_free(lan);
        free(lan);
        return code;
    }
    lan_receive_start(lan);
    *out = lan;
    return 0;
}

static bool in_flight(const struct lan *lan)
{
    bool any = lan->interrupt.state == SLOT_FLIGHT || lan->out_recovery.under_way ||
               lan->in_recovery.under_way || lan->interrupt_recovery.under_way ||
               lan->batch.write.under_way || lan->groups.write.under_way;

    for (uint32_t i = 0; i < LAN_MAX_TRANSFERS; i++)
        any = any || lan->in[i].state == SLOT_FLIGHT || lan->out[i].state == SLOT_FLIGHT;
    return any;
}

static void cancel(struct lan *lan, struct slot *slot)
{
    if (slot->state == SLOT_FLIGHT)
        lan->transport->ops->cancel(lan->transport, &slot->transfer);
}

static void cancel_recovery(struct lan *lan, struct recovery *recovery)
{
    if (recovery->under_way)
        lan->transport->ops->cancel(lan->transport, &recovery->request);
}

static void cancel_write(struct lan *lan, struct writing *write)
{
    if (write->under_way)
        lan->transport->ops->cancel(lan->transport, &write->request);
}

void lan_close(struct lan *lan)
{
    if (!lan)
        return;
    if (!lan->gone)
        lan_register_write(lan, REG_CONTROL, 0);
    lan->closing = true;
    for (uint32_t i = 0; i < LAN_MAX_TRANSFERS; i++) {
        cancel(lan, &lan->in[i]);
        cancel(lan, &lan->out[i]);
    }
    cancel(lan, &lan->interrupt);
    cancel_recovery(lan, &lan->out_recovery);
    cancel_recovery(lan, &lan->in_recovery);
    cancel_recovery(lan, &lan->interrupt_recovery);
    cancel_write(lan, &lan->batch.write);
    cancel_write(lan, &lan->groups.write);
    while (in_flight(lan))
        lan->transport->ops->poll(lan->transport, lan->wall_ns(), TIME_NEVER);
    lan_memory_free(lan);
    free(lan);
}

uint64_t lan_poll(struct lan *lan, uint64_t wall_ns, uint64_t until_ns)
{
    lan->now_ns = lan->transport->ops->poll(lan->transport, wall_ns, until_ns);
    lan_recover_poll(lan);
    lan_batch_poll(lan);
    lan_groups_poll(lan);
    return lan->now_ns;
}

uint64_t lan_deadline(const struct lan *lan)
{
    const uint64_t due[] = {lan_batch_deadline(lan), lan_groups_deadline(lan)};
    uint64_t first = lan_recover_deadline(lan);

    for (size_t i = 0; i < sizeof due / sizeof *due; i++)
        first = due[i] < first ? due[i] : first;
    return first;
}

const struct lan_info *lan_info(const struct lan *lan)
{
    return &lan->info;
}

const struct lan_status *lan_status(const struct lan *lan)
{
    return &lan->status;
}

const struct lan_counters *lan_counters(const struct lan *lan)
{
    return &lan->counters;
}
