#!/usr/bin/env python3
# Tells what constraints/boards.json says of the boards, and where the tools are that build for them.
# SPDX-License-Identifier: MIT
"""usage: constraints/boards.py [--files | --family | --top] [BOARD]

Prints the names of all boards, or only BOARD's where that is one; or those of their bitstreams, FPGA families, top modules.
"""
import hashlib, json, os, shutil, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, 'build')
VENV = os.path.join(BUILD, 'venv')
SOURCES = ['rtl/lib/*.v', 'rtl/usb/*.v', 'rtl/dma/*.v', 'rtl/eth/*.v', 'rtl/offload/*.v', 'rtl/boards/*.v']
SEEDS = range(1, 6)                            # of placements; the bitstream is the first one's
# What Yosys must know of the family's cells before it reads ours.
CELLS = {'ecp5': 'read_verilog -lib +/ecp5/cells_sim.v +/ecp5/cells_bb.v', 'ice40': 'read_verilog -lib +/ice40/cells_sim.v'}
SUFFIXES = {'ecp5': '.bit', 'ice40': '.bin'}
# Tool: its Debian package, or the one of PyPI that `make` puts into build/venv.
PACKAGES = {
    'yosys': 'yosys', 'nextpnr-ice40': 'nextpnr-ice40', 'icepack': 'fpga-icestorm', 'iceunpack': 'fpga-icestorm',
    'icebox_vlog': 'fpga-icestorm',
    'openFPGALoader': 'openfpgaloader', 'dfu-suffix': 'dfu-util', 'nextpnr-ecp5': None, 'ecppack': None,
}


def boards():
    """Returns {name: what boards.json says of it}."""
    with open(os.path.join(ROOT, 'constraints/boards.json')) as file:
        return json.load(file)


def board(name):
    """Returns what boards.json says of the board, or ends the program with a word about it."""
    known = boards()
    if name not in known:
        sys.exit(f"'{name}' is no board: take one of {', '.join(known)}")
    return known[name]


def tool(name):
    """Returns the tool's command; ends the program with the package to install where it is missing."""
    for path in shutil.which(name), os.path.join(VENV, 'bin', 'yowasp-' + name):
        if path and os.path.exists(path):
            return path
    package = PACKAGES[name]
    sys.exit(f"'{name}' is missing: " + (f'install the Debian package {package}, or run `make deps`' if package
                                        else 'run `make fpga-tools`, which puts it into build/venv'))


def run(command, log=None):
    """Runs a tool; ends the program with its last words if it fails. With log its output goes there."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if log:
        with open(log, 'w') as file:
            file.write(said)
    if done.returncode:
        sys.exit('\n'.join([f'{os.path.basename(command[0])} ended with {done.returncode}' + (f'; see {log}' if log else ''),
                            *said.splitlines()[-8:]]))
    return said


def mac_address(title, serial):
    """Returns the address that a board has until the host sets another: locally administered, of its name and serial."""
    return bytes([0x02, 0x46, 0x45]) + hashlib.sha256(f'{title} {serial}'.encode()).digest()[:3]


def file_of(name):
    """Returns the name of a board's bitstream, by whose end programs know its kind."""
    return name + SUFFIXES[board(name)['family']]


def main():
    words = {'--files': file_of, '--family': lambda n: board(n)['family'], '--top': lambda n: board(n)['top']}
    names = [a for a in sys.argv[1:] if not a.startswith('-')]
    options = [a for a in sys.argv[1:] if a.startswith('-')]
    if len(names) > 1 or len(options) > 1 or not set(options) <= set(words):
        sys.exit(__doc__)
    for name in names or list(boards()):
        board(name)
        print(words[options[0]](name) if options else name)


if __name__ == '__main__':
    main()
