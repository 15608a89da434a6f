/* See options.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/world/fault.h"

static const char USAGE[] =
    "usage: world [--seed N | --seeds A..B] [--jobs N] [--gates] [--usb] [--ipv6] [--no-lwip] "
    "[--list] "
    "[--twice] "
    "[--tally]\n"
    "             [--fault NAME] [--first] [--faults]\n"
    "             [--pcap FILE] [--trace FILE.fst] [--verbose]\n"
    "Runs worlds in virtual time (tests/world/README.md). Ends with 1 if an oracle objects to "
    "one.\n"
    "  --seed N, --seeds A..B   which; 0..99 unless told\n"
    "  --jobs N                 so many at a time; 1 unless told\n"
    "  --gates                  host 0 has the Verilated board in place of the C model\n"
    "  --usb                    our boards hang on USB cables with weather of their own\n"
    "  --ipv6                   most of our hosts have IPv6 beside IPv4, from a router\n"
    "  --no-lwip                no host runs lwIP\n"
    "  --list                   print the hash of each run and how many frames it had\n"
    "  --twice                  run each twice: they must be the same to the last packet\n"
    "  --tally                  print the counters of stacks and links, added up\n"
    "  --fault NAME             with a deliberate fault in stack, driver or board\n"
    "  --first                  stop at the first that an oracle objects to\n"
    "  --faults                 list the faults\n"
    "  --pcap FILE              of one seed: write all frames into a pcapng file\n"
    "  --trace FILE             of one seed with --gates: write the board's signals\n"
    "  --verbose                of one seed: print what it is made of and what the stacks tell\n";

static _Noreturn void refuse(const char *what, const char *value)
{
    fprintf(stderr, "world: %s \"%s\"\n%s", what, value, USAGE);
    exit(2);
}

static uint64_t read_number(const char *text, char **rest)
{
    uint64_t number = strtoull(text, rest, 10);

    if (*rest == text)
        refuse("no number:", text);
    return number;
}

static void read_seeds(struct options *options, const char *text)
{
    char *rest;

    options->first = options->last = read_number(text, &rest);
    if (rest[0] == '.' && rest[1] == '.')
        options->last = read_number(rest + 2, &rest);
    if (*rest || options->last < options->first)
        refuse("no seeds:", text);
}

static void read_fault(struct options *options, const char *name)
{
    options->world.fault = fault_find(name);
    if (!options->world.fault)
        refuse("no such fault:", name);
}

static void read_option(struct options *options, int option, const char *value)
{
    char *rest;

    switch (option) {
    case 's': read_seeds(options, value); break;
    case 'j': options->jobs = (int)read_number(value, &rest); break;
    case 'g': options->world.gates = true; break;
    case 'u': options->world.usb = true; break;
    case '6': options->world.ipv6 = true; break;
    case 'n': options->world.lwip = false; break;
    case 'l': options->list = true; break;
    case 'T': options->tally = true; break;
    case '2': options->twice = true; break;
    case 'f': read_fault(options, value); break;
    case '1': options->first_only = true; break;
    case 'F': fault_list(); exit(0);
    case 'p': options->world.pcap = value; break;
    case 't': options->world.trace = value; break;
    case 'v': options->world.verbose = true; break;
    case 'h': printf("%s", USAGE); exit(0);
    default: fprintf(stderr, "%s", USAGE); exit(2);
    }
}

void options_read(struct options *options, int count, char **arguments)
{
    static const struct option known[] = {
        {"seed", 1, NULL, 's'},  {"seeds", 1, NULL, 's'},   {"jobs", 1, NULL, 'j'},
        {"gates", 0, NULL, 'g'}, {"no-lwip", 0, NULL, 'n'}, {"list", 0, NULL, 'l'},
        {"twice", 0, NULL, '2'}, {"tally", 0, NULL, 'T'},   {"pcap", 1, NULL, 'p'},
        {"trace", 1, NULL, 't'}, {"verbose", 0, NULL, 'v'}, {"fault", 1, NULL, 'f'},
        {"first", 0, NULL, '1'}, {"faults", 0, NULL, 'F'},  {"help", 0, NULL, 'h'},
        {"usb", 0, NULL, 'u'},   {"ipv6", 0, NULL, '6'},    {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct options){.last = 99, .jobs = 1, .world.lwip = lwip_is_there};
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1)
        read_option(options, option, optarg);
    if (optind < count)
        refuse("what is", arguments[optind]);
    if (options->jobs < 1)
        refuse("jobs are", "less than 1");
    if (options->first != options->last &&
        (options->world.pcap || options->world.trace || options->world.verbose))
        refuse("files and --verbose are for one seed, not for", "many");
}
