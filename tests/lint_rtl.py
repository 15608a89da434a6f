#!/usr/bin/env python3
# Runs Verilator's lint over every module of rtl/ by itself; a word from it is a failure.
# SPDX-License-Identifier: MIT
"""usage: tests/lint_rtl.py [PATTERN]

Modules see the simulation's platform; those in rtl/platform/FAMILY, and a board's top module (it has a file in
constraints/), see that family's, with the vendor's cells as Yosys describes them. What Verilator has to say about
those descriptions is not ours and not shown.
"""
import concurrent.futures, glob, os, re, shutil, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ['rtl/lib', 'rtl/usb', 'rtl/dma', 'rtl/eth', 'rtl/offload', 'rtl/boards']
CELLS = {'ecp5': 'ecp5/cells_bb.v', 'ice40': None}     # as Yosys has them; tests/cells/FAMILY adds to them
CONSTRAINTS = {'.lpf': 'ecp5', '.pcf': 'ice40'}


def family_of(path):
    parts = path.split('/')
    if parts[1] == 'platform':
        return parts[2]
    name = os.path.splitext(parts[-1])[0]
    for suffix, family in CONSTRAINTS.items():
        if parts[1] == 'boards' and os.path.exists(f'{ROOT}/constraints/{name}{suffix}'):
            return family
    return 'sim'


def lint(path, share):
    family = family_of(path)
    command = ['verilator', '--lint-only', '-Wall', '--top-module', os.path.splitext(os.path.basename(path))[0]]
    for folder in FOLDERS + [f'rtl/platform/{family}']:
        command += ['-y', folder, f'+incdir+{folder}']
    if family in CELLS:
        command += ['-y', f'tests/cells/{family}'] + (['-v', f'{share}/{CELLS[family]}'] if CELLS[family] else [])
    done = subprocess.run(command + [path], cwd=ROOT, capture_output=True, text=True)
    said = done.stderr + done.stdout
    if family in CELLS:
        blocks = re.split(r'^(?=%)', said, flags=re.M)
        said = ''.join(b for b in blocks if not re.match(r'%Warning-\w+: ' + re.escape(share), b)
                       and not b.startswith('%Error: Exiting due to'))
    elif done.returncode and not said:
        said = f'verilator ended with {done.returncode}\n'
    return path, said


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ''
    yosys = shutil.which('yosys') or sys.exit("lint: 'yosys' is missing: install the Debian package yosys")
    share = os.path.realpath(os.path.join(os.path.dirname(yosys), '../share/yosys'))
    os.chdir(ROOT)
    modules = [m for m in sorted(glob.glob('rtl/**/*.v', recursive=True)) if re.search(pattern, m)]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, said in pool.map(lambda m: lint(m, share), modules):
            if said:
                bad += 1
                print(f'{path}:\n{said}')
    print(f'verilator -Wall: {len(modules) - bad} of {len(modules)} modules are silent')
    sys.exit(1 if bad or not modules else 0)


main()
