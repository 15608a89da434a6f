/* DHCP messages out, and what an answer is worth as a lease.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/dhcp_internal.h"
#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

static const uint32_t FOR_EVER = 0xffffffff; /* seconds (RFC 2131, 3.3) */

/* RFC 2131, table 5: which address stands where depends on the state. */
static struct dhcp_question question_of(const struct stack *stack, uint8_t type, uint64_t now_ns)
{
    const struct dhcp *dhcp = stack->dhcp;
    bool has_address = dhcp->state == DHCP_RENEWING || dhcp->state == DHCP_REBINDING;
    bool names_server = dhcp->state == DHCP_REQUESTING || type == DHCP_DECLINE;
    struct dhcp_question question = {
        .type = type,
        .xid = dhcp->xid,
        .seconds = (uint16_t)((now_ns - dhcp->began_ns) / 1000000000ull),
        .mac = stack->config.device.mac,
        .ours = address_v4(0),
        .requested = address_v4(0),
        .server = names_server ? dhcp->server : address_v4(0),
        .hostname = stack->config.hostname,
        .max_message = stack->config.device.mtu,
    };

    if (has_address && type == DHCP_REQUEST)
        question.ours = dhcp->lease.address;
    else if (type == DHCP_DECLINE)
        question.requested = dhcp->lease.address;
    else if (type == DHCP_REQUEST)
        question.requested = dhcp->offered;
    return question;
}

static void tell(struct stack *stack, const struct dhcp_question *question, uint64_t now_ns)
{
    char address[ADDRESS_TEXT_BYTES];
    bool renewal = !address_is_unspecified(&question->ours);

    if (question->type == DHCP_DISCOVER)
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "dhcp",
                      "DISCOVER: who leases an address?");
    else
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "dhcp", "%s %s%s",
                      dhcp_type_name(question->type),
                      address_format(renewal ? &question->ours : &question->requested, address),
                      renewal ? ", for longer" : "");
}

void dhcp_send(struct stack *stack, uint8_t type, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;
    struct dhcp_question question = question_of(stack, type, now_ns);
    bool renewing = dhcp->state == DHCP_RENEWING && type == DHCP_REQUEST;
    uint8_t bytes[DHCP_MESSAGE_BYTES];
    size_t len = dhcp_write(bytes, &question);
    struct packet packet = {
        .destination = renewing ? dhcp->server : address_v4(0xffffffff),
        .protocol = PROTOCOL_UDP,
        .length = UDP_HEADER_BYTES + len,
    };

    tell(stack, &question, now_ns);
    if (ip_begin(stack, &packet) < 0)
        return;
    /* Until an address is leased, none is told, not even a link-local one (RFC 2131, 4.1). */
    packet.source = question.ours;
    udp_send_begun(stack, &packet, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, bytes, now_ns);
}

/* Length of a mask of ones and zeros in this order; without a good one that of the address's old
 * class (RFC 791). */
static unsigned prefix_len_of(const struct address *mask, const struct address *address)
{
    uint32_t bits = address_to_v4(mask), zeros = ~bits;
    unsigned len = 0;

    if (bits != 0 && (zeros & (zeros + 1)) == 0) {
        while (len < 32 && bits & 0x80000000u >> len)
            len++;
        return len;
    }
    if (address->bytes[12] < 128)
        return 8;
    return address->bytes[12] < 192 ? 16 : 24;
}

/* T1 and T2 are half and seven eighths of the lease unless the server tells better
 * (RFC 2131, 4.4.5). */
static void set_times(struct stack_lease *lease, const struct dhcp_answer *answer)
{
    const uint64_t second = 1000000000ull;
    uint64_t length = answer->lease_s, rebind = length - length / 8, renew = length / 2;

    lease->renew_ns = lease->rebind_ns = lease->expires_ns = UINT64_MAX;
    if (answer->lease_s == FOR_EVER)
        return;
    if (answer->rebind_s > 0 && answer->rebind_s < length)
        rebind = answer->rebind_s;
    if (answer->renew_s > 0 && answer->renew_s < rebind)
        renew = answer->renew_s;
    lease->renew_ns = lease->obtained_ns + (renew < rebind ? renew : rebind) * second;
    lease->rebind_ns = lease->obtained_ns + rebind * second;
    lease->expires_ns = lease->obtained_ns + length * second;
}

struct stack_lease dhcp_lease(const struct dhcp_answer *answer, uint64_t requested_ns)
{
    struct stack_lease lease = {
        .from_dhcp = true,
        .address = answer->yours,
        .server = answer->server,
        .gateway = answer->gateway,
        .prefix_len = prefix_len_of(&answer->mask, &answer->yours),
        .obtained_ns = requested_ns,
    };
    int count = 0;

    for (int i = 0; i < DHCP_SERVERS; i++)
        if (!address_is_unspecified(&answer->dns[i]))
            lease.dns[count++] = (struct endpoint){answer->dns[i], 53};
    set_times(&lease, answer);
    return lease;
}
