"""What each offload gives and takes: a table of all on, and one off. SPDX-License-Identifier: MIT

MB/s and records a second are tcp_bench's (simulated time, the whole board), instructions a byte callgrind's (stack_figures),
LUT4 what `make area` counts for ECP5: there Yosys keeps the borders between modules, so the sum is larger than the adapter.
"""
import concurrent.futures, glob, os, re, subprocess, sys

import stack_figures

ROOT = stack_figures.ROOT
AREA = os.path.join(ROOT, 'build', 'bench', 'area-ecp5.txt')

ROWS = [
    ('segment.extra_clocks', 'clocks', '<= 8', 'a segment of 1,460 bytes, beside its bytes and header (rtl/offload alone)'),
    ('segment.clocks', 'clocks', '', 'from one such segment to the next, 54 bytes of header'),
]

# Name, what is off, and the modules that a build without it would not have.
SEGMENTS = ['offload_judge', 'offload_header', 'offload_segment']
TABLE = [
    ('all', 'all on', []),
    ('no_tso', 'no segmentation', SEGMENTS),
    ('no_tx_csum', 'no checksums inserted (nor segmentation)', SEGMENTS + ['offload_send', 'offload_sum']),
    ('no_rx_csum', 'no checksums verified', ['offload_verify', 'offload_verify_sum']),
    ('no_batch', 'no receive batching', ['batch_timer']),
]


def pace():
    """Clocks of a segment, from offload_send's own test, which counts them."""
    program = os.path.join(ROOT, 'build', 'rtl', 'offload_send_test')
    out = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True,
                         env={**os.environ, 'ONLY': '^keeps_its_pace$'}).stdout
    extra = float(re.search(r'# (\S+) clocks a segment beside its bytes with gso_size 1460$', out, re.M)[1])
    return {'segment.extra_clocks': extra, 'segment.clocks': 54 + 1460 + extra}


def area():
    """LUT4 of each module on ECP5. Synthesis takes a minute, so its output is kept until a source is newer."""
    sources = glob.glob(os.path.join(ROOT, 'rtl', '**', '*.v*'), recursive=True) + [os.path.join(ROOT, 'tests', 'synth.py')]
    if not os.path.exists(AREA) or os.path.getmtime(AREA) < max(map(os.path.getmtime, sources)):
        out = subprocess.run([os.path.join(ROOT, 'tests', 'synth.py'), '--modules', 'ecp5'], stdout=subprocess.PIPE, text=True)
        if out.returncode:
            sys.exit('bench: the synthesis for the table of the offloads failed\n' + out.stdout)
        with open(AREA, 'w') as file:
            file.write(out.stdout)
    return {name: int(luts) for name, luts in re.findall(r'^  (\w+) +(\d+) +\d+ +\d+$', open(AREA).read(), re.M)}


def figures(stack):
    """stack: the figures of stack_figures, whose stream has all on."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        areas, paces = pool.submit(area), pool.submit(pace)
        counts = {f'offload.{name}.{end}_instr_per_byte': pool.submit(stack_figures.instructions, ['stack_stream', name], end)
                  for name, _, _ in TABLE if name != 'all' for end in ('send', 'receive')}
        luts = areas.result()
        found = {**paces.result(), **{name: count.result() for name, count in counts.items()}}
    for end in ('send', 'receive'):
        found[f'offload.all.{end}_instr_per_byte'] = stack[f'stack.{end}_instr_per_byte']
    for name, _, without in TABLE:
        found[f'offload.{name}.lut4'] = luts['all'] - sum(luts[module] for module in without)
    return found


def print_table(figures):
    print(f'\n{"512 KiB over TCP":<42} {"send":^27} {"receive":^27}\n'
          f'{"":<42}{"MB/s":>7}{"records/s":>11}{"instr/B":>9}  {"MB/s":>7}{"records/s":>11}{"instr/B":>9}{"LUT4":>8}')
    for name, meaning, _ in TABLE:
        cells = ''.join(f'{figures[f"offload.{name}.{way}_mb_s"]:>7.2f}{figures[f"offload.{name}.{way}_records_per_s"]:>11,.0f}'
                        f'{figures[f"offload.{name}.{way}_instr_per_byte"]:>9.3f}  ' for way in ('send', 'receive'))
        print(f'  {meaning:<40}{cells[:-2]}{figures[f"offload.{name}.lut4"]:>8,}')
