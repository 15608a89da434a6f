/* ICMPv6 in: echo requests are answered, errors go to the transport whose packet they quote. RFC 4443.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/mld.h"
#include "host/stack/ndp.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

/* 3.1; the numbers as in Linux. */
static int unreachable_errno(uint8_t code)
{
    switch (code) {
    case 0: return -ENETUNREACH;
    case 1:
    case 5:
    case 6: return -EACCES;
    case ICMPV6_PORT_UNREACHABLE: return -ECONNREFUSED;
    default: return -EHOSTUNREACH;
    }
}

static const char *error_name(const struct icmp_error *error)
{
    switch (error->type) {
    case ICMPV6_TOO_BIG: return "packet too big";
    case ICMPV6_TIME_EXCEEDED:
        return error->code == ICMP_REASSEMBLY_TIME ? "reassembly time exceeded"
                                                   : "hop limit exceeded";
    case ICMPV6_PARAMETER: return "parameter problem";
    default: break;
    }
    switch (error->error) {
    case -ENETUNREACH: return "network unreachable";
    case -EACCES: return "administratively prohibited";
    case -ECONNREFUSED: return "port unreachable";
    default: return "address unreachable";
    }
}

static void judge(struct icmp_error *error)
{
    switch (error->type) {
    case ICMPV6_UNREACHABLE: error->error = unreachable_errno(error->code); break;
    case ICMPV6_TOO_BIG: error->error = -EMSGSIZE; break;
    case ICMPV6_TIME_EXCEEDED: error->error = -EHOSTUNREACH; break;
    default: error->error = -EPROTO; break;
    }
    error->hard = error->error == -ECONNREFUSED ||
                  (error->type == ICMPV6_PARAMETER && error->code == ICMPV6_UNKNOWN_HEADER);
}

static void learn_path_mtu(struct stack *stack, uint32_t mtu, struct icmp_error *error,
                           uint64_t now_ns)
{
    if (mtu > UINT16_MAX)
        mtu = UINT16_MAX;
    ip_ways_changed(stack);
    error->mtu = path_mtu_learn(&stack->ip->path_mtu, &error->destination, (uint16_t)mtu,
                                (uint16_t)mtu, ipv6_link_mtu(stack), now_ns);
}

/* Where the quoted packet's transport header stands, which protocol it is; NULL: not quoted. We send no
 * extension header but that of fragments. */
static const uint8_t *quoted_transport(const uint8_t *quoted, const uint8_t *end, uint8_t *protocol)
{
    const uint8_t *at = quoted + IPV6_HEADER_BYTES;

    *protocol = quoted[6];
    if (*protocol == IPV6_FRAGMENT && end - at >= IPV6_FRAGMENT_BYTES &&
        (get16(at + 2) & ~7u) == 0) {
        *protocol = at[0];
        at += IPV6_FRAGMENT_BYTES;
    }
    return end - at >= ICMP_QUOTED_BYTES ? at : NULL;
}

/* The quoted packet must be one that we could have sent, to be believed at all. */
static void input_error(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    const uint8_t *quoted = in->payload + ICMP_HEADER_BYTES, *end = in->payload + in->length;
    struct icmp_error error = {.type = in->payload[0], .code = in->payload[1]};
    char from[ADDRESS_TEXT_BYTES], to[ADDRESS_TEXT_BYTES];
    uint32_t mtu = get32(in->payload + 4);
    uint8_t protocol;

    if (end - quoted >= IPV6_HEADER_BYTES && quoted[0] >> 4 == 6)
        error.payload = quoted_transport(quoted, end, &protocol);
    if (!error.payload) {
        stack->counters.icmp_in_errors++;
        return;
    }
    memcpy(error.source.bytes, quoted + 8, 16);
    memcpy(error.destination.bytes, quoted + 24, 16);
    error.length = (size_t)(end - error.payload);
    if (in->broadcast || !ip_is_own(stack, &error.source))
        return;
    judge(&error);
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "icmp6",
                  "%s says of our packet to %s: %s", address_format(&in->source, from),
                  address_format(&error.destination, to), error_name(&error));
    if (error.error == -EMSGSIZE && mtu < IPV6_MIN_MTU)
        return; /* RFC 8201, 4: no link takes less */
    if (error.error == -EMSGSIZE && icmp_is_believed(stack, protocol, &error))
        learn_path_mtu(stack, mtu, &error, now_ns);
    icmp_deliver_error(stack, protocol, &error, now_ns);
}

void icmpv6_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    uint32_t sum = checksum_pseudo(&in->source, &in->destination, PROTOCOL_ICMPV6, in->length);

    stack->counters.icmp_in_msgs++;
    if (in->length < ICMP_HEADER_BYTES ||
        checksum_fold(checksum_add(sum, in->payload, in->length)) != 0) {
        stack->counters.icmp_in_errors++;
        return;
    }
    switch (in->payload[0]) {
    case ICMPV6_ECHO_REQUEST: icmp_answer_echo(stack, in, ICMPV6_ECHO_REPLY, now_ns); break;
    case ICMPV6_ECHO_REPLY: echo_input(stack, in, now_ns); break;
    case ICMPV6_UNREACHABLE:
    case ICMPV6_TOO_BIG:
    case ICMPV6_TIME_EXCEEDED:
    case ICMPV6_PARAMETER: input_error(stack, in, now_ns); break;
    case MLD_QUERY:
    case MLD_REPORT1: mld_input(stack, in, now_ns); break;
    case NDP_ROUTER_SOLICITATION:
    case NDP_ROUTER_ADVERTISEMENT:
    case NDP_NEIGHBOR_SOLICITATION:
    case NDP_NEIGHBOR_ADVERTISEMENT:
    case ICMPV6_REDIRECT: ndp_input(stack, in, now_ns); break;
    default: break; /* dropped in silence (2.4 (b)) */
    }
}
