#!/usr/bin/env python3
# Synthesizes the adapter with Yosys for ECP5 and iCE40 and prints what each part takes; a warning is a failure.
# SPDX-License-Identifier: MIT
"""usage: tests/synth.py [--modules | --peers] [FAMILY]

ECP5: the whole of ECPIX-5, pins and PLL included. iCE40: the small boards' shape as TinyFPGA BX has it, without pins and
PLL. Logs go to build/synth/.

--modules keeps the borders between all modules and prints what each takes by itself, without those inside it and all its
instances together; Yosys then optimizes nothing across borders, so the sum is larger than the adapter.

--peers synthesizes for ECP5, each by itself and without wide multiplexers, the modules that do what a known core does, and prints
what that one took by the same Yosys (0.23). Each carry cell stands for two LUT4 more; the others' were not counted.
"""
import argparse, glob, os, re, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = ['rtl/lib/*.v', 'rtl/usb/*.v', 'rtl/dma/*.v', 'rtl/eth/*.v', 'rtl/offload/*.v']
FAMILIES = {
    'ecp5': {
        'top': 'ecpix5', 'boards': 'rtl/boards/*.v', 'pins': 'read_verilog rtl/platform/ecp5/*.v',
        'cells': 'read_verilog -lib +/ecp5/cells_sim.v +/ecp5/cells_bb.v', 'parameters': '',
        'groups': ['usb_device', 'dma', 'eth_mac'],
        'lut': r'LUT4', 'ff': r'TRELLIS_FF', 'ram': r'DP16KD|PDPW16KD', 'ram_name': 'DP16KD (18 kbit)',
    },
    'ice40': {
        'top': 'nic_fs_rmii', 'boards': 'rtl/boards/nic_fs_rmii.v', 'cells': '',
        'pins': 'read_verilog -lib rtl/platform/sim/ddr_in.v rtl/platform/sim/ddr_out.v', # for RGMII, which nobody takes here
        'parameters': '-chparam CLOCK_HZ 24000000 -chparam TX_BYTES 2048 -chparam RX_BYTES 4096',
        'groups': ['usb_device_full_speed', 'dma', 'eth_mac'],
        'lut': r'SB_LUT4', 'ff': r'SB_DFF\w*', 'ram': r'SB_RAM40_4K\w*', 'ram_name': 'SB_RAM40 (4 kbit)',
    },
}

# What our modules do together, those with their parameters; the core that does the like, its LUT4, FF and block RAMs.
PEERS = [
    ('bytes <-> GMII, FCS, padding', [('eth_framer', ''), ('eth_deframer', '')], 'verilog-ethernet eth_mac_1g', (376, 179, 0)),
    ('… with pause frames; ours with loop-back and RGMII pins', [('eth_tx', ''), ('eth_rx', 'VERIFY 0')],
     'verilog-ethernet eth_mac_1g with pause frames', (1379, 636, 0)),
    ('USB device at high speed, with its ULPI link', [('usb_device', 'ECM 0')], 'core_usb_cdc and its ULPI wrapper', (847, 426, 0)),
    ('of that', [('usb_registers', ''), ('usb_test_mode', ''), ('usb_interrupt', '')], 'which that one has not', ()),
]


def own_modules():
    """Returns the names of the modules that every family shares, folder by folder."""
    return [os.path.basename(p)[:-2] for s in SOURCES for p in sorted(glob.glob(os.path.join(ROOT, s)))]


def script(name, family, groups):
    keep = 'setattr -mod -set keep_hierarchy 1 ' + ' '.join(f'*{g}' for g in groups if groups is family['groups']) # or all
    sources = [s for s in SOURCES if glob.glob(os.path.join(ROOT, s))]
    return '\n'.join([
        family['cells'], family['pins'], f'read_verilog -Irtl/dma {" ".join(sources)} {family["boards"]}',
        f'hierarchy -check -top {family["top"]} {family["parameters"]}', keep,
        f'synth_{name} -top {family["top"]} -json build/synth/{name}.json', ''])


def count(cells, pattern):
    return sum(number for cell, number in cells.items() if re.fullmatch(pattern, cell))


def read_statistics(log):
    """Returns {module: {cell: number}} from the log's last statistics, all instances of a module together, what it takes by
    itself; 'all' is the whole."""
    own, title, result, parents = {}, None, {}, {}
    for line in log[log.rindex('Printing statistics.'):].splitlines():
        heading = re.match(r'=== (.*) ===', line)
        entry = re.match(r'(\s+)(\S+)\s+(\d+)$', line)
        if heading:
            title = heading.group(1)
            own[title] = {}
        elif entry and title == 'design hierarchy' and (entry.group(2) in own or len(parents) == 0):
            depth, name = len(entry.group(1)), entry.group(2)
            parents = {d: n for d, n in parents.items() if d < depth}
            parents[depth] = int(entry.group(3)) * (parents[max(parents)] if parents else 1)
            into = result.setdefault(re.sub(r'\$paramod(\$\w+)?\\(\w+).*', r'\2', name), {})
            for cell, number in own[name].items():
                into[cell] = into.get(cell, 0) + number * parents[depth]
        elif entry and title:
            own[title][entry.group(2)] = int(entry.group(3))
    result['all'] = own['design hierarchy']
    return result


def synthesize(name, modules):
    family = FAMILIES[name]
    groups = own_modules() if modules else family['groups']
    os.makedirs(os.path.join(ROOT, 'build/synth'), exist_ok=True)
    path = os.path.join(ROOT, f'build/synth/{name}' + ('-modules' if modules else ''))
    with open(path + '.ys', 'w') as file:
        file.write(script(name, family, groups))
    start = time.monotonic()
    done = subprocess.run(['yosys', '-Q', '-T', '-q', '-l', path + '.log', path + '.ys'], cwd=ROOT,
                          capture_output=True, text=True)
    with open(path + '.log') as file:
        log = file.read()
    said = [line for line in log.splitlines() if re.match(r'(Warning|ERROR):|.*: (ERROR|Warning):(?!.*ABC)', line)
            and not line.startswith('ABC:')]
    if done.returncode or said:
        print(f'{name}: Yosys ended with {done.returncode}; see {os.path.relpath(path, ROOT)}.log')
        print('\n'.join(said or (done.stderr + done.stdout).splitlines()[-10:]))
        return False
    statistics = read_statistics(log)
    print(f'{name}: {family["top"]}, {time.monotonic() - start:.0f} s, no warning')
    print(f'  {"":<22}{"LUT4":>8}{"FF":>8}  {family["ram_name"]}')
    for group in groups + ['all']:
        cells = statistics.get(group, {})             # a build may leave a module out
        print(f'  {group:<22}{count(cells, family["lut"]):>8}{count(cells, family["ff"]):>8}{count(cells, family["ram"]):>8}')
    return True


def take(top, parameters):
    """Returns what a module takes on ECP5: LUT4, FF, block RAMs, carry cells."""
    family, path = FAMILIES['ecp5'], os.path.join(ROOT, f'build/synth/peer-{top}')
    chosen = f' -chparam {parameters}' if parameters else ''
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + '.ys', 'w') as file:
        file.write('\n'.join([family['cells'], family['pins'], f'read_verilog -Irtl/dma {" ".join(SOURCES)}',
                              f'hierarchy -check -top {top}{chosen}', f'synth_ecp5 -nowidelut -top {top}', 'stat', '']))
    if subprocess.run(['yosys', '-Q', '-T', '-q', '-l', path + '.log', path + '.ys'], cwd=ROOT, capture_output=True).returncode:
        sys.exit(f'{top}: Yosys failed; see {os.path.relpath(path, ROOT)}.log')
    with open(path + '.log') as file:
        log = file.read()
    cells = {c: int(n) for c, n in re.findall(r'^ +(\w+) +(\d+)$', log[log.rindex('Printing statistics.'):], re.M)}
    return [count(cells, c) for c in ('LUT4', family['ff'], family['ram'], 'CCU2C')]


def beside():
    print(f'{"":<58}{"LUT4":>8}{"FF":>8}{"RAM":>8}{"carry":>8}')
    for what, modules, peer, theirs in PEERS:
        ours = [sum(column) for column in zip(*(take(*m) for m in modules))]
        print(f'{what}\n  {" + ".join(m for m, _ in modules):<56}' + ''.join(f'{n:>8}' for n in ours))
        print(f'  {peer:<56}' + ''.join(f'{n:>8}' for n in theirs) if theirs else f'  {peer}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--modules', action='store_true')
    parser.add_argument('family', nargs='*', choices=[[], *FAMILIES])
    parser.add_argument('--peers', action='store_true')
    args = parser.parse_args()
    if args.peers:
        if args.modules or args.family:
            parser.error('--peers takes neither --modules nor a family: it is about ECP5')
        beside()
        return
    sys.exit(0 if all([synthesize(name, args.modules) for name in args.family or FAMILIES]) else 1)


main()
