/* What is under way: the bytes between snd_una and snd_max as a list of ranges, each with the time
 * at which it was sent last and what became of it. The scoreboard of RFC 6675, 3 and the
 * transmission times of RFC 8985, 5.2 in one.
 *
 * SPDX-License-Identifier: MIT
 *
 * Ranges follow each other without a gap, so each needs only its end. Neighbours that were sent
 * together (within a 128th of the time that what is under way has taken) and had the same fate are
 * one; a super-segment is one range. With one range there is no memory behind the list. Times are microseconds that wrap.
 */
#ifndef HOST_STACK_TCP_FLIGHT_H
#define HOST_STACK_TCP_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

enum tcp_sent_marks {
    SENT_SACKED = 1, /* the peer says that it has arrived */
    SENT_LOST = 2,   /* held to be lost, and not sent again since */
    SENT_AGAIN = 4,  /* sent more than once */
};

struct tcp_sent {
    uint32_t end;     /* sequence number behind it */
    uint32_t sent_us; /* when it left the host, or if it has not, when it was handed over */
    uint32_t ticket;  /* of the device, its low 32 bits; 0: it has left */
    uint8_t marks;    /* enum tcp_sent_marks */
};

enum { TCP_FLIGHT_MAX_RANGES = 1024 };

struct tcp_flight {
    struct tcp_sent *memory; /* NULL: the list is one */
    struct tcp_sent one;
    uint32_t una;                /* where the first range begins */
    uint32_t lost, sacked;       /* bytes with these marks */
    uint16_t first, count, room; /* the list is count ranges from memory[first] on */
};

/* What an ACK has told to have arrived; begins as zeros. */
struct tcp_arrival {
    uint32_t bytes;         /* not known before to have arrived */
    uint32_t sacked;        /* of them, by SACK */
    uint32_t highest;       /* behind the last of them */
    bool any;               /* there are such bytes; if not, only bytes and sacked have a meaning */
    bool again;             /* some were sent more than once */
    bool once;              /* some only once, */
    uint32_t once_start;    /* which begin here at the lowest */
    uint32_t once_us;       /* and were sent then at the earliest */
    struct tcp_sent latest; /* what was sent last of it, by time and then by place */
};

/* Nothing is under way: una and what follows is sent next. Frees what memory there was. */
void tcp_flight_reset(struct tcp_flight *flight, uint32_t una);

/* The bytes up to end, which follow those under way, are sent for the first time. */
void tcp_flight_sent(struct tcp_flight *flight, uint32_t end, uint32_t now_us, uint32_t ticket);
/* Bytes under way are sent again: not lost any more. */
void tcp_flight_again(struct tcp_flight *flight, uint32_t start, uint32_t end, uint32_t now_us,
                      uint32_t ticket);
/* All that was handed over up to ticket has left the host. */
void tcp_flight_left(struct tcp_flight *flight, uint32_t ticket, uint32_t now_us);

/* The bytes before ack have arrived; they are under way no more. */
void tcp_flight_acked(struct tcp_flight *flight, uint32_t ack, struct tcp_arrival *arrival);
/* These have arrived out of order; without memory it is not noted. */
void tcp_flight_sacked(struct tcp_flight *flight, uint32_t start, uint32_t end,
                       struct tcp_arrival *arrival);
/* These are lost, but for those that have arrived. */
void tcp_flight_lose(struct tcp_flight *flight, uint32_t start, uint32_t end);
/* None is lost after all; or: what SACK said counts no more (RFC 2018, 8). */
void tcp_flight_unlose(struct tcp_flight *flight);
void tcp_flight_unsack(struct tcp_flight *flight);

/* The first lost bytes: from *start to *end, up to what is not lost. False: there are none. */
bool tcp_flight_first_lost(const struct tcp_flight *flight, uint32_t *start, uint32_t *end);

/* Range i of count. */
static inline struct tcp_sent *tcp_flight_at(struct tcp_flight *flight, uint32_t i)
{
    return flight->memory ? &flight->memory[flight->first + i] : &flight->one;
}
/* Gives range i other marks. */
void tcp_flight_mark(struct tcp_flight *flight, uint32_t i, uint8_t marks);
/* a was sent after b (RFC 8985, 6.2). */
bool tcp_sent_after(const struct tcp_sent *a, const struct tcp_sent *b);

#endif
