/* Makes a TAP interface, tells it what the board can do, and moves frames.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/interface/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>

#include "driver/registers.h"

enum { OFFLOAD_USO4 = 0x20, OFFLOAD_USO6 = 0x40 }; /* Linux 6.2; older headers lack the names */

int tap_name_check(const char *name, char *error, size_t error_len)
{
    if (*name && strlen(name) < TAP_NAME_BYTES && strcmp(name, ".") && strcmp(name, "..") &&
        !strpbrk(name, "/:% \t\n\v\f\r"))
        return 0;
    snprintf(error, error_len,
             "--interface '%.60s' is no interface name: give 1 to %d characters without space, "
             "'/', ':' or '%%', such as ferrite0",
             name, TAP_NAME_BYTES - 1);
    return -EINVAL;
}

static void explain_rights(const char *name, char *error, size_t error_len)
{
    char program[256] = "build/ferrite";
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

    program[len > 0 ? len : (ssize_t)strlen(program)] = '\0';
    snprintf(error, error_len,
             "interface '%s': making it needs the capability CAP_NET_ADMIN: run as root, or give "
             "it to this program: "
             "sudo setcap cap_net_admin+ep %s; or have root make the interface yours once: "
             "sudo ip tuntap add dev %s mode tap user \"$USER\"; sudo ip link set %s up",
             name, program, name, name);
}

static void explain(const char *name, int reason, char *error, size_t error_len)
{
    if (reason == EPERM || reason == EACCES)
        explain_rights(name, error, error_len);
    else if (reason == EBUSY)
        snprintf(error, error_len,
                 "interface '%s' is in use by another program: end that or give another name",
                 name);
    else if (reason == ENOENT || reason == ENODEV || reason == ENXIO)
        snprintf(error, error_len,
                 "interface '%s': this kernel offers no /dev/net/tun: load it with modprobe tun",
                 name);
    else if (reason == EEXIST)
        snprintf(error, error_len,
                 "interface '%s' exists and is no TAP that we could take: give another name", name);
    else
        snprintf(error, error_len, "interface '%s': %s", name, strerror(reason));
}

static int set_up(const struct tap *tap)
{
    int header = TAP_VNET_BYTES, little_endian = 1;

    if (ioctl(tap->fd, TUNSETVNETHDRSZ, &header) || ioctl(tap->fd, TUNSETVNETLE, &little_endian))
        return -errno;
    return 0;
}

/* Returns 0 or a negative errno. */
static int attach(struct tap *tap)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int code;

    tap->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap->fd < 0)
        return -errno;
    tap->made = !if_nametoindex(tap->name);
    memcpy(request.ifr_name, tap->name, sizeof tap->name);
    code = ioctl(tap->fd, TUNSETIFF, &request) ? -errno : set_up(tap);
    if (code == -EINVAL && !tap->made)
        code = -EEXIST;
    if (code)
        close(tap->fd);
    return code;
}

int tap_open(struct tap *tap, const char *name, char *error, size_t error_len)
{
    int code = tap_name_check(name, error, error_len);

    if (code)
        return code;
    snprintf(tap->name, sizeof tap->name, "%s", name);
    code = attach(tap);
    if (code)
        explain(name, -code, error, error_len);
    return code;
}

void tap_close(struct tap *tap)
{
    if (!tap->made)
        tap_set_carrier(tap, false);
    close(tap->fd);
}

unsigned tap_offloads(uint32_t features)
{
    unsigned flags = 0;

    if (!(features & REG_FEATURES_CSUM_SEND))
        return 0; /* the kernel takes no other without it */
    flags |= features & REG_FEATURES_TSO4 ? TUN_F_TSO4 : 0;
    flags |= features & REG_FEATURES_TSO6 ? TUN_F_TSO6 : 0;
    flags |= flags ? TUN_F_TSO_ECN : 0;
    flags |= features & REG_FEATURES_USO ? OFFLOAD_USO4 | OFFLOAD_USO6 : 0;
    return flags | TUN_F_CSUM;
}

int tap_set_offloads(const struct tap *tap, uint32_t features)
{
    unsigned flags = tap_offloads(features);

    if (ioctl(tap->fd, TUNSETOFFLOAD, (unsigned long)flags) == 0)
        return (int)flags;
    if (errno != EINVAL)
        return -errno;
    flags &= ~(unsigned)(OFFLOAD_USO4 | OFFLOAD_USO6);
    return ioctl(tap->fd, TUNSETOFFLOAD, (unsigned long)flags) ? -errno : (int)flags;
}

int tap_set_mac(const struct tap *tap, const uint8_t mac[6])
{
    struct ifreq request = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};

    memcpy(request.ifr_hwaddr.sa_data, mac, 6);
    return ioctl(tap->fd, SIOCSIFHWADDR, &request) ? -errno : 0;
}

int tap_set_carrier(const struct tap *tap, bool on)
{
    int carrier = on;

    return ioctl(tap->fd, TUNSETCARRIER, &carrier) ? -errno : 0;
}

int tap_bring_up(const struct tap *tap)
{
    struct ifreq request = {0};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), code = s < 0 ? -errno : 0;

    if (code)
        return code;
    memcpy(request.ifr_name, tap->name, sizeof tap->name);
    request.ifr_mtu = TAP_MTU;
    if (ioctl(s, SIOCSIFMTU, &request) || ioctl(s, SIOCGIFFLAGS, &request))
        code = -errno;
    request.ifr_flags |= IFF_UP;
    if (!code && ioctl(s, SIOCSIFFLAGS, &request))
        code = -errno;
    close(s);
    return code;
}

/* Sends what asks for an acknowledgement, which is an error message with a code of 0 or less. */
static int ask_kernel(const struct nlmsghdr *request)
{
    int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), code = 0;
    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        uint8_t rest[256]; /* the request comes back */
    } answer = {0};

    if (s < 0)
        return -errno;
    if (send(s, request, request->nlmsg_len, 0) < 0 || recv(s, &answer, sizeof answer, 0) < 0)
        code = -errno;
    close(s);
    if (code)
        return code;
    return answer.head.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

int tap_set_super_bytes(const struct tap *tap, uint32_t bytes)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg link;
        struct rtattr attribute;
        uint32_t bytes;
    } request = {
        .head = {.nlmsg_len = sizeof request,
                 .nlmsg_type = RTM_NEWLINK,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .link.ifi_index = (int)if_nametoindex(tap->name),
        .attribute = {RTA_LENGTH(sizeof bytes), IFLA_GSO_MAX_SIZE},
        .bytes = bytes,
    };

    return request.link.ifi_index ? ask_kernel(&request.head) : -ENODEV;
}

bool tap_frame_fits(uint32_t features, const struct vnet_header *vnet, size_t len)
{
    uint8_t type = vnet->gso_type & (uint8_t)~VNET_GSO_ECN;
    uint32_t needed = 0;

    if (vnet->flags & VNET_NEEDS_CSUM)
        needed |= REG_FEATURES_CSUM_SEND;
    if (type == VNET_GSO_NONE)
        return len >= RECORD_MIN_FRAME && len <= TAP_MAX_FRAME && !(needed & ~features);
    needed |= type == VNET_GSO_TCPV4    ? REG_FEATURES_TSO4
              : type == VNET_GSO_TCPV6  ? REG_FEATURES_TSO6
              : type == VNET_GSO_UDP_L4 ? REG_FEATURES_USO
                                        : UINT32_MAX;
    return vnet->flags & VNET_NEEDS_CSUM && vnet->gso_size && len <= RECORD_MAX_FRAME &&
           !(needed & ~features);
}

static uint16_t get_le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static void put_le16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

ssize_t tap_read(const struct tap *tap, struct vnet_header *vnet, uint8_t *place, size_t max)
{
    uint8_t header[TAP_VNET_BYTES], beyond;
    struct iovec parts[] = {{header, sizeof header}, {place, max}, {&beyond, 1}};
    ssize_t got = readv(tap->fd, parts, 3);

    if (got < 0)
        return -errno;
    if (got < TAP_VNET_BYTES)
        return -EIO;
    *vnet = (struct vnet_header){
        .flags = header[0],
        .gso_type = header[1],
        .hdr_len = get_le16(header + 2),
        .gso_size = get_le16(header + 4),
        .csum_start = get_le16(header + 6),
        .csum_offset = get_le16(header + 8),
        .num_buffers = get_le16(header + 10),
    };
    return got - TAP_VNET_BYTES;
}

int tap_write(const struct tap *tap, const struct vnet_header *vnet, const uint8_t *frame,
              size_t len)
{
    uint8_t header[TAP_VNET_BYTES] = {vnet->flags, vnet->gso_type};
    struct iovec parts[] = {{header, sizeof header}, {(void *)(uintptr_t)frame, len}};

    put_le16(header + 2, vnet->hdr_len);
    put_le16(header + 4, vnet->gso_size);
    put_le16(header + 6, vnet->csum_start);
    put_le16(header + 8, vnet->csum_offset);
    put_le16(header + 10, vnet->num_buffers);
    return writev(tap->fd, parts, 2) < 0 ? -errno : 0;
}
