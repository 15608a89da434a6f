"""What a USB cable may do: how soon frames pass after an unplug, and how many runs under fire kept every promise; and what a
kernel does with the bytes. SPDX-License-Identifier: MIT

The runs are those of tests/rtl/usb_fire_test (the device) and of worlds with --usb (the driver), with other seeds than `make test` has.
"""
import json, os, re, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, 'tests', 'usb')]
from guest import Board, Guest, Skip  # noqa: E402

BUILD = os.path.join(ROOT, 'build')
# First and last seeds.
DEVICE, DRIVER, GATES = [(1000, 1749), (1750, 2499)], (1000, 9499), (1000, 1019)

ROWS = [
    ('usb.recovery_ms', 'ms', '<= 50', 'simulated time from an unplug\'s end to a frame through driver and board; 10 ms are the bus reset'),
    ('usb.faults_survived', 'runs', '>= 10000', 'of device and driver under fire; one broken promise makes it 0'),
    ('usb.copies_per_byte', '', '<= 0.01', "that Linux' usbfs makes of what libusb carries, in QEMU; memory of its own makes it none"),
]


def count(arguments, pattern):
    """How many runs a program tells of; 0 if one of them broke a promise, with what it said about that."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')
    match = re.search(pattern, done.stdout)
    if done.returncode or not match:
        print(done.stdout, file=sys.stderr)
        return 0
    return int(match.group(1))


def survived():
    world = os.path.join(BUILD, 'world', 'world')
    fire = [subprocess.Popen([os.path.join(BUILD, 'rtl', 'usb_fire_test'), str(first), str(last)], stdout=subprocess.PIPE, text=True)
            for first, last in DEVICE]
    said = [process.communicate()[0] for process in fire]
    counts = [0 if process.returncode else int(re.search(r'^(\d+) runs', text, re.M).group(1)) for process, text in zip(fire, said)]
    for process, text in zip(fire, said):
        if process.returncode:
            print(text, file=sys.stderr)
    for options, (first, last) in ([], DRIVER), (['--gates'], GATES):
        counts.append(count([world, '--usb', *options, '--seeds', f'{first}..{last}', '--jobs', '2'], r'(\d+) worlds'))
    return sum(counts) if all(counts) else 0


def copies():
    """Of the bytes that transfers carry, those that the kernel copies: `ferrite bench` on the C model's board, plugged into a guest."""
    guest = Guest()
    try:
        guest.boot()
    except Skip as why:
        print(f'usb.copies_per_byte: {why}', file=sys.stderr)
        return None
    try:
        with Board('--model') as board:
            guest.plug(board)
            return json.loads(guest.ask('ferrite bench -n 4 --json'))['copies_per_byte']
    finally:
        guest.end()


def figures():
    out = subprocess.run([os.path.join(BUILD, 'bench', 'replug_bench')], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {'usb.recovery_ms': float(out.split()[1]), 'usb.faults_survived': survived(), 'usb.copies_per_byte': copies()}
