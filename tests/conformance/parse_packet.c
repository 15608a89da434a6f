/* A packet of a script: "> P. 1:1001(1000) ack 1 win 100 <nop,nop,TS val 1 ecr 2>".
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/conformance/message.h"
#include "tests/conformance/reader.h"

enum { MAX_LENGTH = 65495 };
static const char flag_letters[] = "FSRP.UEW"; /* from bit 0 on */

static void sack_parse(struct reader *in, struct option *option)
{
    do {
        if (option->count == 8)
            script_fail(in->script, in->at, "more than 4 SACK blocks");
        option->values[option->count++] = (uint32_t)read_integer(in, 0, UINT32_MAX);
        read_expect(in, ":");
        option->values[option->count++] = (uint32_t)read_integer(in, 0, UINT32_MAX);
        read_space(in);
    } while (*in->at != ',' && *in->at != '>');
}

static uint32_t named(struct reader *in, const char *name)
{
    if (!read_word(in, name))
        script_fail(in->script, in->at, "'%s' is expected here, not '%.10s'", name, in->at);
    return (uint32_t)read_integer(in, 0, UINT32_MAX);
}

/* "kind 253 1 2 3": any option, with its bytes. */
static void raw_option_parse(struct reader *in, struct option *option)
{
    option->kind = (uint8_t)read_integer(in, 0, 255);
    for (read_space(in); *in->at >= '0' && *in->at <= '9'; read_space(in)) {
        if (option->count == OPT_MAX_VALUES)
            script_fail(in->script, in->at, "too many bytes for an option");
        option->values[option->count++] = (uint32_t)read_integer(in, 0, 255);
    }
}

static void option_parse(struct reader *in, struct option *option)
{
    const char *begin = in->at;
    if (read_word(in, "nop")) {
        option->kind = OPT_NOP;
    } else if (read_word(in, "eol")) {
        option->kind = OPT_EOL;
    } else if (read_word(in, "sackOK")) {
        option->kind = OPT_SACK_OK;
    } else if (read_word(in, "mss")) {
        *option = (struct option){OPT_MSS, 1, {(uint32_t)read_integer(in, 0, 65535)}};
    } else if (read_word(in, "wscale")) {
        *option = (struct option){OPT_WSCALE, 1, {(uint32_t)read_integer(in, 0, 255)}};
    } else if (read_word(in, "TS")) {
        uint32_t value = named(in, "val");
        *option = (struct option){OPT_TS, 2, {value, named(in, "ecr")}};
    } else if (read_word(in, "sack")) {
        option->kind = OPT_SACK;
        sack_parse(in, option);
    } else if (read_word(in, "kind")) {
        raw_option_parse(in, option);
    } else {
        script_fail(in->script, begin, "no TCP option is called '%.10s'", begin);
    }
}

static void options_parse(struct reader *in, struct packet *packet)
{
    if (read_sign(in, "...")) {
        packet->any_options = true;
    } else {
        do {
            read_space(in);
            if (packet->option_count == OPTS_MAX)
                script_fail(in->script, in->at, "too many options");
            option_parse(in, &packet->options[packet->option_count++]);
        } while (read_sign(in, ","));
    }
    read_expect(in, ">");
}

static void flags_parse(struct reader *in, struct packet *packet)
{
    read_space(in);
    const char *begin = in->at, *letter;
    if (*in->at == '-') {
        in->at++;
        return;
    }
    while (*in->at && (letter = strchr(flag_letters, *in->at)) != NULL) {
        packet->flags |= (uint8_t)(1 << (letter - flag_letters));
        in->at++;
    }
    if (in->at == begin)
        script_fail(in->script, begin, "no packet begins with '%.10s'", begin);
}

/* "1:1001(1000)" */
static void range_parse(struct reader *in, struct packet *packet)
{
    packet->seq = (uint32_t)read_integer(in, 0, UINT32_MAX);
    read_expect(in, ":");
    const char *at = in->at;
    uint32_t end = (uint32_t)read_integer(in, 0, UINT32_MAX);
    read_expect(in, "(");
    packet->length = (uint32_t)read_integer(in, 0, MAX_LENGTH);
    read_expect(in, ")");
    if (end != packet->seq + packet->length)
        script_fail(in->script, at, "%u bytes from %u on end at %u, not at %u", packet->length,
                    packet->seq, packet->seq + packet->length, end);
}

static void tcp_parse(struct reader *in, struct packet *packet)
{
    const char *begin = in->at;
    packet->protocol = PROTOCOL_IS_TCP;
    flags_parse(in, packet);
    range_parse(in, packet);
    if (read_word(in, "ack")) {
        if (!(packet->flags & FLAG_ACK))
            script_fail(in->script, begin, "'ack' without the flag '.'");
        packet->ack = (uint32_t)read_integer(in, 0, UINT32_MAX);
    } else if (packet->flags & FLAG_ACK) {
        script_fail(in->script, begin, "the flag '.' without 'ack'");
    }
    if (read_word(in, "win")) {
        packet->has_window = true;
        packet->window = (uint16_t)read_integer(in, 0, 65535);
    } else if (!packet->out) {
        script_fail(in->script, begin, "a packet to the stack needs 'win'");
    }
    if (read_word(in, "urg"))
        packet->urgent = (uint16_t)read_integer(in, 0, 65535);
    if (read_sign(in, "<"))
        options_parse(in, packet);
}

static void udp_length(struct reader *in, struct packet *packet)
{
    read_expect(in, "(");
    packet->length = (uint32_t)read_integer(in, 0, MAX_LENGTH);
    read_expect(in, ")");
}

void quote_parse(struct reader *in, struct packet *packet)
{
    packet->inner = PROTOCOL_IS_TCP;
    if (!read_sign(in, "["))
        return;
    if (read_word(in, "from"))
        packet->quoted_from = place_take(in);
    if (read_word(in, "to"))
        packet->quoted_to = place_take(in);
    if (read_word(in, "udp")) {
        packet->inner = PROTOCOL_IS_UDP;
        udp_length(in, packet);
    } else {
        range_parse(in, packet);
    }
    read_expect(in, "]");
}

/* Over IPv6 the error of ICMPv6 that says the same. */
static void icmp_to_v6(struct reader *in, struct packet *packet, const char *at)
{
    packet->protocol = PROTOCOL_IS_ICMPV6;
    packet->message =
        message_of_icmp(in->script, packet->icmp_type, packet->icmp_code, packet->icmp_mtu);
    if (!packet->message)
        script_fail(in->script, at, "ICMPv6 has nothing like this");
}

/* "icmp unreachable frag_needed mtu 1200 [1:1001(1000)]" */
static void icmp_parse(struct reader *in, struct packet *packet)
{
    size_t length = read_name_length(in);
    const char *begin = in->at;
    packet->protocol = PROTOCOL_IS_ICMP;
    if (!icmp_type_find(in->at, length, &packet->icmp_type))
        script_fail(in->script, in->at, "no type of ICMP is called '%.*s'", (int)length, in->at);
    in->at += length;
    length = read_name_length(in);
    if (icmp_code_find(in->at, length, &packet->icmp_code))
        in->at += length;
    if (read_word(in, "mtu"))
        packet->icmp_mtu = (uint16_t)read_integer(in, 0, 65535);
    quote_parse(in, packet);
    if (in->script->settings.v6)
        icmp_to_v6(in, packet, begin);
}

/* "protocol 253 (16)": one that nobody knows, and zeros. */
static void unknown_parse(struct reader *in, struct packet *packet)
{
    packet->protocol = (uint8_t)read_integer(in, 0, 255);
    udp_length(in, packet);
}

/* "[ect0]", "[bad_checksum]" */
static void marks_parse(struct reader *in, struct packet *packet)
{
    static const struct {
        const char *text;
        uint8_t ecn;
    } marks[] = {{"noecn", ECN_NOT},
                 {"ect0", ECN_ECT0},
                 {"ect1", ECN_ECT1},
                 {"ce", ECN_CE},
                 {"ect01", ECN_ECT01}};
    packet->ecn = packet->out ? ECN_ANY : ECN_NOT;
    if (!read_sign(in, "["))
        return;
    do {
        const char *begin = in->at;
        packet->bad_checksum |= read_word(in, "bad_checksum");
        packet->no_checksum |= read_word(in, "no_checksum");
        for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
            if (read_word(in, marks[i].text))
                packet->ecn = marks[i].ecn;
        if (in->at == begin)
            script_fail(in->script, begin, "no mark of a packet is called '%.10s'", begin);
    } while (read_sign(in, ","));
    read_expect(in, "]");
}

struct packet *packet_parse(struct reader *in)
{
    struct packet *packet = script_allocate(in->script, sizeof *packet);
    packet->out = read_sign(in, ">");
    if (!packet->out)
        read_expect(in, "<");
    marks_parse(in, packet);
    if (in->script->settings.v6)
        v6_parse(in, packet);
    read_space(in);
    if (*in->at >= '0' && *in->at <= '9') { /* the ports: "40001 > 8080" */
        packet->source_port = (uint16_t)read_integer(in, 1, 65535);
        read_expect(in, ">");
        packet->destination_port = (uint16_t)read_integer(in, 1, 65535);
    }
    if (read_word(in, "icmp")) {
        icmp_parse(in, packet);
    } else if (in->script->settings.v6 && read_word(in, "icmpv6")) {
        icmpv6_parse(in, packet);
    } else if (in->script->settings.v6 && read_word(in, "protocol")) {
        unknown_parse(in, packet);
    } else if (read_word(in, "udp")) {
        packet->protocol = PROTOCOL_IS_UDP;
        udp_length(in, packet);
    } else {
        tcp_parse(in, packet);
    }
    return packet;
}
