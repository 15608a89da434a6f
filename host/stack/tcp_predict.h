/* Header prediction: the next segment of a running transfer, taken without the eight steps.
 *
 * SPDX-License-Identifier: MIT
 *
 * While data flows one way each segment but the first is known before it comes, up to its data: same connection,
 * next sequence number, nothing newly acknowledged, same window, no flag but ACK and PSH (Van Jacobson). Of
 * the steps of RFC 9293, 3.10.7.4 only two lines of the fifth and the middle of the seventh do anything then,
 * and these are done here. 3.10 allows it: an implementation may differ "in detail, not in substance".
 */
#ifndef HOST_STACK_TCP_PREDICT_H
#define HOST_STACK_TCP_PREDICT_H

#include "host/stack/tcp_conn.h"

/* Takes the segment, which is of conn, and answers it if it is the next one. Returns false and has done nothing if it is anything
 * else, a bad checksum too: it must go through the steps. */
bool tcp_predict_packet(struct tcp_conn *conn, const struct ip_input *in, uint64_t now_ns);
/* The same for its header and data in bytes. unverified: the packet, if its checksum is not
 * known to be right. */
bool tcp_predict(struct tcp_conn *conn, const uint8_t *header, size_t bytes,
                 const struct ip_input *unverified, uint64_t now_ns);

/* tcp_receive.c: length bytes that begin at rcv_nxt and fit the window. */
void tcp_data_in_order(struct tcp_conn *conn, const uint8_t *data, uint32_t length,
                       uint64_t now_ns);
/* tcp_input.c: sends what a segment has set free, now or when the batch ends. */
void tcp_answer(struct tcp_conn *conn, uint64_t now_ns);

#endif
