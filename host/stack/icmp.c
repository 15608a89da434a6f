/* ICMP in: echo requests are answered, errors go to the transport whose packet they quote.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

/* Errors out: a bucket of BURST that fills by one each INTERVAL_NS (RFC 1812, 4.3.2.8; RFC 4443, 2.4 (f)). */
static const uint64_t INTERVAL_NS = 20 * 1000000ull;
enum { BURST = 50 };

void icmp_sum(struct packet *packet)
{
    uint32_t pseudo = packet->protocol == PROTOCOL_ICMPV6
                          ? checksum_pseudo(&packet->source, &packet->destination, PROTOCOL_ICMPV6,
                                            packet->length)
                          : 0;

    put16(packet->payload + 2, 0);
    put16(packet->payload + 2,
          checksum_fold(checksum_add(pseudo, packet->payload, packet->length)));
}

/* RFC 1122, 3.2.2.6; RFC 4443, 4.2. The source is the address that was asked. One to a group may be answered, and is not:
 * one packet would make many. */
void icmp_answer_echo(struct stack *stack, const struct ip_input *in, uint8_t reply,
                      uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES];
    struct packet packet = {
        .source = in->destination,
        .destination = in->source,
        .protocol = in->protocol,
        .tos = in->tos,
        .length = in->length,
    };

    stack->counters.icmp_in_echos++;
    if (in->broadcast || ip_begin(stack, &packet) < 0)
        return;
    memcpy(packet.payload, in->payload, in->length);
    packet.payload[0] = reply;
    icmp_sum(&packet);
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, icmp_name(&in->source),
                  "echo request from %s, %zu bytes: answered", address_format(&in->source, text),
                  in->length - ICMP_HEADER_BYTES);
    stack->counters.icmp_out_msgs++;
    ip_send(stack, &packet, -1, now_ns);
}

/* RFC 792; what each means to a transport: RFC 1122, 4.2.3.9; the numbers as in Linux. */
static int unreachable_errno(uint8_t code)
{
    switch (code) {
    case ICMP_NET_UNREACHABLE:
    case 6:
    case 9:
    case 11: return -ENETUNREACH;
    case ICMP_PROTOCOL_UNREACHABLE: return -EPROTO;
    case ICMP_PORT_UNREACHABLE: return -ECONNREFUSED;
    case ICMP_FRAGMENTATION_NEEDED: return -EMSGSIZE;
    default: return -EHOSTUNREACH;
    }
}

static const char *error_name(const struct icmp_error *error)
{
    if (error->type == ICMP_TIME_EXCEEDED)
        return error->code == ICMP_REASSEMBLY_TIME ? "reassembly time exceeded"
                                                   : "time to live exceeded";
    if (error->type == ICMP_PARAMETER)
        return "parameter problem";
    switch (error->error) {
    case -ENETUNREACH: return "network unreachable";
    case -EPROTO: return "protocol unreachable";
    case -ECONNREFUSED: return "port unreachable";
    case -EMSGSIZE: return "fragmentation needed";
    default: return "host unreachable";
    }
}

static void judge(struct icmp_error *error)
{
    switch (error->type) {
    case ICMP_UNREACHABLE: error->error = unreachable_errno(error->code); break;
    case ICMP_TIME_EXCEEDED: error->error = -EHOSTUNREACH; break;
    default: error->error = -EPROTO; break;
    }
    error->hard = error->error == -ECONNREFUSED ||
                  (error->type == ICMP_UNREACHABLE && error->error == -EPROTO);
}

static void learn_path_mtu(struct stack *stack, const uint8_t *message, const uint8_t *quoted,
                           struct icmp_error *error, uint64_t now_ns)
{
    ip_ways_changed(stack);
    error->mtu = path_mtu_learn(&stack->ip->path_mtu, &error->destination, get16(message + 6),
                                get16(quoted + 2), stack->config.device.mtu, now_ns);
}

void icmp_deliver_error(struct stack *stack, uint8_t protocol, const struct icmp_error *error,
                        uint64_t now_ns)
{
    if (protocol == PROTOCOL_TCP)
        tcp_icmp_error(stack, error, now_ns);
    else if (protocol == PROTOCOL_UDP)
        udp_icmp_error(stack, error, now_ns);
    else if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6)
        echo_icmp_error(stack, error, now_ns);
}

bool icmp_is_believed(const struct stack *stack, uint8_t protocol, const struct icmp_error *error)
{
    if (protocol == PROTOCOL_TCP)
        return tcp_icmp_believed(stack, error);
    if (protocol == PROTOCOL_UDP)
        return udp_icmp_believed(stack, error);
    return (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6) &&
           echo_icmp_believed(stack, error);
}

/* The quoted packet must be one that we could have sent, to be believed at all. */
static void input_error(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    const uint8_t *quoted = in->payload + ICMP_HEADER_BYTES;
    size_t len = in->length - ICMP_HEADER_BYTES;
    size_t header = len >= IPV4_HEADER_BYTES ? 4 * (quoted[0] & 15u) : 0;
    char from[ADDRESS_TEXT_BYTES], to[ADDRESS_TEXT_BYTES];
    struct icmp_error error = {.type = in->payload[0], .code = in->payload[1]};

    if (header < IPV4_HEADER_BYTES || quoted[0] >> 4 != 4 || len < header + ICMP_QUOTED_BYTES) {
        stack->counters.icmp_in_errors++;
        return;
    }
    error.source = address_v4(get32(quoted + 12));
    error.destination = address_v4(get32(quoted + 16));
    error.payload = quoted + header;
    error.length = len - header;
    if (in->broadcast || !ip_is_own(stack, &error.source) ||
        (get16(quoted + 6) & IP_OFFSET_MASK) != 0)
        return;
    judge(&error);
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "icmp",
                  "%s says of our packet to %s: %s", address_format(&in->source, from),
                  address_format(&error.destination, to), error_name(&error));
    if (error.error == -EMSGSIZE && icmp_is_believed(stack, quoted[9], &error))
        learn_path_mtu(stack, in->payload, quoted, &error, now_ns);
    icmp_deliver_error(stack, quoted[9], &error, now_ns);
}

void icmp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    stack->counters.icmp_in_msgs++;
    if (in->length < ICMP_HEADER_BYTES ||
        checksum_fold(checksum_add(0, in->payload, in->length)) != 0) {
        stack->counters.icmp_in_errors++;
        return;
    }
    switch (in->payload[0]) {
    case ICMP_ECHO_REQUEST: icmp_answer_echo(stack, in, ICMP_ECHO_REPLY, now_ns); break;
    case ICMP_ECHO_REPLY: echo_input(stack, in, now_ns); break;
    case ICMP_UNREACHABLE:
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETER: input_error(stack, in, now_ns); break;
    default: break; /* dropped in silence (RFC 1122, 3.2.2); quench and redirects are not obeyed */
    }
}

bool icmp_take_token(struct stack *stack, uint64_t now_ns)
{
    uint64_t full_ns = BURST * INTERVAL_NS, *empty_ns = &stack->ip->icmp_tokens_ns;

    if (now_ns > full_ns && *empty_ns < now_ns - full_ns)
        *empty_ns = now_ns - full_ns;
    if (*empty_ns + INTERVAL_NS > now_ns)
        return false;
    *empty_ns += INTERVAL_NS;
    return true;
}
