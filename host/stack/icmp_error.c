/* ICMP errors out: the source of a packet is told that it could not be served.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"

/* A bucket of BURST errors that fills by one each INTERVAL_NS (RFC 1812, 4.3.2.8). */
static const uint64_t INTERVAL_NS = 20 * 1000000ull;
enum { BURST = 50, QUOTE_MOST = 548 }; /* the whole message stays within 576 bytes */

/* RFC 1122, 3.2.2: never about these, or stations would answer each other for ever. */
static bool is_forbidden(const struct ip_input *in)
{
    bool icmp_error = in->protocol == PROTOCOL_ICMP &&
                      (in->length < 1 ||
                       (in->payload[0] != ICMP_ECHO_REQUEST && in->payload[0] != ICMP_ECHO_REPLY));
    bool later_fragment = (get16(in->header + 6) & IP_OFFSET_MASK) != 0;

    return icmp_error || later_fragment || in->broadcast || address_is_unspecified(&in->source);
}

static bool take_token(struct stack *stack, uint64_t now_ns)
{
    uint64_t full_ns = BURST * INTERVAL_NS, *empty_ns = &stack->ip->icmp_tokens_ns;

    if (now_ns > full_ns && *empty_ns < now_ns - full_ns)
        *empty_ns = now_ns - full_ns;
    if (*empty_ns + INTERVAL_NS > now_ns)
        return false;
    *empty_ns += INTERVAL_NS;
    return true;
}

void icmp_send_error(struct stack *stack, const struct ip_input *in, uint8_t type, uint8_t code,
                     uint64_t now_ns)
{
    size_t payload_most = QUOTE_MOST - in->header_length;
    size_t quoted = in->length < payload_most ? in->length : payload_most;
    char text[ADDRESS_TEXT_BYTES];
    struct packet packet = {
        .source = in->destination,
        .destination = in->source,
        .protocol = PROTOCOL_ICMP,
        .length = ICMP_HEADER_BYTES + in->header_length + quoted,
    };

    if (is_forbidden(in))
        return;
    if (!take_token(stack, now_ns)) {
        stack->counters.icmp_out_ratelimited++;
        return;
    }
    if (ip_begin(stack, &packet) < 0)
        return;
    memset(packet.payload, 0, ICMP_HEADER_BYTES);
    packet.payload[0] = type;
    packet.payload[1] = code;
    memcpy(packet.payload + ICMP_HEADER_BYTES, in->header, in->header_length);
    memcpy(packet.payload + ICMP_HEADER_BYTES + in->header_length, in->payload, quoted);
    put16(packet.payload + 2, checksum_fold(checksum_add(0, packet.payload, packet.length)));
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "icmp", "told %s: type %u, code %u",
                  address_format(&in->source, text), type, code);
    stack->counters.icmp_out_msgs++;
    ip_send(stack, &packet, -1, now_ns);
}
