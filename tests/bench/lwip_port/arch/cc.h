/* lwIP's port to this compiler and a single thread, for the benchmark.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BENCH_LWIP_PORT_ARCH_CC_H
#define TESTS_BENCH_LWIP_PORT_ARCH_CC_H

#include <stdio.h>
#include <stdlib.h>

#define LWIP_PLATFORM_DIAG(x)   (printf x)
#define LWIP_PLATFORM_ASSERT(x) (fprintf(stderr, "lwIP: %s\n", x), abort())
#define LWIP_RAND()             ((u32_t)rand())

#endif
