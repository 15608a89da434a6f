// What the two shapes of the Verilated board share: waves, when to stop, and the doors that gates.h describes.
// SPDX-License-Identifier: MIT
//
// A shape derives from Gates and gives step(), which goes on to the next edge and tells whether a 60 MHz clock of the bus
// has ended; prepare(), called before a run; and at_rest(), false while it has more to do than its `idle` output says.
#ifndef SIM_BOARD_GATES_SHAPE_H
#define SIM_BOARD_GATES_SHAPE_H

#include <memory>

#include "verilated_fst_c.h"

extern "C" {
#include "sim/board/gates.h"
}

constexpr uint64_t IDLE_CLOCKS = 16; // so long must the board be idle
constexpr uint64_t CHECK_CLOCKS =
    8; // between two looks at whether anything goes on; a power of two
constexpr uint64_t FORGOTTEN_CLOCKS =
    120000; // 2 ms without a transfer: what the board holds, nobody wants

template <class Top, bool TRACING, class Shape> struct Gates {
    outside *out;
    const uint64_t start_ns; // where the waves begin
    uint64_t next_ps = 0;    // in the waves
    std::unique_ptr<VerilatedContext> context = std::make_unique<VerilatedContext>();
    std::unique_ptr<Top> top;
    std::unique_ptr<VerilatedFstC> trace;

    explicit Gates(outside *o)
        : out(o), start_ns(o->now_ns), top(std::make_unique<Top>(context.get(), "board"))
    {
    }

    bool open_trace(const char *file)
    {
        if constexpr (TRACING) {
            if (!file)
                return true;
            context->traceEverOn(true);
            context->timeunit(-9);
            context->timeprecision(-12);
            trace = std::make_unique<VerilatedFstC>();
            top->trace(trace.get(), 99);
            trace->open(file);
            return trace->isOpen();
        }
        return !file;
    }

    void evaluate()
    {
        top->eval();
        if constexpr (TRACING)
            if (trace)
                dump();
    }

    // Waves take one state a moment. Edges may fall into one nanosecond: then they stand a picosecond apart.
    void dump()
    {
        uint64_t ps = (out->now_ns - start_ns) * 1000;
        if (ps < next_ps)
            ps = next_ps;
        trace->dump(ps);
        next_ps = ps + 1;
    }

    // Nobody will be the first to do something: neither the board, nor the wire, nor the host controller.
    bool quiet()
    {
        bus *usb = out->bus;
        uint64_t clock = usb->host.clock;
        if (!wire_idle(out->wire))
            out->active_clock = out->wanted_clock = clock;
        if (host_waits(&usb->host) || usb->port.state != PORT_ENABLED)
            out->wanted_clock = clock;
        bool forgotten = clock - out->wanted_clock > FORGOTTEN_CLOCKS;
        if (clock - out->busy_clock < IDLE_CLOCKS && !forgotten)
            return false;
        if (!shape().at_rest())
            return false;
        return usb->port.state == PORT_ENABLED ? host_settled(&usb->host, out->active_clock)
                                               : bus_can_skip(usb);
    }

    // Not idle: at work of its own, unless it only answers the host.
    void note_work()
    {
        const host &controller = out->bus->host;
        out->busy_clock = controller.clock;
        if (host_rests(&controller))
            out->active_clock = controller.clock;
    }

    Shape &shape()
    {
        return *static_cast<Shape *>(this);
    }

    gates_stop run(uint64_t until_ns)
    {
        shape().prepare();
        while (out->now_ns < until_ns) {
            if (!shape().step())
                continue;
            if (host_has_done(&out->bus->host))
                return GATES_DONE;
            if (!top->idle)
                note_work();
            if (out->clocks % CHECK_CLOCKS == 0 && quiet())
                return GATES_QUIET;
        }
        return GATES_TIME;
    }
};

template <class Shape> gates *gates_open(outside *out, const char *trace)
{
    auto board = std::make_unique<Shape>(out);
    if (!board->open_trace(trace))
        return nullptr;
    board->reset();
    return reinterpret_cast<gates *>(board.release());
}

template <class Shape> gates_stop gates_run(gates *g, uint64_t until_ns)
{
    return reinterpret_cast<Shape *>(g)->run(until_ns);
}

template <class Shape> void gates_close(gates *g)
{
    auto *board = reinterpret_cast<Shape *>(g);
    if (board->trace)
        board->trace->close();
    board->top->final();
    delete board;
}

#endif
