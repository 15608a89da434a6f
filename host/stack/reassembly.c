/* Fragments put together again.
 *
 * SPDX-License-Identifier: MIT
 *
 * Offsets count units of 8 bytes, so one bit a unit tells what has come; a datagram is whole when
 * as many units have come as its last fragment says there are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/reassembly.h"
#include "host/stack/stack_internal.h"

static const uint64_t LIFETIME_NS = 30 * 1000000000ull, LIFETIME6_NS = 60 * 1000000000ull;
enum {
    UNITS = 8192,
    HEADER_MOST = IPV6_HEADER_BYTES + IPV6_EXTENSIONS_MOST,
    PLACE_BYTES = HEADER_MOST + 8 * UNITS,
};

struct datagram {
    bool used, spoiled; /* spoiled: kept only to swallow what still comes of it */
    struct address source, destination;
    uint8_t protocol;
    uint32_t id;
    uint64_t expires_ns;
    uint32_t total; /* bytes; 0 until the last fragment has come */
    uint32_t end;   /* of the data that has come so far */
    uint32_t units; /* that have come */
    uint8_t come[UNITS / 8];
    struct ip_input first; /* of the fragment at offset 0; header NULL until that has come */
    uint8_t *data;         /* 65,536 bytes; in front of them that fragment's header */
};

struct reassembly {
    struct datagram datagrams[REASSEMBLIES];
    unsigned used; /* how many of them: most of the time there is nothing to look for */
    uint8_t *memory;
};

int reassembly_create(struct reassembly **out)
{
    struct reassembly *reassembly = calloc(1, sizeof *reassembly);

    if (!reassembly)
        return -ENOMEM;
    reassembly->memory = malloc((size_t)REASSEMBLIES * PLACE_BYTES);
    if (!reassembly->memory) {
        free(reassembly);
        return -ENOMEM;
    }
    for (int i = 0; i < REASSEMBLIES; i++)
        reassembly->datagrams[i].data = reassembly->memory + (size_t)i * PLACE_BYTES + HEADER_MOST;
    *out = reassembly;
    return 0;
}

void reassembly_destroy(struct reassembly *reassembly)
{
    if (reassembly)
        free(reassembly->memory);
    free(reassembly);
}

static void start(struct datagram *datagram, const struct ip_input *in,
                  const struct fragment *fragment, uint64_t now_ns)
{
    bool v6 = !address_is_v4(&in->source);
    uint8_t *data = datagram->data;

    *datagram = (struct datagram){
        .used = true,
        .source = in->source,
        .destination = in->destination,
        .protocol = fragment->protocol,
        .id = fragment->id,
        .expires_ns = now_ns + (v6 ? LIFETIME6_NS : LIFETIME_NS),
        .data = data,
    };
}

/* The datagram that the fragment belongs to; a new one takes a free place or the oldest's. */
static struct datagram *datagram_of(struct stack *stack, const struct ip_input *in,
                                    const struct fragment *fragment, uint64_t now_ns)
{
    struct datagram *all = stack->ip->reassembly->datagrams, *best = all;

    for (struct datagram *at = all; at < all + REASSEMBLIES; at++) {
        if (at->used && at->id == fragment->id && at->protocol == fragment->protocol &&
            address_equal(&at->source, &in->source) &&
            address_equal(&at->destination, &in->destination))
            return at;
        if (best->used && (!at->used || at->expires_ns < best->expires_ns))
            best = at;
    }
    if (best->used && !best->spoiled)
        stack->counters.ip_reasm_fails++;
    stack->ip->reassembly->used += !best->used;
    start(best, in, fragment, now_ns);
    return best;
}

/* Offset, length and end agree with each other and with what has come before. */
static bool fragment_fits(const struct datagram *datagram, const struct fragment *fragment,
                          size_t length)
{
    uint32_t end = fragment->offset + (uint32_t)length;
    uint32_t most = address_is_v4(&datagram->source) ? IPV4_MAX_PAYLOAD : IPV6_MAX_PAYLOAD;

    if (length == 0 || end > most || (fragment->more && length % 8 != 0))
        return false;
    if (datagram->total && (end > datagram->total || (!fragment->more && end != datagram->total)))
        return false;
    return fragment->more || end >= datagram->end;
}

/* Copies data and marks its units. Returns false if something else came for one of them before, or, over IPv6, if some
 * of them came before and some did not (RFC 8200, 4.5). */
static bool take_data(struct datagram *datagram, uint32_t offset, const uint8_t *data,
                      size_t length)
{
    unsigned before = datagram->units;

    for (size_t at = 0; at < length; at += 8) {
        size_t unit = (offset + at) / 8, count = length - at < 8 ? length - at : 8;
        uint8_t bit = (uint8_t)(1u << unit % 8);

        if (datagram->come[unit / 8] & bit) {
            if (memcmp(datagram->data + offset + at, data + at, count) != 0)
                return false;
            continue;
        }
        datagram->come[unit / 8] |= bit;
        datagram->units++;
        memcpy(datagram->data + offset + at, data + at, count);
    }
    if (offset + length > datagram->end)
        datagram->end = offset + (uint32_t)length;
    return address_is_v4(&datagram->source) || datagram->units == before ||
           datagram->units - before == (length + 7) / 8;
}

static void keep_header(struct datagram *datagram, const struct ip_input *in)
{
    uint8_t *header = datagram->data - in->header_length;

    memcpy(header, in->header, in->header_length);
    datagram->first = *in;
    datagram->first.header = header;
    datagram->first.payload = datagram->data;
}

static bool is_whole(const struct datagram *datagram)
{
    return datagram->total && datagram->first.header &&
           datagram->units == (datagram->total + 7) / 8;
}

static void spoil(struct stack *stack, struct datagram *datagram)
{
    datagram->spoiled = true;
    stack->counters.ip_reasm_fails++;
}

bool reassembly_add(struct stack *stack, const struct fragment *fragment, struct ip_input *in,
                    uint64_t now_ns)
{
    struct datagram *datagram = datagram_of(stack, in, fragment, now_ns);

    stack->counters.ip_reasm_reqds++;
    if (datagram->spoiled)
        return false;
    if (!fragment_fits(datagram, fragment, in->length) ||
        !take_data(datagram, fragment->offset, in->payload, in->length)) {
        spoil(stack, datagram);
        return false;
    }
    if (!fragment->more)
        datagram->total = fragment->offset + (uint32_t)in->length;
    if (fragment->offset == 0)
        keep_header(datagram, in);
    if (!is_whole(datagram))
        return false;
    datagram->used = false;
    stack->ip->reassembly->used--;
    stack->counters.ip_reasm_oks++;
    *in = datagram->first;
    in->length = datagram->total;
    return true;
}

/* RFC 1122, 3.3.2; RFC 8200, 4.5: the source is told, if the first fragment has come (it names the transport's
 * ports). */
static void expire(struct stack *stack, struct datagram *datagram, uint64_t now_ns)
{
    datagram->used = false;
    stack->ip->reassembly->used--;
    if (datagram->spoiled)
        return;
    stack->counters.ip_reasm_fails++;
    if (datagram->first.header)
        icmp_refuse(stack, &datagram->first, REFUSE_REASSEMBLY_TIME, now_ns);
}

void reassembly_poll(struct stack *stack, uint64_t now_ns)
{
    struct datagram *all = stack->ip->reassembly->datagrams;

    for (struct datagram *at = all; stack->ip->reassembly->used && at < all + REASSEMBLIES; at++)
        if (at->used && at->expires_ns <= now_ns)
            expire(stack, at, now_ns);
}

uint64_t reassembly_deadline(const struct stack *stack)
{
    const struct datagram *all = stack->ip->reassembly->datagrams;
    uint64_t deadline = UINT64_MAX;

    if (!stack->ip->reassembly->used)
        return deadline;
    for (const struct datagram *at = all; at < all + REASSEMBLIES; at++)
        if (at->used && at->expires_ns < deadline)
            deadline = at->expires_ns;
    return deadline;
}
