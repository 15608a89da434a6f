/* The LAN driver's own structure, for the files driver/lan*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef DRIVER_LAN_INTERNAL_H
#define DRIVER_LAN_INTERNAL_H

#include "driver/lan.h"

enum {
    LAN_MAX_TRANSFERS = 16,
    LAN_INTERRUPT_BYTES = 8,
    LAN_MAX_ERRORS = 20, /* in a row on one endpoint and no byte moved: the board is broken */
    LAN_TWO_RECORDS = 2 * (RECORD_HEADER_BYTES + 1516), /* of full frames, padded */

    ENDPOINT_OUT = 0x01,
    ENDPOINT_IN = 0x81,
    ENDPOINT_INTERRUPT = 0x82,
};

enum slot_state {
    SLOT_FREE,
    SLOT_FILLING, /* records are written into it */
    SLOT_FLIGHT,  /* the transport has it */
    SLOT_WAITING, /* to be submitted once its endpoint has recovered */
};

struct slot {
    struct transfer transfer;
    enum slot_state state;
    uint64_t ticket; /* OUT: of the last record in it */
};

enum recovery_state {
    RECOVERY_NONE,
    RECOVERY_DRAINS, /* what was in flight comes back; then a pause, if this is not the first error */
    RECOVERY_CLEARS, /* the halt is being cleared */
    RECOVERY_ENDS,   /* bulk OUT: the transfer that was cut off is being ended */
};

/* How an endpoint gets over an error; its transfers wait meanwhile. */
struct recovery {
    struct lan *lan;
    uint8_t endpoint;
    enum recovery_state state;
    struct transfer request;
    bool under_way;     /* the request is */
    unsigned errors;    /* since the last success */
    uint64_t failed_ns; /* when the last one came */
};

/* Registers being written while frames flow (lan_write.c); lan_write_start fills it. */
struct writing {
    struct lan *lan;
    struct transfer request;
    uint8_t data[8];
    bool under_way;
    bool lost;         /* the last write failed: what the board has is not known */
    unsigned errors;   /* since the last success */
    uint64_t retry_ns; /* not to be written earlier */
};

/* The register BATCH_TIME, which follows what is sent (lan_batch.c). */
struct batch {
    struct writing write;
    uint32_t written; /* the value that the board has, or is being given */
    uint64_t spell_ns, busy_until_ns;
    size_t spell_bytes; /* of records committed since spell_ns */
};

/* Groups to receive (lan_groups.c): buckets of the filter, or without one 1 for all groups. */
struct groups {
    struct writing write;
    uint64_t wanted, written; /* written: what the board has, or is being given */
};

struct lan {
    struct transport *transport;
    struct lan_config config;
    struct lan_handler handler;
    uint64_t (*wall_ns)(void);
    struct lan_info info;
    struct lan_status status;
    struct lan_counters counters;
    uint64_t now_ns;

    struct slot out[LAN_MAX_TRANSFERS], in[LAN_MAX_TRANSFERS], interrupt;
    struct recovery out_recovery, in_recovery, interrupt_recovery;
    struct batch batch;
    struct groups groups;
    uint32_t control; /* CONTROL, as lan_open wrote it */
    uint8_t interrupt_data[LAN_INTERRUPT_BYTES];
    uint8_t *memory; /* the data of all bulk transfers */
    size_t memory_bytes;
    int filling;     /* index into out, -1 if none */
    uint32_t filled; /* bytes of records in it */
    uint32_t filled_records;
    uint64_t tickets;  /* records committed */
    uint64_t waiting;  /* bytes of records that no completed transfer has carried */
    uint8_t *reserved; /* where the next record begins, NULL if nothing is reserved */
    bool wants_room, closing;
    bool lost_place; /* what comes up to the first short packet may have no beginning */
    int gone;        /* 0, or the error that ended it */
};

/* lan_control.c. Blocks until the control transfer is answered. Returns the bytes moved or a negative errno. */
int lan_control(struct lan *lan, const uint8_t setup[8], uint8_t *data, uint16_t len);
/* Makes transfer one that writes values, which it keeps in data, into the registers from address on. */
void lan_register_setup(struct transfer *transfer, uint32_t address, const uint32_t *values,
                        int count, uint8_t *data);

/* lan_memory.c. The transfers' memory: the transport's own, which the kernel does not copy, or the C library's. */
int lan_memory_make(struct lan *lan);
void lan_memory_free(struct lan *lan);

/* lan_batch.c. So many bytes of records have been committed. */
void lan_batch_sent(struct lan *lan, size_t bytes);
/* Starts to write BATCH_TIME if it should be another. */
void lan_batch_poll(struct lan *lan);
uint64_t lan_batch_deadline(const struct lan *lan);

/* lan_groups.c. Starts to write the groups' registers if they should be others. */
void lan_groups_poll(struct lan *lan);
uint64_t lan_groups_deadline(const struct lan *lan);

/* lan_write.c. One or two registers. changed: the board should have other values than it was given last. */
bool lan_write_is_due(const struct lan *lan, const struct writing *write, bool changed);
void lan_write_start(struct lan *lan, struct writing *write, uint32_t address,
                     const uint32_t *values, int count);
uint64_t lan_write_deadline(const struct lan *lan, const struct writing *write, bool changed);

/* lan_recover.c. Decides what an ended transfer's status means. */
enum lan_verdict {
    LAN_FINE, /* use it and submit the next */
    LAN_WAIT, /* lost, the endpoint recovers: keep it in SLOT_WAITING until it is resumed */
    LAN_STOP, /* closing or gone: leave it */
};
enum lan_verdict lan_judge(struct lan *lan, struct recovery *recovery,
                           const struct transfer *transfer);
/* Clears what halts are due; when it wants to be called again. */
void lan_recover_poll(struct lan *lan);
uint64_t lan_recover_deadline(const struct lan *lan);
/* How long to wait behind so many errors in a row. */
uint64_t lan_pause_ns(unsigned errors);
void lan_set_gone(struct lan *lan, int error);
/* Submits transfer; a failure is handled as the board's end. */
void lan_submit(struct lan *lan, struct slot *slot);

/* lan_receive.c, lan_send.c */
void lan_receive_start(struct lan *lan);
void lan_receive_resume(struct lan *lan);
void lan_interrupt_resume(struct lan *lan);
void lan_send_resume(struct lan *lan);
void lan_send_setup(struct lan *lan);
/* What the slower of bus and link can carry. A link that is down has no say. */
size_t lan_bytes_per_ms(const struct lan *lan);
void lan_receive_setup(struct lan *lan);
/* Takes over a value of the STATUS register and reports a change. */
void lan_status_update(struct lan *lan, uint32_t status);

#endif
