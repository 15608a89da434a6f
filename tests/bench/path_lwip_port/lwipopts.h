/* How lwIP is built for a long path: as in ../lwip_port, but it may have 4 MiB under way.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BENCH_PATH_LWIP_PORT_LWIPOPTS_H
#define TESTS_BENCH_PATH_LWIP_PORT_LWIPOPTS_H

#include "tests/bench/lwip_port/lwipopts.h"

#undef TCP_SND_BUF
#undef TCP_SND_QUEUELEN
#undef MEMP_NUM_TCP_SEG
#undef MEMP_NUM_PBUF
#undef MEM_SIZE

#define LWIP_WND_SCALE   1
#define TCP_RCV_SCALE    0
#define TCP_SND_BUF      (4 << 20)
#define TCP_SNDLOWAT     32768
#define TCP_SND_QUEUELEN 8192
#define MEMP_NUM_TCP_SEG 8192
#define MEMP_NUM_PBUF    8192
#define MEM_SIZE         (32 << 20)

#endif
