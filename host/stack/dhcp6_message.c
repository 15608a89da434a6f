/* DHCPv6 messages: bytes to fields and back. See dhcp6_message.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/dhcp6_message.h"

#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"

enum {
    OPTION_CLIENT = 1,
    OPTION_SERVER = 2,
    OPTION_REQUESTED = 6,
    OPTION_ELAPSED = 8,
    OPTION_DNS = 23,
    OPTION_DOMAINS = 24,
    OPTION_REFRESH = 32,
    OPTION_MOST = 83, /* INF_MAX_RT */

    DUID_LINK_LAYER = 3,
    HARDWARE_ETHERNET = 1,
    LABEL_MOST = 63,
    REFRESH_LEAST_S = 600, /* 21.23: IRT_MINIMUM */
    MOST_LEAST_S = 60,     /* 21.25: what INF_MAX_RT may be */
    MOST_MOST_S = 86400,
};

static uint8_t *add(uint8_t *at, uint16_t code, uint16_t len)
{
    put16(at, code);
    put16(at + 2, len);
    return at + DHCP6_OPTION_BYTES;
}

static void write_duid(uint8_t duid[DHCP6_DUID_BYTES], const uint8_t mac[6])
{
    put16(duid, DUID_LINK_LAYER);
    put16(duid + 2, HARDWARE_ETHERNET);
    memcpy(duid + 4, mac, 6);
}

size_t dhcp6_write(uint8_t bytes[DHCP6_QUESTION_BYTES], uint32_t xid, const uint8_t mac[6],
                   uint16_t elapsed)
{
    static const uint16_t requested[] = {OPTION_DNS, OPTION_DOMAINS, OPTION_REFRESH, OPTION_MOST};
    uint8_t *at = bytes + DHCP6_HEADER_BYTES;

    put32(bytes, (uint32_t)DHCP6_INFORMATION_REQUEST << 24 | xid);
    at = add(at, OPTION_CLIENT, DHCP6_DUID_BYTES);
    write_duid(at, mac);
    at = add(at + DHCP6_DUID_BYTES, OPTION_ELAPSED, 2);
    put16(at, elapsed);
    at = add(at + 2, OPTION_REQUESTED, sizeof requested);
    for (size_t i = 0; i < sizeof requested / sizeof *requested; i++, at += 2)
        put16(at, requested[i]);
    return (size_t)(at - bytes);
}

/* Letters, digits, hyphens and underscores: what else a name may hold is of no use behind a host's. */
static bool label_is_good(const uint8_t *label, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t c = label[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '_')
            return false;
    }
    return true;
}

/* One name of RFC 1035, 3.1, not compressed (RFC 8415, 10). Returns its bytes, 0 if it is none; text gets "a.b", "" for a
 * name that is of no use. */
static size_t read_domain(const uint8_t *at, size_t len, char text[STACK_DOMAIN_BYTES])
{
    size_t used = 0, written = 0;
    bool good = true;

    text[0] = '\0';
    while (used < len && at[used] != 0) {
        size_t label = at[used];

        if (label > LABEL_MOST || label >= len - used || written + label + 2 > STACK_DOMAIN_BYTES)
            return 0;
        good = good && label_is_good(at + used + 1, label);
        if (written)
            text[written++] = '.';
        memcpy(text + written, at + used + 1, label);
        written += label;
        used += 1 + label;
    }
    if (used == len)
        return 0;
    text[good ? written : 0] = '\0';
    return used + 1;
}

/* What is wrong ends the list; names before it stay. */
static void read_domains(const uint8_t *value, size_t len, struct dhcp6_answer *out)
{
    while (len > 0 && out->domain_count < STACK_DOMAINS) {
        char *text = out->domains[out->domain_count];
        size_t used = read_domain(value, len, text);

        if (used == 0)
            return;
        out->domain_count += text[0] != '\0';
        value += used;
        len -= used;
    }
}

static void read_servers(const uint8_t *value, size_t len, struct dhcp6_answer *out)
{
    for (; len >= 16 && out->server_count < DHCP6_SERVERS; value += 16, len -= 16) {
        struct address *at = &out->servers[out->server_count];

        memcpy(at->bytes, value, 16);
        if (!address_is_unspecified(at) && !address_is_multicast(at) && !address_is_v4(at))
            out->server_count++;
    }
}

/* Whom a reply is from and for. */
struct parties {
    bool server, client;
};

static void read_option(const uint8_t *value, uint16_t code, size_t len, const uint8_t *duid,
                        struct parties *parties, struct dhcp6_answer *out)
{
    uint32_t seconds = len == 4 ? get32(value) : 0;

    switch (code) {
    case OPTION_SERVER: parties->server = len > 0; break;
    case OPTION_CLIENT:
        parties->client = len == DHCP6_DUID_BYTES && memcmp(value, duid, len) == 0;
        break;
    case OPTION_DNS: read_servers(value, len, out); break;
    case OPTION_DOMAINS: read_domains(value, len, out); break;
    case OPTION_REFRESH:
        if (len == 4)
            out->refresh_s = seconds > REFRESH_LEAST_S ? seconds : (uint32_t)REFRESH_LEAST_S;
        break;
    case OPTION_MOST:
        if (seconds >= MOST_LEAST_S && seconds <= MOST_MOST_S)
            out->most_s = seconds;
        break;
    default: break;
    }
}

int dhcp6_parse(const uint8_t *bytes, size_t len, uint32_t xid, const uint8_t mac[6],
                struct dhcp6_answer *out)
{
    uint8_t duid[DHCP6_DUID_BYTES];
    struct parties parties = {false, false};

    *out = (struct dhcp6_answer){0};
    if (len < DHCP6_HEADER_BYTES)
        return -EBADMSG;
    write_duid(duid, mac);
    for (size_t at = DHCP6_HEADER_BYTES; at < len;) {
        if (len - at < DHCP6_OPTION_BYTES || len - at - DHCP6_OPTION_BYTES < get16(bytes + at + 2))
            return -EBADMSG;
        read_option(bytes + at + DHCP6_OPTION_BYTES, get16(bytes + at), get16(bytes + at + 2), duid,
                    &parties, out);
        at += (size_t)DHCP6_OPTION_BYTES + get16(bytes + at + 2);
    }
    if (get32(bytes) != ((uint32_t)DHCP6_REPLY << 24 | xid) || !parties.server || !parties.client)
        return -EPROTO;
    return 0;
}

const char *dhcp6_type_name(uint8_t type)
{
    static const char *const names[] = {
        "message",       "Solicit",     "Advertise",   "Request",
        "Confirm",       "Renew",       "Rebind",      "Reply",
        "Release",       "Decline",     "Reconfigure", "Information-request",
        "Relay-forward", "Relay-reply",
    };

    return names[type < sizeof names / sizeof *names ? type : 0];
}
