/* What --help says of the options that every command shares.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "host/cli/options.h"

void options_help(void)
{
    puts(
        "Options of every command:\n"
        "  --sim                  start a simulated board for this command\n"
        "  --device WHICH         a board's serial number or USB port (1-2), or "
        "usbip:HOST[:PORT][/BUSID],\n"
        "                         or model: the board's C model, without its gates, fast\n"
        "  --engine PATH          socket of the service that `ferrite up` runs\n"
        "  --address A/LEN        own address, in place of DHCP\n"
        "  --gateway G            default gateway, with --address\n"
        "  --dns A[:PORT]         name server, in place of DHCP's; up to three times\n"
        "  --mac ADDRESS          own Ethernet address, in place of the board's, as in "
        "02:46:45:00:00:02\n"
        "  --dhcp-patience S      seconds before a link-local address is taken (10)\n"
        "  --seed N               draw ports, identifiers and the like from N, to meet a "
        "recording again (an attacker can guess them)\n"
        "  --offload LIST         what the board does for us if it can, as in tso=off,rx=off (all "
        "on):\n"
        "                         rx: verify checksums of received frames; tx: insert those of "
        "sent "
        "ones;\n"
        "                         tso: cut TCP super-segments; uso: cut UDP ones; tx=off turns tso "
        "and uso off too\n"
        "  --congestion NAME      TCP's congestion control: cubic (unless told otherwise), "
        "newreno, "
        "vegas,\n"
        "                         westwood, bic\n"
        "  --timestamps           TCP offers and accepts timestamps (RFC 7323): 12 bytes a "
        "segment\n"
        "  --ecn                  TCP asks routers to mark instead of dropping (RFC 3168); a peer "
        "that asks gets it anyway\n"
        "  --pacing               TCP spreads what it sends over the round trip\n"
        "  --explain              tell what each layer does, as it happens\n"
        "  -v, -vv                more: -vv prints every header field and USB transfer\n"
        "  --json                 machine-readable output\n"
        "  -h, --help             this text\n"
        "With --sim, and all but --trace and --shape with --device model:\n"
        "  --wire LIST            what is at the wire's end (slirp, tap:NAME, listen:WHERE, "
        "connect:WHERE,\n"
        "                         replay:FILE, none; WHERE: HOST:PORT or a socket's path with a "
        "slash) "
        "and what spoils it:\n"
        "                         "
        "loss=1%,delay=20ms,jitter=1ms,rate=10mbit,reorder=2%,duplicate=1%,corrupt=1%,queue=50,"
        "seed=7\n"
        "  --link 10|100|1000|down  speed of the link, or no cable (1000)\n"
        "  --full-speed           a USB host without high speed\n"
        "  --shape NAME           which board, --sim alone: high-speed (ULPI and RGMII, unless "
        "told "
        "otherwise)\n"
        "                         or full-speed (USB on pins and RMII, 10/100 Mbit/s)\n"
        "  --pcap FILE            capture the Ethernet wire (pcapng)\n"
        "  --trace FILE           waves of the board's signals (FST)\n"
        "  --record FILE          record the wire, for --wire replay:FILE");
}
