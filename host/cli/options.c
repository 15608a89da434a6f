/* Reads the options that every command shares.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/offload.h"
#include "host/cli/options.h"
#include "host/stack/tcp_congestion.h"

enum {
    OPT_SIM = OPTION_FIRST,
    OPT_DEVICE,
    OPT_ENGINE,
    OPT_WIRE,
    OPT_PCAP,
    OPT_TRACE,
    OPT_RECORD,
    OPT_ADDRESS,
    OPT_GATEWAY,
    OPT_DNS,
    OPT_EXPLAIN,
    OPT_JSON,
    OPT_FULL_SPEED,
    OPT_LINK,
    OPT_DHCP_PATIENCE,
    OPT_SEED,
    OPT_OFFLOAD,
    OPT_CONGESTION,
    OPT_MAC,
};

static const struct option shared[] = {
    {"sim", no_argument, NULL, OPT_SIM},
    {"device", required_argument, NULL, OPT_DEVICE},
    {"engine", required_argument, NULL, OPT_ENGINE},
    {"wire", required_argument, NULL, OPT_WIRE},
    {"pcap", required_argument, NULL, OPT_PCAP},
    {"trace", required_argument, NULL, OPT_TRACE},
    {"record", required_argument, NULL, OPT_RECORD},
    {"address", required_argument, NULL, OPT_ADDRESS},
    {"gateway", required_argument, NULL, OPT_GATEWAY},
    {"dns", required_argument, NULL, OPT_DNS},
    {"explain", no_argument, NULL, OPT_EXPLAIN},
    {"json", no_argument, NULL, OPT_JSON},
    {"full-speed", no_argument, NULL, OPT_FULL_SPEED},
    {"link", required_argument, NULL, OPT_LINK},
    {"dhcp-patience", required_argument, NULL, OPT_DHCP_PATIENCE},
    {"seed", required_argument, NULL, OPT_SEED},
    {"offload", required_argument, NULL, OPT_OFFLOAD},
    {"mac", required_argument, NULL, OPT_MAC},
    {"congestion", required_argument, NULL, OPT_CONGESTION},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
};

enum { SHARED_COUNT = sizeof shared / sizeof shared[0], MAX_LONGS = 96, MAC_TEXT_LENGTH = 17 };

void options_help(void)
{
    puts(
        "Options of every command:\n"
        "  --sim                  start a simulated board for this command\n"
        "  --device WHICH         a board's serial number or USB port (1-2), or "
        "usbip:HOST[:PORT][/BUSID],\n"
        "                         or model: the board's C model, without its gates, fast\n"
        "  --engine PATH          socket of the service that `ferrite up` runs\n"
        "  --address A/LEN        own address, in place of DHCP\n"
        "  --gateway G            default gateway, with --address\n"
        "  --dns A[:PORT]         name server, in place of DHCP's; up to three times\n"
        "  --mac ADDRESS          own Ethernet address, in place of the board's, as in "
        "02:46:45:00:00:02\n"
        "  --dhcp-patience S      seconds before a link-local address is taken (10)\n"
        "  --seed N               draw ports, identifiers and the like from N, to meet a "
        "recording again (an attacker can guess them)\n"
        "  --offload LIST         what the board does for us if it can, as in tso=off,rx=off (all "
        "on):\n"
        "                         rx: verify checksums of received frames; tx: insert those of "
        "sent "
        "ones;\n"
        "                         tso: cut TCP super-segments; uso: cut UDP ones; tx=off turns tso "
        "and uso off too\n"
        "  --congestion NAME      TCP's congestion control: cubic (unless told otherwise), "
        "newreno, "
        "vegas,\n"
        "                         westwood, bic\n"
        "  --explain              tell what each layer does, as it happens\n"
        "  -v, -vv                more: -vv prints every header field and USB transfer\n"
        "  --json                 machine-readable output\n"
        "  -h, --help             this text\n"
        "With --sim, and all but --trace with --device model:\n"
        "  --wire LIST            what is at the wire's end (slirp, tap:NAME, listen:WHERE, "
        "connect:WHERE,\n"
        "                         replay:FILE, none; WHERE: HOST:PORT or a socket's path with a "
        "slash) "
        "and what spoils it:\n"
        "                         "
        "loss=1%,delay=20ms,jitter=1ms,rate=10mbit,reorder=2%,duplicate=1%,corrupt=1%,queue=50,"
        "seed=7\n"
        "  --link 10|100|1000|down  speed of the link, or no cable (1000)\n"
        "  --full-speed           a USB host without high speed\n"
        "  --pcap FILE            capture the Ethernet wire (pcapng)\n"
        "  --trace FILE           waves of the board's signals (FST)\n"
        "  --record FILE          record the wire, for --wire replay:FILE");
}

bool options_in_process(const struct options *options)
{
    return options->sim || (options->device && !strcmp(options->device, "model"));
}

bool options_over_usbip(const struct options *options)
{
    return options->device && !strncmp(options->device, "usbip:", 6);
}

int options_take_none(void *user, int option, const char *value)
{
    (void)user;
    (void)option;
    (void)value;
    return -EINVAL;
}

int options_number(const char *name, const char *text, unsigned long min, unsigned long max,
                   unsigned long *out)
{
    char *end;

    errno = 0;
    *out = strtoul(text, &end, 10);
    if (!errno && end != text && !*end && text[0] != '-' && *out >= min && *out <= max)
        return 0;
    fprintf(stderr, "ferrite: %s '%s': give a whole number from %lu to %lu\n", name, text, min,
            max);
    return -EINVAL;
}

int options_seconds(const char *name, const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    if (end != text && !*end && *out >= 0 && *out <= 1e6)
        return 0;
    fprintf(stderr, "ferrite: %s '%s': give seconds, as in 1.5\n", name, text);
    return -EINVAL;
}

/* "tap:NAME,loss=1%": parts without '=' name the wire's end, the others what spoils it. */
static int take_wire(struct options *options, const char *value)
{
    char copy[512], spoilt[512] = "", error[256], *rest = copy, *part;

    if (strlen(value) >= sizeof copy) {
        fprintf(stderr, "ferrite: --wire: the list is longer than %zu characters\n",
                sizeof copy - 1);
        return -EINVAL;
    }
    strcpy(copy, value);
    while ((part = strsep(&rest, ","))) {
        bool backend = !strchr(part, '=') && *part;

        if (backend)
            snprintf(options->wire_backend, sizeof options->wire_backend, "%s", part);
        else
            snprintf(spoilt + strlen(spoilt), sizeof spoilt - strlen(spoilt), "%s%s",
                     *spoilt ? "," : "", part);
    }
    options->wire_given = true;
    if (!*spoilt)
        return 0;
    if (!wire_impairment_parse(spoilt, &options->impairment, error, sizeof error))
        return 0;
    fprintf(stderr, "ferrite: --wire: %s\n", error);
    return -EINVAL;
}

static int take_link(struct options *options, const char *value)
{
    unsigned long speed = strtoul(value, NULL, 10);

    options->link_down = !strcmp(value, "down");
    if (options->link_down)
        return 0;
    if (strcmp(value, "10") && strcmp(value, "100") && strcmp(value, "1000")) {
        fprintf(stderr, "ferrite: --link '%s': give 10, 100, 1000 or down\n", value);
        return -EINVAL;
    }
    options->speed_mbps = (unsigned)speed;
    return 0;
}

static int bad(const char *name, const char *value, const char *advice)
{
    fprintf(stderr, "ferrite: %s '%s': %s\n", name, value, advice);
    return -EINVAL;
}

static int take_dns(struct options *options, const char *value)
{
    if (options->dns_count == OPTIONS_MAX_DNS)
        return bad("--dns", value, "three name servers are the most");
    if (endpoint_parse(value, 53, &options->dns[options->dns_count]))
        return bad("--dns", value, "give an IPv4 address, as in 10.0.2.3 or 10.0.2.3:5353");
    options->dns_count++;
    return 0;
}

static int take_patience(struct options *options, const char *value)
{
    unsigned long seconds;
    int error = options_number("--dhcp-patience", value, 1, 3600, &seconds);

    options->dhcp_patience_s = (unsigned)seconds;
    return error;
}

static int take_mac(struct options *options, const char *value)
{
    uint8_t *m = options->mac;
    int end = -1;

    if (sscanf(value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &m[0], &m[1], &m[2], &m[3], &m[4],
               &m[5], &end) == 6 &&
        end == MAC_TEXT_LENGTH && !value[end] && !(m[0] & 1) && memcmp(m, (uint8_t[6]){0}, 6))
        return 0;
    return bad("--mac", value, "give a station's address, as in 02:46:45:00:00:02");
}

static int take_congestion(struct options *options, const char *value)
{
    options->congestion = value;
    if (tcp_congestion_find(value))
        return 0;
    return bad("--congestion", value, "give cubic, newreno, vegas, westwood or bic");
}

static int take_shared(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPT_SIM: options->sim = true; return 0;
    case OPT_DEVICE: options->device = value; return 0;
    case OPT_ENGINE: options->engine = value; return 0;
    case OPT_WIRE: return take_wire(options, value);
    case OPT_PCAP: options->pcap = value; return 0;
    case OPT_TRACE: options->trace = value; return 0;
    case OPT_RECORD: options->record = value; return 0;
    case OPT_ADDRESS:
        options->address_given = true;
        return address_parse_prefix(value, &options->address, &options->prefix_len)
                   ? bad("--address", value,
                         "give an IPv4 address with its prefix length, as in 10.0.2.15/24")
                   : 0;
    case OPT_GATEWAY:
        return address_parse(value, &options->gateway)
                   ? bad("--gateway", value, "give an IPv4 address, as in 10.0.2.2")
                   : 0;
    case OPT_DNS: return take_dns(options, value);
    case OPT_EXPLAIN: options->explain = true; return 0;
    case OPT_JSON: options->json = true; return 0;
    case OPT_FULL_SPEED: options->full_speed = true; return 0;
    case OPT_LINK: return take_link(options, value);
    case OPT_SEED:
        options->seed_given = true;
        return options_number("--seed", value, 0, UINT32_MAX, &options->seed);
    case OPT_MAC: return take_mac(options, value);
    case OPT_CONGESTION: return take_congestion(options, value);
    case OPT_OFFLOAD: return offload_take(value, &options->features_off);
    case OPT_DHCP_PATIENCE: return take_patience(options, value);
    default: return -ENOENT;
    }
}

/* Options that make no sense together are refused before anything starts. */
static int check_together(const struct options *options)
{
    const char *lone = options->wire_given                         ? "--wire"
                       : options->pcap                             ? "--pcap"
                       : options->record                           ? "--record"
                       : options->link_down || options->speed_mbps ? "--link"
                       : options->full_speed                       ? "--full-speed"
                                                                   : NULL;

    if (options->sim && options->device)
        return bad("--device", options->device, "cannot stand beside --sim: name one board");
    if (options->trace && !options->sim)
        lone = "--trace";
    else if (options_in_process(options))
        lone = NULL;
    if (lone) {
        fprintf(stderr, "ferrite: %s concerns the simulated board: add --sim\n", lone);
        return -EINVAL;
    }
    if (!options->address_given && !address_is_unspecified(&options->gateway)) {
        fprintf(stderr, "ferrite: --gateway needs --address A/LEN beside it\n");
        return -EINVAL;
    }
    return 0;
}

static void join_longs(struct option *all, const struct option *own)
{
    int count = 0;

    for (; own && own->name && count < MAX_LONGS - SHARED_COUNT - 1; own++)
        all[count++] = *own;
    memcpy(all + count, shared, sizeof shared);
    all[count + SHARED_COUNT] = (struct option){0};
}

int options_parse(int argc, char **argv, struct options *options,
                  const struct command_options *command, int *first)
{
    struct option longs[MAX_LONGS];
    char shorts[128];
    int option;

    *options = (struct options){.sim = options->sim, .gateway = address_v4(0)};
    join_longs(longs, command->longs);
    snprintf(shorts, sizeof shorts, "%shv", command->shorts ? command->shorts : "");
    optind = 0;
    while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        int error = option == '?' ? -EINVAL : 0;

        if (option == 'h') {
            command->help();
            options_help();
            return OPTIONS_HELP;
        }
        if (option == 'v')
            options->verbose++;
        else if (option >= OPTION_FIRST)
            error = take_shared(options, option, optarg);
        else if (!error)
            error = command->take(command->user, option, optarg);
        if (error)
            return error;
    }
    *first = optind;
    return check_together(options);
}

int options_host_check(const char *command, const char *host)
{
    struct in6_addr address;

    if (inet_pton(AF_INET6, host, &address) != 1)
        return 0;
    fprintf(stderr, "ferrite: %s: %s: IPv6 is not supported yet; give an IPv4 address or a name\n",
            command, host);
    return -EINVAL;
}
