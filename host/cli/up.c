/* ferrite up: the engine as a service that several programs share.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "host/cli/commands.h"
#include "host/cli/plug.h"
#include "host/cli/session.h"
#include "host/cli/up_interface.h"
#include "host/socket/ferrite.h"

enum { OPT_INTERFACE = 0x100 };

static struct engine *running;

static void stop(int number)
{
    (void)number;
    engine_stop(running);
}

static void help(void)
{
    puts("usage: ferrite up [options]\n"
         "Runs the stack on a board and serves it to all programs until Ctrl-C or SIGTERM. Other "
         "ferrite commands find it by\n"
         "themselves; programs use the C library (ferrite.h) or SOCKS5 at the socket it prints.\n"
         "A board that is not plugged in on this machine's USB is waited for. One that is pulled "
         "out is a link that is down\n"
         "until it is back: connections and addresses stay.\n\n"
         "  --interface NAME  give the board to the kernel's own stack instead, as a network "
         "interface "
         "of that name; needs\n"
         "                    CAP_NET_ADMIN. Addresses are yours to give: ip addr add, dhclient\n");
}

static int take(void *user, int option, const char *value)
{
    if (option != OPT_INTERFACE)
        return -EINVAL;
    *(const char **)user = value;
    return 0;
}

/* Lets the service hold as many sockets as it promises; a simulated network holds one of the host for
 * each of them. */
static void raise_file_limit(const struct engine_config *config, bool sim)
{
    rlim_t need = (rlim_t)engine_files(config) * (sim ? 2 : 1);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= need)
        return;
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < need)
        fprintf(stderr,
                "ferrite: up: only %llu files may be open here, and %llu may be needed: programs "
                "may be "
                "refused sockets; raise the hard limit (ulimit -Hn)\n",
                (unsigned long long)limit.rlim_cur, (unsigned long long)need);
}

static int serve(struct transport *transport, const struct replug *replug,
                 const struct options *common)
{
    enum journal_level level = common->verbose > 1 ? JOURNAL_DETAIL
                               : common->explain   ? JOURNAL_EVENT
                                                   : 0;
    struct engine_config config = {.transport = transport, .replug = replug};
    struct explain explain;
    uint64_t random_state;
    char path[FE_PATH_BYTES], error[400] = "";
    int code;

    explain_init(&explain, stderr, level);
    config.journal = &explain.journal;
    if (common->engine)
        fe_engine_use(common->engine);
    code = fe_engine_path(path);
    if (code) {
        fprintf(stderr, "ferrite: up: the path of the service's socket is too long: give a shorter "
                        "one with --engine\n");
        return EXIT_USAGE;
    }
    config.path = path;
    session_configure(&config, common, &random_state);
    raise_file_limit(&config, common->sim);
    code = engine_create(&running, &config, error, sizeof error);
    if (code) {
        fprintf(stderr, "ferrite: up: %s\n", error);
        return EXIT_FAILED;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    printf("ferrite: up on %s, serving %s (SOCKS5: %s)\n", transport->name, path,
           engine_socks_path(running));
    fflush(stdout);
    code = engine_run(running);
    if (code)
        fprintf(stderr, "ferrite: up: the board was lost: %s\n",
                code == -ENODEV ? "unplugged" : strerror(-code));
    engine_destroy(running);
    return code ? EXIT_FAILED : EXIT_OK;
}

int command_up(int argc, char **argv)
{
    static const struct option longs[] = {{"interface", required_argument, NULL, OPT_INTERFACE},
                                          {0}};
    const char *interface = NULL;
    struct command_options command = {"", longs, take, &interface, help};
    struct transport *transport;
    struct plug plug;
    struct options common = {0};
    int first, code = options_parse(argc, argv, &common, &command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc) {
        fprintf(stderr, "ferrite: up: '%s' is not expected; try 'ferrite up --help'\n",
                argv[first]);
        return EXIT_USAGE;
    }
    if (interface)
        return up_interface(interface, &common);
    if (plug_open(&plug, &common, &transport))
        return EXIT_USAGE;
    code = serve(transport, plug_replug(&plug), &common);
    transport->ops->close(transport);
    plug_close(&plug);
    return code;
}
