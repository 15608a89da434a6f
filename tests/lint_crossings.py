#!/usr/bin/env python3
# Lists every register that another clock feeds, over each board's whole netlist; outside rtl/lib/cross_* that is a failure.
# SPDX-License-Identifier: MIT
"""usage: tests/lint_crossings.py [--list] [--self-test]

Yosys elaborates and flattens each board's top module and splits its registers into bits; then every register's inputs are
followed back, through logic, to the registers behind them. One on another clock must lie in a module of rtl/lib/cross_*; a
synchronizer (cross_sync) must be fed by a register, without logic between, or it may catch a glitch. Memories count
as registers on their write clock. That cross_lookup's table is registers is for its user to see to. --self-test takes the synchronizer out of ECPIX-5's reset, and puts logic before another.
"""
import collections, glob, json, os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'constraints'))
import boards as known

# Vendor cells that are registers: [(clock, data into them, data out of them)].
VENDOR = {
    'IDDRX1F': [('SCLK', (), ('Q0', 'Q1'))], 'ODDRX1F': [('SCLK', ('D0', 'D1'), ())],
    'SB_IO': [('INPUT_CLK', (), ('D_IN_0', 'D_IN_1')), ('OUTPUT_CLK', ('D_OUT_0', 'D_OUT_1', 'OUTPUT_ENABLE'), ())],
}
SCRIPT = '''{cells}
read_verilog -defer -I{folder}/rtl/dma {sources}
hierarchy -check -top {top}
proc; flatten; opt -full; memory_dff; memory_collect; opt_clean
dffunmap -ce-only
simplemap t:$dff t:$adff t:$dffe t:$adffe t:$sdff
opt_clean
select {top}
json -o {out}
'''


def elaborate(board, folder, name):
    """Returns the flattened module of a board, from the Verilog in a folder."""
    out = f'{known.BUILD}/crossings/{name}'
    os.makedirs(os.path.dirname(out), exist_ok=True)
    sources = sorted(sum((glob.glob(f'{folder}/{s}') for s in [f'rtl/platform/{board["family"]}/*.v'] + known.SOURCES), []))
    with open(out + '.ys', 'w') as file:
        file.write(SCRIPT.format(cells=known.CELLS[board['family']], folder=folder, sources=' '.join(sources), top=board['top'],
                                 out=out + '.json'))
    known.run([known.tool('yosys'), '-Q', '-q', '-l', out + '.log', out + '.ys'])
    with open(out + '.json') as file:
        return json.load(file)['modules'][board['top']]


class Netlist:
    def __init__(self, module):
        self.names = {}
        for name, net in sorted(module['netnames'].items(), key=lambda n: (n[1]['hide_name'], n[0].count('.'), n[0])):
            for i, bit in enumerate(net['bits']):
                self.names.setdefault(bit, name if len(net['bits']) == 1 else f'{name}[{i}]')
        self.source = {}                       # bit: the clock of the register that drives it
        self.logic = {}                        # bit: the bits that the logic that drives it looks at
        self.sinks = []                        # (name, clock, bits that feed it, where it is written)
        for name, cell in module['cells'].items():
            self.add(name, cell)

    def add(self, name, cell):
        ports, where = cell['connections'], cell['attributes'].get('src', '')
        kind = cell['type']
        if re.match(r'\$_S?DFFE?_|\$_ALDFF|\$_DFFSR', kind):
            self.register(ports['C'][0], [b for p in ports if p not in ('C', 'Q') for b in ports[p]], ports['Q'], where)
        elif kind.startswith('$mem'):
            self.memory(name, ports, cell['parameters'], where)
        elif kind in VENDOR:
            for clock, into, out in VENDOR[kind]:
                if ports.get(clock):
                    self.register(ports[clock][0], [b for p in into for b in ports.get(p, [])],
                                  [b for p in out for b in ports.get(p, [])], where)
        elif kind.startswith('$'):
            outputs = [p for p, way in cell['port_directions'].items() if way == 'output']
            inputs = [b for p, way in cell['port_directions'].items() if way == 'input' for b in ports[p]]
            for port in outputs:
                for bit in ports[port]:
                    self.logic[bit] = inputs

    def memory(self, name, ports, parameters, where):
        """What is read follows the read clock; the cells behind it, one bit here, the write clock."""
        if len(set(ports['WR_CLK'])) > 1 or len(set(ports['RD_CLK'])) > 1:
            sys.exit(f'crossings: the memory {name} is written or read on more than one clock')
        held = []
        if ports['WR_CLK']:
            held = [f'cells of {name}']
            self.names[held[0]] = parameters['MEMID'].lstrip('\\')
            self.register(ports['WR_CLK'][0], [b for p in ('WR_EN', 'WR_ADDR', 'WR_DATA') for b in ports[p]], held, where)
        if '1' in parameters['RD_CLK_ENABLE']:
            self.register(ports['RD_CLK'][0], ports['RD_ADDR'] + held, ports['RD_DATA'], where)
        else:
            for bit in ports['RD_DATA']:
                self.logic[bit] = ports['RD_ADDR'] + held

    def register(self, clock, inputs, outputs, where):
        for bit in outputs:
            self.source[bit] = clock
        self.sinks.append((self.names.get(outputs[0] if outputs else None, 'a pin'), clock, inputs, where))

    def behind(self, bits):
        """Returns the registers' bits behind some bits, and whether there is logic between."""
        seen, todo, found, through = set(), list(bits), set(), False
        while todo:
            bit = todo.pop()
            if bit in seen:
                continue
            seen.add(bit)
            if bit in self.source:
                found.add(bit)
            elif bit in self.logic:
                through = True
                todo += self.logic[bit]
        return found, through

    def crossings(self):
        """Yields (sink, its clock, where it is written, [(source, clock)], whether through logic)."""
        for name, clock, bits, where in self.sinks:
            found, through = self.behind(bits)
            foreign = sorted({(self.names[b], self.names[self.source[b]]) for b in found if self.source[b] != clock})
            if foreign:
                yield name, self.names[clock], where, foreign, through


def judge(module):
    """Returns the crossings that are in order, by module, and a line for each that is not."""
    good, bad = collections.Counter(), []
    for name, clock, where, foreign, through in Netlist(module).crossings():
        inside = re.search(r'rtl/lib/(cross_\w+)\.v', where)
        first = f'{foreign[0][0]} ({foreign[0][1]})'
        place = re.sub(r'^.*?(rtl/[^:|]*:\d+).*', r'\1', where)
        if not inside:
            bad.append(f'{place}: {name} on {clock} is fed by {first} outside rtl/lib/cross_*')
        elif inside.group(1) == 'cross_sync' and through:
            bad.append(f'{name} on {clock}: a synchronizer is fed by {first} through logic')
        else:
            good[inside.group(1)] += 1
    return good, bad


FAULTS = [
    ('rtl/boards/ecpix5.v', 'cross_sync core_running (.clk(ulpi_clk), .in(core_run), .out(runs));', 'assign runs = core_run;',
     'outside rtl/lib/cross_'),
    ('rtl/boards/ecpix5.v', '.in(core_run), .out(runs)', '.in(core_run && !phy_rst), .out(runs)', 'through logic'),
]


def self_test():
    import shutil
    blind = 0
    for number, (path, old, new, expected) in enumerate(FAULTS):
        folder = f'{known.BUILD}/crossings/fault-{number}'
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(f'{ROOT}/rtl', f'{folder}/rtl')
        with open(f'{folder}/{path}') as file:
            text = file.read()
        with open(f'{folder}/{path}', 'w') as file:
            file.write(text.replace(old, new))
        bad = judge(elaborate(next(b for b in known.boards().values() if b['top'] == 'ecpix5'), folder, f'fault-{number}-top'))[1]
        if text.count(old) != 1 or not any(expected in line for line in bad):
            print(f'crossings: a fault was not found: {new!r}; said: {bad}')
            blind += 1
    return blind


def main():
    bad = self_test() if '--self-test' in sys.argv else 0
    for top, board in {b['top']: b for b in known.boards().values()}.items():
        good, lines = judge(elaborate(board, ROOT, top))
        print('\n'.join(lines), end='\n' if lines else '')
        print(f'crossings: {top}: {sum(good.values())} registers fed from another clock, in ' +
              ', '.join(f'{m} {n}' for m, n in sorted(good.items())) + (f'; {len(lines)} elsewhere' if lines else ''))
        bad += len(lines) + (not good)
    sys.exit(1 if bad else 0)


main()
