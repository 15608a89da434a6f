"""What the stack costs on one TCP stream of 64 MiB, beside lwIP. SPDX-License-Identifier: MIT

Instructions are counted by callgrind, which would count a copy by `rep movsb` as one instruction a byte: copies are made
with vector instructions there. Time is the best of several runs, ours and lwIP's by turns, so that a busy machine meets
both. Where lwIP could not be built its figures, and what is compared with them, are None.
"""
import functools, os, re, subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, 'build', 'bench')
BYTES = 64 << 20
TURNS, REPEATS = 5, 10

LWIP_VERSION = os.path.join(ROOT, 'build', 'lwip', 'version')

ROWS = [
    ('stack.send_instr_per_byte', 'instr/B', '<= 0.35', 'lwIP without checksums: lwip.send_instr_per_byte'),
    ('stack.receive_instr_per_byte', 'instr/B', '<= 0.60', 'lwIP without checksums: lwip.receive_instr_per_byte'),
    ('stack6.send_instr_per_byte', 'instr/B', '', 'the same over IPv6, in segments of 1440 bytes'),
    ('stack6.receive_instr_per_byte', 'instr/B', '', ''),
    ('stack6.send_of_ipv4', '', '<= 1.03', "IPv6's over IPv4's"),
    ('stack6.receive_of_ipv4', '', '<= 1.03', ''),
    ('stack.ns_per_byte', 'ns/B', '', 'both ends, offloads on, the board excluded'),
    ('driver.instr_per_byte', 'instr/B', '', 'the driver alone: super-frames out and their segments back'),
    ('lwip.ns_per_byte', 'ns/B', '', 'both ends, checksums off'),
    ('stack.of_lwip', '', '<= 0.55', 'of the two above'),
    ('stack.plain_ns_per_byte', 'ns/B', '', 'both ends, offloads off'),
    ('lwip.csum_ns_per_byte', 'ns/B', '', 'both ends, checksums on'),
    ('stack.plain_of_lwip', '', '<= 1.3', 'of the two above'),
    ('stack.plain_send_instr_per_byte', 'instr/B', '', 'offloads off'),
    ('stack.plain_receive_instr_per_byte', 'instr/B', '', 'offloads off'),
    ('lwip.send_instr_per_byte', 'instr/B', '', 'checksums off'),
    ('lwip.receive_instr_per_byte', 'instr/B', '', 'checksums off'),
]

# Prefix of the figures, and the command that measures them.
STREAMS = {
    'stack.': ['stack_stream', 'offload'],
    'stack6.': ['stack_stream', 'offload6'],
    'stack.plain_': ['stack_stream', 'plain'],
    'lwip.': ['lwip_stream'],
    'lwip.csum_': ['lwip_csum_stream'],
}
TIMED = ['stack.', 'stack.plain_', 'lwip.', 'lwip.csum_']
COUNTED = ['stack.', 'stack6.', 'stack.plain_', 'lwip.']


def command(stream):
    return [os.path.join(BENCH, stream[0]), *stream[1:]]


def instructions(stream, end):
    out = os.path.join(BENCH, f'callgrind.{"_".join(stream)}.{end}')
    subprocess.run(['valgrind', '--quiet', '--tool=callgrind', '--collect-atstart=no', '--callgrind-out-file=' + out,
                    *command(stream), end], check=True,
                   env={**os.environ, 'GLIBC_TUNABLES': f'glibc.cpu.x86_rep_movsb_threshold={1 << 30}'})
    counted = re.search(r'^(?:summary|totals): (\d+)', open(out).read(), re.M)
    return int(counted[1]) / BYTES


def nanoseconds(stream):
    out = subprocess.run([*command(stream), 'time', str(REPEATS)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in out.splitlines())}


def quickest(streams):
    best = {}
    for _ in range(TURNS):
        for prefix, stream in streams.items():
            turn = nanoseconds(stream)
            if prefix + 'ns_per_byte' not in best or turn[prefix + 'ns_per_byte'] < best[prefix + 'ns_per_byte']:
                best.update(turn)
    return best


def ratio(figures, ours, theirs):
    return figures[ours] / figures[theirs] if figures.get(theirs) else None


def built():
    return {prefix: stream for prefix, stream in STREAMS.items() if os.path.exists(command(stream)[0])}


def times():
    """The figures of time, by name: nothing else should run meanwhile."""
    found = quickest({prefix: stream for prefix, stream in built().items() if prefix in TIMED})
    found['stack.of_lwip'] = ratio(found, 'stack.ns_per_byte', 'lwip.ns_per_byte')
    found['stack.plain_of_lwip'] = ratio(found, 'stack.plain_ns_per_byte', 'lwip.csum_ns_per_byte')
    return found


def counts():
    """Name of each count of instructions, and a call that counts them: other load does not change it."""
    streams = {f'{prefix}{end}_instr_per_byte': functools.partial(instructions, stream, end)
            for prefix, stream in built().items() if prefix in COUNTED for end in ('send', 'receive')}
    return {**streams, 'driver.instr_per_byte': functools.partial(instructions, ['driver_stream'], 'send')}


def compared(figures):
    """What follows from the counts: IPv6 beside IPv4."""
    return {f'stack6.{end}_of_ipv4': ratio(figures, f'stack6.{end}_instr_per_byte', f'stack.{end}_instr_per_byte')
            for end in ('send', 'receive')}


def lwip_version():
    """Of what was measured, or None."""
    return open(LWIP_VERSION).read().strip() if os.path.exists(LWIP_VERSION) else None


if __name__ == '__main__':
    counted = {name: count() for name, count in counts().items()}
    for name, value in sorted({**times(), **counted, **compared(counted)}.items()):
        print(name, 'not measured' if value is None else f'{value:.4g}')
