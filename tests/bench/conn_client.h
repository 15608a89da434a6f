/* A scripted client with very many connections, which keeps two numbers for each: for conn_bench.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BENCH_CONN_CLIENT_H
#define TESTS_BENCH_CONN_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#define CONN_SERVER  0x0a000001u
#define CONN_GATEWAY 0x0a0000feu /* behind it all the clients' addresses are */
#define CONN_CLIENTS 0x0a010000u

enum { CONN_FRAME_BYTES = 256, CONN_QUESTION_BYTES = 100, CONN_WAITING = 8 };

struct conn_link {
    uint32_t snd_nxt, rcv_nxt;
};

struct conn_client {
    struct conn_link *links;
    uint32_t count;
    uint16_t port;
    struct {
        uint8_t bytes[CONN_FRAME_BYTES];
        size_t len;
    } waiting[CONN_WAITING]; /* frames to the server */
    unsigned first, last;    /* of them */
    uint64_t packets;        /* of TCP, both ways */
    uint64_t answered;       /* bytes */
};

void conn_client_init(struct conn_client *client, uint32_t count, uint16_t port);
/* Sends a SYN on connection number index; later an ACK, when its answer has come. */
void conn_client_open(struct conn_client *client, uint32_t index);
/* Sends CONN_QUESTION_BYTES of data. Whatever comes is acknowledged. */
void conn_client_ask(struct conn_client *client, uint32_t index);
/* A frame from the server. Dies if it is none that belongs here. */
void conn_client_take(struct conn_client *client, const uint8_t *frame, size_t len);
/* Writes the next frame to the server; returns its length, 0: there is none. */
size_t conn_client_frame(struct conn_client *client, uint8_t frame[CONN_FRAME_BYTES]);

#endif
