/* Connections that are opened and closed again at once, ours and lwIP's: for setup_bench.c.
 *
 * SPDX-License-Identifier: MIT
 *
 * Both ends are in this process, joined by a link without delay. TCP's sums are left to the device, as is the check of IP's; IP's are
 * made. Both sides offer window scaling and SACK. In setup_*_cycle the client
 * connects, both sides learn of it, the client closes, the server sees the end and closes, too; then nothing is under way
 * and the client's end is in TIME-WAIT, which lasts half a second here: 50 or so at any time, as a cycle takes 10 ms of
 * simulated time.
 *
 * Each side is driven as its drivers do it. Twice in a cycle it is asked to do what is due; then frames go to and fro. Ours come in
 * batches (of one) and are built in the link's memory; lwIP's are copied between that and its buffers, and it is one stack
 * with two interfaces in place of two stacks. In both a cycle takes six packets, as the server closes before the ACK of the
 * client's FIN is sent. Not alike is that our ports and sequence numbers come of a keyed hash (RFC 6056, RFC 6528).
 */
#ifndef TESTS_BENCH_SETUP_H
#define TESTS_BENCH_SETUP_H

enum { SETUP_PORT = 9000, SETUP_CYCLE_MS = 10, SETUP_TIME_WAIT_MS = 500, SETUP_FRAMES = 16 };

void setup_ours_open(void);
void setup_ours_cycle(void); /* dies with a message if it does not come to its end */
void setup_lwip_open(void);  /* the same of lwIP; dies if the program was built without */
void setup_lwip_cycle(void);

#endif
