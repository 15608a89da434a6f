/* See usb_weather.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/usb_weather.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/world/scenario.h"

static unsigned draw_rate(struct chance *chance, unsigned most)
{
    return most < 2 || chance_of(chance, 400) ? 0 : (unsigned)chance_scale(chance, 1, most);
}

static int by_time(const void *a, const void *b)
{
    const struct usb_event *first = a, *second = b;

    return first->at_ns < second->at_ns ? -1 : first->at_ns > second->at_ns;
}

static void draw_event(struct chance *chance, struct usb_event *event)
{
    static const uint64_t most_ms[] = {300, 300, 60, 5000};

    event->kind = (enum usb_event_kind)chance_between(chance, 0, 3);
    event->at_ns = WORLD_START_NS + chance_scale(chance, 1, 10 * WORLD_S);
    event->for_ns = chance_scale(chance, 1000, most_ms[event->kind] * WORLD_MS);
    if (event->kind == USB_SUSPEND)
        event->for_ns += 10 * WORLD_MS;
    if (event->kind == USB_UNPLUG && chance_of(chance, 300)) {
        event->kind = USB_RESET;
        event->for_ns = 0;
    }
}

void usb_draw(struct usb_config *config, struct chance *chance)
{
    static const unsigned most[] = {0, 500, 3000, 8000};
    unsigned rate = most[chance_draw(chance) % 4];

    *config = (struct usb_config){
        .on = true,
        .full_speed = chance_of(chance, 200),
        .lose_out = draw_rate(chance, rate),
        .spoil_out = draw_rate(chance, rate),
        .late = draw_rate(chance, rate),
        .lose_in = draw_rate(chance, rate),
        .spoil_in = draw_rate(chance, rate),
        .nak = draw_rate(chance, 4 * rate),
        .stall = draw_rate(chance, rate / 20),
        .babble = draw_rate(chance, rate / 20),
    };
    config->count = chance_of(chance, 300) ? 0 : (int)chance_between(chance, 1, USB_EVENTS);
    for (int i = 0; i < config->count; i++)
        draw_event(chance, &config->events[i]);
    qsort(config->events, (size_t)config->count, sizeof config->events[0], by_time);
}

void usb_print(const struct usb_config *config)
{
    static const char *const kinds[] = {"outage", "storm of NAK", "suspend", "unplugged", "reset"};

    printf("    USB: %s speed; of 100,000 packets out %u lost, %u spoiled, %u late; in %u lost, %u "
           "spoiled, %u NAK, %u STALL, %u babble\n",
           config->full_speed ? "full" : "high", config->lose_out, config->spoil_out, config->late,
           config->lose_in, config->spoil_in, config->nak, config->stall, config->babble);
    for (int i = 0; i < config->count; i++)
        printf("         %s at %.6f s for %.6f s\n", kinds[config->events[i].kind],
               (double)config->events[i].at_ns / 1e9, (double)config->events[i].for_ns / 1e9);
}
