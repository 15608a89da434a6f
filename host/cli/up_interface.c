/* ferrite up --interface: the kernel's own stack on a board.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/cli/up_interface.h"

#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "driver/registers.h"
#include "host/cli/commands.h"
#include "host/cli/plug.h"
#include "host/cli/session.h"
#include "host/interface/interface.h"

enum { REPLUG_FDS = 16 };
static const uint64_t RETRY_NS = 1000000000;

static struct interface *running;

static void stop(int number)
{
    (void)number;
    interface_stop(running);
}

/* Options of our own stack, which an interface leaves alone. */
static int check(const struct options *common)
{
    const char *odd = common->address_given     ? "--address"
                      : common->dns_count       ? "--dns"
                      : common->dhcp_patience_s ? "--dhcp-patience"
                      : common->seed_given      ? "--seed"
                      : common->engine          ? "--engine"
                                                : NULL;

    if (!odd)
        return 0;
    fprintf(stderr,
            "ferrite: up: %s is for Ferrite's own stack, and --interface gives the board to the "
            "kernel's: use its tools (ip addr add, dhclient) once the interface is there\n",
            odd);
    return -EINVAL;
}

static void add(json_object *object, const char *name, uint64_t value)
{
    json_object_object_add(object, name, json_object_new_int64((int64_t)value));
}

static json_object *board_counters(struct lan *lan)
{
    json_object *board = json_object_new_object();
    uint32_t value;

#define ADD(name, address)                        \
    if (!lan_register_read(lan, address, &value)) \
        add(board, #name, value);
    REG_COUNTERS(ADD)
#undef ADD
    return board;
}

static void print_json(struct interface *interface, bool board_there)
{
    const struct interface_counters *counters = interface_counters(interface);
    json_object *all = json_object_new_object(), *own = json_object_new_object();

    add(own, "tx_frames", counters->tx_frames);
    add(own, "tx_bytes", counters->tx_bytes);
    add(own, "tx_super_frames", counters->tx_super_frames);
    add(own, "tx_super_bytes", counters->tx_super_bytes);
    add(own, "tx_refused", counters->tx_refused);
    add(own, "tx_no_link", counters->tx_no_link);
    add(own, "rx_frames", counters->rx_frames);
    add(own, "rx_bytes", counters->rx_bytes);
    add(own, "rx_verified", counters->rx_verified);
    add(own, "rx_down", counters->rx_down);
    add(own, "rx_refused", counters->rx_refused);
    json_object_object_add(all, "interface", own);
    if (board_there)
        json_object_object_add(all, "board", board_counters(interface_lan(interface)));
    puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
    json_object_put(all);
}

static void print_text(const struct interface_counters *counters)
{
    printf("ferrite: sent %llu frames, %llu bytes (%llu super-frames, %llu bytes), received %llu "
           "frames, %llu bytes\n",
           (unsigned long long)counters->tx_frames, (unsigned long long)counters->tx_bytes,
           (unsigned long long)counters->tx_super_frames,
           (unsigned long long)counters->tx_super_bytes, (unsigned long long)counters->rx_frames,
           (unsigned long long)counters->rx_bytes);
    if (counters->tx_refused || counters->tx_no_link || counters->rx_down || counters->rx_refused)
        printf("ferrite: lost: %llu beyond what the board can do, %llu without a link, %llu while "
               "the interface was down, %llu that the kernel refused\n",
               (unsigned long long)counters->tx_refused, (unsigned long long)counters->tx_no_link,
               (unsigned long long)counters->rx_down, (unsigned long long)counters->rx_refused);
}

static void greet(const struct tap *tap, const struct interface *interface,
                  const struct transport *transport)
{
    printf("ferrite: interface %s is %s on %s, offloads: %s\n", tap->name,
           interface_is_up(interface) ? "up" : "ready", transport->name,
           interface_offloads(interface));
    if (!interface_is_up(interface))
        printf("ferrite: bringing it up is root's affair: sudo ip link set %s up\n", tap->name);
    fflush(stdout);
}

static int attempt(struct transport **transport, const struct replug *replug, char *error,
                   size_t error_len)
{
    struct transport *fresh;
    int code = replug->open(replug->user, &fresh, error, error_len);

    if (code)
        return code;
    code = interface_replug(running, fresh, error, error_len);
    if (code) {
        fresh->ops->close(fresh);
        return code;
    }
    (*transport)->ops->close(*transport);
    *transport = fresh;
    return 0;
}

/* Waits for the board that has gone. Returns false if we were stopped before it was back. */
static bool come_back(struct transport **transport, const struct replug *replug, int gone)
{
    struct pollfd fds[REPLUG_FDS + 1];
    char error[SESSION_MESSAGE_BYTES] = "";
    int told = -ENODEV, code, count;

    replug->told(replug->user, told,
                 gone == -ENODEV ? "the board was unplugged" : "the board failed");
    do {
        replug->news(replug->user);
        code = attempt(transport, replug, error, sizeof error);
        if (code != told)
            replug->told(replug->user, code, code ? error : (*transport)->name);
        told = code;
        count = code ? replug->fds(replug->user, fds, REPLUG_FDS) : 0;
    } while (code && interface_wait(running, fds, count, RETRY_NS));
    return !code;
}

/* Returns 0 once stopped, or the error that was the end. *there tells whether the board is. */
static int run(struct transport **transport, const struct replug *replug, bool *there)
{
    int code;

    while ((code = interface_run(running))) {
        *there = replug && come_back(transport, replug, code);
        if (!*there)
            return replug ? 0 : code;
    }
    *there = true;
    return 0;
}

static int serve(struct tap *tap, struct transport **transport, const struct replug *replug,
                 const struct options *common)
{
    struct explain explain;
    struct interface_config config = {
        .tap = tap,
        .transport = *transport,
        .features_off = common->features_off,
        .journal = &explain.journal,
        .wall_ns = session_wall_ns,
    };
    char error[400] = "";
    bool there;
    int code;

    memcpy(config.mac, common->mac, sizeof config.mac);
    explain_init(&explain, stderr,
                 common->verbose > 1 ? JOURNAL_DETAIL
                 : common->explain   ? JOURNAL_EVENT
                                     : 0);
    if (interface_open(&running, &config, error, sizeof error)) {
        fprintf(stderr, "ferrite: up: %s\n", error);
        return EXIT_FAILED;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    signal(SIGHUP, stop);
    if (!common->json)
        greet(tap, running, *transport);
    code = run(transport, replug, &there);
    if (code)
        fprintf(stderr, "ferrite: up: the board was lost: %s\n",
                code == -ENODEV ? "unplugged" : strerror(-code));
    if (common->json)
        print_json(running, there);
    else
        print_text(interface_counters(running));
    interface_close(running);
    return code ? EXIT_FAILED : EXIT_OK;
}

int up_interface(const char *name, struct options *common)
{
    struct transport *transport;
    struct plug plug;
    struct tap tap;
    char error[700] = "";
    int code;

    if (check(common))
        return EXIT_USAGE;
    code = tap_open(&tap, name, error, sizeof error);
    if (code) {
        fprintf(stderr, "ferrite: up: %s\n", error);
        return code == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
    }
    common->real_time = true; /* the kernel's clock does not jump */
    code = EXIT_USAGE;
    if (!plug_open(&plug, common, &transport)) {
        code = serve(&tap, &transport, plug_replug(&plug), common);
        transport->ops->close(transport);
        plug_close(&plug);
    }
    tap_close(&tap);
    return code;
}
