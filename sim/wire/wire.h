/* The Ethernet wire outside the RGMII pins: a PHY with its link partner, what spoils the wire, and who is at its end.
 *
 * SPDX-License-Identifier: MIT
 *
 * The board side is stepped once per Ethernet clock with the nibbles on the pins (wire_clock, hot path);
 * the far side is a backend (libslirp, TAP, replay) that takes and gives whole frames. In between the wire serializes
 * frames with preamble and FCS, checks those that it receives, obeys and sends pause, impairs and captures.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What spoils the wire; all zero is a clean one at 1000 Mbit/s without delay. Applies to each direction. */
struct wire_impairment {
    double loss, reorder, duplicate, corrupt; /* probability per frame, 0 to 1 */
    uint64_t delay_ns, jitter_ns;             /* one way */
    uint64_t rate_bps;                        /* 0: the link's own */
    uint32_t queue_frames;                    /* of the rate's queue; 0: 1,000 */
    uint64_t seed;
};

/* Reads "loss=1%,delay=20ms,jitter=1ms,rate=10mbit,reorder=2%,duplicate=1%,corrupt=1%,queue=50,seed=7".
 * Returns 0, or -EINVAL with a message that quotes the bad part and says what would do. */
int wire_impairment_parse(const char *text, struct wire_impairment *out, char *error,
                          size_t error_len);

struct backend;

struct wire_config {
    const char
        *backend; /* NULL or "slirp", "tap:NAME", "listen:WHERE", "connect:WHERE" (README.md),
                         * "replay:FILE", "none" (nobody answers) */
    /* In place of a name: the caller's own (sim/wire/backend.h), with its ops filled in, or NULL. The wire sets its
     * port, and closes it in wire_close; after a wire_open that failed it is still the caller's. */
    struct backend *far_end;
    struct wire_impairment impairment;
    const char *pcap; /* pcapng file for every frame as it passes the board's connector, or NULL */
    const char *record;  /* file for replay, or NULL */
    uint32_t speed_mbps; /* 10, 100 or 1000; 0 means as fast as the PHY is */
    bool fast_ethernet;  /* the PHY does no more than 100 Mbit/s */
    bool link_down;      /* no cable */
    uint64_t start_ns;   /* present time */
};

struct wire;

/* Returns 0, or a negative errno with a message naming what is missing and what to do. */
int wire_open(struct wire **out, const struct wire_config *config, char *error, size_t error_len);
void wire_close(struct wire *wire);

/* RGMII pins of one direction during one clock: two nibbles and two levels of the control line
 * (RGMII 2.0: rising edge bits 3:0 and DV/EN, falling edge bits 7:4 and ERR xor DV). */
struct rgmii {
    uint8_t rise, fall; /* 4 bits each */
    uint8_t ctl;        /* bit 0 at the rising edge, bit 1 at the falling one */
};

/* One cycle of the link's clock (8, 40 or 400 ns by speed): takes what the board drives on TXD/TX_CTL and
 * returns what the PHY drives on RXD/RX_CTL, with in-band status between frames. now_ns is the cycle's time. */
struct rgmii wire_clock(struct wire *wire, uint64_t now_ns, struct rgmii tx);

/* Nanoseconds of one link clock. */
uint32_t wire_clock_ns(const struct wire *wire);

/* For a board without pins, in place of wire_clock: whole frames without FCS, which take no time. */

enum { WIRE_FRAME_BYTES = 1518 }; /* the longest frame, a VLAN tag included */

/* A frame from the board; a short one is padded. Without a link, or over 1,514 bytes (1,518 with a tag), it is lost. */
void wire_frame_from_board(struct wire *wire, uint64_t now_ns, const uint8_t *bytes, size_t len);
/* Writes the next frame that the board hears, pause frames too, padded to 60 bytes, and returns its length; 0 if there
 * is none now (wire_deadline tells when). bad_fcs: the wire spoiled it. */
size_t wire_frame_to_board(struct wire *wire, uint64_t now_ns, uint8_t bytes[WIRE_FRAME_BYTES],
                           bool *bad_fcs);
/* Speed of the link in Mbit/s, 0 without one; it is always full duplex. */
uint32_t wire_link_mbps(const struct wire *wire);

/* True if no frame is under way in either direction on the pins and none is ready to start before wire_deadline. */
bool wire_idle(const struct wire *wire);

/* The PHY's MDIO registers (clause 22): address 0 of the wire's PHY. */
uint16_t wire_mdio_read(struct wire *wire, unsigned phy, unsigned reg);
void wire_mdio_write(struct wire *wire, unsigned phy, unsigned reg, uint16_t value);

/* The far side: lets the backend work (never blocks), moves due frames to the pins. */
void wire_poll(struct wire *wire, uint64_t now_ns);
/* When the wire has something to do next: a delayed frame, a timer of the backend; TIME_NEVER (UINT64_MAX) if only fds matter. */
uint64_t wire_deadline(const struct wire *wire);
int wire_fds(struct wire *wire, struct pollfd *fds, int max);
/* True while a host socket is open behind the wire (time must not jump then). TAP and the like: always true. */
bool wire_host_busy(const struct wire *wire);

/* Cable out or in, in a test. */
void wire_set_link(struct wire *wire, bool up);

struct wire_counters {
    uint64_t frames_from_board, bytes_from_board, frames_to_board, bytes_to_board;
    uint64_t bad_fcs, bad_preamble, short_gap, runts, oversize; /* the board broke IEEE 802.3 */
    uint64_t pause_from_board, pause_to_board, lost, reordered, duplicated, corrupted;
};
const struct wire_counters *wire_counters(const struct wire *wire);

#endif
