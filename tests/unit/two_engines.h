/* Two engines joined by a wire, for tests of sockets from end to end without USB or Verilog.
 *
 * SPDX-License-Identifier: MIT
 *
 * Engine 0 is 10.0.0.1 and usually the client's, engine 1 is 10.0.0.2; with two_start_dual they are fd00::1 and fd00::2
 * besides. The socket library asks
 * one engine at a time: on(0) and on(1) say which.
 */
#ifndef TESTS_UNIT_TWO_ENGINES_H
#define TESTS_UNIT_TWO_ENGINES_H

#include <netinet/in.h>

#include "host/engine/engine.h"
#include "host/socket/ferrite.h"
#include "tests/unit/fake_board.h"

struct two {
    struct fake_wire *wire;
    struct engine *engines[2];
    bool finished[2], dual;
    struct journal journal;
    char text[262144]; /* engine 0's journal, "layer: line\n" each; read it when that has ended */
    size_t text_len;
};

/* engine 0 asks 10.0.0.2:5300 for names. */
void two_start(struct two *two);
void two_start_dual(struct two *two);
/* The same with another configuration of engine 0. */
struct engine_config two_config(struct two *two);
void two_start_with(struct two *two, const struct engine_config *config);
void two_stop(struct two *two);
/* Ends one engine only; waits at most PATIENCE_MS for until. */
struct engine_report two_finish(struct two *two, int side, enum engine_finish until);

void on(const struct two *two, int side);
struct sockaddr_in address_of(int side, uint16_t port);
struct sockaddr_in6 address6_of(int side, uint16_t port);
#define SOCKADDR(in) (struct sockaddr *)&(in), sizeof(in)

/* A listener on engine 1; a connection from engine 0 to it, both ends. */
int two_listen(const struct two *two, uint16_t port);
int two_connect(const struct two *two, uint16_t port);
void two_join(const struct two *two, int *client, int *server);

/* How long a test waits for what must come, however little of the processor its threads get. */
enum { PATIENCE_MS = 30000 };
/* 1 if fd has one of events within PATIENCE_MS, and within ms: that for what must not come. */
int comes(int fd, short events);
int waits_for(int fd, short events, int ms);
/* Asks every 10 ms until condition holds; after PATIENCE_MS the test has failed. */
#define EVENTUALLY(condition)                    \
    for (int asked_ = 0; !(condition); asked_++) \
    ask_later(asked_, #condition)
void ask_later(int asked, const char *condition);
/* Reads until the end of file; returns the bytes, which must equal the pattern that
 * write_pattern sends. */
size_t read_pattern(int fd);
void write_pattern(int fd, size_t count);
/* As fe_query, with the text in a buffer of its own: frees nothing of the caller's. 1 if the
 * report has text in it. */
int report_has(const struct two *two, int side, const char *what, const char *text);

#endif
