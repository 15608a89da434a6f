/* The ranges that are under way. See tcp_flight.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_flight.h"

#include <stdlib.h>
#include <string.h>

#include "host/stack/seqnum.h"

enum { FIRST_ROOM = 16, TIMES = 128 };

static uint32_t start_of(struct tcp_flight *flight, uint32_t i)
{
    return i ? tcp_flight_at(flight, i - 1)->end : flight->una;
}

bool tcp_sent_after(const struct tcp_sent *a, const struct tcp_sent *b)
{
    return a->sent_us != b->sent_us ? seq_gt(a->sent_us, b->sent_us) : seq_gt(a->end, b->end);
}

/* ---- marks and their sums ---- */

static void count_in(struct tcp_flight *flight, uint8_t marks, uint32_t bytes)
{
    flight->lost += marks & SENT_LOST ? bytes : 0;
    flight->sacked += marks & SENT_SACKED ? bytes : 0;
}

static void count_out(struct tcp_flight *flight, uint8_t marks, uint32_t bytes)
{
    flight->lost -= marks & SENT_LOST ? bytes : 0;
    flight->sacked -= marks & SENT_SACKED ? bytes : 0;
}

void tcp_flight_mark(struct tcp_flight *flight, uint32_t i, uint8_t marks)
{
    struct tcp_sent *range = tcp_flight_at(flight, i);
    uint32_t bytes = range->end - start_of(flight, i);
    count_out(flight, range->marks, bytes);
    count_in(flight, marks, bytes);
    range->marks = marks;
}

/* ---- the list's memory ---- */

void tcp_flight_reset(struct tcp_flight *flight, uint32_t una)
{
    if (flight->memory)
        free(flight->memory);
    *flight = (struct tcp_flight){.una = una, .room = 1};
}

/* Takes range i out; its bytes belong to the range behind it. */
static void range_remove(struct tcp_flight *flight, uint32_t i)
{
    struct tcp_sent *at = tcp_flight_at(flight, i);
    memmove(at, at + 1, (flight->count - i - 1u) * sizeof *at);
    flight->count--;
}

static bool alike(const struct tcp_sent *a, const struct tcp_sent *b)
{
    return a->marks == b->marks &&
           (a->marks & SENT_SACKED || (a->sent_us == b->sent_us && a->ticket == b->ticket));
}

/* Joins the ranges first to last, and their neighbours, where they are alike. */
static void ranges_join(struct tcp_flight *flight, uint32_t first, uint32_t last)
{
    uint32_t i = last + 1u < flight->count ? last + 1 : flight->count - 1u;
    for (uint32_t stop = first ? first : 1; i >= stop; i--)
        if (alike(tcp_flight_at(flight, i - 1), tcp_flight_at(flight, i)))
            range_remove(flight, i - 1);
}

/* Joins neighbours of equal marks, whenever they were sent: the later time stands for both. */
static void join_coarsely(struct tcp_flight *flight)
{
    for (uint32_t i = flight->count - 1u; i > 0; i--) {
        struct tcp_sent *a = tcp_flight_at(flight, i - 1), *b = tcp_flight_at(flight, i);
        if (a->marks != b->marks)
            continue;
        if (tcp_sent_after(a, b))
            b->sent_us = a->sent_us;
        b->ticket = a->ticket ? a->ticket : b->ticket;
        range_remove(flight, i - 1);
        if (i > 1)
            i--; /* pairs, so that half the times stay */
    }
}

static bool memory_grow(struct tcp_flight *flight)
{
    uint32_t room = flight->memory ? flight->room * 2u : FIRST_ROOM;
    if (room > TCP_FLIGHT_MAX_RANGES)
        return false;
    struct tcp_sent *memory = malloc(room * sizeof *memory);
    if (!memory)
        return false;
    memcpy(memory, tcp_flight_at(flight, 0), flight->count * sizeof *memory);
    free(flight->memory);
    flight->memory = memory;
    flight->first = 0;
    flight->room = (uint16_t)room;
    return true;
}

/* Makes room for more ranges; indices change. False: there is none. */
static bool reserve(struct tcp_flight *flight, uint32_t more)
{
    if (flight->first + flight->count + more <= flight->room)
        return true;
    if (flight->memory && flight->first >= flight->count + more) {
        memcpy(flight->memory, tcp_flight_at(flight, 0), flight->count * sizeof *flight->memory);
        flight->first = 0;
        return true;
    }
    if (memory_grow(flight))
        return true;
    if (flight->memory) {
        memmove(flight->memory, tcp_flight_at(flight, 0), flight->count * sizeof *flight->memory);
        flight->first = 0;
    }
    if (flight->count + more > flight->room && flight->count)
        join_coarsely(flight);
    return flight->count + more <= flight->room;
}

/* Cuts the range that at lies in, so that one begins there. Call reserve before; without room
 * nothing is cut. Returns the index of the range that holds at, count behind the last. */
static uint32_t cut(struct tcp_flight *flight, uint32_t at)
{
    uint32_t low = 0, high = flight->count; /* the first range that ends behind at */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (seq_leq(tcp_flight_at(flight, middle)->end, at))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == flight->count || seq_geq(start_of(flight, low), at) ||
        flight->first + flight->count >= flight->room)
        return low;
    struct tcp_sent *range = tcp_flight_at(flight, low);
    memmove(range + 1, range, (flight->count - low) * sizeof *range);
    range->end = at;
    flight->count++;
    return low + 1;
}

/* ---- what is sent ---- */

/* Of one time, for all that follows from it: the first range's flight lasts TIMES as long as they differ at most. On a
 * path that holds thousands of segments the list so stays short. */
static bool sent_together(struct tcp_flight *flight, const struct tcp_sent *last,
                          const struct tcp_sent *next)
{
    uint32_t spent_us = next->sent_us - tcp_flight_at(flight, 0)->sent_us;
    return last->marks == next->marks && last->ticket == next->ticket &&
           next->sent_us - last->sent_us <= spent_us / TIMES;
}

void tcp_flight_sent(struct tcp_flight *flight, uint32_t end, uint32_t now_us, uint32_t ticket)
{
    struct tcp_sent sent = {.end = end, .sent_us = now_us, .ticket = ticket};
    if (flight->count) {
        struct tcp_sent *last = tcp_flight_at(flight, flight->count - 1u);
        if (sent_together(flight, last, &sent)) {
            last->end = end;
            return;
        }
    }
    if (reserve(flight, 1)) {
        flight->count++;
        *tcp_flight_at(flight, flight->count - 1u) = sent;
        return;
    }
    struct tcp_sent *last = tcp_flight_at(flight, flight->count - 1u); /* no memory: joins it */
    count_in(flight, last->marks, end - last->end);
    sent.marks = last->marks;
    *last = sent;
}

void tcp_flight_again(struct tcp_flight *flight, uint32_t start, uint32_t end, uint32_t now_us,
                      uint32_t ticket)
{
    reserve(flight, 2);
    uint32_t first = cut(flight, start), last = first;
    cut(flight, end);
    for (; last < flight->count && seq_lt(start_of(flight, last), end); last++) {
        struct tcp_sent *range = tcp_flight_at(flight, last);
        tcp_flight_mark(flight, last, (uint8_t)((range->marks & ~SENT_LOST) | SENT_AGAIN));
        range->sent_us = now_us;
        range->ticket = ticket;
    }
    if (last > first)
        ranges_join(flight, first, last - 1);
}

void tcp_flight_left(struct tcp_flight *flight, uint32_t ticket, uint32_t now_us)
{
    for (uint32_t i = 0; i < flight->count; i++) {
        struct tcp_sent *range = tcp_flight_at(flight, i);
        if (range->ticket && seq_leq(range->ticket, ticket)) {
            range->ticket = 0;
            range->sent_us = now_us;
        }
    }
}

/* ---- what arrives ---- */

static void arrived(struct tcp_arrival *arrival, const struct tcp_sent *range, uint32_t start,
                    uint32_t end)
{
    if (range->marks & SENT_SACKED)
        return;
    arrival->bytes += end - start;
    struct tcp_sent part = *range;
    part.end = end;
    if (!arrival->any || tcp_sent_after(&part, &arrival->latest))
        arrival->latest = part;
    if (!arrival->any || seq_gt(end, arrival->highest))
        arrival->highest = end;
    arrival->any = true;
    if (range->marks & SENT_AGAIN) {
        arrival->again = true;
        return;
    }
    if (!arrival->once || seq_lt(start, arrival->once_start))
        arrival->once_start = start;
    if (!arrival->once || seq_lt(range->sent_us, arrival->once_us))
        arrival->once_us = range->sent_us;
    arrival->once = true;
}

void tcp_flight_acked(struct tcp_flight *flight, uint32_t ack, struct tcp_arrival *arrival)
{
    while (flight->count && seq_lt(flight->una, ack)) {
        struct tcp_sent *range = tcp_flight_at(flight, 0);
        uint32_t end = seq_min(range->end, ack);
        arrived(arrival, range, flight->una, end);
        count_out(flight, range->marks, end - flight->una);
        flight->una = end;
        if (end == range->end) {
            flight->first += flight->memory != NULL;
            flight->count--;
        }
    }
    if (!flight->count)
        tcp_flight_reset(flight, ack);
}

void tcp_flight_sacked(struct tcp_flight *flight, uint32_t start, uint32_t end,
                       struct tcp_arrival *arrival)
{
    uint32_t before = arrival->bytes;
    reserve(flight, 2);
    uint32_t first = cut(flight, start), last = first;
    cut(flight, end);
    for (; last < flight->count && seq_leq(tcp_flight_at(flight, last)->end, end); last++) {
        struct tcp_sent *range = tcp_flight_at(flight, last);
        uint32_t from = start_of(flight, last);
        if (range->marks & SENT_SACKED || seq_lt(from, start))
            continue;
        arrived(arrival, range, from, range->end);
        tcp_flight_mark(flight, last, SENT_SACKED | (range->marks & SENT_AGAIN));
    }
    arrival->sacked += arrival->bytes - before;
    if (last > first)
        ranges_join(flight, first, last - 1);
}

/* ---- what is lost ---- */

void tcp_flight_lose(struct tcp_flight *flight, uint32_t start, uint32_t end)
{
    reserve(flight, 2);
    uint32_t first = cut(flight, start), last = first;
    cut(flight, end);
    for (; last < flight->count && seq_lt(start_of(flight, last), end); last++) {
        uint8_t marks = tcp_flight_at(flight, last)->marks;
        if (!(marks & SENT_SACKED))
            tcp_flight_mark(flight, last, marks | SENT_LOST);
    }
    if (last > first)
        ranges_join(flight, first, last - 1);
}

static void marks_clear(struct tcp_flight *flight, uint8_t marks)
{
    for (uint32_t i = 0; i < flight->count; i++)
        tcp_flight_mark(flight, i, tcp_flight_at(flight, i)->marks & (uint8_t)~marks);
}

void tcp_flight_unlose(struct tcp_flight *flight)
{
    marks_clear(flight, SENT_LOST);
}

void tcp_flight_unsack(struct tcp_flight *flight)
{
    marks_clear(flight, SENT_SACKED);
}

bool tcp_flight_first_lost(const struct tcp_flight *flight, uint32_t *start, uint32_t *end)
{
    const struct tcp_sent *list = flight->memory ? flight->memory + flight->first : &flight->one;
    uint32_t i = 0;
    if (!flight->lost)
        return false;
    while (!(list[i].marks & SENT_LOST))
        i++;
    *start = i ? list[i - 1].end : flight->una;
    while (i + 1u < flight->count && list[i + 1].marks & SENT_LOST)
        i++;
    *end = list[i].end;
    return true;
}
