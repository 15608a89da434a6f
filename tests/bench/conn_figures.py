#!/usr/bin/env python3
"""What many connections cost, and opening and closing them, beside lwIP. SPDX-License-Identifier: MIT

Memory and instructions are exact (conn_bench.c); connections a second are the best of rounds in which ours and lwIP's take
turns (setup_bench.c). Run by itself it prints its figures.
"""
import os, re, subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, 'build', 'bench')
COUNTS = {10: '10', 1000: '1k', 100_000: '100k'}
MOST = 100_000

ROWS = [
    ('connection.idle_bytes', 'B', '<= 512', 'heap for each of 100,000 established and idle connections, tables included'),
    ('connection.process_mb', 'MB', '< 200', 'most memory of a process with 100,000 connections, one end each, and the client'),
    ('connection.packet_instr_10', 'instr', '', 'a packet of questions and answers: 10 connections'),
    ('connection.packet_instr_1k', 'instr', '', '1,000 connections'),
    ('connection.packet_instr_100k', 'instr', '', '100,000 connections'),
    ('connect.per_s', '/s', '', 'connections opened and closed, both ends'),
    ('lwip.connect_per_s', '/s', '', 'the same'),
    ('connect.over_lwip', '', '>= 1', 'of the two above'),
    ('connect.instr', 'instr', '', 'to open and close a connection, both ends'),
    ('lwip.connect_instr', 'instr', '', 'the same'),
]


def numbers(text):
    return {name: float(value) for name, value in (line.split() for line in text.splitlines())}


def output(*command):
    return numbers(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def counted(unit, program, *arguments, options=()):
    """Instructions a unit, which is what the program prints how many it had."""
    out = os.path.join(BENCH, f'callgrind.{program}.{"_".join(arguments)}')
    printed = output('valgrind', '--quiet', '--tool=callgrind', '--collect-atstart=no', *options, '--callgrind-out-file=' + out,
                     os.path.join(BENCH, program), *arguments)
    return int(re.search(r'^(?:summary|totals): (\d+)', open(out).read(), re.M)[1]) / printed[unit]


def has_lwip():
    """Whether setup_bench was built with it."""
    return subprocess.run([os.path.join(BENCH, 'setup_bench'), 'lwip'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def figures():
    lwip = has_lwip()
    many = output(os.path.join(BENCH, 'conn_bench'), str(MOST))
    rates = output(os.path.join(BENCH, 'setup_bench'), 'time' if lwip else 'alone')
    found = {'connection.idle_bytes': many['idle_bytes'], 'connection.process_mb': many['process_mb'],
             'connect.per_s': rates['ours_per_s'], 'lwip.connect_per_s': rates.get('lwip_per_s'),
             'connect.over_lwip': rates['ours_per_s'] / rates['lwip_per_s'] if lwip else None,
             'connect.instr': counted('cycles', 'setup_bench', 'ours'),
             'lwip.connect_instr': counted('cycles', 'setup_bench', 'lwip') if lwip else None}
    for count, name in COUNTS.items():
        found['connection.packet_instr_' + name] = counted('packets', 'conn_bench', str(count), 'counted', options=['--instr-atstart=no'])
    return found


if __name__ == '__main__':
    for name, value in figures().items():
        print(f'{name:<34}', 'not measured' if value is None else f'{value:,.4g}' if value < 1000 else f'{value:,.0f}')
