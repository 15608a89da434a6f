/* What fault.h promises: frames taken apart for the faults of faults_*.c, and mended behind them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

#include <stdio.h>
#include <string.h>

enum { ETHERNET = 14, LEAST = ETHERNET + 40, PROTOCOL_TCP = 6, FRAGMENT_BITS = 0x3fff };

static const struct fault *const lists[] = {faults_out, faults_in, faults_datagram, faults_board,
                                            faults_usb};

enum { LISTS = sizeof lists / sizeof lists[0] };

const struct fault *fault_find(const char *name)
{
    for (int i = 0; i < LISTS; i++)
        for (const struct fault *fault = lists[i]; fault->name; fault++)
            if (!strcmp(fault->name, name))
                return fault;
    return NULL;
}

void fault_list(void)
{
    for (int i = 0; i < LISTS; i++)
        for (const struct fault *fault = lists[i]; fault->name; fault++)
            printf("%s\t%s%s\n", fault->name, fault->usb ? "(USB) " : "", fault->meaning);
}

/* Finds the parts of a TCP segment over IPv4. Returns false for anything else. */
static bool take_apart(struct passing *passing, bool arrives)
{
    uint8_t *ip = passing->frame + ETHERNET;
    uint32_t header, length;

    if (passing->length < LEAST || segment_word(passing->frame + 12, 2) != 0x0800 ||
        ip[0] != 0x45 || ip[9] != PROTOCOL_TCP || (segment_word(ip + 6, 2) & FRAGMENT_BITS))
        return false;
    passing->ip = ip;
    passing->tcp = ip + 20;
    header = (passing->tcp[12] >> 4) * 4u;
    length = segment_word(ip + 2, 2);
    if (passing->vnet && passing->vnet->gso_type) /* its IP length need not say what it holds */
        length = (uint32_t)passing->length - ETHERNET;
    if (length < 20 + header || length > passing->length - ETHERNET)
        return false;
    passing->data = passing->tcp + header;
    passing->bytes = length - 20 - header;
    passing->watch = world_watch(passing->host, (uint16_t)segment_word(passing->tcp, 2),
                                 (uint16_t)segment_word(passing->tcp + 2, 2), arrives);
    return passing->watch != NULL;
}

/* Who changes a segment makes its sum right again, unless the board does. */
static void mend(struct passing *passing)
{
    uint32_t bytes = (uint32_t)(passing->data - passing->tcp) + passing->bytes;

    if (passing->vnet->flags & VNET_NEEDS_CSUM)
        return;
    segment_store(passing->tcp + 16, 2, 0);
    segment_store(passing->tcp + 16, 2,
                  segment_sum(passing->tcp, bytes, segment_pseudo(passing->ip, bytes)));
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
    damaged = take_apart(&passing, true) &&
              segment_sum(passing.tcp, (size_t)(passing.data - passing.tcp) + passing.bytes,
                          segment_pseudo(passing.ip,
                                         (uint32_t)(passing.data - passing.tcp) + passing.bytes));
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
