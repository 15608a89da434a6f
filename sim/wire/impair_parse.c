/* Reads what shall spoil the wire: "loss=1%,delay=20ms,rate=10mbit,seed=7".
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum unit_kind { PERCENT, DURATION, RATE, COUNT, SEED };

struct unit {
    enum unit_kind kind;
    const char *suffix;
    double scale;
};

static const struct unit UNITS[] = {
    {PERCENT, "%", 0.01}, {DURATION, "ns", 1}, {DURATION, "us", 1e3}, {DURATION, "ms", 1e6},
    {DURATION, "s", 1e9}, {RATE, "kbit", 1e3}, {RATE, "mbit", 1e6},   {RATE, "gbit", 1e9},
    {COUNT, "", 1},       {SEED, "", 1},
};

struct setting {
    const char *name;
    enum unit_kind kind;
    double least, most;
    const char *would_do;
    size_t offset;
};

#define AT(field) offsetof(struct wire_impairment, field)
static const struct setting SETTINGS[] = {
    {"loss", PERCENT, 0, 1, "0% to 100%, such as loss=1%", AT(loss)},
    {"reorder", PERCENT, 0, 1, "0% to 100%, such as reorder=1%", AT(reorder)},
    {"duplicate", PERCENT, 0, 1, "0% to 100%, such as duplicate=1%", AT(duplicate)},
    {"corrupt", PERCENT, 0, 1, "0% to 100%, such as corrupt=1%", AT(corrupt)},
    {"delay", DURATION, 0, 60e9, "up to 60s, such as delay=20ms", AT(delay_ns)},
    {"jitter", DURATION, 0, 60e9, "up to 60s, such as jitter=1ms", AT(jitter_ns)},
    {"rate", RATE, 1e3, 10e9, "1kbit to 10gbit, such as rate=10mbit", AT(rate_bps)},
    {"queue", COUNT, 1, 10000, "1 to 10000 frames, such as queue=50", AT(queue_frames)},
    {"seed", SEED, 0, 0x1p53, "a whole number, such as seed=7", AT(seed)},
};
#undef AT

enum { SETTING_COUNT = sizeof(SETTINGS) / sizeof(SETTINGS[0]), DIGITS_MOST = 15 };

/* Reads digits with at most one point; returns the characters taken, 0 if that is no number. */
static size_t number_read(const char *text, size_t len, double *value)
{
    double scale = 1;
    size_t i, digits = 0;
    bool point = false;

    *value = 0;
    for (i = 0; i < len; i++) {
        if (text[i] == '.' && !point) {
            point = true;
        } else if (text[i] >= '0' && text[i] <= '9') {
            *value = *value * 10 + (text[i] - '0');
            scale *= point ? 10 : 1;
            digits++;
        } else {
            break;
        }
    }
    *value /= scale;
    return digits >= 1 && digits <= DIGITS_MOST ? i : 0;
}

static const struct unit *unit_find(enum unit_kind kind, const char *suffix, size_t len)
{
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++)
        if (UNITS[i].kind == kind && strlen(UNITS[i].suffix) == len &&
            !memcmp(UNITS[i].suffix, suffix, len))
            return &UNITS[i];
    return NULL;
}

static void setting_store(const struct setting *setting, struct wire_impairment *out, double value)
{
    char *at = (char *)out + setting->offset;
    uint64_t whole = (uint64_t)(value + 0.5);
    uint32_t count = (uint32_t)whole;

    if (setting->kind == PERCENT)
        memcpy(at, &value, sizeof(value));
    else if (setting->kind == COUNT)
        memcpy(at, &count, sizeof(count));
    else
        memcpy(at, &whole, sizeof(whole));
}

static bool setting_read(const struct setting *setting, const char *text, size_t len,
                         struct wire_impairment *out)
{
    double value;
    size_t digits = number_read(text, len, &value);
    const struct unit *unit = unit_find(setting->kind, text + digits, len - digits);

    if (!digits || !unit)
        return false;
    if ((setting->kind == COUNT || setting->kind == SEED) && memchr(text, '.', len))
        return false;
    value *= unit->scale;
    if (value < setting->least || value > setting->most)
        return false;
    setting_store(setting, out, value);
    return true;
}

static int setting_find(const char *name, size_t len)
{
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strlen(SETTINGS[i].name) == len && !memcmp(SETTINGS[i].name, name, len))
            return i;
    return -1;
}

/* Reads one part, "name=value", of part_len characters. */
static int part_read(const char *part, size_t part_len, unsigned *seen, struct wire_impairment *out,
                     char *error, size_t error_len)
{
    const char *equals = memchr(part, '=', part_len);
    size_t name_len = equals ? (size_t)(equals - part) : part_len;
    int index = setting_find(part, name_len), shown = part_len > 60 ? 60 : (int)part_len;

    if (index < 0 || !equals) {
        snprintf(error, error_len,
                 "wire: '%.*s' is not known: give loss=, reorder=, duplicate=, corrupt= (percent), "
                 "delay=, jitter= "
                 "(ms), rate= (mbit), queue= (frames) or seed=, with commas between",
                 shown, part);
        return -EINVAL;
    }
    if (*seen & 1u << index) {
        snprintf(error, error_len, "wire: '%.*s' comes after another %s=: give it once", shown,
                 part, SETTINGS[index].name);
        return -EINVAL;
    }
    *seen |= 1u << index;
    if (!setting_read(&SETTINGS[index], equals + 1, part_len - name_len - 1, out)) {
        snprintf(error, error_len, "wire: '%.*s' will not do: give %s", shown, part,
                 SETTINGS[index].would_do);
        return -EINVAL;
    }
    return 0;
}

int wire_impairment_parse(const char *text, struct wire_impairment *out, char *error,
                          size_t error_len)
{
    unsigned seen = 0;

    memset(out, 0, sizeof(*out));
    for (;;) {
        size_t len = strcspn(text, ",");
        int bad = part_read(text, len, &seen, out, error, error_len);
        if (bad)
            return bad;
        if (text[len] == '\0')
            return 0;
        text += len + 1;
    }
}
