# What the readers of both families share: nets and their names, tables, registers, and the module's text.
# SPDX-License-Identifier: MIT
import collections, json, sys


class Netlist:
    def __init__(self, module):
        self.cells = module['cells']
        self.ports = module['ports']
        self.names = {}                        # net: an expression for it, where it is no wire of its own
        self.lines, self.wires = [], set()
        self.registers = collections.defaultdict(list)  # (clock, reset, enable): [(q, d, reset value)]

    def net(self, cell, pin, default="1'b1"):
        bits = cell['connections'].get(pin, [])
        return self.wire(bits[0]) if bits else default

    def wire(self, bit):
        if bit in self.names:
            return self.names[bit]
        self.wires.add(bit)
        return f'n{bit}'

    def assign(self, cell, pin, value):
        """Drives the net at a pin, if there is one."""
        if cell['connections'].get(pin):
            self.lines.append(f'assign {self.net(cell, pin)} = {value};')

    @staticmethod
    def table(init, inputs):
        """Returns an expression for a table's bit, the highest input first, of those alone on which it depends."""
        rows = [init >> row & 1 for row in range(1 << len(inputs))]
        live = []
        for place, value in reversed(list(enumerate(reversed(inputs)))):
            low = [row for i, row in enumerate(rows) if not i >> place & 1]
            high = [row for i, row in enumerate(rows) if i >> place & 1]
            if value == "1'b0" or low == high:
                rows = low
            elif value == "1'b1":
                rows = high
            else:
                live.append(value)
        if not live:
            return f"1'b{rows[0]}"
        # A shift by a wire is what Verilator makes the least of.
        return f"1'({len(rows)}'h{sum(row << i for i, row in enumerate(rows)):x} >> {{{', '.join(live)}}})"

    def write_registers(self):
        for (clock, reset, enable), group in self.registers.items():
            self.lines.append(f'always @({clock})')
            if reset != "1'b0":
                self.lines.append(f'  if ({reset}) begin ' + ' '.join(f"{q} <= 1'b{v};" for q, _, v in group) + ' end else')
            if enable != "1'b1":
                self.lines.append(f'  if ({enable})')
            self.lines.append('  begin ' + ' '.join(f'{q} <= {d};' for q, d, _ in group) + ' end')

    def text(self, name, ports, states):
        """Returns the module; states: {register's net: its value at power-on}."""
        self.write_registers()
        declared = [f"reg n{b} = 1'b{states[f'n{b}']};" if f'n{b}' in states else f'wire n{b};' for b in sorted(self.wires)]
        return '\n'.join([f'module {name} (', ',\n'.join(ports), ');', *declared, *self.lines, 'endmodule', ''])


def main(reader, doc):
    if len(sys.argv) != 3:
        sys.exit(doc)
    with open(sys.argv[1]) as file:
        text = reader(json.load(file)['modules']['top']).write('routed')
    with open(sys.argv[2], 'w') as file:
        file.write(text)
