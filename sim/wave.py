#!/usr/bin/env python3
"""Draws a stretch of the simulated board's waves as SVG, for README.md. SPDX-License-Identifier: MIT

usage: sim/wave.py WAVES.fst PICTURE.svg

The stretch is the first short frame that the board sends to the wire: its record comes in a packet over ULPI, is taken
apart, and leaves over RGMII. Needs fst2vcd (Debian's gtkwave).
"""
import subprocess, sys, tempfile

SIGNALS = [  # label, path in the dump, bits
    ('ULPI dir', 'ulpi_dir', 1), ('ULPI nxt', 'ulpi_nxt', 1), ('ULPI data in', 'ulpi_data_in', 8),
    ('ULPI stp', 'ulpi_stp', 1), ('ULPI data out', 'ulpi_data_out', 8),
    ('DMA out_valid', 'nic_ulpi_rgmii.out_valid', 1), ('DMA tx_valid', 'nic_ulpi_rgmii.tx_valid', 1),
    ('DMA tx_last', 'nic_ulpi_rgmii.tx_last', 1), ('RGMII tx_ctl', 'rgmii_tx_ctl', 1), ('RGMII txd', 'rgmii_txd', 4),
    ('board idle', 'idle', 1),
]
BEFORE, LENGTH = 1700, 2500  # ns: before the frame leaves, and in all
SHORT = 800                  # ns on the wire
LEFT, ROW, WIDTH = 120, 26, 1000


def read(path):
    """Changes of each signal as lists of (ns, value), and their codes by path."""
    scope, codes, changes, now = [], {}, {}, 0
    with open(path) as lines:
        for line in lines:
            word = line.split()
            if not word:
                continue
            if word[0] == '$scope':
                scope.append(word[2])
            elif word[0] == '$upscope':
                scope.pop()
            elif word[0] == '$var':
                codes.setdefault('.'.join(scope[1:] + [word[4]]), word[3])
            elif line[0] == '#':
                now = int(line[1:])
            elif line[0] == 'b':
                changes.setdefault(word[1], []).append((now, int(word[0][1:], 2)))
            elif line[0] in '01':
                changes.setdefault(line[1:].strip(), []).append((now, int(line[0])))
    return codes, changes


def stretch(changes, start, end):
    """The signal between start and end as [from, to, value]."""
    pieces, value = [], 0
    at = start
    for time, new in changes:
        if time >= end:
            break
        if time > at and new != value:
            pieces.append((at, time, value))
            at = time
        value = new
    return pieces + [(at, end, value)]


def draw_bit(pieces, y, x):
    path, last = [], None
    for begin, end, value in pieces:
        level = y + 4 if value else y + ROW - 8
        path.append(f'{"M" if last is None else "L"}{x(begin):.1f},{level}L{x(end):.1f},{level}')
        last = value
    return f'<path d="{"".join(path)}" fill="none" stroke="#0b6" stroke-width="1.2"/>'


def draw_bus(pieces, y, x, bits):
    out = []
    for begin, end, value in pieces:
        left, right = x(begin), x(end)
        fill = '#eee' if value == 0 else f'hsl({value * 360 // (1 << bits)},60%,75%)'
        out.append(f'<rect x="{left:.1f}" y="{y + 4}" width="{right - left:.1f}" height="{ROW - 12}" fill="{fill}"/>')
        if right - left > 18:
            out.append(f'<text x="{(left + right) / 2:.1f}" y="{y + ROW - 11}" text-anchor="middle" font-size="9">{value:02x}</text>')
    return ''.join(out)


def main(waves, picture):
    with tempfile.NamedTemporaryFile(suffix='.vcd') as dump:
        subprocess.run(['fst2vcd', '-f', waves, '-o', dump.name], check=True, stdout=subprocess.DEVNULL)
        codes, changes = read(dump.name)
    edges = changes[codes['rgmii_tx_ctl']]
    first = next(time for (time, value), (end, _) in zip(edges, edges[1:]) if value and 100 < end - time < SHORT)
    start, end = first - BEFORE, first - BEFORE + LENGTH

    def x(time):
        return LEFT + (time - start) * (WIDTH - LEFT - 10) / (end - start)
    height = ROW * len(SIGNALS) + 30
    body = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>']
    for row, (label, path, bits) in enumerate(SIGNALS):
        y, pieces = row * ROW + 4, stretch(changes.get(codes[path], []), start, end)
        body.append(f'<text x="6" y="{y + ROW - 11}">{label}</text>')
        body.append(draw_bit(pieces, y, x) if bits == 1 else draw_bus(pieces, y, x, bits))
    for tick in range(0, LENGTH + 1, 500):
        at = x(start + tick)
        body.append(f'<path d="M{at:.1f},0V{height - 22}" stroke="#bbb" stroke-width="0.5"/>')
        body.append(f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle" font-size="10">{tick / 1000:.1f} µs</text>')
    with open(picture, 'w') as out:
        out.write('\n'.join(body) + '\n</svg>\n')


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
