/* Multicast listener reports out. RFC 3810, 5.2; version 1: RFC 2710, 3.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/mld_internal.h"
#include "host/stack/stack_internal.h"

enum {
    ALERT_BYTES = 8, /* the hop-by-hop header with a router alert */
    HEADERS = ETHERNET_HEADER_BYTES + IPV6_HEADER_BYTES + ALERT_BYTES,
    REPORT_BYTES = 8, /* in front of the records */
    VERSION1_BYTES = 24,
    GROUP_AT = 8,
    BODY_MOST = REPORT_BYTES + MLD_GROUPS * MLD_RECORD_BYTES,
};

struct message {
    struct address destination;
    uint8_t body[BODY_MOST];
    size_t length;
};

static void write_headers(const struct message *message, const struct address *source, uint8_t *h)
{
    static const uint8_t alert[ALERT_BYTES] = {PROTOCOL_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
    uint8_t *body = h + IPV6_HEADER_BYTES + ALERT_BYTES;
    uint32_t sum = checksum_pseudo(source, &message->destination, PROTOCOL_ICMPV6, message->length);

    put32(h, 6u << 28);
    put16(h + 4, (uint16_t)(ALERT_BYTES + message->length));
    h[6] = 0; /* hop-by-hop options */
    h[7] = 1; /* no router forwards it */
    memcpy(h + 8, source->bytes, 16);
    memcpy(h + 24, message->destination.bytes, 16);
    memcpy(h + IPV6_HEADER_BYTES, alert, ALERT_BYTES);
    memcpy(body, message->body, message->length);
    put16(body + 2, checksum_fold(checksum_add(sum, body, message->length)));
}

/* From our address on the link, or from none while it is being asked for (RFC 3590, 4). Without room it is lost, as it could
 * be on the wire. */
static void send(struct stack *stack, const struct message *message, uint64_t now_ns)
{
    static const struct address nobody;
    const struct address *own = ipv6_source(stack, &message->destination);
    uint8_t *frame = ethernet_reserve(stack, HEADERS + message->length), mac[6];

    if (!frame)
        return;
    if (!own || !address_is_link_local_v6(own))
        own = &nobody;
    ethernet_group_v6(&message->destination, mac);
    ethernet_header(stack, frame, mac, ETHERTYPE_IPV6);
    write_headers(message, own, frame + ETHERNET_HEADER_BYTES);
    stack->counters.mld_out++;
    ethernet_commit(stack, NULL, frame, HEADERS + message->length, now_ns);
}

static void add_record(struct message *message, uint8_t type, const struct address *group)
{
    uint8_t *at = message->body + message->length;

    at[0] = type;
    memcpy(at + 4, group->bytes, 16);
    message->length += MLD_RECORD_BYTES;
    put16(message->body + 6, (uint16_t)(get16(message->body + 6) + 1));
}

static void tell(struct stack *stack, const struct mld_group *group, uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES];

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "mld", "we listen to %s%s",
                  address_format(&group->address, text), group->joined ? "" : " no more");
}

static void send_version1(struct stack *stack, const struct mld_group *group, uint64_t now_ns)
{
    static const struct address routers = {{0xff, 2, [15] = 2}};
    struct message message = {
        .destination = group->joined ? group->address : routers,
        .body = {group->joined ? MLD_REPORT1 : MLD_DONE},
        .length = VERSION1_BYTES,
    };

    memcpy(message.body + GROUP_AT, group->address.bytes, 16);
    send(stack, &message, now_ns);
}

void mld_report(struct stack *stack, bool version1, uint64_t now_ns)
{
    struct message message = {
        .destination = {{0xff, 2, [15] = 0x16}}, /* 5.2.14 */
        .body = {MLD_REPORT},
        .length = REPORT_BYTES,
    };

    for (int i = 0; i < MLD_GROUPS; i++) {
        const struct mld_group *group = &stack->mld->groups[i];
        bool changes = group->change_ns <= now_ns;

        if (!group->used || (!changes && group->answer_ns > now_ns))
            continue;
        tell(stack, group, now_ns);
        if (version1)
            send_version1(stack, group, now_ns);
        else
            add_record(&message,
                       !changes        ? MLD_MODE_IS_EXCLUDE
                       : group->joined ? MLD_TO_EXCLUDE
                                       : MLD_TO_INCLUDE,
                       &group->address);
    }
    if (message.length > REPORT_BYTES)
        send(stack, &message, now_ns);
}
