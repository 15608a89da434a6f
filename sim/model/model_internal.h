/* What the files of the model share.
 *
 * SPDX-License-Identifier: MIT
 *
 *     model.c      the transport: transfers in flight, time
 *     endpoints.c  what the bytes of a transfer mean for its URBs
 *     send.c       records -> frames for the wire (segment.c)
 *     receive.c    frames from the wire -> records (verify.c), batching, pause
 *     registers.c  the register map;  request.c  endpoint 0;  describe.c  descriptors
 */
#ifndef SIM_MODEL_MODEL_INTERNAL_H
#define SIM_MODEL_MODEL_INTERNAL_H

#include "driver/record.h"
#include "sim/model/model.h"
#include "sim/model/segment.h"

enum { MODEL_SERIAL_BYTES = 17, MODEL_COUNTERS = 32, MODEL_FIRST_COUNTER = 0x100 };
enum { CONFIGURATION_RECORDS = 1, CONFIGURATION_NETWORK = 2, DESCRIPTOR_BYTES = 256 };

struct model_registers {
    uint32_t control;
    uint8_t mac[6];
    uint32_t hash[2]; /* buckets of groups that are delivered, 0 to 31 and 32 to 63 */
    uint32_t batch_us, batch_bytes, mdio;
    uint32_t counters[MODEL_COUNTERS];
};

/* Bulk OUT, byte by byte: the record that is being gathered, then its segments. */
struct sender {
    enum { SEND_RECORD, SEND_PADDING, SEND_SKIP } state;
    bool midway;           /* a transfer has begun and not ended */
    size_t held, length;   /* bytes gathered; of the frame, once the header is there */
    size_t padding;        /* bytes still to come */
    bool sending;          /* segments has more; record stays as it is */
    uint64_t paused_until; /* the link partner asked for silence */
    struct segments segments;
    uint8_t record[RECORD_HEADER_BYTES + RECORD_MAX_FRAME];
};

struct received {
    uint16_t length;
    bool valid;
    uint8_t bytes[WIRE_FRAME_BYTES];
};

/* Frames that wait for the host, and the bulk IN transfer that is being made of them. */
struct receiver {
    struct received *frames; /* a ring */
    uint32_t first, count;
    bool pausing; /* we asked the link partner for silence … */
    uint64_t renew_ns;
    uint8_t *transfer;
    size_t filled, given; /* bytes in it; of them, moved to the host */
    bool closed;          /* it is complete, and goes */
    bool empty_packet;    /* it ended with a full packet: an empty one is due */
    uint64_t opened_ns;
};

enum model_pipe_index { PIPE_ENDPOINT_0, PIPE_BULK_OUT, PIPE_BULK_IN, PIPE_INTERRUPT_IN };
enum { MODEL_PIPES = 4 };

/* Transfers in flight, the oldest first, linked by transfer->context. */
struct model_queue {
    struct transfer *head, *tail;
};

struct model {
    struct transport transport; /* with the serial number */
    struct wire *wire;
    uint32_t features, limit; /* as the registers say */
    size_t packet_bytes;
    bool real_time, unplugged;
    uint64_t now_ns, last_wall_ns;
    struct model_queue pipes[MODEL_PIPES], done;
    bool halted[MODEL_PIPES];
    uint8_t configuration;
    bool alternate;  /* the network's data interface has endpoints */
    uint32_t filter; /* bits of CONTROL that the network's host asks for */
    int64_t
        told_status;    /* what the interrupt endpoint gave last; -1: nothing since configuration */
    int64_t told_speed; /* the status whose speed a network adapter's host knows, or -1 */
    struct model_registers registers;
    struct sender sender;
    struct receiver receiver;
};

/* endpoints.c. Runs the pipe's first transfer as far as it goes now. Returns true once it has ended. */
bool endpoint_run(struct model *model, enum model_pipe_index pipe, struct transfer *transfer);
/* The interrupt endpoint has something to tell. */
bool endpoint_has_news(const struct model *model);

bool endpoint_exists(const struct model *model, unsigned pipe);

/* describe.c: GET_DESCRIPTOR's answer, and that to Windows. Returns its length, or -EPIPE. */
int describe(const struct model *model, uint16_t value, uint8_t out[DESCRIPTOR_BYTES]);
int describe_to_windows(uint8_t out[DESCRIPTOR_BYTES]);

/* request.c. Answers a control transfer at once. */
void request_answer(struct model *model, struct transfer *transfer);

/* registers.c */
void registers_power_on(struct model *model);
uint32_t register_read(const struct model *model, uint32_t address);
void register_write(struct model *model, uint32_t address, uint32_t value);
uint32_t register_status(const struct model *model);
/* The host let go of the data (SET_CONFIGURATION, the network's SET_INTERFACE): buffers empty, CONTROL 0. */
void registers_let_go(struct model *model);
/* As a network adapter CONTROL is what alternate setting and filter say. */
void registers_follow(struct model *model);
/* Adds to a counter, which is named by its register's address. */
void model_count(struct model *model, uint32_t address, uint32_t by);

/* send.c */

/* Takes bytes of a bulk OUT transfer, of records or of a frame, until frames have to wait. Returns how many. */
size_t sender_take(struct model *model, const uint8_t *bytes, size_t length);
/* The record under way ends here, if there is one: bad, but whole segments of a super-frame that came go to the wire. */
void sender_cut_off(struct model *model);
/* The transfer is over. */
void sender_end(struct model *model);
/* Sends the segments that wait. Returns false while some have to. */
bool sender_drain(struct model *model);
/* Forgets what it holds, and the rest of the transfer if that goes on. */
void sender_flush(struct model *model, bool transfer_goes_on);
/* A frame of the adapter's own or of the host's onto the wire. */
void sender_frame(struct model *model, const uint8_t *frame, size_t length);

/* receive.c */
int receiver_open(struct receiver *receiver);
void receiver_close(struct receiver *receiver);
/* Takes what the wire has. */
void receiver_poll(struct model *model);
/* A frame of the board's own comes back (CONTROL.LOOPBACK). */
void receiver_loop(struct model *model, const uint8_t *bytes, size_t length);
/* Moves bytes of a bulk IN transfer into the URB. Returns true once that is complete. */
bool receiver_give(struct model *model, struct transfer *transfer);
/* When batching or pause want a poll. */
uint64_t receiver_deadline(const struct model *model);
/* Forgets all frames; a transfer that the host has begun to take ends in the middle. */
void receiver_flush(struct model *model, bool transfer_goes_on);

#endif
