#!/usr/bin/env python3
"""Draws a stretch of the simulated board's waves as SVG, for the READMEs. SPDX-License-Identifier: MIT

usage: sim/wave.py [board|eth|offload] WAVES.fst PICTURE.svg

board    the first short frame that the board sends: its record comes over ULPI, is taken apart, and leaves over RGMII
eth      the first short frame that it receives: from the RGMII pins through the receive buffer to the core
offload  where one segment of the first super-frame ends and the next begins (a run that uploads)

Needs fst2vcd (Debian's gtkwave).
"""
import subprocess, sys, tempfile

NIC, OFFLOAD = 'nic_ulpi_rgmii.', 'nic_ulpi_rgmii.dma.offloading.offload.'


def short_pulse(changes):
    """When a signal first rises for as long as a short frame takes on a gigabit wire."""
    return next(time for (time, value), (end, _) in zip(changes, changes[1:]) if value and 100 < end - time < 800)


def second_rise(changes):
    """When a signal rises for the second time."""
    return [time for time, value in changes if value][1]


# Signals as (label, path in the dump, bits); what the stretch is found by; ns in front of that, and in all; ns of a mark.
VIEWS = {
    'board': ([('ULPI dir', 'ulpi_dir', 1), ('ULPI nxt', 'ulpi_nxt', 1), ('ULPI data in', 'ulpi_data_in', 8),
               ('ULPI stp', 'ulpi_stp', 1), ('ULPI data out', 'ulpi_data_out', 8),
               ('DMA out_valid', NIC + 'out_valid', 1), ('DMA tx_valid', NIC + 'tx_valid', 1),
               ('DMA tx_last', NIC + 'tx_last', 1), ('RGMII tx_ctl', 'rgmii_tx_ctl', 1), ('RGMII txd', 'rgmii_txd', 4),
               ('board idle', 'idle', 1)], 'rgmii_tx_ctl', short_pulse, 1700, 2500, 500),
    'eth': ([('rgmii_rx_ctl', 'rgmii_rx_ctl', 1), ('rgmii_rxd', 'rgmii_rxd', 4),
             ('byte_valid', NIC + 'mac.receiver.byte_valid', 1), ('byte_data', NIC + 'mac.receiver.byte_data', 8),
             ('ended', NIC + 'mac.receiver.ended', 1), ('kept_valid', NIC + 'mac.kept_valid', 1),
             ('kept_last', NIC + 'mac.kept_last', 1), ('kept_drop', NIC + 'mac.kept_drop', 1),
             ('rx_done', NIC + 'rx_done', 1), ('rx_valid', NIC + 'rx_valid', 1), ('rx_ready', NIC + 'rx_ready', 1),
             ('rx_data', NIC + 'rx_data', 8), ('rx_last', NIC + 'rx_last', 1)], 'rgmii_rx_ctl', short_pulse, 100, 2600, 500),
    'offload': ([('in_valid', OFFLOAD + 'in_valid', 1), ('in_ready', OFFLOAD + 'in_ready', 1),
                 ('in_data', OFFLOAD + 'in_data', 8), ('replaying', OFFLOAD + 'replaying', 1),
                 ('filling', OFFLOAD + 'filling', 1), ('out_valid', OFFLOAD + 'out_valid', 1),
                 ('out_ready', OFFLOAD + 'out_ready', 1), ('out_data', OFFLOAD + 'out_data', 8),
                 ('out_last', OFFLOAD + 'out_last', 1), ('out_patch_data', OFFLOAD + 'out_patch_data', 16),
                 ('identification', OFFLOAD + 'identification', 16)], OFFLOAD + 'replaying', second_rise, 300, 1500, 100),
}
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
                now = int(line[1:]) // 1000  # waves are in picoseconds
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


def main(view, waves, picture):
    signals, trigger, find, before, length, mark = VIEWS[view]
    with tempfile.NamedTemporaryFile(suffix='.vcd') as dump:
        subprocess.run(['fst2vcd', '-f', waves, '-o', dump.name], check=True, stdout=subprocess.DEVNULL)
        codes, changes = read(dump.name)
    start = find(changes[codes[trigger]]) - before
    end = start + length

    def x(time):
        return LEFT + (time - start) * (WIDTH - LEFT - 10) / length
    height = ROW * len(signals) + 30
    body = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>']
    for row, (label, path, bits) in enumerate(signals):
        y, pieces = row * ROW + 4, stretch(changes.get(codes[path], []), start, end)
        body.append(f'<text x="6" y="{y + ROW - 11}">{label}</text>')
        body.append(draw_bit(pieces, y, x) if bits == 1 else draw_bus(pieces, y, x, bits))
    for tick in range(0, length + 1, mark):
        at = x(start + tick)
        body.append(f'<path d="M{at:.1f},0V{height - 22}" stroke="#bbb" stroke-width="0.5"/>')
        body.append(f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle" font-size="10">{tick / 1000:.1f} µs</text>')
    with open(picture, 'w') as out:
        out.write('\n'.join(body) + '\n</svg>\n')


arguments = sys.argv[1:] if len(sys.argv) == 4 else ['board'] + sys.argv[1:]
if len(arguments) != 3 or arguments[0] not in VIEWS:
    sys.exit(__doc__)
main(*arguments)
