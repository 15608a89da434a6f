/* The board's registers, as vendor requests on endpoint 0 reach them. Written from driver/registers.map by
 * driver/registers.py (`make registers`); change the map, not this file.
 *
 * SPDX-License-Identifier: MIT
 *
 * REG_NAME is a byte address. A field of one bit is its mask; a wider one has a mask, in place, and a shift.
 */
#ifndef DRIVER_REGISTERS_H
#define DRIVER_REGISTERS_H

#define REG_ID_VALUE                       0x31524546u /* "FER1" as bytes in address order */
#define REG_VERSION_MAJOR                  0 /* of the contract between driver and gateware; they must agree */
#define REG_VERSION_MINOR                  2 /* counts additions that an older driver may ignore */
#define REG_BOARD_BYTES                    32 /* length of the board's name */
#define REG_ID                             0x000u /* ID_VALUE, by which a driver knows the map */
#define REG_VERSION                        0x004u /* version of the gateware */
#define REG_VERSION_MAJOR_MASK             0xffff0000u /* VERSION_MAJOR */
#define REG_VERSION_MAJOR_SHIFT            16
#define REG_VERSION_MINOR_MASK             0x0000ffffu /* VERSION_MINOR */
#define REG_VERSION_MINOR_SHIFT            0
#define REG_FEATURES                       0x008u /* a bit for each offload that this build has */
#define REG_FEATURES_CSUM_SEND             0x00000001u /* inserts checksums (NEEDS_CSUM) */
#define REG_FEATURES_TSO4                  0x00000002u /* segments TCP over IPv4 */
#define REG_FEATURES_TSO6                  0x00000004u /* segments TCP over IPv6 */
#define REG_FEATURES_USO                   0x00000008u /* segments UDP over IPv4 and IPv6 */
#define REG_FEATURES_CSUM_RECEIVE          0x00000010u /* verifies checksums (DATA_VALID) */
#define REG_FEATURES_MERGE                 0x00000020u /* merges received segments */
#define REG_FEATURES_MULTICAST_HASH        0x00000040u /* delivers groups by HASH_LOW and HASH_HIGH */
#define REG_LIMITS                         0x00cu /* largest frame data of a record to send, in bytes */
#define REG_CONTROL                        0x010u /* what the adapter does */
#define REG_CONTROL_ENABLE                 0x00000001u /* sends and receives frames; 0 after reset */
#define REG_CONTROL_PROMISCUOUS            0x00000002u /* delivers frames to any address */
#define REG_CONTROL_ALL_MULTICAST          0x00000004u /* delivers all multicast frames */
#define REG_CONTROL_LOOPBACK               0x00000008u /* frames to send come back as received ones; the wire is silent and not heard */
#define REG_CONTROL_RESET                  0x80000000u /* write 1: every register as after power-on, buffers emptied, counters 0; reads as 0 */
#define REG_STATUS                         0x014u /* state of the link; also the first 4 bytes of the interrupt endpoint */
#define REG_STATUS_LINK                    0x00000001u /* the link is up */
#define REG_STATUS_SPEED_MASK              0x00000006u /* 0: 10 Mbit/s, 1: 100, 2: 1000 */
#define REG_STATUS_SPEED_SHIFT             1
#define REG_STATUS_FULL_DUPLEX             0x00000008u /* both directions at once */
#define REG_MAC_LOW                        0x018u /* bytes 0 to 3 of the station's address, byte 0 in bits 7:0 */
#define REG_MAC_HIGH                       0x01cu /* bytes 4 and 5 in bits 15:0 */
#define REG_BATCH_TIME                     0x020u /* microseconds that a received frame may wait for company in its transfer */
#define REG_BATCH_BYTES                    0x024u /* a bulk IN transfer ends before it exceeds this; the driver's URB size */
#define REG_MDIO                           0x030u /* one access to the Ethernet PHY's registers (IEEE 802.3, clause 22) */
#define REG_MDIO_DATA_MASK                 0x0000ffffu /* to write, or read once BUSY is 0 */
#define REG_MDIO_DATA_SHIFT                0
#define REG_MDIO_REGISTER_MASK             0x001f0000u /* in the PHY */
#define REG_MDIO_REGISTER_SHIFT            16
#define REG_MDIO_PHY_MASK                  0x03e00000u /* its address */
#define REG_MDIO_PHY_SHIFT                 21
#define REG_MDIO_WRITE                     0x04000000u /* 1 writes, 0 reads */
#define REG_MDIO_BUSY                      0x80000000u /* the access is under way; writing this register starts one */
#define REG_CLOCK                          0x034u /* frequency of the core clock in Hz */
#define REG_HASH_LOW                       0x038u /* a frame to a group is delivered if bit n is set, n being the highest six bits of the FCS' CRC of its address (Linux: ether_crc(6, address) >> 26): bits 0 to 31 */
#define REG_HASH_HIGH                      0x03cu /* bits 32 to 63 */
#define REG_BOARD                          0x040u /* name of the board, 32 bytes of ASCII to 0x05f, zeros behind it */
#define REG_RX_FRAMES                      0x100u /* good frames delivered */
#define REG_RX_BYTES                       0x104u /* their bytes without FCS */
#define REG_RX_MULTICAST                   0x108u /* of them, to a multicast address but not broadcast */
#define REG_RX_BROADCAST                   0x10cu /* of them, to the broadcast address */
#define REG_RX_CRC_ERRORS                  0x110u /* frames with a bad FCS (RFC 3635 dot3StatsFCSErrors) */
#define REG_RX_RUNTS                       0x114u /* frames under 64 bytes (RFC 2819 etherStatsUndersizePkts, Fragments) */
#define REG_RX_OVERSIZE                    0x118u /* frames over the limit (RFC 2819 etherStatsOversizePkts) */
#define REG_RX_SYMBOL_ERRORS               0x11cu /* frames in which the PHY signalled an error (dot3StatsSymbolErrors) */
#define REG_RX_OVERFLOWS                   0x120u /* good frames lost for want of buffer */
#define REG_RX_FILTERED                    0x124u /* good frames to somebody else */
#define REG_RX_PAUSE                       0x128u /* pause frames obeyed (RFC 3635 dot3InPauseFrames) */
#define REG_RX_VERIFIED                    0x12cu /* good frames handed to the host with DATA_VALID */
#define REG_TX_FRAMES                      0x140u /* frames sent */
#define REG_TX_BYTES                       0x144u /* their bytes without padding and FCS */
#define REG_TX_PAUSE                       0x148u /* pause frames sent (dot3OutPauseFrames) */
#define REG_TX_BAD_RECORDS                 0x14cu /* records dropped: no mark, a bad length, cut off by the transfer's end */
#define REG_TX_DISABLED                    0x150u /* frames dropped because the adapter is not enabled */
#define REG_TX_SEGMENTED_RECORDS           0x154u /* records whose super-frame has been cut into segments to its end */
#define REG_TX_SEGMENTS                    0x158u /* frames made of super-frames */

/* Every counter: X(name of its statistic, its register). */
#define REG_COUNTERS(X) \
    X(rx_packets, REG_RX_FRAMES) \
    X(rx_bytes, REG_RX_BYTES) \
    X(rx_multicast, REG_RX_MULTICAST) \
    X(rx_broadcast, REG_RX_BROADCAST) \
    X(rx_crc_errors, REG_RX_CRC_ERRORS) \
    X(rx_short_length_errors, REG_RX_RUNTS) \
    X(rx_long_length_errors, REG_RX_OVERSIZE) \
    X(rx_symbol_errors, REG_RX_SYMBOL_ERRORS) \
    X(rx_missed_errors, REG_RX_OVERFLOWS) \
    X(rx_filtered, REG_RX_FILTERED) \
    X(rx_pause_frames, REG_RX_PAUSE) \
    X(rx_csum_unnecessary, REG_RX_VERIFIED) \
    X(tx_packets, REG_TX_FRAMES) \
    X(tx_bytes, REG_TX_BYTES) \
    X(tx_pause_frames, REG_TX_PAUSE) \
    X(tx_bad_records, REG_TX_BAD_RECORDS) \
    X(tx_disabled, REG_TX_DISABLED) \
    X(tx_hw_gso_packets, REG_TX_SEGMENTED_RECORDS) \
    X(tx_hw_gso_wire_packets, REG_TX_SEGMENTS)

#endif
