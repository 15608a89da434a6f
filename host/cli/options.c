/* Reads the options that every command shares.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "host/cli/offload.h"
#include "host/cli/options_internal.h"

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
    OPT_SHAPE,
    OPT_LINK,
    OPT_DHCP_PATIENCE,
    OPT_SEED,
    OPT_OFFLOAD,
    OPT_CONGESTION,
    OPT_TIMESTAMPS,
    OPT_ECN,
    OPT_PACING,
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
    {"shape", required_argument, NULL, OPT_SHAPE},
    {"link", required_argument, NULL, OPT_LINK},
    {"dhcp-patience", required_argument, NULL, OPT_DHCP_PATIENCE},
    {"seed", required_argument, NULL, OPT_SEED},
    {"offload", required_argument, NULL, OPT_OFFLOAD},
    {"mac", required_argument, NULL, OPT_MAC},
    {"congestion", required_argument, NULL, OPT_CONGESTION},
    {"timestamps", no_argument, NULL, OPT_TIMESTAMPS},
    {"ecn", no_argument, NULL, OPT_ECN},
    {"pacing", no_argument, NULL, OPT_PACING},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
};

enum { SHARED_COUNT = sizeof shared / sizeof shared[0], MAX_LONGS = 96 };

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

static int take_shared(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPT_SIM: options->sim = true; return 0;
    case OPT_DEVICE: options->device = value; return 0;
    case OPT_ENGINE: options->engine = value; return 0;
    case OPT_WIRE: return options_take_wire(options, value);
    case OPT_PCAP: options->pcap = value; return 0;
    case OPT_TRACE: options->trace = value; return 0;
    case OPT_RECORD: options->record = value; return 0;
    case OPT_ADDRESS: return options_take_address(options, value);
    case OPT_GATEWAY: return options_take_gateway(options, value);
    case OPT_DNS: return options_take_dns(options, value);
    case OPT_EXPLAIN: options->explain = true; return 0;
    case OPT_JSON: options->json = true; return 0;
    case OPT_FULL_SPEED: options->full_speed = true; return 0;
    case OPT_SHAPE: return options_take_shape(options, value);
    case OPT_LINK: return options_take_link(options, value);
    case OPT_SEED:
        options->seed_given = true;
        return options_number("--seed", value, 0, UINT32_MAX, &options->seed);
    case OPT_MAC: return options_take_mac(options, value);
    case OPT_CONGESTION: return options_take_congestion(options, value);
    case OPT_TIMESTAMPS: options->timestamps = true; return 0;
    case OPT_ECN: options->ecn = true; return 0;
    case OPT_PACING: options->pacing = true; return 0;
    case OPT_OFFLOAD: return offload_take(value, &options->features_off);
    case OPT_DHCP_PATIENCE: return options_take_patience(options, value);
    default: return -ENOENT;
    }
}

static int take_family(struct options *options, int family)
{
    if (options->family && options->family != family) {
        fprintf(stderr, "ferrite: -4 and -6 exclude each other: leave both out to use both\n");
        return -EINVAL;
    }
    options->family = family;
    return 0;
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
        return options_bad("--device", options->device,
                           "cannot stand beside --sim: name one board");
    if (options->trace && !options->sim)
        lone = "--trace";
    else if (options->shape_given && !options->sim)
        lone = "--shape";
    else if (options_in_process(options))
        lone = NULL;
    if (lone) {
        fprintf(stderr, "ferrite: %s concerns the simulated board: add --sim\n", lone);
        return -EINVAL;
    }
    return options_check_addresses(options);
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

    *options = (struct options){.sim = options->sim, .gateway = address_v4(0), .family = AF_UNSPEC};
    join_longs(longs, command->longs);
    snprintf(shorts, sizeof shorts, "%shv46", command->shorts ? command->shorts : "");
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
        else if (option == '4' || option == '6')
            error = take_family(options, option == '4' ? AF_INET : AF_INET6);
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
