#!/usr/bin/env python3
# Synthesizes the adapter with Yosys for ECP5 and iCE40 and prints what each part takes; a warning is a failure.
# SPDX-License-Identifier: MIT
"""usage: tests/synth.py [FAMILY]

ECP5: the whole of ECPIX-5, pins and PLL included. iCE40: the same core with buffers that fit; no board of that family
has RGMII, so the pins' cells are left out (black boxes). Logs go to build/synth/.
"""
import glob, os, re, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GROUPS = ['usb_device', 'dma', 'eth_mac']
SOURCES = ['rtl/lib/*.v', 'rtl/usb/*.v', 'rtl/dma/*.v', 'rtl/eth/*.v', 'rtl/offload/*.v']
KEEP = 'setattr -mod -set keep_hierarchy 1 ' + ' '.join(f'*{g}' for g in GROUPS)
FAMILIES = {
    'ecp5': {
        'top': 'ecpix5', 'boards': 'rtl/boards/*.v', 'pins': 'read_verilog rtl/platform/ecp5/*.v',
        'cells': 'read_verilog -lib +/ecp5/cells_sim.v +/ecp5/cells_bb.v', 'parameters': '',
        'lut': r'LUT4', 'ff': r'TRELLIS_FF', 'ram': r'DP16KD|PDPW16KD', 'ram_name': 'DP16KD (18 kbit)',
    },
    'ice40': {
        'top': 'nic_ulpi_rgmii', 'boards': 'rtl/boards/nic_ulpi_rgmii.v',
        'pins': 'read_verilog -lib rtl/platform/sim/ddr_in.v rtl/platform/sim/ddr_out.v',
        'cells': '', 'parameters': '-chparam TX_BYTES 2048 -chparam RX_BYTES 4096',
        'lut': r'SB_LUT4', 'ff': r'SB_DFF\w*', 'ram': r'SB_RAM40_4K\w*', 'ram_name': 'SB_RAM40 (4 kbit)',
    },
}


def script(name, family):
    sources = [s for s in SOURCES if glob.glob(os.path.join(ROOT, s))]
    return '\n'.join([
        family['cells'], family['pins'], f'read_verilog -Irtl/dma {" ".join(sources)} {family["boards"]}',
        f'hierarchy -check -top {family["top"]} {family["parameters"]}', KEEP,
        f'synth_{name} -top {family["top"]} -json build/synth/{name}.json', ''])


def count(cells, pattern):
    return sum(number for cell, number in cells.items() if re.fullmatch(pattern, cell))


def read_statistics(log):
    """Returns {group or 'all': {cell: number}} from the last statistics in the log."""
    result, section = {}, None
    for line in log[log.rindex('Printing statistics.'):].splitlines():
        title = re.match(r'=== (.*) ===', line)
        if title:
            name = title.group(1).split('\\')[-1]
            section = result.setdefault('all' if name == 'design hierarchy' else name, {})
        cell = re.match(r'\s+([\w$]+)\s+(\d+)$', line)
        if cell and section is not None:
            section[cell.group(1)] = int(cell.group(2))
    return result


def synthesize(name):
    family = FAMILIES[name]
    os.makedirs(os.path.join(ROOT, 'build/synth'), exist_ok=True)
    path = os.path.join(ROOT, f'build/synth/{name}')
    with open(path + '.ys', 'w') as file:
        file.write(script(name, family))
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
    print(f'  {"":<12}{"LUT4":>8}{"FF":>8}  {family["ram_name"]}')
    for group in GROUPS + ['all']:
        cells = statistics[group]
        print(f'  {group:<12}{count(cells, family["lut"]):>8}{count(cells, family["ff"]):>8}{count(cells, family["ram"]):>8}')
    return True


def main():
    names = sys.argv[1:] or list(FAMILIES)
    sys.exit(0 if all([synthesize(name) for name in names]) else 1)


main()
