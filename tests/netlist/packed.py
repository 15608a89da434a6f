#!/usr/bin/env python3
# Turns an iCE40 bitstream back into Verilog that Verilator simulates, with the ports that ice40.py gives.
# SPDX-License-Identifier: MIT
"""usage: tests/netlist/packed.py BOARD BITSTREAM.bin OUT.v

icestorm's iceunpack and icebox_vlog read the bitstream, bit by bit, without a netlist beside it. What they write is made fit
here: each pin that goes both ways becomes three ports, and the PLL becomes the ports pll_a, pll_b and pll_lock.
"""
import os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'constraints'))
import boards as known


def unpacked(board, bitstream, work):
    """Returns icebox_vlog's Verilog of the bitstream."""
    with open(os.path.join(ROOT, 'constraints', board['constraints'])) as file:
        pins = re.findall(r'^set_io (?:-pullup yes )?(\S+ \S+)$', file.read(), re.M)
    with open(work + '.pcf', 'w') as file:         # icebox_vlog knows no options
        file.writelines(f'set_io {pin}\n' for pin in pins)
    known.run([known.tool('iceunpack'), bitstream, work + '.asc'])
    done = subprocess.run([known.tool('icebox_vlog'), '-s', '-n', 'routed', '-c', '-d', board['package'], '-p', work + '.pcf',
                           work + '.asc'], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f'icebox_vlog ended with {done.returncode}: {done.stderr[-400:]}')
    return done.stdout


def split_pins(text):
    """Makes three ports of each pin that goes both ways, and takes the ports' second declarations away."""
    head = re.search(r'^module routed \((.*)\);$', text, re.M)
    ports = [port.strip() for port in head.group(1).split(',')]
    names = [port.split()[-1].lstrip('\\') for port in ports]
    both = [name for port, name in zip(ports, names) if port.startswith('inout')]
    registers = [name for name in names if re.search(rf'^reg .*\b{name} = 0[,;]', text, re.M)]
    listed = [f'output reg {name} = 0' if name in registers else port for port, name in zip(ports, names) if name not in both]
    listed += ['input pll_a', 'input pll_b', 'input pll_lock']
    for name in both:
        listed += [f'input {name}_in', f'output {name}_out', f'output {name}_drive']
        text, read = re.subn(rf'^(assign \S+ = ){name};$', rf'\g<1>{name}_in;', text, flags=re.M)
        text, written = re.subn(rf"^assign {name} = (\S+) \? (\S+) : 1'bz;$",
                                rf'assign {name}_out = \2;\nassign {name}_drive = \1;', text, flags=re.M)
        if (read, written) != (1, 1):
            sys.exit(f'{name}: {read} readers and {written} drivers of this pin')
    for kind, own in ('wire', names), ('reg', [f'{name} = 0' for name in registers]):
        kept = lambda m: ', '.join(n for n in m.group(1).split(', ') if n not in own)
        text = re.sub(rf'^{kind} (.*);$', lambda m: f'{kind} {kept(m)};' if kept(m) else '', text, flags=re.M)
    return text.replace(head.group(0), f'module routed ({" , ".join(listed)} );')


def open_pll(text):
    """Makes ports of the PLL's outputs and its lock."""
    pll = re.search(r'^SB_PLL40_2F_CORE #\(.*?\) \w+ \((.*?)^\);$', text, re.M | re.S)
    if not pll:
        sys.exit('no SB_PLL40_2F_CORE in the bitstream')
    nets = dict(re.findall(r'\.(\w+)\((\w+)\)', pll.group(1)))
    ports = {'PLLOUTGLOBALA': 'pll_a', 'PLLOUTGLOBALB': 'pll_b', 'LOCK': 'pll_lock'}
    return text.replace(pll.group(0), '\n'.join(f'assign {nets[pin]} = {port};' for pin, port in ports.items()))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    name, bitstream, out = sys.argv[1:]
    text = open_pll(split_pins(unpacked(known.board(name), bitstream, os.path.splitext(out)[0])))
    with open(out, 'w') as file:
        file.write(text)


main()
