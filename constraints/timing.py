#!/usr/bin/env python3
# Prints each board's slack, pad delays and use after place and route over five seeds, and checks them.
# SPDX-License-Identifier: MIT
"""usage: constraints/timing.py [BOARD...]

Reads what `make timing` has left in build/bitstream; writes build/bitstream/timing.json. Every clock must keep 5 % of
its period to spare with every seed. The table "Pads" in README.md says what each group of pins may take: a result above
"at most" is a failure, and so is a row whose result and allowance do not fit its budget.
"""
import json, os, re, sys

import boards as known
from boards import BUILD, ROOT, SEEDS

SPARE = 5.0                                    # percent of a period
USE = [('LUT4', ('TRELLIS_COMB', 'ICESTORM_LC')), ('FF', ('TRELLIS_FF',)), ('block RAM', ('DP16KD', 'ICESTORM_RAM')),
       ('PLL', ('EHXPLLL', 'ICESTORM_PLL'))]
PATHS = ('out', 'in', 'through', 'skew', 'register')


def plain(clock):
    """Returns a clock's name in our words: nextpnr's without what it puts around it."""
    return re.sub(r'\$TRELLIS_IO_IN|\$SB_IO_IN(_\$glb_clk)?|_\$glb_clk', '', clock.replace('$glbnet$', ''))


def slacks(report):
    """Returns {clock: percent of its period to spare}."""
    return {plain(c): 100 * (1 - f['constraint'] / f['achieved']) for c, f in report['fmax'].items()}


def ports_of_pads(routed):
    """Returns {pad's cell: name of its port, with its index}, and the names of the cells that are registers in a pad."""
    module = next(m for name, m in routed['modules'].items() if 'blackbox' not in m.get('attributes', {}) and m.get('cells'))
    names = {bit: f'{port}[{i}]' if len(p['bits']) > 1 else port
             for port, p in module['ports'].items() for i, bit in enumerate(p['bits'])}
    pads = {}
    for cell, what in module['cells'].items():
        for pin in ('B', 'PACKAGE_PIN'):
            for bit in what['connections'].get(pin, []):
                if bit in names:
                    pads[cell] = names[bit]
    registers = {pads[c[:-4]] for c in module['cells'] if c.endswith('$IOL') and c[:-4] in pads}
    return pads, registers


def longest(delay):
    return max(delay) if isinstance(delay, list) else delay


def pad_delay(report, pads, row):
    """Returns the longest path of a row of the table in one report, or None where it has none."""
    if row['path'] == 'skew':                  # of the longest ways to each of the pins
        ways = [pad_delay(report, pads, {'path': 'out', 'pins': [pin]}) for pin in row['pins']]
        return None if None in ways else max(ways) - min(ways)
    worst = None
    if row['path'] == 'in':                    # a net behind several starts names only one of them, so ask for the whole path
        found = [sum(step['delay'] for step in p['path']) for p in report['critical_paths']
                 if p['from'] == '<async>' and plain(p['to'].split()[-1]) in row['pins']]
        return max(found) if found else None
    for net in report['detailed_net_timings']:
        begins_outside = net['event'] == '<async>'
        if begins_outside != (row['path'] != 'out'):
            continue
        for end in net['endpoints']:
            if end['event'] == '<async>' and re.sub(r'\[\d+\]$', '', pads.get(end['cell'], '')) in row['pins']:
                worst = max(worst or 0, longest(end['delay']))
    return worst


def rows_of(text, top):
    """Returns the rows of README's table of pads that are about a top module."""
    rows = []
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip('| ').split('|')]
        if len(cells) == 7 and cells[2] in PATHS and top in re.findall(r'\w+', cells[0]):
            numbers = [float(c) if c != '-' else None for c in cells[3:6]]
            rows.append({'line': line, 'pins': re.findall(r'\w+', cells[1]), 'path': cells[2],
                         'budget': numbers[0], 'allowance': numbers[1], 'limit': numbers[2]})
    return rows


def check_row(row, reports, pads, registers):
    """Returns what is printed of a row, and whether it holds."""
    pins = ', '.join(row['pins'])
    if row['path'] == 'register':
        outside = [p for p in pads.values() if re.sub(r'\[\d+\]$', '', p) in row['pins'] and p not in registers]
        found = [p for p in registers if re.sub(r'\[\d+\]$', '', p) in row['pins']]
        return f'{pins}: ' + (f'no register in the pad of {", ".join(outside)}' if outside else f'{len(found)} registers in their pads'), \
            bool(found) and not outside
    found = [pad_delay(r, pads, row) for r in reports]
    if None in found:
        return f'{pins}, {row["path"]}: nextpnr knows no such path', False
    fits = row['limit'] + row['allowance'] <= row['budget']
    said = f'{pins}, {row["path"]}: {max(found):.2f} ns, at most {row["limit"]}, allowance {row["allowance"]}, budget {row["budget"]}'
    return said + ('' if fits else ': the row itself does not fit'), fits and max(found) <= row['limit']


def judge(name, readme):
    """Prints a board's figures. Returns them for timing.json, and whether all hold."""
    board, folder = known.board(name), f'{BUILD}/bitstream/{name}'
    reports = []
    for seed in SEEDS:
        with open(f'{folder}/seed-{seed}/report.json') as file:
            reports.append(json.load(file))
    with open(f'{folder}/seed-{SEEDS[0]}/routed.json') as file:
        pads, registers = ports_of_pads(json.load(file))
    print(f'{name} ({board["title"]})')
    good, result = True, {'clocks': {}, 'use': {}, 'pads': {}}
    for clock in slacks(reports[0]):
        each = [slacks(r)[clock] for r in reports]
        asked = next(f['constraint'] for c, f in reports[0]['fmax'].items() if plain(c) == clock)
        held = min(each) >= SPARE
        good &= held
        print(f'  {clock:<20} {asked:6.1f} MHz   slack {min(each):5.1f} % of its period at worst ({", ".join(f"{s:.1f}" for s in each)})'
              + ('' if held else f'   LESS THAN {SPARE} %'))
        result['clocks'][clock] = {'mhz': asked, 'slack_percent': [round(s, 2) for s in each]}
    for what, cells in USE:
        for cell in cells:
            if cell in reports[0]['utilization']:
                most = max(r['utilization'][cell]['used'] for r in reports)
                total = reports[0]['utilization'][cell]['available']
                print(f'  {what:<20} {most:6} of {total} ({100 * most / total:.1f} %)')
                result['use'][what] = [most, total]
    rows = rows_of(readme, board['top'])
    if not rows:
        print(f'  constraints/README.md has no row of pads for {board["top"]}')
        good = False
    for row in rows:
        said, held = check_row(row, reports, pads, registers)
        good &= held
        print(f'  {said}' + ('' if held else '   FAILED'))
        result['pads'][', '.join(row['pins']) + ' ' + row['path']] = said
    return result, good


def main():
    names = sys.argv[1:] or list(known.boards())
    with open(f'{ROOT}/constraints/README.md') as file:
        readme = file.read()
    path, results, good = f'{BUILD}/bitstream/timing.json', {}, True
    if os.path.exists(path):
        with open(path) as file:
            results = json.load(file)
    for name in names:
        results[name], held = judge(name, readme)
        good &= held
    with open(path, 'w') as file:
        json.dump(results, file, indent=1)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
