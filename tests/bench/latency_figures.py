"""Where the time of a lone 64-byte frame goes, read from the board's waves. SPDX-License-Identifier: MIT

`frame_bench FILE` tells when each frame began and ended; the waves tell when it passed from one part to the next. The
parts of a frame add up to its latency; the means over all frames are given. Needs fst2vcd (Debian's gtkwave).
"""
import os, subprocess, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NIC = 'nic_ulpi_rgmii.'
SIGNALS = ['rgmii_rx_ctl', 'rgmii_tx_ctl', NIC + 'rx_valid', NIC + 'in_last', NIC + 'usb.tx_valid', NIC + 'usb.rx_active',
           NIC + 'out_valid', NIC + 'tx_last']

PARTS = [('wire', 'Ethernet wire'), ('mac', 'MAC and its buffer'), ('dma', 'DMA and offload'),
         ('turn', "wait for the bus's turn"), ('usb', 'USB transaction'), ('host', 'host (its programs take no simulated time)')]


def read_waves(path):
    """When each of SIGNALS rose and fell, as two lists by name."""
    scope, names, edges = [], {}, {name: ([], []) for name in SIGNALS}
    with tempfile.NamedTemporaryFile('r', suffix='.vcd') as dump:
        subprocess.run(['fst2vcd', '-f', path, '-o', dump.name], check=True, stdout=subprocess.DEVNULL)
        now = 0
        for line in dump:
            word = line.split()
            if line[0] == '#':
                now = int(line[1:]) // 1000  # waves are in picoseconds
            elif line[0] in '01' and line[1:].strip() in names:
                for name in names[line[1:].strip()]:
                    edges[name][line[0] == '0'].append(now)
            elif word and word[0] == '$scope':
                scope.append(word[2])
            elif word and word[0] == '$upscope':
                scope.pop()
            elif word and word[0] == '$var' and '.'.join(scope[1:] + [word[4]]) in edges:
                names.setdefault(word[3], []).append('.'.join(scope[1:] + [word[4]]))
    return edges


def first(times, after):
    return next(time for time in times if time >= after)


def last(times, before, back=1):
    return [time for time in times if time < before][-back]


def split_in(waves, begin, end):
    rise, fall = (lambda name: waves[name][0]), (lambda name: waves[name][1])
    heard = first(fall('rgmii_rx_ctl'), begin)
    offered = first(rise(NIC + 'rx_valid'), heard)
    made = first(rise(NIC + 'in_last'), offered)                 # the transfer's last byte is known to be that
    answer = last(rise(NIC + 'usb.tx_valid'), end)               # its packet begins
    asked = last(rise(NIC + 'usb.rx_active'), answer)            # by this token
    turn = max(asked, made)
    return {'wire': heard - begin, 'mac': offered - heard, 'dma': made - offered, 'turn': turn - made, 'usb': end - turn,
            'host': 0}


def split_out(waves, begin, end):
    rise = lambda name: waves[name][0]  # noqa: E731
    spoken = last(rise('rgmii_tx_ctl'), end)
    sent = last(rise(NIC + 'tx_last'), spoken)
    good = last(rise(NIC + 'out_valid'), sent)                   # the packet has been checked
    token = last(rise(NIC + 'usb.rx_active'), good, 2)
    return {'turn': token - begin, 'usb': good - token, 'dma': sent - good, 'mac': spoken - sent, 'wire': end - spoken, 'host': 0}


def figures():
    split, parts = {'in': split_in, 'out': split_out}, {'in': [], 'out': []}
    with tempfile.TemporaryDirectory(prefix='ferrite-bench-') as folder:
        waves = os.path.join(folder, 'waves')
        out = subprocess.run([os.path.join(ROOT, 'build', 'bench', 'frame_bench'), waves], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        edges = {way: read_waves(f'{waves}.{way}') for way in split}
    for way, begin, end in (line.split() for line in out.splitlines()):
        took = split[way](edges[way], int(begin), int(end))
        assert sum(took.values()) == int(end) - int(begin) and min(took.values()) >= 0, f'{way} at {begin}: {took}'
        parts[way].append(took)
    return {f'latency.{way}_part_{part}_us': sum(took[part] for took in parts[way]) / len(parts[way]) / 1000
            for way in split for part, _ in PARTS}


def print_table(figures):
    print(f'\n{"a lone 64-byte frame, us":<46} {"in":>7} {"out":>7}')
    for part, meaning in PARTS:
        print(f'  {meaning:<44} ' + ' '.join(f'{figures[f"latency.{way}_part_{part}_us"]:>7.2f}' for way in ('in', 'out')))
