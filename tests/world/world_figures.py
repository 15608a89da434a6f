"""How many worlds a second one core runs. SPDX-License-Identifier: MIT"""
import os, subprocess, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNS, SEEDS = 3, 1000

ROWS = [
    ('world.seeds_per_s', 'worlds/s', '>= 100', 'stack, driver, C model and links, on one core, a process each'),
]


def seconds():
    start = time.monotonic()
    subprocess.run([os.path.join(ROOT, 'build', 'world', 'world'), '--seeds', f'0..{SEEDS - 1}'], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def figures():
    return {'world.seeds_per_s': SEEDS / min(seconds() for _ in range(RUNS))}
