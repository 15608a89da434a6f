/* What fault.h promises: frames taken apart for the faults of faults_*.c, and mended behind them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

#include <stdio.h>
#include <string.h>

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, TCP = 20, PROTOCOL_TCP = 6, FRAGMENT_BITS = 0x3fff };

static const struct fault *const lists[] = {faults_out,   faults_in,  faults_datagram,
                                            faults_board, faults_usb, faults_ipv6};

enum { LISTS = sizeof lists / sizeof lists[0] };

const struct fault *fault_find(const char *name)
{
    for (int i = 0; i < LISTS; i++)
        for (const struct fault *fault = lists[i]; fault->name; fault++)
            if (!strcmp(fault->name, name))
                return fault;
    return NULL;
}

/* It can befall packets of either family. */
static bool is_of_packets(const struct fault *fault)
{
    return fault->out || fault->in || fault->wire || fault->packet_in;
}

void fault_list(void)
{
    for (int i = 0; i < LISTS; i++)
        for (const struct fault *fault = lists[i]; fault->name; fault++)
            printf("%s\t%s%s\n", fault->name,
                   fault->usb             ? "(USB) "
                   : fault->ipv6          ? "(IPv6) "
                   : is_of_packets(fault) ? "(both) "
                                          : "",
                   fault->meaning);
}

/* The IP header in front of a TCP segment, in bytes, and the packet's length; 0: it is none. */
static uint32_t read_ip(const struct passing *passing, uint32_t *length)
{
    const uint8_t *ip = passing->frame + ETHERNET;
    uint32_t type = passing->length < ETHERNET ? 0 : segment_word(passing->frame + 12, 2);

    if (passing->host->world->ipv6 && type != 0x86dd)
        return 0;
    if (type == 0x0800 && passing->length >= ETHERNET + IPV4 + TCP && ip[0] == 0x45 &&
        ip[9] == PROTOCOL_TCP && !(segment_word(ip + 6, 2) & FRAGMENT_BITS)) {
        *length = segment_word(ip + 2, 2);
        return IPV4;
    }
    if (type == 0x86dd && passing->length >= ETHERNET + IPV6 + TCP && ip[6] == PROTOCOL_TCP) {
        *length = IPV6 + segment_word(ip + 4, 2);
        return IPV6;
    }
    return 0;
}

/* Finds the parts of a TCP segment. Returns false for anything else. */
static bool take_apart(struct passing *passing, bool arrives)
{
    uint32_t length, ip_header = read_ip(passing, &length), header;

    if (!ip_header)
        return false;
    passing->ip = passing->frame + ETHERNET;
    passing->tcp = passing->ip + ip_header;
    header = (passing->tcp[12] >> 4) * 4u;
    if (passing->vnet && passing->vnet->gso_type) /* its IP length need not say what it holds */
        length = (uint32_t)passing->length - ETHERNET;
    if (length < ip_header + header || length > passing->length - ETHERNET)
        return false;
    passing->data = passing->tcp + header;
    passing->bytes = length - ip_header - header;
    passing->watch = world_watch(passing->host, (uint16_t)segment_word(passing->tcp, 2),
                                 (uint16_t)segment_word(passing->tcp + 2, 2), arrives);
    return passing->watch != NULL;
}

static uint16_t sum_of(const struct passing *passing)
{
    uint32_t bytes = (uint32_t)(passing->data - passing->tcp) + passing->bytes;
    uint32_t pseudo = passing->ip[0] >> 4 == 6 ? segment_pseudo6(passing->ip, PROTOCOL_TCP, bytes)
                                               : segment_pseudo(passing->ip, bytes);

    return segment_sum(passing->tcp, bytes, pseudo);
}

/* Who changes a segment makes its sum right again, unless the board does. */
static void mend(struct passing *passing)
{
    if (passing->vnet->flags & VNET_NEEDS_CSUM)
        return;
    segment_store(passing->tcp + 16, 2, 0);
    segment_store(passing->tcp + 16, 2, sum_of(passing));
}

static bool apply(fault_fn *fault, struct passing *passing, bool arrives)
{
    if (!fault || !take_apart(passing, arrives))
        return true;
    return fault(passing, &passing->host->world->mischief);
}

bool fault_out(struct host *host, struct vnet_header *vnet, uint8_t *frame, size_t len)
{
    struct passing passing = {.host = host, .vnet = vnet, .frame = frame, .length = len};
    const struct fault *fault = host->world->fault;

    if (fault && fault->packet_out)
        return fault->packet_out(&passing, &host->world->mischief);
    if (!fault || !fault->out)
        return true;
    if (!apply(fault->out, &passing, false))
        return false;
    if (passing.watch)
        mend(&passing);
    return true;
}

bool fault_in(struct host *host, struct vnet_header *vnet, uint8_t *frame, size_t len)
{
    struct passing passing = {.host = host, .vnet = vnet, .frame = frame, .length = len};
    const struct fault *fault = host->world->fault;
    bool damaged;

    if (fault && fault->packet_in)
        return fault->packet_in(&passing, &host->world->mischief);
    if (!fault || !fault->in)
        return true;
    damaged = take_apart(&passing, true) && sum_of(&passing);
    if (!apply(fault->in, &passing, true))
        return false;
    if (passing.watch && !damaged)
        mend(&passing);
    return true;
}

bool fault_wire(struct host *host, uint8_t *frame, size_t len)
{
    struct passing passing = {.host = host, .frame = frame, .length = len};

    return !host->world->fault || apply(host->world->fault->wire, &passing, false);
}
