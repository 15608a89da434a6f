/* ferrite: one program, a command for each job.
 *
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "driver/registers.h"
#include "host/cli/commands.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {
    {"get", command_get, "fetch a URL, like curl"},
    {"ping", command_ping, "send echo requests and time the replies"},
    {"lookup", command_lookup, "ask the name server for a name's addresses"},
    {"nc", command_nc, "connect standard input and output to a TCP or UDP port"},
    {"ip", command_ip, "show addresses, routes, neighbours and the lease"},
    {"serve", command_serve, "answer HTTP requests with a directory's files"},
    {"ss", command_ss, "show the sockets of all programs"},
    {"stat", command_stat, "show the counters of stack, driver and board"},
    {"devices", command_devices, "list the boards that are plugged in"},
    {"selftest", command_selftest, "try a board out by itself"},
    {"bench", command_bench, "measure a board by itself"},
    {"up", command_up, "run the stack as a service for several programs"},
    {"flash", command_flash, "write a bitstream to a board"},
    {"sim", command_sim, "run a simulated board alone, exported over USB/IP"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int usage(FILE *out, int code)
{
    fputs("usage: ferrite COMMAND [options] ...\n\n", out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].what);
    fputs("\nWithout a board: add --sim to a command and it brings a simulated one along.\n"
          "'ferrite COMMAND --help' tells more.\n",
          out);
    return code;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return usage(stdout, EXIT_OK);
    if (!strcmp(argv[1], "--version")) {
        printf("ferrite %u.%u\n", (unsigned)REG_VERSION_MAJOR, (unsigned)REG_VERSION_MINOR);
        return EXIT_OK;
    }
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "ferrite: no command '%s'; 'ferrite --help' lists them\n", argv[1]);
    return EXIT_USAGE;
}
