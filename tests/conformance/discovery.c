/* The peer's part of discovery. See discovery.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/discovery.h"

#include <string.h>

#include "tests/conformance/frame.h"

enum {
    ETHERTYPE_AT = 12,
    ARP = 0x0806,
    IPV6 = 0x86dd,
    ARP_BYTES = 42,
    IP_AT = FRAME_HEADER,
    SOURCE_AT = IP_AT + 8,
    DESTINATION_AT = IP_AT + 24,
    ICMP_AT = IP_AT + 40,
    TARGET_AT = ICMP_AT + 8,
    OPTION_AT = TARGET_AT + 16,
    ADVERTISEMENT_BYTES = 32,
    HOP_BY_HOP_BYTES = 8,
    MLD_FIRST = 130,
    MLD_LAST = 132,
    MLD_REPORT = 143,
    ROUTER_SOLICITATION = 133,
    NEIGHBOR_SOLICITATION = 135,
};

static enum discovery of_arp(const uint8_t *frame)
{
    bool request = frame[21] == 1, of_itself = !memcmp(frame + 28, frame + 38, 4);
    bool probe = !number_get(frame + 28, 4);
    return request && !of_itself && !probe ? DISCOVERY_ANSWER : DISCOVERY_HIDE;
}

/* Which groups the stack listens to is no script's matter. */
static bool is_listening(const uint8_t *frame)
{
    uint8_t type = frame[ICMP_AT + HOP_BY_HOP_BYTES];
    return frame[IP_AT + 6] == HEADER_HOP_BY_HOP &&
           (type == MLD_REPORT || (type >= MLD_FIRST && type <= MLD_LAST));
}

enum discovery discovery_of(const struct settings *settings, const uint8_t *frame, size_t length)
{
    uint32_t ethertype = number_get(frame + ETHERTYPE_AT, 2);
    if (ethertype == ARP)
        return of_arp(frame);
    if (ethertype != IPV6 || length < ICMP_AT + HOP_BY_HOP_BYTES)
        return DISCOVERY_SHOW;
    if (is_listening(frame))
        return DISCOVERY_HIDE;
    if (frame[IP_AT + 6] != PROTOCOL_IS_ICMPV6)
        return DISCOVERY_SHOW;
    if (frame[ICMP_AT] == ROUTER_SOLICITATION && settings->discovery != DISCOVERY_ALL)
        return DISCOVERY_HIDE;
    if (frame[ICMP_AT] == NEIGHBOR_SOLICITATION && settings->discovery == DISCOVERY_HIDDEN)
        return DISCOVERY_ANSWER;
    return DISCOVERY_SHOW;
}

static size_t arp_answer(const uint8_t *request, uint8_t *reply)
{
    memset(reply, 0, ARP_BYTES);
    memcpy(reply, stack_mac, 6);
    station_mac(STATION_OF_PEER, reply + 6);
    memcpy(reply + 12, request + 12, 8);
    reply[21] = 2;
    station_mac(STATION_OF_PEER, reply + 22);
    memcpy(reply + 28, request + 38, 4);
    memcpy(reply + 32, stack_mac, 6);
    memcpy(reply + 38, request + 28, 4);
    return ARP_BYTES;
}

static size_t neighbor_answer(const uint8_t *asked, uint8_t *answer)
{
    uint64_t sum = PROTOCOL_IS_ICMPV6 + ADVERTISEMENT_BYTES;
    memset(answer, 0, ANSWER_MOST);
    memcpy(answer, stack_mac, 6);
    station_mac(STATION_OF_PEER, answer + 6);
    number_put(answer + ETHERTYPE_AT, IPV6, 2);
    number_put(answer + IP_AT, 6u << 28, 4);
    number_put(answer + IP_AT + 4, ADVERTISEMENT_BYTES, 2);
    answer[IP_AT + 6] = PROTOCOL_IS_ICMPV6;
    answer[IP_AT + 7] = 255;
    memcpy(answer + SOURCE_AT, asked + TARGET_AT, 16);
    memcpy(answer + DESTINATION_AT, asked + SOURCE_AT, 16);
    answer[ICMP_AT] = 136;
    answer[ICMP_AT + 4] = 0x60; /* solicited, override */
    memcpy(answer + TARGET_AT, asked + TARGET_AT, 16);
    answer[OPTION_AT] = 2;
    answer[OPTION_AT + 1] = 1;
    station_mac(STATION_OF_PEER, answer + OPTION_AT + 2);
    for (int i = 0; i < 32; i += 2)
        sum += number_get(answer + SOURCE_AT + i, 2);
    number_put(answer + ICMP_AT + 2, internet_sum(sum, answer + ICMP_AT, ADVERTISEMENT_BYTES), 2);
    return ICMP_AT + ADVERTISEMENT_BYTES;
}

size_t discovery_answer(const uint8_t *asked, uint8_t *answer)
{
    return number_get(asked + ETHERTYPE_AT, 2) == ARP ? arp_answer(asked, answer)
                                                      : neighbor_answer(asked, answer);
}
