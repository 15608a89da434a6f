"""What place and route leaves and takes: read from the last `make timing`. SPDX-License-Identifier: MIT

A figure is not measured until `make timing` has seen what it is about: place and route of every board takes far longer than
the other benchmarks together.
"""
import json, os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIMING = os.path.join(ROOT, 'build', 'bitstream', 'timing.json')

ROWS = [
    ('timing.worst_slack_percent', '%', '>= 5', 'of a period, over the boards, clocks and seeds that `make timing` has placed'),
    ('area.lp8k_cells', 'cells', '<= 6912', "the whole adapter on TinyFPGA BX, of 7,680; peers' MAC and USB alone 2,076"),
    ('area.ecp5_12f_percent', '%', '', 'LUT4 of the whole adapter on ULX3S 12F'),
]


def figures(path=TIMING):
    result = dict.fromkeys(row[0] for row in ROWS)
    if not os.path.exists(path):
        return result
    with open(path) as file:
        boards = json.load(file)
    slacks = [slack for board in boards.values() for clock in board['clocks'].values() for slack in clock['slack_percent']]
    if slacks:
        result['timing.worst_slack_percent'] = min(slacks)
    if 'tinyfpga-bx' in boards:
        result['area.lp8k_cells'] = boards['tinyfpga-bx']['use']['LUT4'][0]
    if 'ulx3s-12f' in boards:
        used, total = boards['ulx3s-12f']['use']['LUT4']
        result['area.ecp5_12f_percent'] = 100 * used / total
    return result
