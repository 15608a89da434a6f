/* A script in packetdrill's syntax, parsed. README.md says which part of the syntax is known.
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything that belongs to a script lives in its arena and goes with script_free.
 */
#ifndef TESTS_CONFORMANCE_SCRIPT_H
#define TESTS_CONFORMANCE_SCRIPT_H

#include <setjmp.h>

#include "tests/conformance/packet.h"

#define MS        UINT64_C(1000000)
#define NS_PER_US 1000
#define NEVER     UINT64_MAX

enum value_kind { VALUE_NUMBER, VALUE_ELLIPSIS, VALUE_STRING, VALUE_LIST, VALUE_STRUCT };

/* An argument of a call: 1000, ..., "cubic", [1], {onoff=1, linger=0}. */
struct value {
    const char *at; /* where it stands */
    enum value_kind kind;
    int64_t number;
    const char *text;   /* of a string */
    const char *field;  /* its name, inside a struct */
    struct value *next; /* the next argument, element or field */
    struct value *inner;
};

struct call {
    const char *at, *name;
    struct value *arguments;
    bool any_result;
    int64_t result;
    int error; /* errno that belongs to a result of -1; 0: none is named */
};

enum event_kind { EVENT_PACKET, EVENT_CALL, EVENT_CODE, EVENT_COMMAND };
enum time_kind { TIME_ABSOLUTE, TIME_RELATIVE, TIME_ANY };

struct event {
    const char *at;
    enum event_kind kind;
    enum time_kind time;
    uint64_t start_ns, latest_ns; /* equal if the time is no range */
    uint64_t end_ns;              /* when a call that blocks returns; NEVER: it does not block */
    struct packet *packet;
    struct call *call;
    const char *text; /* of code and of a command */
    struct event *next;
};

/* The lines that begin with "--". */
struct settings {
    uint64_t tolerance_ns, ts_tick_ns; /* ts_tick_ns 0: TSval is not compared with the time */
    bool v6;
    bool version_told, local_told; /* by the script, not by whoever runs it, or nobody */
    struct ip local_ip, remote_ip, gateway_ip;
    uint16_t bind_port, connect_port, mtu;
    unsigned prefix_len;
    enum { DISCOVERY_HIDDEN, DISCOVERY_NEIGHBORS, DISCOVERY_ALL } discovery;
};

struct script {
    const char *path;
    char *text;
    struct settings settings;
    struct event *events;
    struct named_ip *names; /* addr.h */
    struct chunk *arena;
    jmp_buf failed; /* where script_fail goes */
    char message[4096];
};

/* Reads path and parses it. On an error it goes to script->failed, which the caller has set. */
void script_read(struct script *script, const char *path);
void script_parse(struct script *script);
void script_free(struct script *script);
/* Zeroed memory. */
void *script_allocate(struct script *script, size_t size);
/* "path:line:column: message" into message, then to script->failed. */
_Noreturn __attribute__((format(printf, 3, 4))) void
script_fail(struct script *script, const char *at, const char *format, ...);
/* The first line without its comment sign: what the script shows. */
const char *script_title(struct script *script);

/* names.c: the number of SOCK_STREAM, ECONNREFUSED …; false if it is not known. */
bool name_find(const char *name, size_t length, int64_t *number);
const char *name_of_error(int error);

#endif
