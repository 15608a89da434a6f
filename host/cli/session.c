/* Finds the service, or starts an engine for one command.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "driver/libusb.h"
#include "driver/usbip.h"
#include "host/cli/account.h"
#include "host/cli/interrupt.h"
#include "host/cli/session.h"
#include "host/socket/ferrite.h"
#include "host/stack/tcp_congestion.h"
#include "sim/board/sim.h"
#include "sim/model/model.h"

static const uint64_t FIN_PATIENCE_NS = 10000000000;
static const uint64_t TIME_WAIT_PATIENCE_NS = 90000000000;

uint64_t session_wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct wire_config wire_of(const struct options *options)
{
    return (struct wire_config){
        .backend = *options->wire_backend ? options->wire_backend : NULL,
        .impairment = options->impairment,
        .pcap = options->pcap,
        .record = options->record,
        .speed_mbps = options->speed_mbps,
        .link_down = options->link_down,
    };
}

static int open_sim(struct transport **out, const struct options *options, char *error)
{
    struct sim_config config = {
        .wire = wire_of(options),
        .trace = options->trace,
        .shape = options->small_shape ? SHAPE_FULL_SPEED : SHAPE_HIGH_SPEED,
        .full_speed = options->full_speed,
        .wall_ns = session_wall_ns(),
        .wall_clock = session_wall_ns,
        .real_time = options->real_time,
    };

    return sim_open(out, &config, error, SESSION_MESSAGE_BYTES);
}

static int open_model(struct transport **out, const struct options *options, char *error)
{
    struct model_config config = {
        .wire = wire_of(options),
        .full_speed = options->full_speed,
        .features_off = options->board_lacks,
        .serial = options->serial,
        .wall_ns = session_wall_ns(),
        .real_time = options->real_time,
    };

    return model_open(out, &config, error, SESSION_MESSAGE_BYTES);
}

int session_try_transport(struct transport **out, const struct options *options,
                          char error[SESSION_MESSAGE_BYTES])
{
    const char *device = options->device;

    if (options->sim)
        return open_sim(out, options, error);
    if (options_in_process(options))
        return open_model(out, options, error);
    if (options_over_usbip(options))
        return usbip_open(out, device + 6, error, SESSION_MESSAGE_BYTES);
    return libusb_transport_open(out, device, error, SESSION_MESSAGE_BYTES);
}

int session_open_transport(struct transport **out, const struct options *options)
{
    char error[SESSION_MESSAGE_BYTES] = "";
    int code = session_try_transport(out, options, error);

    if (!code)
        return 0;
    if (code == -ENODEV && !options->sim && !options->device)
        fprintf(stderr, "ferrite: no board is on this machine's USB: plug one in, or add --sim to "
                        "use a simulated one\n");
    else
        fprintf(stderr, "ferrite: %s\n", *error ? error : strerror(-code));
    return code;
}

/* SplitMix64: repeatable numbers for --seed. */
static uint64_t seeded_random(void *user)
{
    uint64_t *state = user, value = *state += 0x9E3779B97F4A7C15;

    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
    value = (value ^ value >> 27) * 0x94D049BB133111EB;
    return value ^ value >> 31;
}

void session_configure(struct engine_config *config, const struct options *options,
                       uint64_t *random_state)
{
    struct stack_config *stack = &config->stack;

    stack->ipv6 = options->family != AF_INET;
    memcpy(stack->static6, options->static6, sizeof stack->static6);
    stack->gateway6 = options->gateway6;
    config->lan.features_off = options->features_off;
    memcpy(config->lan.mac, options->mac, sizeof options->mac);
    if (options->address_given) {
        stack->source = ADDRESS_STATIC;
        stack->address = options->address;
        stack->prefix_len = options->prefix_len;
        stack->gateway = options->gateway;
    }
    for (int i = 0; i < options->dns_count; i++)
        stack->dns[i] = options->dns[i];
    if (options->seed_given) {
        *random_state = options->seed;
        stack->random = seeded_random;
        stack->random_user = random_state;
        stack->stable_secret[0] = options->seed;
        stack->stable_secret[1] = ~(uint64_t)options->seed;
    }
    if (options->congestion)
        stack->tcp_congestion = tcp_congestion_find(options->congestion);
    stack->tcp_timestamps = options->timestamps;
    stack->tcp_ecn = options->ecn;
    stack->tcp_pacing = options->pacing;
    stack->dhcp_patience_ns = (uint64_t)options->dhcp_patience_s * 1000000000;
}

static void drop(void *user)
{
    struct session *session = user;

    if (session->engine)
        engine_destroy(session->engine);
    if (session->transport)
        session->transport->ops->close(session->transport);
    session->engine = NULL;
    session->transport = NULL;
}

/* In place of session_end, when a signal ends the command: its thread may be anywhere in a call, and
 * must not see its sockets end. So only the board is closed, and with it its capture and waves, and
 * the engine's names are taken away. */
static void end_by_signal(void *user)
{
    struct session *session = user;
    char directory[FE_PATH_BYTES];
    const char *path = engine_path(session->engine);

    engine_thread_finish(session->engine, ENGINE_NOW, 0, NULL);
    session->transport->ops->close(session->transport);
    unlink(path);
    unlink(engine_socks_path(session->engine));
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(path, '/') - path), path);
    rmdir(directory);
}

static void hurry(void *user)
{
    engine_stop(((struct session *)user)->engine);
}

/* Ends the engine's thread; what is left of the session goes with the last call. */
static void finish(struct session *session, enum engine_finish until, uint64_t patience_ns)
{
    interrupt_ending();
    engine_thread_finish(session->engine, until, patience_ns, &session->report);
}

static int start_engine(struct session *session)
{
    struct engine_config config = {.transport = session->transport,
                                   .journal = &session->explain.journal};
    char error[SESSION_MESSAGE_BYTES] = "";
    int code;

    session_configure(&config, session->options, &session->random_state);
    code = engine_create(&session->engine, &config, error, sizeof error);
    if (!code) {
        interrupt_block();
        code = engine_thread_start(session->engine);
        if (!code)
            interrupt_watch(end_by_signal, hurry, session);
        snprintf(error, sizeof error, "cannot start a thread: %s", strerror(-code));
    }
    if (!code)
        code = fe_engine_use(engine_path(session->engine));
    if (code)
        fprintf(stderr, "ferrite: %s\n", error);
    return code;
}

static int wait_for_address(int family)
{
    char why[SESSION_MESSAGE_BYTES] = "";
    int code = fe_ready(family, why, sizeof why);

    if (*why)
        fprintf(stderr, "ferrite: %s\n", why);
    else if (code)
        fprintf(stderr, "ferrite: no address: %s\n", strerror(-code));
    return code;
}

/* A board named on the command line is opened by the command itself; else the service comes first. */
static bool use_service(const struct options *options)
{
    if (options->engine)
        fe_engine_use(options->engine);
    return !options->sim && !options->device && fe_engine_answers();
}

/* An option that is given and says how an engine works, or NULL. */
static const char *of_an_engine(const struct options *options)
{
    static const uint8_t none[6];

    return options->congestion                                ? "--congestion"
           : options->timestamps                              ? "--timestamps"
           : options->ecn                                     ? "--ecn"
           : options->pacing                                  ? "--pacing"
           : options->features_off                            ? "--offload"
           : memcmp(options->mac, none, 6)                    ? "--mac"
           : options->address_given || options->static6_count ? "--address"
           : options->dns_count                               ? "--dns"
           : options->dhcp_patience_s                         ? "--dhcp-patience"
           : options->seed_given                              ? "--seed"
                                                              : NULL;
}

int session_start(struct session *session, const struct options *options)
{
    enum journal_level level = options->verbose > 1 ? JOURNAL_DETAIL
                               : options->explain   ? JOURNAL_EVENT
                                                    : 0;
    int code;

    memset(session, 0, sizeof *session);
    session->options = options;
    explain_init(&session->explain, stderr, level);
    if (use_service(options)) {
        char path[FE_PATH_BYTES];

        if (level)
            fprintf(stderr, "ferrite: the service's engine tells its own journal: see 'ferrite up "
                            "--explain'\n");
        fe_engine_path(path);
        if (of_an_engine(options)) {
            fprintf(
                stderr,
                "ferrite: %s: the service at '%s' has chosen for all: give the option to 'ferrite "
                "up'\n",
                of_an_engine(options), path);
            return -EINVAL;
        }
        snprintf(session->socks, sizeof session->socks, "%s.socks", path);
        return wait_for_address(options->family);
    }
    if (options->engine && !options->sim && !options->device) {
        fprintf(stderr,
                "ferrite: no service answers at '%s': start one with 'ferrite up --engine %s'\n",
                options->engine, options->engine);
        return -ENETDOWN;
    }
    code = session_open_transport(&session->transport, options);
    if (code)
        return code;
    code = start_engine(session);
    if (!code) {
        snprintf(session->socks, sizeof session->socks, "%s", engine_socks_path(session->engine));
        code = wait_for_address(options->family);
        if (code)
            finish(session, ENGINE_NOW, 0);
    }
    if (code)
        interrupt_left(drop, session);
    return code;
}

int session_end(struct session *session)
{
    const struct options *options = session->options;
    bool wait = options->explain && options_in_process(options);
    struct engine_report *report = &session->report;

    if (!session->engine)
        return 0;
    finish(session, wait ? ENGINE_TIME_WAIT : ENGINE_FIN_ACKED,
           wait ? TIME_WAIT_PATIENCE_NS : FIN_PATIENCE_NS);
    if (report->cut_short && !options->quiet)
        fprintf(stderr,
                "ferrite: ended before the wait of %u closed connection%s (TIME-WAIT) was over\n",
                report->cut_short, report->cut_short == 1 ? "" : "s");
    if (report->gone)
        fprintf(stderr, "ferrite: the board was lost: %s\n",
                report->gone == -ENODEV ? "unplugged" : strerror(-report->gone));
    if (session->account && options->sim)
        account_note_board(session->account, session->transport);
    interrupt_left(drop, session);
    return report->gone;
}
