/* ferrite sim: the simulated board alone, exported over USB/IP.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/commands.h"
#include "host/cli/session.h"
#include "sim/usbip/server.h"

enum { DEFAULT_PORT = 3240, MAX_FDS = 512, OPT_MODEL = 0x100, OPT_SERIAL, SERIAL_CHARACTERS = 16 };

struct sim_command {
    struct options common;
    unsigned long port;
    const char *host, *serial;
    bool model;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static void help(void)
{
    puts("usage: ferrite sim [options]\n"
         "Runs a simulated board until Ctrl-C and exports it over USB/IP, for 'ferrite COMMAND "
         "--device usbip:HOST:PORT' or for a\n"
         "Linux kernel ('usbip attach -r HOST -b 1-1'). Its clock follows the wall clock while it "
         "idles; --sim is implied.\n\n"
         "  -p, --port N     TCP port (3240; 0 takes a free one)\n"
         "  -l, --listen A   address to listen on (127.0.0.1)\n"
         "  --model          the board's C model in place of its gates: fast; --offload then says "
         "what "
         "it can do at all\n"
         "  --serial NUMBER  serial number of the C model, 1 to 16 characters (model)\n");
}

static int take_serial(struct sim_command *sim, const char *value)
{
    size_t length = strlen(value);

    if (!length || length > SERIAL_CHARACTERS) {
        fprintf(stderr, "ferrite: sim: --serial '%s' has %zu characters: give 1 to %d\n", value,
                length, SERIAL_CHARACTERS);
        return -EINVAL;
    }
    sim->serial = value;
    return 0;
}

static int take(void *user, int option, const char *value)
{
    struct sim_command *sim = user;

    switch (option) {
    case 'p': return options_number("--port", value, 0, 65535, &sim->port);
    case 'l': sim->host = value; return 0;
    case OPT_MODEL: sim->model = true; return 0;
    case OPT_SERIAL: return take_serial(sim, value);
    default: return -EINVAL;
    }
}

/* Sleeps until the server has something to do. A signal that comes before the sleep is noticed within a second. */
static void wait_for(struct usbip_server *server, uint64_t now_ns)
{
    struct pollfd fds[MAX_FDS];
    int count = usbip_server_fds(server, fds, MAX_FDS);
    uint64_t deadline = usbip_server_deadline(server);
    uint64_t ns = deadline <= now_ns ? 0 : deadline - now_ns;

    poll(fds, (nfds_t)count, ns > 1000000000 ? 1000 : (int)((ns + 999999) / 1000000));
}

static int serve(const struct sim_command *sim, struct transport *transport)
{
    struct usbip_server *server;
    char error[400] = "";

    if (usbip_server_open(&server, transport, sim->host, (uint16_t)sim->port, session_wall_ns,
                          error, sizeof error)) {
        fprintf(stderr, "ferrite: sim: %s\n", error);
        return EXIT_FAILED;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    printf("ferrite: a simulated board is exported at port %u: use --device usbip:%s:%u\n",
           usbip_server_port(server), sim->host ? sim->host : "127.0.0.1",
           usbip_server_port(server));
    fflush(stdout);
    while (!stopped)
        wait_for(server, usbip_server_poll(server, session_wall_ns()));
    usbip_server_close(server);
    return EXIT_OK;
}

/* What the gates have is fixed when they are built; what the model lacks are waves. */
static int check(const struct sim_command *sim)
{
    if (sim->serial && !sim->model)
        fputs("ferrite: sim: --serial is for the C model: add --model\n", stderr);
    else if (sim->model && sim->common.trace)
        fputs("ferrite: sim: --trace: the C model has no signals\n", stderr);
    else
        return 0;
    return -EINVAL;
}

int command_sim(int argc, char **argv)
{
    static const struct option longs[] = {{"port", required_argument, NULL, 'p'},
                                          {"listen", required_argument, NULL, 'l'},
                                          {"model", no_argument, NULL, OPT_MODEL},
                                          {"serial", required_argument, NULL, OPT_SERIAL},
                                          {0}};
    struct sim_command sim = {.port = DEFAULT_PORT};
    struct command_options command = {"p:l:", longs, take, &sim, help};
    struct transport *transport;
    int first, code;

    sim.common.sim = true; /* implied, and so the options for a simulated board are taken */
    code = options_parse(argc, argv, &sim.common, &command, &first);
    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc) {
        fprintf(stderr, "ferrite: sim: '%s' is not expected; try 'ferrite sim --help'\n",
                argv[first]);
        return EXIT_USAGE;
    }
    if (check(&sim))
        return EXIT_USAGE;
    if (sim.model) {
        sim.common.sim = false;
        sim.common.device = "model";
        sim.common.serial = sim.serial;
        sim.common.board_lacks = sim.common.features_off;
    }
    sim.common.real_time = true;
    if (session_open_transport(&transport, &sim.common))
        return EXIT_USAGE;
    code = serve(&sim, transport);
    transport->ops->close(transport);
    return code;
}
