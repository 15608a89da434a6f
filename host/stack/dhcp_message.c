/* DHCP messages: bytes to fields and back.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/dhcp_message.h"

enum {
    BOOT_REQUEST = 1,
    BOOT_REPLY = 2,
    SNAME_AT = 44,
    SNAME_BYTES = 64,
    FILE_AT = 108,
    FILE_BYTES = 128,
    COOKIE_AT = 236,

    OPTION_PAD = 0,
    OPTION_MASK = 1,
    OPTION_ROUTER = 3,
    OPTION_DNS = 6,
    OPTION_HOSTNAME = 12,
    OPTION_REQUESTED = 50,
    OPTION_LEASE = 51,
    OPTION_OVERLOAD = 52,
    OPTION_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_PARAMETERS = 55,
    OPTION_MAX_MESSAGE = 57,
    OPTION_RENEW = 58,
    OPTION_REBIND = 59,
    OPTION_CLIENT = 61,
    OPTION_END = 255,

    BOOTP_BYTES = 300, /* the least that a relay of BOOTP's time forwards (RFC 1542, 2.1) */
};
static const uint32_t COOKIE = 0x63825363;

static void read_dns(const uint8_t *value, size_t len, struct dhcp_answer *out)
{
    for (size_t i = 0; i < DHCP_SERVERS && 4 * i + 4 <= len; i++)
        out->dns[i] = address_v4(get32(value + 4 * i));
}

/* An option of the wrong length is stepped over, as if it were missing. */
static void read_option(uint8_t code, const uint8_t *value, size_t len, struct dhcp_answer *out,
                        uint8_t *overload)
{
    uint32_t number = len >= 4 ? get32(value) : 0;

    if (code == OPTION_TYPE && len == 1)
        out->type = value[0];
    else if (code == OPTION_OVERLOAD && len == 1)
        *overload = value[0];
    else if (code == OPTION_MASK && len == 4)
        out->mask = address_v4(number);
    else if (code == OPTION_ROUTER && len >= 4)
        out->gateway = address_v4(number);
    else if (code == OPTION_SERVER && len == 4)
        out->server = address_v4(number);
    else if (code == OPTION_LEASE && len == 4)
        out->lease_s = number;
    else if (code == OPTION_RENEW && len == 4)
        out->renew_s = number;
    else if (code == OPTION_REBIND && len == 4)
        out->rebind_s = number;
    else if (code == OPTION_DNS)
        read_dns(value, len, out);
}

/* Reads options up to the end option or len. Returns -EBADMSG if one runs past len. */
static int read_options(const uint8_t *bytes, size_t len, struct dhcp_answer *out,
                        uint8_t *overload)
{
    size_t at = 0;

    while (at < len && bytes[at] != OPTION_END) {
        size_t value_len;

        if (bytes[at] == OPTION_PAD) {
            at++;
            continue;
        }
        if (len - at < 2)
            return -EBADMSG;
        value_len = bytes[at + 1];
        if (len - at - 2 < value_len)
            return -EBADMSG;
        read_option(bytes[at], bytes + at + 2, value_len, out, overload);
        at += 2 + value_len;
    }
    return 0;
}

int dhcp_parse(const uint8_t *bytes, size_t len, struct dhcp_answer *out)
{
    uint8_t overload = 0, ignored = 0;

    if (len < DHCP_FIXED_BYTES || bytes[0] != BOOT_REPLY || bytes[1] != 1 || bytes[2] != 6 ||
        get32(bytes + COOKIE_AT) != COOKIE)
        return -EBADMSG;
    memset(out, 0, sizeof *out);
    out->xid = get32(bytes + 4);
    out->yours = address_v4(get32(bytes + 16));
    memcpy(out->mac, bytes + 28, 6);
    out->server = out->mask = out->gateway = address_v4(0);
    for (int i = 0; i < DHCP_SERVERS; i++)
        out->dns[i] = address_v4(0);
    if (read_options(bytes + DHCP_FIXED_BYTES, len - DHCP_FIXED_BYTES, out, &overload) < 0)
        return -EBADMSG;
    /* RFC 2132, 9.3: the fields of file and server name may hold more options, in this order. */
    if ((overload & 1) && read_options(bytes + FILE_AT, FILE_BYTES, out, &ignored) < 0)
        return -EBADMSG;
    if ((overload & 2) && read_options(bytes + SNAME_AT, SNAME_BYTES, out, &ignored) < 0)
        return -EBADMSG;
    return out->type ? 0 : -EBADMSG;
}

static uint8_t *put_option(uint8_t *at, uint8_t code, const void *value, size_t len)
{
    at[0] = code;
    at[1] = (uint8_t)len;
    memcpy(at + 2, value, len);
    return at + 2 + len;
}

static uint8_t *put_address(uint8_t *at, uint8_t code, const struct address *address)
{
    return address_is_unspecified(address) ? at : put_option(at, code, address->bytes + 12, 4);
}

static uint8_t *put_options(uint8_t *at, const struct dhcp_question *question)
{
    static const uint8_t parameters[] = {OPTION_MASK,  OPTION_ROUTER, OPTION_DNS,
                                         OPTION_LEASE, OPTION_RENEW,  OPTION_REBIND};
    uint8_t client[7] = {1}, max_message[2];
    size_t hostname_len = strlen(question->hostname);

    memcpy(client + 1, question->mac, 6);
    put16(max_message, question->max_message);
    at = put_option(at, OPTION_TYPE, &question->type, 1);
    at = put_option(at, OPTION_CLIENT, client, sizeof client);
    at = put_address(at, OPTION_REQUESTED, &question->requested);
    at = put_address(at, OPTION_SERVER, &question->server);
    if (question->type == DHCP_DECLINE) /* RFC 2131, table 5: nothing else may stand in it */
        return at;
    at = put_option(at, OPTION_MAX_MESSAGE, max_message, 2);
    if (hostname_len > 0)
        at = put_option(at, OPTION_HOSTNAME, question->hostname, hostname_len);
    return put_option(at, OPTION_PARAMETERS, parameters, sizeof parameters);
}

size_t dhcp_write(uint8_t *bytes, const struct dhcp_question *question)
{
    uint8_t *at;

    memset(bytes, 0, DHCP_MESSAGE_BYTES);
    bytes[0] = BOOT_REQUEST;
    bytes[1] = 1; /* Ethernet */
    bytes[2] = 6;
    put32(bytes + 4, question->xid);
    put16(bytes + 8, question->seconds);
    memcpy(bytes + 12, question->ours.bytes + 12, 4);
    memcpy(bytes + 28, question->mac, 6);
    put32(bytes + COOKIE_AT, COOKIE);
    at = put_options(bytes + DHCP_FIXED_BYTES, question);
    *at++ = OPTION_END;
    return at - bytes < BOOTP_BYTES ? BOOTP_BYTES : (size_t)(at - bytes);
}

const char *dhcp_type_name(uint8_t type)
{
    static const char *const names[] = {"?",   "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
                                        "ACK", "NAK",      "RELEASE", "INFORM"};

    return type < sizeof names / sizeof *names ? names[type] : names[0];
}
