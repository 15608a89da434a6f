/* The secret of which stable IPv6 addresses are made. RFC 7217, 5.
 *
 * SPDX-License-Identifier: MIT
 *
 * It must be the same at every start and known to nobody else: machine-id(5) is that, where there is one. Only a keyed hash
 * leaves the machine, and the constant keeps our key from being somebody else's.
 */
#include <stdio.h>

#include "host/engine/engine_internal.h"

static const uint64_t OURS[2] = {UINT64_C(0x466572726974652c), UINT64_C(0x5246432037323137)};

void secret_make(uint64_t secret[2], uint64_t (*random)(void *user), void *user)
{
    FILE *in = fopen("/etc/machine-id", "re");
    unsigned long long high, low;
    int read = in ? fscanf(in, "%16llx%16llx", &high, &low) : 0;

    if (in)
        fclose(in);
    secret[0] = read == 2 ? high ^ OURS[0] : random(user);
    secret[1] = read == 2 ? low ^ OURS[1] : random(user);
}
