/* The groups that the board is to receive: by the filter's buckets, or all of them where it has no filter.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/lan_internal.h"
#include "driver/registers.h"

/* driver/README.md, HASH_LOW: the highest six bits of the FCS' sum over the address (IEEE 802.3, 3.2.9), not complemented. */
static unsigned bucket_of(const uint8_t group[6])
{
    uint32_t sum = UINT32_MAX;

    for (int i = 0; i < 48; i++) {
        bool bit = group[i / 8] >> i % 8 & 1;

        sum = sum << 1 ^ (sum >> 31 != bit ? 0x04C11DB7 : 0);
    }
    return sum >> 26;
}

static bool has_filter(const struct lan *lan)
{
    return lan->info.features & REG_FEATURES_MULTICAST_HASH;
}

static bool is_changed(const struct lan *lan)
{
    return lan->groups.written != lan->groups.wanted;
}

static void write_buckets(struct lan *lan)
{
    const uint32_t values[] = {(uint32_t)lan->groups.wanted, (uint32_t)(lan->groups.wanted >> 32)};

    journal_write(lan->config.journal, lan->now_ns, JOURNAL_DETAIL, "driver",
                  "the adapter receives groups by hash: buckets 0x%08x%08x", (unsigned)values[1],
                  (unsigned)values[0]);
    lan_write_start(lan, &lan->groups.write, REG_HASH_LOW, values, 2);
}

static void write_control(struct lan *lan)
{
    uint32_t control = lan->control | (lan->groups.wanted ? REG_CONTROL_ALL_MULTICAST : 0);

    journal_write(lan->config.journal, lan->now_ns, JOURNAL_DETAIL, "driver",
                  "the adapter has no filter for groups: it receives %s of them",
                  lan->groups.wanted ? "all" : "none");
    lan_write_start(lan, &lan->groups.write, REG_CONTROL, &control, 1);
}

void lan_groups_poll(struct lan *lan)
{
    if (!lan_write_is_due(lan, &lan->groups.write, is_changed(lan)))
        return;
    lan->groups.written = lan->groups.wanted;
    if (has_filter(lan))
        write_buckets(lan);
    else
        write_control(lan);
}

uint64_t lan_groups_deadline(const struct lan *lan)
{
    return lan_write_deadline(lan, &lan->groups.write, is_changed(lan));
}

void lan_listen(struct lan *lan, const uint8_t (*groups)[6], size_t count)
{
    uint64_t buckets = 0;

    for (size_t i = 0; i < count; i++)
        buckets |= UINT64_C(1) << bucket_of(groups[i]);
    lan->groups.wanted = has_filter(lan) ? buckets : buckets != 0;
    lan_groups_poll(lan);
}
