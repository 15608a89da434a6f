/* Measures the goodput of this machine's kernel on the paths of loss_bench.c, in real time: `loss_linux LOSS QUEUE SEED
 * SECONDS`, whose words mean the same there.
 *
 * SPDX-License-Identifier: MIT
 *
 * The kernel's CUBIC sends over a TAP in a network namespace of this process (it must be root); the path and our receiver
 * stand at the TAP's other end, and the same seed loses the same frames by their number.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver/transport.h"
#include "tests/bench/path_stack.h"
#include "tests/bench/stack_meter.h"

/* LINUX_CONGESTION: TCP_CONGESTION of <netinet/tcp.h>, whose names are those of our stack, too. */
enum { BUFFER_BYTES = 4 << 20, FRAME_BYTES = 1514, LINUX_CONGESTION = 13 };

static const uint64_t RATE_BPS = 100000000, SECOND_NS = 1000000000;
static const uint64_t LEAST_RTT_NS = 39500000, MOST_RTT_NS = 40500000;

static struct path path;
static struct path_stack receiver;
static struct path_host kernel;
static int tap;

/* ---- the kernel's end ---- */

static void need(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(1);
    }
}

static struct ifreq interface(void)
{
    struct ifreq request = {0};

    strcpy(request.ifr_name, "path0");
    return request;
}

static void set_address(int fd, unsigned long what, uint32_t address)
{
    struct ifreq request = interface();
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};

    memcpy(&request.ifr_addr, &in, sizeof in);
    need(ioctl(fd, what, &request) == 0, "an address for the TAP");
}

static void allow_buffers(void)
{
    static const char sizes[] = "4096 1048576 16777216";
    int fd = open("/proc/sys/net/ipv4/tcp_wmem", O_WRONLY);

    need(fd >= 0 && write(fd, sizes, sizeof sizes - 1) > 0, "tcp_wmem");
    close(fd);
}

static void open_tap(void)
{
    struct ifreq request = interface();
    int fd;

    need(unshare(CLONE_NEWNET) == 0, "a network namespace (loss_linux must be root)");
    tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    need(tap >= 0, "/dev/net/tun");
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    need(ioctl(tap, TUNSETIFF, &request) == 0, "a TAP");
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    set_address(fd, SIOCSIFADDR, path_address(PATH_SENDER));
    set_address(fd, SIOCSIFNETMASK, 0xffffff00);
    request = interface();
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    need(ioctl(fd, SIOCSIFFLAGS, &request) == 0, "the TAP's flags");
    close(fd);
    allow_buffers();
}

/* The program that always has more to send, in a process of its own. */
static pid_t start_sender(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(PATH_PORT),
                             .sin_addr.s_addr = htonl(path_address(PATH_RECEIVER))};
    uint64_t written = 0;
    ssize_t some;
    pid_t child = fork();
    int fd;

    need(child >= 0, "fork");
    if (child)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    need(setsockopt(fd, IPPROTO_TCP, LINUX_CONGESTION, "cubic", 5) == 0, "cubic");
    need(connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "connect");
    while ((some = write(fd, stream_data(written), STREAM_PERIOD)) > 0)
        written += (uint64_t)some;
    need(false, "write");
    return 0;
}

static void kernel_take(struct path_host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    (void)host, (void)now_ns;
    need(write(tap, frame, len) == (ssize_t)len, "the TAP");
}

static void kernel_poll(struct path_host *host, uint64_t now_ns)
{
    (void)host, (void)now_ns;
}

static uint64_t kernel_deadline(const struct path_host *host)
{
    (void)host;
    return TIME_NEVER;
}

/* ---- real time ---- */

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void wait_until(uint64_t due_ns)
{
    struct pollfd fd = {.fd = tap, .events = POLLIN};
    uint64_t left = due_ns > path.now_ns ? due_ns - path.now_ns : 0;
    struct timespec timeout = {(time_t)(left / SECOND_NS), (long)(left % SECOND_NS)};

    ppoll(&fd, 1, &timeout, NULL);
}

static void run(uint64_t until_ns)
{
    uint64_t offset = PATH_START_NS - clock_ns();
    uint8_t frame[FRAME_BYTES];
    ssize_t len;

    while (path.now_ns < until_ns) {
        uint64_t due = path_due(&path);

        wait_until(due < until_ns ? due : until_ns);
        path_run(&path, clock_ns() + offset);
        while ((len = read(tap, frame, sizeof frame)) > 0)
            path_send(&kernel, frame, (size_t)len);
    }
}

int main(int count, char **arguments)
{
    struct path_config config = {.rate_bps = RATE_BPS};
    struct chance chance;
    uint64_t seconds;
    pid_t child;

    if (count != 5)
        stream_die("say LOSS QUEUE SEED SECONDS, not %d words", count - 1);
    config.loss = atof(arguments[1]) / 100;
    config.queue_frames = (uint32_t)atoi(arguments[2]);
    config.seed = strtoull(arguments[3], NULL, 0);
    seconds = strtoull(arguments[4], NULL, 0);
    chance = chance_split(config.seed, 31);
    config.rtt_ns = chance_between(&chance, LEAST_RTT_NS, MOST_RTT_NS);
    path_open(&path, &config);
    path_stack_open(&receiver, &path, PATH_RECEIVER,
                    &(struct path_stack_config){
                        .buffer_bytes = BUFFER_BYTES, .sums = true, .seed = config.seed});
    path_stack_listen(&receiver);
    kernel = (struct path_host){kernel_take, kernel_poll, kernel_deadline, &path, PATH_SENDER};
    path.hosts[PATH_SENDER] = &kernel;
    open_tap();
    child = start_sender();
    run(PATH_START_NS + seconds * SECOND_NS);
    printf("goodput %.4f\n", (double)receiver.flows[0].moved * 8 / (double)seconds / 1e6);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
