/* Asks the engine about names, its state, its tables and the board's registers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/socket/call.h"
#include "host/socket/ferrite.h"

/* AF_UNSPEC, AF_INET or AF_INET6. */
static int family_from_system(int family, uint32_t *out)
{
    *out = family == AF_INET ? FE_FAMILY_IPV4 : family == AF_INET6 ? FE_FAMILY_IPV6 : FE_FAMILY_ANY;
    return family == AF_UNSPEC || *out ? 0 : -EAFNOSUPPORT;
}

static int request_name(struct fe_request *request, const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len >= sizeof request->name)
        return -EINVAL;
    memcpy(request->name, name, len + 1);
    return 0;
}

int fe_lookup(const char *name, int family, struct sockaddr_storage *out, int max)
{
    struct fe_request request = {.operation = FE_OP_LOOKUP};
    struct fe_reply reply;
    int error = request_name(&request, name), count = 0;

    if (!error)
        error = family_from_system(family, &request.family);
    if (!error)
        error = call_engine(&request, -1, &reply, NULL);
    if (error)
        return error;
    for (; count < max && count < (int)reply.count && count < FE_ADDRESSES; count++) {
        socklen_t room = sizeof out[count];
        memset(&out[count], 0, sizeof out[count]);
        endpoint_to_sockaddr(&reply.endpoints[count],
                             address_is_v4(&reply.endpoints[count].address) ? FE_FAMILY_IPV4
                                                                            : FE_FAMILY_IPV6,
                             (struct sockaddr *)&out[count], &room);
    }
    return count;
}

int fe_ready(int family, char *why, size_t len)
{
    struct fe_request request = {.operation = FE_OP_READY};
    struct fe_reply reply = {0};
    int error = family_from_system(family, &request.family);

    if (!error)
        error = call_engine(&request, -1, &reply, NULL);
    if (len)
        snprintf(why, len, "%s", error && !reply.text[0] ? strerror(-error) : reply.text);
    return error;
}

static int file_read(int fd, size_t len, char **out)
{
    char *text = malloc(len + 1);
    size_t have = 0;
    ssize_t got = 1;

    if (!text)
        return -ENOMEM;
    while (have < len && got > 0) {
        got = pread(fd, text + have, len - have, (off_t)have);
        have += got > 0 ? (size_t)got : 0;
    }
    text[have] = '\0';
    *out = text;
    return 0;
}

int fe_query(const char *what, char **json)
{
    struct fe_request request = {.operation = FE_OP_QUERY};
    struct fe_reply reply;
    int saved = errno, fd = -1, error = request_name(&request, what);

    *json = NULL;
    if (!error)
        error = call_engine(&request, -1, &reply, &fd);
    if (error)
        return error;
    if (fd < 0)
        return -EMFILE;
    error = file_read(fd, reply.count, json);
    close(fd);
    errno = saved;
    return error;
}

int fe_register_read(uint32_t address, uint32_t *value)
{
    struct fe_request request = {.operation = FE_OP_REGISTER_READ, .option = (int32_t)address};
    struct fe_reply reply;
    int error = call_engine(&request, -1, &reply, NULL);

    if (!error)
        *value = (uint32_t)reply.value;
    return error;
}

int fe_register_write(uint32_t address, uint32_t value)
{
    struct fe_request request = {
        .operation = FE_OP_REGISTER_WRITE, .option = (int32_t)address, .value = value};
    struct fe_reply reply;

    return call_engine(&request, -1, &reply, NULL);
}
