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

enum protocol { PROTOCOL_IS_ICMP = 1, PROTOCOL_IS_TCP = 6, PROTOCOL_IS_UDP = 17 };
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

struct packet {
    uint64_t sent_ns;
    bool out; /* from the stack */
    enum protocol protocol;
    uint32_t source_ip, destination_ip;
    uint16_t source_port, destination_port; /* 0: the script names none */
    uint8_t flags, ecn;
    bool bad_checksum;
    uint32_t seq, length, ack;
    bool has_window, any_options;
    uint16_t window, urgent;
    size_t option_count;
    struct option options[OPTS_MAX];
    uint8_t icmp_type, icmp_code; /* of an ICMP message, which quotes seq and length of inner */
    uint16_t icmp_mtu;
    enum protocol inner;
    const uint8_t *data;
    struct packet *next;
};

enum { FRAME_MAX = 65536 + 14, FRAME_HEADER = 14 };
extern const uint8_t peer_mac[6], stack_mac[6];

/* The frame of a packet from the peer, with its sums; returns its length. */
size_t frame_write(const struct packet *packet, uint8_t *frame);
/* A frame of the stack; false if it is no IPv4 packet of the three protocols, or its lengths or
 * sums are wrong: why then says so. data points into frame. */
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
