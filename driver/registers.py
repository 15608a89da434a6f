#!/usr/bin/env python3
# Writes what C, Verilog and people read of the register map from driver/registers.map, its one source.
# SPDX-License-Identifier: MIT
"""usage: driver/registers.py [--check] [--map FILE]

Writes driver/registers.h, rtl/dma/registers.vh and the table between the markers in driver/README.md.
With --check it writes nothing, names each file that differs from the map, and ends with 1 if there is one.
"""
import argparse, os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEADER, VERILOG, TABLE = 'driver/registers.h', 'rtl/dma/registers.vh', 'driver/README.md'
BEGIN, END = '<!-- registers.map: begin -->', '<!-- registers.map: end -->'
LINE = re.compile(r'(reg|field|value)\s+(\S+)\s+(\S+)(?:\s+(\S+))?\s*(?:--\s*(.*))?$')
COUNTERS = 0x100  # where the window of the 32 counters begins
ACCESS = ('ro', 'rw', 'counter')  # a counter has its statistic behind a colon


class MapError(Exception):
    pass


class Register:
    def __init__(self, offset, name, access, meaning):
        self.offset, self.name, self.meaning = int(offset, 16), name, meaning
        self.access, _, self.statistic = access.partition(':')
        self.fields = []

    def counter(self):
        return self.access == 'counter'


class Field:
    def __init__(self, bits, name, meaning):
        high, _, low = bits.partition(':')
        self.high, self.low = int(high), int(low or high)
        self.name, self.meaning, self.bits = name, meaning, bits

    def mask(self):
        return ((1 << (self.high - self.low + 1)) - 1) << self.low


def read_line(text, values, registers):
    match = LINE.match(text)
    if not match:
        raise MapError(f'"{text}" is neither reg, field nor value')
    kind, first, second, third, meaning = match.groups()
    if kind == 'value':
        values.append((first, int(second, 0), second, meaning))
    elif kind == 'reg':
        registers.append(Register(first, second, third, meaning))
    elif not registers:
        raise MapError(f'field {second} stands before any reg')
    else:
        registers[-1].fields.append(Field(first, second, meaning))


def refuse_nonsense(registers):
    for a, b in zip(registers, registers[1:]):
        if b.offset <= a.offset:
            raise MapError(f'{b.name} at {b.offset:#05x} does not lie behind {a.name} at {a.offset:#05x}')
    for r in registers:
        if r.offset % 4 or r.offset > 0xffff:
            raise MapError(f'{r.name}: {r.offset:#x} is no multiple of 4 below 0x10000')
        if r.access not in ACCESS:
            raise MapError(f'{r.name}: access {r.access} is none of {", ".join(ACCESS)}')
        if r.counter() != (COUNTERS <= r.offset < COUNTERS + 4 * 32):
            raise MapError(f'{r.name}: counters, and nothing else, lie in {COUNTERS:#x} to {COUNTERS + 0x7c:#x}')
        if r.counter() != bool(r.statistic) or r.statistic in [s.statistic for s in registers if s is not r and r.statistic]:
            raise MapError(f'{r.name}: each counter, and nothing else, has a statistic of its own (counter:rx_packets)')
        used = 0
        for f in r.fields:
            if not 0 <= f.low <= f.high < 32 or used & f.mask():
                raise MapError(f'{r.name}.{f.name}: bits {f.bits} overlap another field or leave 31:0')
            used |= f.mask()


def read_map(path):
    values, registers = [], []
    with open(path) as source:
        for number, line in enumerate(source, 1):
            text = line.split('#')[0].strip()
            try:
                if text:
                    read_line(text, values, registers)
            except (MapError, ValueError) as error:
                raise MapError(f'{path}:{number}: {error}')
    refuse_nonsense(registers)
    return values, registers


def constants(values, registers):
    """Yields (name, number, digits or None for a plain decimal, meaning or None): the same names for both languages."""
    for name, number, written, meaning in values:
        yield f'REG_{name}', number, 8 if written.startswith('0x') else None, meaning
    for r in registers:
        yield f'REG_{r.name}', r.offset, 3, r.meaning
        for f in r.fields:
            if f.high == f.low:
                yield f'REG_{r.name}_{f.name}', f.mask(), 8, f.meaning
            else:
                yield f'REG_{r.name}_{f.name}_MASK', f.mask(), 8, f.meaning
                yield f'REG_{r.name}_{f.name}_SHIFT', f.low, None, None


def c_header(values, registers):
    counters = [r for r in registers if r.counter()]
    out = ['/* The board\'s registers, as vendor requests on endpoint 0 reach them. Written from driver/registers.map by',
           ' * driver/registers.py (`make registers`); change the map, not this file.', ' *',
           ' * SPDX-License-Identifier: MIT', ' *',
           ' * REG_NAME is a byte address. A field of one bit is its mask; a wider one has a mask, in place, and a shift.',
           ' */', '#ifndef DRIVER_REGISTERS_H', '#define DRIVER_REGISTERS_H', '']
    for name, number, digits, meaning in constants(values, registers):
        text = f'{number:#0{digits + 2}x}u' if digits else f'{number}'
        out.append(f'#define {name:<34} {text}' + (f' /* {meaning} */' if meaning else ''))
    out += ['', '/* Every counter: X(name of its statistic, its register). */', '#define REG_COUNTERS(X) \\']
    out += [f'    X({r.statistic}, REG_{r.name})' + (' \\' if r is not counters[-1] else '') for r in counters]
    return '\n'.join(out + ['', '#endif', ''])


def verilog_header(values, registers):
    out = ['// The board\'s registers. Written from driver/registers.map by driver/registers.py (`make registers`);',
           '// change the map, not this file.', '// SPDX-License-Identifier: MIT',
           '`ifndef REGISTERS_VH', '`define REGISTERS_VH']
    for name, number, digits, _ in constants(values, registers):
        width = 16 if digits == 3 else 32
        out.append(f'`define {name:<34} ' + (f"{width}'h{number:0{width // 4}x}" if digits else f'{number}'))
    for r in registers:
        if r.counter():
            out.append(f"`define {'COUNTER_' + r.name:<34} 5'd{(r.offset >> 2) & 31}")
    return '\n'.join(out + ['`endif', ''])


def table(registers):
    out = ['| address | name | access | bits | meaning |', '|---|---|---|---|---|']
    for r in registers:
        statistic = f'`{r.statistic}`: ' if r.statistic else ''
        out.append(f'| 0x{r.offset:03x} | {r.name} | {r.access} | | {statistic}{r.meaning} |')
        out += [f'| | | | {f.bits} {f.name} | {f.meaning} |' for f in r.fields]
    return '\n'.join(out)


def readme(registers):
    with open(os.path.join(ROOT, TABLE)) as source:
        text = source.read()
    if BEGIN not in text or END not in text:
        raise MapError(f'{TABLE}: the markers "{BEGIN}" and "{END}" are missing')
    before, rest = text.split(BEGIN, 1)
    return before + BEGIN + '\n' + table(registers) + '\n' + END + rest.split(END, 1)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--check', action='store_true')
    parser.add_argument('--map', default=os.path.join(ROOT, 'driver/registers.map'))
    args = parser.parse_args()
    try:
        values, registers = read_map(args.map)
        made = {HEADER: c_header(values, registers), VERILOG: verilog_header(values, registers),
                TABLE: readme(registers)}
    except (MapError, OSError) as error:
        sys.exit(f'registers: {error}')
    stale = []
    for name, text in made.items():
        path = os.path.join(ROOT, name)
        there = open(path).read() if os.path.exists(path) else None
        if there == text:
            continue
        if args.check:
            stale.append(name)
        else:
            with open(path, 'w') as file:
                file.write(text)
    if stale:
        sys.exit(f'registers: {", ".join(stale)} differ from driver/registers.map: run `make registers`')


main()
