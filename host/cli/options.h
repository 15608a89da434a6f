/* Options that every command shares: which board, which wire, which addresses, how much to tell.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_OPTIONS_H
#define HOST_CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "host/stack/stack.h"
#include "sim/wire/wire.h"

enum { OPTIONS_MAX_DNS = 3 };

struct options {
    bool sim, full_speed;
    bool shape_given, small_shape; /* --shape */
    bool real_time;                /* set by a command: the simulated board's time never jumps */
    const char *device;   /* --device: a serial number, bus-port, usbip:HOST…, or model */
    const char *serial;   /* set by a command: of the C model */
    uint32_t board_lacks; /* set by a command: bits of FEATURES that the C model is built without */
    const char *engine;   /* --engine: the service's socket */
    char wire_backend[256]; /* "" for the default */
    struct wire_impairment impairment;
    bool wire_given, link_down;
    unsigned speed_mbps; /* of the simulated link; 0: 1000 */
    const char *pcap, *trace, *record;

    uint8_t mac[6]; /* --mac; all zero: the board's own */
    int family;     /* -4, -6: AF_INET, AF_INET6; AF_UNSPEC: both */
    bool address_given;
    struct address address, gateway, gateway6; /* gateways: all zero: none */
    unsigned prefix_len, static6_count;
    struct stack_static6 static6[STACK_STATIC6];
    struct endpoint dns[OPTIONS_MAX_DNS];
    int dns_count;
    uint32_t features_off;        /* --offload: DEVICE_… bits that the board must not do */
    const char *congestion;       /* --congestion: a name that the stack knows; NULL: its default */
    bool timestamps, ecn, pacing; /* TCP's, off unless asked for */
    bool seed_given;
    unsigned long seed;       /* of the stack's random numbers */
    unsigned dhcp_patience_s; /* 0: the stack's own */

    bool quiet; /* set by a command: no remarks beside errors */
    bool explain, json;
    int verbose; /* number of -v */
};

/* What options_parse needs to know of a command. */
struct command_options {
    const char *shorts;         /* getopt's, beside h and v */
    const struct option *longs; /* ended by a zero entry; values over 0xFF below OPTION_FIRST */
    /* Takes one of the command's own options. Returns 0, or -EINVAL after a message. */
    int (*take)(void *user, int option, const char *value);
    void *user;
    void (*help)(void); /* prints the command's own part */
};

enum { OPTION_FIRST = 0x1000, OPTIONS_OK = 0, OPTIONS_HELP = 1 };

/* Reads argv, shared and own options in any order; options->sim is what holds without --sim, all else is set anew. *first is the index of the first operand. Returns OPTIONS_OK, OPTIONS_HELP
 * after --help was printed, or -EINVAL after a message on stderr. */
int options_parse(int argc, char **argv, struct options *options,
                  const struct command_options *command, int *first);

/* The board is in this process, and so is its wire: the simulated one, or the C model. */
bool options_in_process(const struct options *options);
/* The board is reached over USB/IP. */
bool options_over_usbip(const struct options *options);

/* The take of a command that has no options of its own. */
int options_take_none(void *user, int option, const char *value);

/* Prints the shared options, for --help. */
void options_help(void);

/* Reads a whole number between min and max. Returns 0, or -EINVAL after a message that quotes text. */
int options_number(const char *name, const char *text, unsigned long min, unsigned long max,
                   unsigned long *out);

/* Reads seconds, with a fraction allowed ("1.5"). Same returns. */
int options_seconds(const char *name, const char *text, double *out);

#endif
