/* A packet: as a script has it, or as it was on the wire.
 *
 * SPDX-License-Identifier: MIT
 *
 * The headers are written and read here by code of our own, none of it the stack's.
 */
#ifndef TESTS_CONFORMANCE_PACKET_H
#define TESTS_CONFORMANCE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/conformance/addr.h"

enum protocol {
    PROTOCOL_IS_ICMP = 1,
    PROTOCOL_IS_TCP = 6,
    PROTOCOL_IS_UDP = 17,
    PROTOCOL_IS_ICMPV6 = 58,
};
enum {
    FLAG_FIN = 1,
    FLAG_SYN = 2,
    FLAG_RST = 4,
    FLAG_PSH = 8,
    FLAG_ACK = 16,
    FLAG_URG = 32,
    FLAG_ECE = 64,
    FLAG_CWR = 128,
};
enum { OPT_EOL, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACK_OK, OPT_SACK, OPT_TS = 8 };
enum { OPT_MAX_VALUES = 38, OPTS_MAX = 40 };
enum ecn { ECN_NOT = 0, ECN_ECT1 = 1, ECN_ECT0 = 2, ECN_CE = 3, ECN_ANY = 4, ECN_ECT01 = 5 };

/* An option; of an unknown kind the values are its bytes. */
struct option {
    uint8_t kind, count;
    uint32_t values[OPT_MAX_VALUES];
};

/* What stands between the IPv6 header and the transport's. */
struct header {
    enum header_type {
        HEADER_HOP_BY_HOP = 0,
        HEADER_ROUTING = 43,
        HEADER_FRAGMENT = 44,
        HEADER_DESTINATION = 60,
    } type;
    uint8_t *bytes; /* the first, next header, is filled in when the packet is written */
    size_t length;
    uint32_t from, to; /* of a fragment: which bytes of what follows; to 0: all of it */
    bool more;
    uint32_t id;
    struct header *next;
};

struct message;

struct packet {
    uint64_t sent_ns;
    bool out; /* from the stack */
    uint8_t protocol;
    struct place from, to; /* in the script */
    struct ip source_ip, destination_ip;
    uint8_t station;                        /* the frame's other end; 0: the script names none */
    uint16_t source_port, destination_port; /* 0: the script names none */
    bool has_hop_limit;
    uint8_t hop_limit;
    struct header *headers;
    struct header fragment; /* of what the stack sent: headers is this one, or NULL */
    uint8_t flags, ecn;
    bool bad_checksum, no_checksum; /* none: the field is zero */
    uint32_t seq, length, ack;
    bool has_window, any_options;
    uint16_t window, urgent;
    size_t option_count;
    struct option options[OPTS_MAX];
    uint8_t icmp_type, icmp_code; /* of an ICMP message, which quotes seq and length of inner */
    uint16_t icmp_mtu;
    uint8_t inner;
    struct place quoted_from, quoted_to;
    struct message *message; /* ICMPv6, in a script (message.h); on the wire it is data */
    const uint8_t *data;
    struct packet *next;
};

enum { FRAME_MAX = 65536 + 14 + 1024, FRAME_HEADER = 14 };
/* Station N has the Ethernet address 02:00:00:00:00:N. */
enum { STATION_OF_STACK = 1, STATION_OF_PEER = 2 };
extern const uint8_t stack_mac[6];
void station_mac(uint8_t station, uint8_t *mac);

/* The frame of a packet from the peer, with its sums; returns its length. */
size_t frame_write(const struct packet *packet, uint8_t *frame);
/* A frame of the stack; false if it is no IP packet of the protocols here, or its lengths, sums or Ethernet
 * address are wrong: why then says so. data points into frame; of a fragment it is all that came. */
bool frame_read(const uint8_t *frame, size_t length, struct packet *out, const char **why);

/* In packetdrill's syntax; returns text. */
enum { PACKET_TEXT = 1024 };
const char *packet_format(const struct packet *packet, char *text);
/* The numbers of option kind, or NULL. */
const struct option *packet_option(const struct packet *packet, uint8_t kind);
/* What distinguishes the packet that came from the expected one; NULL: nothing. */
const char *packet_difference(const struct packet *expected, const struct packet *came);
/* The number of "net_unreachable" … and its ICMP type's; false if it is not known. */
bool icmp_type_find(const char *name, size_t length, uint8_t *type);
bool icmp_code_find(const char *name, size_t length, uint8_t *code);

#endif
