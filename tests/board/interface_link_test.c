/* While a board is a network interface of the kernel, that one's carrier is the board's link: over the gates and over the
 * C model, in a network namespace of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/board_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>

#include "host/interface/interface.h"
#include "sim/model/model.h"

enum { CHANGES = 6, TURN_US = 5000 };

#define PATIENCE_NS UINT64_C(30000000000)

/* What the run's clock sees and does: it is asked once a turn, and has no argument. */
static struct {
    struct tap tap;
    struct interface *interface;
    struct wire *wire;
    uint64_t give_up_ns;
    bool wanted; /* the link now, and so the carrier soon */
    int changes; /* that the carrier has followed */
} run;

/* What the kernel says, not what was written. */
static bool carrier(void)
{
    struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
    struct ifreq request = {.ifr_data = (char *)&link};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    strcpy(request.ifr_name, run.tap.name);
    if (ioctl(fd, SIOCETHTOOL, &request))
        link.data = 99;
    close(fd);
    return link.data == 1;
}

/* As soon as the carrier has followed the cable, that goes the other way. */
static uint64_t turn(void)
{
    uint64_t now_ns = rig_wall_ns();

    if (!run.interface)
        return now_ns;
    if (carrier() == run.wanted) {
        run.changes++;
        run.wanted = !run.wanted;
        wire_set_link(run.wire, run.wanted);
    }
    if (run.changes == CHANGES || now_ns > run.give_up_ns)
        interface_stop(run.interface);
    return now_ns;
}

static void on_alarm(int number)
{
    (void)number;
}

/* Nothing else wakes a loop whose board and kernel are silent. */
static void wake_every(unsigned us)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval timer = {.it_interval.tv_usec = us, .it_value.tv_usec = us};

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void run_over(struct transport *transport, struct wire *wire, bool link)
{
    struct interface_config config = {.tap = &run.tap, .transport = transport, .wall_ns = turn};
    struct interface *interface;
    char error[300];

    run.changes = 0;
    run.wire = wire;
    if (interface_open(&interface, &config, error, sizeof error))
        fail_msg("%s", error);
    assert_int_equal(carrier(), link);
    run.wanted = link;
    run.give_up_ns = rig_wall_ns() + PATIENCE_NS;
    run.interface = interface;
    wake_every(TURN_US);
    assert_int_equal(interface_run(interface), 0);
    wake_every(0);
    run.interface = NULL;
    assert_int_equal(run.changes, CHANGES);
    interface_close(interface);
    assert_false(carrier());
    tap_close(&run.tap);
}

static bool apart; /* in a namespace of our own */

static void open_tap(void)
{
    char error[300];
    int code = apart ? tap_open(&run.tap, "ferrite0", error, sizeof error) : -EPERM;

    if (code == -EPERM || code == -EACCES || code == -ENOENT || code == -ENODEV) {
        print_message("# needs the right to make a TAP in a namespace, and /dev/net/tun\n");
        skip();
    }
    if (code)
        fail_msg("%s", error);
}

static void follows_the_link_of_the_model(void **state)
{
    struct model_config config = {.wire = {.backend = "none"}, .real_time = true};
    struct transport *transport;
    char error[300];

    (void)state;
    open_tap();
    config.wall_ns = rig_wall_ns();
    if (model_open(&transport, &config, error, sizeof error))
        fail_msg("%s", error);
    run_over(transport, model_wire(transport), true);
    transport->ops->close(transport);
}

static void follows_the_link_of_the_gates_which_have_none_at_first(void **state)
{
    struct sim_config config = {.wire = {.backend = "none", .link_down = true}, .real_time = true};
    struct transport *transport;

    (void)state;
    open_tap();
    transport = rig_open(&config);
    run_over(transport, sim_wire(transport), false);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_link_of_the_model),
        cmocka_unit_test(follows_the_link_of_the_gates_which_have_none_at_first),
    };

    apart = !unshare(CLONE_NEWNET) || !unshare(CLONE_NEWUSER | CLONE_NEWNET);
    return cmocka_run_group_tests_name("interface_link", tests, NULL, NULL);
}
