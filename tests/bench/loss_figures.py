#!/usr/bin/env python3
"""Goodput on a path that loses frames, and how flows share one. SPDX-License-Identifier: MIT

In virtual time (loss_bench.c), so a result depends on the program and the seed only: results are kept until the program
changes. A path has 100 Mbit/s and 40 ms of round trip; its line's queue holds as much as is under way in that time (BDP, 325
full frames), or a fifth in the shallow case. Frames to the receiver are lost by chance, by their number, the same for all.
Run by itself it prints all tables. `loss_figures.py --linux` also lets this machine's kernel send on the same paths, over a TAP
in namespaces (as root, five minutes of real time, and other load on the machine shows): loss_linux.c. What it finds is kept.
"""
import concurrent.futures, json, os, statistics, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, 'build', 'bench', 'loss_bench')
LINUX = os.path.join(ROOT, 'build', 'bench', 'loss_linux')
KEPT_LINUX = os.path.join(ROOT, 'build', 'bench', 'loss_linux.json')
KEPT = os.path.join(ROOT, 'build', 'bench', 'loss.json')
CONTROLS = ['cubic', 'newreno', 'vegas', 'westwood', 'bic']
SEEDS, SECONDS, LINUX_SEEDS = 20, 30, 5
AT_ONCE = 2  # runs of the kernel
FAIR_SEEDS, FAIR_SKIP, FAIR_SECONDS = 20, 10, 120
BDP, SHALLOW = 325, 65

# Name, what is lost in percent, and how many frames the queue holds.
PATHS = [('0.01 %', '0.01', BDP), ('0.1 %', '0.1', BDP), ('1 %', '1', BDP), ('3 %', '3', BDP), ('shallow', '0', SHALLOW)]
FLOWS = {'jain_2': ['cubic'] * 2, 'jain_10': ['cubic'] * 10, 'cubic_newreno': ['cubic', 'newreno']}

ROWS = [
    ('loss.cubic_over_lwip_min', '', '> 1', 'goodput of CUBIC over that of lwIP 2.1.3, the least of five paths'),
    ('loss.cubic_over_linux_min', '', '>= 0.95', "over that of Linux' CUBIC with the same five seeds, by make bench-linux"),
    ('fair.jain_2', '', '', "Jain's index of two CUBIC flows, mean of 20 seeds"),
    ('fair.jain_10', '', '>= 0.95', "Jain's index of ten CUBIC flows, mean of 20 seeds"),
    ('fair.cubic_over_newreno', '', '', 'goodput of a CUBIC flow over that of a NewReno flow beside it'),
]


def measure(loss, queue, seed, skip, seconds, *controls):
    """The flows' goodputs in Mbit/s, and the sender's counters; None without lwIP."""
    words = [loss, queue, seed, skip, seconds, *controls]
    done = subprocess.run([PROGRAM, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        if 'without lwIP' in done.stderr:
            return None
        sys.exit(f'bench: loss_bench {" ".join(map(str, words))}: {done.stderr}')
    lines = [line.split() for line in done.stdout.splitlines()]
    return {'goodput': [float(value) for name, value in lines if name == 'goodput'],
            **{name: int(value) for name, value in lines if name != 'goodput'}}


def all_runs():
    """Every run's arguments, by its name."""
    runs = {f'{path}/{control}/{seed}': (loss, queue, seed, 0, SECONDS, control)
            for path, loss, queue in PATHS for control in CONTROLS + ['lwip'] for seed in range(SEEDS)}
    runs.update({f'{name}/{seed}': ('0', BDP, seed, FAIR_SKIP, FAIR_SECONDS, *controls)
                 for name, controls in FLOWS.items() for seed in range(FAIR_SEEDS)})
    return runs


def results():
    """What each run measured, by its name: kept from an earlier call if the program is the same."""
    if os.path.exists(KEPT) and os.path.getmtime(KEPT) > os.path.getmtime(PROGRAM):
        with open(KEPT) as file:
            return json.load(file)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = {name: pool.submit(measure, *words) for name, words in all_runs().items()}
        found = {name: run.result() for name, run in waiting.items()}
    with open(KEPT, 'w') as file:
        json.dump(found, file)
    return found


def mean(found, path, control, what, seeds=SEEDS):
    """Of the first seeds; None where lwIP is not there, or does not count that."""
    values = [found[f'{path}/{control}/{seed}'] for seed in range(seeds)]
    if None in values or what not in values[0]:
        return None
    return statistics.mean(value[what][0] if what == 'goodput' else value[what] for value in values)


def measure_linux():
    """Goodput of the kernel's CUBIC by path: means of LINUX_SEEDS runs."""
    def one(loss, queue, seed):
        out = subprocess.run([LINUX, loss, str(queue), str(seed), str(SECONDS)], check=True, stdout=subprocess.PIPE, text=True).stdout
        return float(out.split()[1])
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {path: [pool.submit(one, loss, queue, seed) for seed in range(LINUX_SEEDS)] for path, loss, queue in PATHS}
        found = {path: statistics.mean(run.result() for run in each) for path, each in runs.items()}
    with open(KEPT_LINUX, 'w') as file:
        json.dump(found, file)


def linux_goodput():
    """By path; empty if it was never measured."""
    if not os.path.exists(KEPT_LINUX):
        return {}
    with open(KEPT_LINUX) as file:
        return json.load(file)


def jain(shares):
    return sum(shares) ** 2 / (len(shares) * sum(share ** 2 for share in shares))


def figures():
    found = results()
    out = {f'loss.{control}.{path.replace(" %", "").replace("0.", "0_")}_mbit_s': mean(found, path, control, 'goodput')
           for path, _, _ in PATHS for control in CONTROLS + ['lwip']}
    ratios = [mean(found, path, 'cubic', 'goodput') / lwip for path, _, _ in PATHS
              if (lwip := mean(found, path, 'lwip', 'goodput'))]
    out['loss.cubic_over_lwip_min'] = min(ratios) if ratios else None
    kernel = [mean(found, path, 'cubic', 'goodput', LINUX_SEEDS) / goodput for path, goodput in linux_goodput().items()]
    out['loss.cubic_over_linux_min'] = min(kernel) if kernel else None
    for name in ('jain_2', 'jain_10'):
        out['fair.' + name] = statistics.mean(jain(found[f'{name}/{seed}']['goodput']) for seed in range(FAIR_SEEDS))
    pairs = [found[f'cubic_newreno/{seed}']['goodput'] for seed in range(FAIR_SEEDS)]
    out['fair.cubic_over_newreno'] = sum(pair[0] for pair in pairs) / sum(pair[1] for pair in pairs)
    return out


def print_table():
    found = results()
    print(f'\n{f"goodput in Mbit/s, {SEEDS} seeds of {SECONDS} s":<32}' + ''.join(f'{path:>12}' for path, _, _ in PATHS))
    for control in CONTROLS + ['lwip']:
        cells = [mean(found, path, control, 'goodput') for path, _, _ in PATHS]
        print(f'  {control:<30}' + ''.join('not measured'.rjust(12) if cell is None else f'{cell:>12.2f}' for cell in cells))
    kernel = [linux_goodput().get(path) for path, _, _ in PATHS]
    print(f'  {"Linux, CUBIC, " + str(LINUX_SEEDS) + " seeds":<30}' + ''.join('not measured'.rjust(12) if cell is None else f'{cell:>12.2f}' for cell in kernel))
    print('CUBIC, a run')
    for what, meaning in (('again', 'segments sent again'), ('dropped', 'frames lost'), ('needless', 'sent again needlessly'),
                          ('timeouts', 'timeouts')):
        print(f'  {meaning:<30}' + ''.join(f'{mean(found, path, "cubic", what):>12.1f}' for path, _, _ in PATHS))


if __name__ == '__main__':
    if '--linux' in sys.argv:
        measure_linux()
    for name, value in figures().items():
        print(f'{name:<34}', 'not measured' if value is None else f'{value:.4g}')
    print_table()
