/* See watch.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/watch.h"

#include <stdlib.h>
#include <string.h>

#include "tests/world/world.h"

enum {
    TCP_IP_BYTES = 40,
    DEFAULT_MSS = 536,
    DEFAULT_MSS6 = 1220,
    FLAGS_OF_STATE = SEGMENT_SYN | SEGMENT_FIN
};

void watch_open(struct watch *watch, struct end *end, struct watch *peer)
{
    *watch = (struct watch){.end = end, .peer = peer, .scale = -1};
    watch->arrived = calloc(1, end->peer->plan->bytes + 3);
}

void watch_close(struct watch *watch)
{
    free(watch->arrived);
}

#define OBJECT(watch, format, ...)                                           \
    world_fail((watch)->end->world, "connection %d, the %s's host: " format, \
               (watch)->end->connection, (watch)->end->side ? "server" : "client", __VA_ARGS__)

static uint32_t space(const struct segment *segment)
{
    return segment->length + !!(segment->flags & SEGMENT_SYN) + !!(segment->flags & SEGMENT_FIN);
}

/* RFC 7323, 2.2: scaling is in use if both SYNs offer it, and a SYN's own window is never scaled. */
static uint32_t window_of(const struct watch *sender, const struct segment *segment)
{
    bool scaled = !(segment->flags & SEGMENT_SYN) && sender->scale >= 0 && sender->peer->scale >= 0;

    return (uint32_t)segment->window << (scaled ? sender->scale : 0);
}

/* ---- what reaches an end ---- */

static void mark(struct watch *watch, uint32_t number, uint32_t count)
{
    uint32_t all = watch->end->peer->plan->bytes + 2;

    if (number >= all || count > all - number)
        return;
    memset(watch->arrived + number, 1, count);
    while (watch->contiguous < all && watch->arrived[watch->contiguous])
        watch->contiguous++;
}

static bool covers_fin(const struct segment *segment, const struct watch *sender)
{
    return sender->fin_sent && segment->flags & SEGMENT_ACK &&
           (int32_t)(segment->ack - sender->fin_end) >= 0;
}

void watch_arrived(struct watch *watch, const struct segment *segment, uint64_t now_ns)
{
    uint32_t ack = segment->ack - watch->iss, edge = ack + window_of(watch->peer, segment);

    if (now_ns)
        watch->arrived_ns = now_ns;
    watch->resets_arrived += !!(segment->flags & SEGMENT_RST);
    watch->fin_arrived |= segment->flags & SEGMENT_FIN;
    if (!watch->fin_acked_ns && covers_fin(segment, watch))
        watch->fin_acked_ns = watch->end->world->now_ns;
    if (segment->flags & SEGMENT_RST || watch->unclear)
        return;
    if (segment->has_time &&
        (!watch->syn_arrived || (int32_t)(segment->time - watch->peer_time) > 0))
        watch->peer_time = segment->time;
    watch->syn_arrived |= segment->flags & SEGMENT_SYN;
    watch->ce_arrived |= segment->ecn == SEGMENT_CE;
    mark(watch, segment->seq - watch->peer->iss, space(segment));
    if (!(segment->flags & SEGMENT_ACK) || !watch->syn_sent)
        return;
    if (ack <= watch->sent && ack > watch->peer_ack) {
        watch->peer_ack = ack;
        watch->in_vain = 0;
    }
    if (ack <= watch->sent && edge > watch->peer_edge)
        watch->peer_edge = edge;
}

/* ---- what an end's host sends ---- */

/* A server that has given a handshake up meets the client's SYN again, and begins anew. */
static bool begins_again(struct watch *watch, uint32_t iss)
{
    struct watch *client = watch->peer;

    if (watch->end->side != SIDE_SERVER || watch->end->open || client->acked)
        return false;
    watch->iss = iss;
    client->arrived[0] = 0;
    client->contiguous = 0;
    client->syn_arrived = false;
    return true;
}

static bool answers_with_cookies(const struct watch *watch)
{
    return !watch->end->open &&
           scenario_has_cookies(&watch->end->world->scenario, watch->end->connection);
}

/* A client has broken it off: the listener takes any SYN to its port, also one that is forged or late. */
static bool begins_behind_reset(const struct watch *watch)
{
    return watch->end->side == SIDE_SERVER && watch->resets_arrived;
}

static void judge_syn(struct watch *watch, const struct segment *segment)
{
    uint8_t flags = segment->flags;

    if (watch->syn_sent && segment->seq != watch->iss &&
        (answers_with_cookies(watch) || begins_behind_reset(watch)))
        watch->unclear = watch->peer->unclear = true;
    else if (watch->syn_sent && segment->seq != watch->iss && !begins_again(watch, segment->seq))
        OBJECT(watch, "its SYN's number changes by %u", segment->seq - watch->iss);
    watch->syns++;
    if (watch->syn_sent)
        return;
    watch->syn_sent = true;
    if (segment->source6) {
        watch->v6 = watch->peer->v6 = true;
        memcpy(watch->address6, segment->source6, sizeof watch->address6);
        memcpy(watch->peer->address6, segment->destination6, sizeof watch->address6);
    }
    watch->iss = segment->seq;
    watch->scale = segment->scale;
    watch->mss = segment->mss;
    watch->may_sack = segment->may_sack;
    watch->has_time = segment->has_time;
    watch->asks_ecn = (flags & SEGMENT_ECE) && (flags & SEGMENT_CWR);
    watch->grants_ecn = (flags & SEGMENT_ECE) && !(flags & SEGMENT_CWR);
    watch->sent = 1;
}

/* Every byte is what the program wrote at that place; nothing comes behind the FIN. */
static void judge_data(struct watch *watch, const struct segment *segment, uint32_t number)
{
    const struct end *end = watch->end;
    bool fin = segment->flags & SEGMENT_FIN;

    if (segment->length &&
        (number == 0 || number - 1 > end->written || segment->length > end->written - (number - 1)))
        OBJECT(watch, "sends bytes %u to %u, but its program has written %u", number - 1,
               number - 1 + segment->length, end->written);
    else if (memcmp(segment->data, end_data(end, number - 1), segment->length))
        OBJECT(watch, "bytes %u to %u are not what its program wrote", number - 1,
               number - 1 + segment->length);
    if (fin && (!end->shut || number + segment->length != end->written + 1))
        OBJECT(watch, "its FIN is at byte %u, but its program %s %u", number - 1 + segment->length,
               end->shut ? "ended at" : "goes on, and has written", end->written);
}

/* Nothing lies outside the peer's window but a probe of one byte (RFC 9293, 3.8.6.1), and no segment is longer than the
 * peer's MSS allows (3.7.1; RFC 6691: options come out of it). */
static void judge_size(struct watch *watch, const struct segment *segment, uint32_t number)
{
    uint32_t end = number + space(segment), mss = watch->v6 ? DEFAULT_MSS6 : DEFAULT_MSS;
    bool probe = space(segment) == 1 && number == watch->peer_edge;

    if (watch->peer->mss)
        mss = watch->peer->mss;
    if (segment->length && !watch->peer_edge)
        OBJECT(watch, "sends %u bytes of data before it knows a window", segment->length);
    else if (space(segment) && end > watch->peer_edge && !probe)
        OBJECT(watch, "sends up to %u, but the peer's window ends at %u", end, watch->peer_edge);
    if (segment->length + segment->options > mss)
        OBJECT(watch, "sends %u bytes and %u of options, but the peer's MSS is %u", segment->length,
               segment->options, mss);
    if (segment->ip_length > watch->end->host->config->mtu)
        OBJECT(watch, "a packet has %u bytes, but its MTU is %u", segment->ip_length,
               watch->end->host->config->mtu);
}

/* It acknowledges only what has come, never takes that back, and never the window that it has given (3.8.6); but a SYN, which
 * may come again behind an ACK, cannot offer more than 65,535 bytes. */
static void judge_ack(struct watch *watch, const struct segment *segment)
{
    uint32_t ack = segment->ack - watch->peer->iss, edge = ack + window_of(watch, segment);
    uint32_t rounding = watch->scale > 0 && watch->peer->scale >= 0 ? (1u << watch->scale) - 1 : 0;

    if (!watch->syn_arrived || ack > watch->contiguous)
        OBJECT(watch, "acknowledges up to %u, but only %u have come", ack, watch->contiguous);
    if (watch->acked && ack < watch->ack)
        OBJECT(watch, "acknowledges up to %u after %u", ack, watch->ack);
    if (watch->acked && edge + rounding < watch->edge && !(segment->flags & SEGMENT_SYN))
        OBJECT(watch, "its window's edge goes back from %u to %u", watch->edge, edge);
    watch->acked = true;
    watch->ack = ack;
    if (edge > watch->edge)
        watch->edge = edge;
}

/* A block says only what has come (RFC 2018, 4; RFC 2883: the first may lie below the ACK, or in the second). */
static void judge_sacks(struct watch *watch, const struct segment *segment)
{
    if (segment->sacks && !(watch->may_sack && watch->peer->may_sack))
        OBJECT(watch, "sends %d SACK blocks that were not agreed on", segment->sacks);
    for (int i = 0; i < segment->sacks; i++) {
        uint32_t from = segment->sack[i].from - watch->peer->iss;
        uint32_t until = segment->sack[i].until - watch->peer->iss;
        bool below = from < segment->ack - watch->peer->iss;

        if (from >= until || until > watch->end->peer->plan->bytes + 2 || (i && below) ||
            memchr(watch->arrived + from, 0, until - from))
            OBJECT(watch, "SACK block %d, %u to %u, is no part of what has come", i, from, until);
    }
}

/* To TCP it is over, though a program still reads, and what comes late is answered by an RST: both FINs have come and have
 * been acknowledged, or the peer has reset it and nobody is told so (RFC 9293, 3.10.7.4, second: behind both FINs). */
static bool is_over(const struct watch *watch)
{
    bool untold = watch->fin_arrived || watch->end->left;
    bool has_fin = watch->has_fin || (watch->peer->fin && watch->contiguous > watch->peer->fin);

    return (watch->fin_acked_ns && has_fin) || (watch->resets_arrived && untold);
}

uint64_t watch_lingers_until(const struct end *end)
{
    bool lingers = end->left && end->shut && !end->aborted && end->plan->linger_s > 0;

    return lingers ? end->left_ns + (unsigned)end->plan->linger_s * WORLD_S : 0;
}

/* Who uses its connection is not reset by its own host, and who has closed it not before SO_LINGER's time. A
 * listener that keeps nothing takes a client's first segment only for what the cookie says (RFC 4987, 3.6): what overtakes it
 * is refused. */
static void judge_reset(struct watch *watch, uint64_t now_ns)
{
    const struct end *end = watch->end;

    if (now_ns < watch_lingers_until(end) && end->saw_end && !end->error && !is_over(watch))
        OBJECT(watch, "sends RST %.3f s after the close, but lingers for %d s",
               (double)(now_ns - end->left_ns) / 1e9, end->plan->linger_s);
    if (end->socket && !end->error && end->open && !is_over(watch) &&
        !scenario_has_cookies(&end->world->scenario, end->connection))
        OBJECT(watch, "sends RST, but its program is at byte %u of %u", end->written,
               end->plan->bytes);
}

/* An old segment of the client's has brought an old cookie back: a connection that has ended begins again. */
static bool is_brought_back(const struct watch *watch)
{
    return watch->end->side == SIDE_SERVER && watch->end->left &&
           (watch->reset_ns || is_over(watch)) &&
           scenario_has_cookies(&watch->end->world->scenario, watch->end->connection);
}

/* RFC 7323: agreed on, they are in every segment (3.2); their clock never goes back (5.4), and only what has come is echoed. */
static void judge_times(struct watch *watch, const struct segment *segment)
{
    bool syn = segment->flags & SEGMENT_SYN;

    if (!syn && segment->has_time != (watch->has_time && watch->peer->has_time))
        OBJECT(watch, "a segment has %s timestamps", segment->has_time ? "disagreed" : "no");
    if (!segment->has_time)
        return;
    if (!syn && (int32_t)(segment->time - watch->time) < 0)
        OBJECT(watch, "its timestamp goes back from %u to %u", watch->time, segment->time);
    if (segment->flags & SEGMENT_ACK && (int32_t)(segment->time_echo - watch->peer_time) > 0)
        OBJECT(watch, "echoes a timestamp of %u, but %u was the newest", segment->time_echo,
               watch->peer_time);
    watch->time = segment->time;
}

/* RFC 3168, 6.1: ECN is used where it was agreed on, for new data only; and what is echoed has come. */
static void judge_ecn(struct watch *watch, const struct segment *segment, uint32_t number)
{
    const struct watch *peer = watch->peer;
    bool agreed = (watch->asks_ecn && peer->grants_ecn) || (watch->grants_ecn && peer->asks_ecn);

    if (segment->ecn && (!agreed || !segment->length || number < watch->sent))
        OBJECT(watch, "a segment of %u bytes at %u says that it can be marked%s", segment->length,
               number, agreed ? "" : ", which was not agreed on");
    if (segment->flags & SEGMENT_ECE && !(segment->flags & SEGMENT_SYN) && !watch->ce_arrived)
        OBJECT(watch, "echoes congestion at %u that nobody has told it of", number);
}

static void judge(struct watch *watch, const struct segment *segment, uint32_t number)
{
    judge_data(watch, segment, number);
    judge_size(watch, segment, number);
    if (segment->flags & SEGMENT_ACK)
        judge_ack(watch, segment);
    judge_sacks(watch, segment);
    judge_times(watch, segment);
    judge_ecn(watch, segment, number);
}

void watch_sent(struct watch *watch, const struct segment *segment, uint64_t now_ns)
{
    uint32_t number, end;

    if (segment->flags & SEGMENT_RST) {
        watch->reset_ns = now_ns;
        if (watch->end->host->strict)
            judge_reset(watch, now_ns);
        return;
    }
    if (is_brought_back(watch))
        watch->unclear = watch->peer->unclear = true;
    if (segment->flags & SEGMENT_SYN)
        judge_syn(watch, segment);
    if (segment->flags & SEGMENT_FIN) {
        watch->fin_sent = true;
        watch->fin_end = segment->seq + space(segment);
    }
    watch->has_fin |= covers_fin(segment, watch->peer);
    if (space(segment))
        watch->data_ns = now_ns;
    if (watch->unclear)
        return;
    number = segment->seq - watch->iss;
    end = number + space(segment);
    if (watch->end->host->strict && watch->syn_sent)
        judge(watch, segment, number);
    watch->in_vain += space(segment) && end <= watch->sent;
    if (end > watch->sent)
        watch->sent = end;
    if (segment->flags & SEGMENT_FIN && !watch->fin) {
        watch->fin = end - 1;
        watch->end->ended_early = watch->fin <= watch->end->plan->bytes;
    }
}
