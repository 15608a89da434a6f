/* How lwIP is built for the benchmark: no threads, no statistics, memory for a window of 64 KiB, and whatever makes it
 * quick. LWIP_SUMS (1 or 0) says whether it makes and checks checksums; LWIP_IP_SUMS does so for IP's header alone, LWIP_IP_CHECKS
 * for that of received packets.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BENCH_LWIP_PORT_LWIPOPTS_H
#define TESTS_BENCH_LWIP_PORT_LWIPOPTS_H

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0
#define LWIP_STATS           0
#define LWIP_NOASSERT        1
#define LWIP_IPV6            0
#define LWIP_UDP             0
#define LWIP_RAW             0

#define TCP_MSS               1460
#define TCP_WND               65535
#define TCP_SND_BUF           65535
#define TCP_SND_QUEUELEN      256
#define MEMP_NUM_TCP_SEG      256
#define MEMP_NUM_PBUF         512
#define PBUF_POOL_SIZE        256
#define MEM_ALIGNMENT         8
#define LWIP_CHKSUM_ALGORITHM 3 /* 2.39 instructions a byte at the sender in place of 4.00 */
#define MEM_SIZE              (1 << 20)
#define ARP_QUEUEING          1

#ifndef LWIP_IP_SUMS
#define LWIP_IP_SUMS LWIP_SUMS
#endif
#ifndef LWIP_IP_CHECKS
#define LWIP_IP_CHECKS LWIP_IP_SUMS
#endif
#define CHECKSUM_GEN_IP     LWIP_IP_SUMS
#define CHECKSUM_GEN_TCP    LWIP_SUMS
#define CHECKSUM_GEN_ICMP   LWIP_SUMS
#define CHECKSUM_CHECK_IP   LWIP_IP_CHECKS
#define CHECKSUM_CHECK_TCP  LWIP_SUMS
#define CHECKSUM_CHECK_ICMP LWIP_SUMS

#endif
