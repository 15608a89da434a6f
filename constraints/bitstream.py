#!/usr/bin/env python3
# Builds a board's bitstream, a step at a time: synthesis, place and route, packing.
# SPDX-License-Identifier: MIT
"""usage: constraints/bitstream.py netlist BOARD OUT.json [SERIAL]
       constraints/bitstream.py route BOARD NETLIST.json OUTDIR SEED
       constraints/bitstream.py pack BOARD ROUTEDIR OUT

`route` leaves in OUTDIR the configuration, nextpnr's log and report, and the netlist with its places (routed.json). It does
not fail where a clock is missed, so that timing.py can say by how much; `pack` refuses then.
"""
import glob, json, os, re, sys

import boards as known
from boards import ROOT, run, tool


def netlist(name, out, serial='00000001'):
    board = known.board(name)
    if not re.fullmatch(r'[!-~]{1,16}', serial):
        sys.exit(f"SERIAL='{serial}': give 1 to 16 ASCII characters without a space")
    number = '128\'h' + serial.encode().hex()
    mac = '48\'h' + known.mac_address(board['title'], serial).hex()
    family, top = board['family'], board['top']
    sources = ' '.join(sorted(sum((glob.glob(os.path.join(ROOT, s)) for s in [f'rtl/platform/{family}/*.v'] + known.SOURCES), [])))
    parameters = ''.join(f' -chparam {key} {value}' for key, value in
                         {'SERIAL': number, 'MAC_ADDRESS': mac, **board.get('parameters', {})}.items())
    script = [known.CELLS[family], f'read_verilog -defer -I{ROOT}/rtl/dma {sources}', f'hierarchy -check -top {top}{parameters}',
              f'synth_{family} -top {top} {board.get("synthesis", "")} -json {out}.part']
    os.makedirs(os.path.dirname(os.path.abspath(out)), exist_ok=True)
    with open(out + '.ys', 'w') as file:
        file.write('\n'.join(script) + '\n')
    run([tool('yosys'), '-Q', '-q', '-l', out + '.log', out + '.ys'])
    os.rename(out + '.part', out)


def route(name, source, out, seed):
    board = known.board(name)
    ecp5 = board['family'] == 'ecp5'
    os.makedirs(out, exist_ok=True)
    command = [tool('nextpnr-' + board['family']), '--' + board['device'], '--package', board['package'], '--seed', seed,
               '--lpf' if ecp5 else '--pcf', f'constraints/{board["constraints"]}', '--json', source,
               '--textcfg' if ecp5 else '--asc', f'{out}/routed.config', '--write', f'{out}/routed.json',
               '--report', f'{out}/report.json', '--detailed-timing-report', '--timing-allow-fail']
    run(command + (['--speed', str(board['speed'])] if ecp5 else []), f'{out}/log')


def missed(report):
    """Returns a line for each clock of nextpnr's report that is too slow."""
    return [f'{clock} reaches {f["achieved"]:.1f} MHz of {f["constraint"]:.1f}' for clock, f in report['fmax'].items()
            if f['achieved'] < f['constraint']]


def pack(name, source, out):
    board = known.board(name)
    with open(f'{source}/report.json') as file:
        slow = missed(json.load(file))
    if slow:
        sys.exit(f'{name}: no bitstream, for it would be too slow: ' + '; '.join(slow))
    if board['family'] == 'ecp5':
        run([tool('ecppack'), '--compress', *board.get('pack', []), '--input', f'{source}/routed.config', '--bit', out + '.part'])
        if 'dfu' in board:                     # dfu-util refuses a file whose suffix names another device
            vendor, product = board['dfu'].split(':')
            run([tool('dfu-suffix'), '-v', vendor, '-p', product, '-a', out + '.part'])
    else:
        with open(f'{source}/routed.config') as file:
            text = file.read()
        with open(f'{source}/named.config', 'w') as file:   # an iCE40's bitstream names no device, so it gets the board's name
            file.write(f'.comment\nboard: {name}\n' + text[text.index('.device'):])
        run([tool('icepack'), f'{source}/named.config', out + '.part'])
    os.rename(out + '.part', out)


def main():
    steps = {'netlist': netlist, 'route': route, 'pack': pack}
    if len(sys.argv) < 4 or sys.argv[1] not in steps:
        sys.exit(__doc__)
    steps[sys.argv[1]](*sys.argv[2:])


main()
