/* The memory of bulk transfers: from the transport, if the kernel can reach it without a copy, or from the C library.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include "driver/lan_internal.h"

int lan_memory_make(struct lan *lan)
{
    const struct lan_config *config = &lan->config;
    struct transport *transport = lan->transport;

    lan->memory_bytes = (size_t)config->transfer_out_bytes * config->transfers_out +
                        (size_t)config->transfer_bytes * config->transfers_in;
    if (transport->ops->memory_new)
        lan->memory = transport->ops->memory_new(transport, lan->memory_bytes);
    lan->info.zero_copy = lan->memory != NULL;
    if (!lan->memory)
        lan->memory = malloc(lan->memory_bytes);
    return lan->memory ? 0 : -ENOMEM;
}

void lan_memory_free(struct lan *lan)
{
    if (lan->info.zero_copy)
        lan->transport->ops->memory_free(lan->transport, lan->memory, lan->memory_bytes);
    else
        free(lan->memory);
}
