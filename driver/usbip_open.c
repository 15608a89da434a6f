/* Finds, imports and configures a device on a USB/IP server.
 *
 * SPDX-License-Identifier: MIT
 *
 * All of this blocks; the socket's own timeouts bound each step. A user-space client has no hub in front of the device:
 * the server's side has addressed it, and what is left is SET_CONFIGURATION and the serial number.
 */
#include "driver/usbip_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    DEVICES_MOST = 256,
    VENDOR = 0x1209,
    PRODUCT = 0x0001,
    STRING_BYTES = 255,
    SERIAL_INDEX = 16, /* iSerialNumber in the device descriptor (USB 2.0, table 9-8) */
    DEVICE_DESCRIPTOR_BYTES = 18,
    LANGUAGE_ENGLISH = 0x0409,
};

/* Sends a request and reads the reply's header. Returns 0 and the server's status, or a negative errno. */
static int operation(int fd, uint16_t request, const uint8_t *body, size_t body_len,
                     uint32_t *status)
{
    uint8_t message[USBIP_OPERATION_BYTES + USBIP_BUSID_BYTES], answer[USBIP_OPERATION_BYTES];
    int code;

    usbip_write_operation(message, request);
    memcpy(message + USBIP_OPERATION_BYTES, body, body_len);
    code = usbip_bytes_send(fd, message, USBIP_OPERATION_BYTES + body_len);
    if (!code)
        code = usbip_bytes_read(fd, answer, sizeof(answer));
    if (code)
        return code;
    *status = be32_read(answer + 4);
    return be16_read(answer + 2) == (request & 0x7FFF) ? 0 : -EPROTO;
}

/* ---- listing ---- */

static int list_read(int fd, void (*found)(void *user, const struct usbip_device *device),
                     void *user)
{
    uint8_t block[USBIP_DEVICE_BYTES], skipped[USBIP_INTERFACE_BYTES];
    uint32_t status, count;
    int code = operation(fd, USBIP_REQ_DEVLIST, (const uint8_t *)"", 0, &status);

    if (!code)
        code = status ? -EPROTO : usbip_bytes_read(fd, block, 4);
    if (code)
        return code;
    count = be32_read(block);
    if (count > DEVICES_MOST)
        return -EPROTO;
    for (uint32_t i = 0; i < count; i++) {
        struct usbip_device device;
        code = usbip_bytes_read(fd, block, sizeof(block));
        for (unsigned k = code ? 0 : usbip_read_device(block, &device); k > 0 && !code; k--)
            code = usbip_bytes_read(fd, skipped, sizeof(skipped));
        if (code)
            return code;
        found(user, &device);
    }
    return (int)count;
}

static int place_list(const struct usbip_place *place,
                      void (*found)(void *user, const struct usbip_device *device), void *user,
                      struct usbip_report report)
{
    int fd = usbip_connect(place, report), code;

    if (fd < 0)
        return fd;
    code = list_read(fd, found, user);
    close(fd);
    if (code < 0)
        snprintf(report.text, report.len,
                 "usbip: %s port %s gave no list of devices: %s; is it a USB/IP server?",
                 place->host, place->port, strerror(-code));
    return code;
}

static int where_explain(const char *where, struct usbip_report report)
{
    snprintf(report.text, report.len,
             "usbip: '%.80s' will not do: give HOST, HOST:PORT or HOST:PORT/BUSID, such as "
             "localhost:3240/1-1",
             where);
    return -EINVAL;
}

int usbip_list(const char *where, void (*found)(void *user, const struct usbip_device *device),
               void *user, char *error, size_t error_len)
{
    struct usbip_report report = {error, error_len};
    struct usbip_place place;

    if (!usbip_place_read(&place, where))
        return where_explain(where, report);
    return place_list(&place, found, user, report);
}

/* ---- importing ---- */

static void first_board(void *user, const struct usbip_device *device)
{
    char *busid = user;

    if (!*busid && device->vendor == VENDOR && device->product == PRODUCT)
        memcpy(busid, device->busid, sizeof(device->busid));
}

static int place_find(struct usbip_place *place, struct usbip_report report)
{
    int count = place->busid[0] ? 0 : place_list(place, first_board, place->busid, report);

    if (count < 0 || place->busid[0])
        return count < 0 ? count : 0;
    snprintf(report.text, report.len,
             "usbip: none of the %d devices at %s port %s is a Ferrite board (1209:0001)", count,
             place->host, place->port);
    return -ENODEV;
}

/* Status 1 of OP_REP_IMPORT says both "in use" and "not exported"; the list tells them apart only for a moment. */
static int import_refused(const struct usbip_place *place, uint32_t status,
                          struct usbip_report report)
{
    snprintf(report.text, report.len,
             "usbip: %s port %s will not give device %s (status %u): another client has it, or it "
             "is not exported",
             place->host, place->port, place->busid, status);
    return status == 4 ? -ENODEV : -EBUSY;
}

static int device_import(int fd, const struct usbip_place *place, struct usbip_device *device,
                         struct usbip_report report)
{
    uint8_t busid[USBIP_BUSID_BYTES] = {0}, block[USBIP_DEVICE_BYTES];
    uint32_t status;
    int code;

    memcpy(busid, place->busid, strlen(place->busid));
    code = operation(fd, USBIP_REQ_IMPORT, busid, sizeof(busid), &status);
    if (!code && status)
        return import_refused(place, status, report);
    if (!code)
        code = usbip_bytes_read(fd, block, sizeof(block));
    if (code) {
        snprintf(report.text, report.len, "usbip: importing %s from %s port %s: %s", place->busid,
                 place->host, place->port, strerror(-code));
        return code;
    }
    usbip_read_device(block, device);
    return 0;
}

/* ---- the device's own set-up ---- */

/* One control transfer, blocking. Returns the bytes received (into data, at most len), or a negative errno. */
static int device_control(int fd, uint32_t devid, const uint8_t setup[8], uint8_t *data,
                          uint16_t len)
{
    struct transfer transfer = {.length = len};
    struct usbip_reply reply;
    uint8_t header[USBIP_URB_BYTES];
    int code;

    memcpy(transfer.setup, setup, 8);
    usbip_write_submit(header, UINT32_MAX, devid, &transfer);
    code = usbip_bytes_send(fd, header, sizeof(header));
    if (!code)
        code = usbip_bytes_read(fd, header, sizeof(header));
    if (code)
        return code;
    usbip_read_reply(header, &reply);
    if (reply.command != USBIP_RET_SUBMIT || reply.seqnum != UINT32_MAX || reply.actual > len)
        return -EPROTO;
    code = setup[0] & 0x80 ? usbip_bytes_read(fd, data, reply.actual) : 0;
    if (code || reply.status)
        return code ? code : reply.status;
    return (int)reply.actual;
}

static int descriptor_get(int fd, uint32_t devid, uint8_t type, uint8_t index, uint16_t language,
                          uint8_t *data, uint8_t len)
{
    const uint8_t setup[8] = {0x80, 6, index, type, (uint8_t)language, (uint8_t)(language >> 8),
                              len,  0};

    return device_control(fd, devid, setup, data, len);
}

/* Reads the serial number, ASCII of it; leaves "" if the device has none. */
static int serial_get(int fd, uint32_t devid, char *serial, size_t room)
{
    uint8_t bytes[STRING_BYTES];
    int len = descriptor_get(fd, devid, 1, 0, 0, bytes, DEVICE_DESCRIPTOR_BYTES);

    serial[0] = '\0';
    if (len < 0 || len <= SERIAL_INDEX || !bytes[SERIAL_INDEX])
        return len < 0 ? len : 0;
    len = descriptor_get(fd, devid, 3, bytes[SERIAL_INDEX], LANGUAGE_ENGLISH, bytes, STRING_BYTES);
    for (int i = 2; i + 1 < len && (size_t)i / 2 < room; i += 2) {
        serial[i / 2 - 1] =
            bytes[i] >= 0x20 && bytes[i] < 0x7F && !bytes[i + 1] ? (char)bytes[i] : '?';
        serial[i / 2] = '\0';
    }
    return len < 0 && len != -EPIPE ? len : 0;
}

static int device_configure(int fd, const struct usbip_device *device, char *serial, size_t room)
{
    static const uint8_t set_configuration[8] = {0x00, 9, 1};
    int code = serial_get(fd, device->devid, serial, room);

    return code ? code : device_control(fd, device->devid, set_configuration, NULL, 0);
}

int usbip_open(struct transport **out, const char *where, char *error, size_t error_len)
{
    struct usbip_report report = {error, error_len};
    struct usbip_device device;
    struct usbip_place place;
    char name[400], serial[64];
    int fd, code;

    if (!usbip_place_read(&place, where))
        return where_explain(where, report);
    code = place_find(&place, report);
    fd = code ? code : usbip_connect(&place, report);
    if (fd < 0)
        return fd;
    code = device_import(fd, &place, &device, report);
    if (!code) {
        code = device_configure(fd, &device, serial, sizeof(serial));
        if (code < 0)
            snprintf(error, error_len, "usbip: device %s at %s does not answer: %s", place.busid,
                     place.host, strerror(-code));
    }
    if (code < 0) {
        close(fd);
        return code;
    }
    snprintf(name, sizeof(name), "usbip %s:%s %s", place.host, place.port, place.busid);
    *out = usbip_make(fd, &device, name, serial);
    return *out ? 0 : -ENOMEM;
}
