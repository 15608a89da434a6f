/* Parts of the reports that the engine makes of itself.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_ENGINE_REPORT_H
#define HOST_ENGINE_REPORT_H

#include <json-c/json.h>

#include "host/engine/engine_internal.h"

void report_add(struct json_object *object, const char *name, uint64_t value);
void report_add_text(struct json_object *object, const char *name,
                     const char *text); /* NULL: null */
void report_add_mac(struct json_object *object, const uint8_t mac[6]);

/* report_addresses.c */
struct json_object *report_addresses(struct engine *engine);

#endif
