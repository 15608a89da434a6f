/* The IP layer's own state, for the files of host/stack only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_IP_INTERNAL_H
#define HOST_STACK_IP_INTERNAL_H

#include "host/stack/ethernet.h"
#include "host/stack/path_mtu.h"
#include "host/stack/route.h"
#include "host/stack/stack_internal.h"

enum {
    IP_FRAME_HEADERS_MOST = 62, /* Ethernet, IPv6 and its fragment header */
    IPV4_MAX_PAYLOAD = 65515,   /* 65,535 less the header */
    IPV6_MAX_PAYLOAD = 65535,
    IPV6_FRAGMENT_BYTES = 8,
    IPV6_FRAGMENT = 44,         /* next header */
    IPV6_EXTENSIONS_MOST = 256, /* bytes of extension headers that a packet may have */
    IP_DEFAULT_TTL = 64,
    IP_DONT_FRAGMENT = 0x4000,
    IP_MORE_FRAGMENTS = 0x2000,
    IP_OFFSET_MASK = 0x1fff,
    IP_ID_BUCKETS = 64,
};

/* The way of packets to a destination, as far as it is known. */
struct way {
    struct address to, next_hop;
    uint8_t mac[6];                          /* zeros while it is not known */
    uint8_t ethernet[ETHERNET_HEADER_BYTES]; /* the header of its frames */
    uint8_t headers;                         /* bytes of the Ethernet and the IP header */
    bool v6;
    bool local, mac_known; /* to ourselves; no neighbour to ask for */
    bool mac_found;        /* there is one, and we know it */
    bool may_fragment;     /* also with DF asked for: the path takes less than we go down to */
    uint16_t mtu;
    uint64_t use_ns; /* from when on the neighbour's use must be told (neighbor_use) */
};

/* What ip_begin has begun; there is one at a time. */
struct building {
    const struct way *way;
    enum building_place { BUILD_IN_DEVICE, BUILD_WAITING, BUILD_LOCAL, BUILD_ASIDE } place;
    uint8_t *frame; /* the Ethernet header's place */
};

/* Largest payload of a packet, and of one that fits into the way's MTU. */
static inline size_t ip_payload_most(const struct way *way)
{
    return way->v6 ? IPV6_MAX_PAYLOAD : IPV4_MAX_PAYLOAD;
}

static inline size_t ip_packet_room(const struct way *way)
{
    return (size_t)way->mtu + ETHERNET_HEADER_BYTES - way->headers;
}

/* What of a packet stands behind one IP header. */
struct ip_piece {
    size_t length;
    uint16_t offset;     /* bytes, a multiple of 8 */
    bool fragment, more; /* it is a fragment; others come behind it */
    bool dont_fragment;  /* IPv4 */
    uint32_t id;
};

struct ip {
    bool configured;    /* own is ours to use: IPv4 */
    struct address own; /* 0.0.0.0 until then */
    unsigned prefix_len;
    uint64_t good_pair; /* ipv4.c: source and destination as on the wire, 0: none */
    bool way_known;     /* until something that the way stands on changes */
    struct way way;     /* ip_way.c: the last that was found */
    bool
        good6_known; /* ipv6.c: source and destination of the last packet to us, until our addresses change */
    struct address good6[2];
    struct route_table routes;
    struct path_mtu_cache path_mtu;
    struct reassembly *reassembly;
    struct local_queue *local;
    struct building building;
    uint8_t *aside; /* a frame of the largest packet */
    uint16_t ids[IP_ID_BUCKETS];
    uint64_t id_secret;
    uint64_t icmp_tokens_ns; /* icmp_error.c: when the bucket of errors was empty */
};

int ip_create(struct stack *stack, struct ip **out);
void ip_destroy(struct ip *ip);
void ip_poll(struct stack *stack, uint64_t now_ns);
uint64_t ip_deadline(const struct stack *stack);
/* Takes address and the routes that come with it, or gives them up. */
void ip_configure(struct stack *stack, const struct address *address, unsigned prefix_len,
                  const struct address *gateway);
void ip_unconfigure(struct stack *stack);

/* ip_way.c: next hop, MTU and MAC address of packets to destination, as far as they are known. Good until the next is asked
 * for; NULL: the network is unreachable. */
const struct way *ip_way_find(struct stack *stack, const struct address *destination);
static inline const struct way *ip_way(struct stack *stack, const struct address *destination)
{
    const struct ip *ip = stack->ip;

    return ip->way_known && address_equal(&ip->way.to, destination)
               ? &ip->way
               : ip_way_find(stack, destination);
}
/* An address, a route, a neighbour or a path's MTU is not what it was. */
void ip_ways_changed(struct stack *stack);
static inline bool ip_has_mac(const struct way *way)
{
    return way->mac_known || way->mac_found;
}
/* NULL: we have no address for that. */
const struct address *ip_source_for(const struct stack *stack, const struct way *way,
                                    const struct address *destination);
/* The one place that knows what the board does for a packet that is built in its memory. */
static inline bool ip_board_does(const struct stack *stack, const struct way *way,
                                 uint32_t features)
{
    return (stack->config.device.features & features) == features && !way->local;
}
/* Largest payload that leaves in one super-frame, 0 if none does. */
size_t ip_super_room(const struct stack *stack, const struct way *way);

/* ipv6_output.c: writes the header in front of piece. Returns the length of both. */
size_t ipv6_write_header(const struct packet *packet, uint8_t *h, const struct ip_piece *piece);
uint32_t ipv6_take_id(struct stack *stack, const struct building *b);

/* 127.0.0.0/8, ::1, or an address of our own. */
bool ip_is_own(const struct stack *stack, const struct address *address);
/* 255.255.255.255, or all ones behind our prefix (RFC 1122, 3.2.1.3). */
bool ip_is_broadcast(const struct stack *stack, const struct address *address);

/* local.c: packets from us to us. local_place returns the place of a frame of the MTU, or NULL if
 * the queue is full. */
int local_create(struct stack *stack, struct local_queue **out);
void local_destroy(struct local_queue *queue);
uint8_t *local_place(struct stack *stack);
void local_send(struct stack *stack, size_t frame_len);
bool local_pending(const struct stack *stack);
void local_deliver(struct stack *stack, uint64_t now_ns);

#endif
