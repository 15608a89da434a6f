#!/usr/bin/env python3
# Turns a placed and routed iCE40 netlist, as nextpnr writes it, back into Verilog that Verilator simulates.
# SPDX-License-Identifier: MIT
"""usage: tests/netlist/ice40.py ROUTED.json OUT.v

Written from nextpnr's meaning of the cells, not from Yosys' models of them. An open input of a table is 0, as in the FPGA;
open enables are 1. A carry comes from the cell below, where the FPGA has a wire and the netlist at times none. Each pin
that goes both ways becomes three ports, NAME_in, NAME_out and NAME_drive; global buffers are wires. The PLL's outputs are
the ports pll_a and pll_b, its lock is the port pll_lock. A cell or a mode that is not known here ends the program.
"""
import re, sys

from verilog import Netlist, main

RAM_BUSES = {'RADDR': 11, 'WADDR': 11, 'WDATA': 16, 'MASK': 16}
INPUT, OUTPUT, BOTH = '000001', '011001', '101001'      # PIN_TYPE: without registers


class Reader(Netlist):
    def place(self, cell):
        """Returns where a logic cell is: column, row, place in its tile from below."""
        return tuple(map(int, re.fullmatch(r'X(\d+)/Y(\d+)/lc(\d)', cell['attributes']['NEXTPNR_BEL']).groups()))

    # ---- pins, and the nets that are the same as others
    def pins(self):
        """Returns the port list; gives the nets behind the pads their names."""
        pads = {c['connections']['PACKAGE_PIN'][0]: (name, c) for name, c in self.cells.items() if c['type'] == 'SB_IO'}
        listed, self.clock_pads = [], {}
        for name, port in self.ports.items():
            bits, wide = port['bits'], f'[{len(port["bits"]) - 1}:0] ' if len(port['bits']) > 1 else ''
            way = self.way(*pads[bits[0]])
            listed += {INPUT: [f'input {wide}{name}'], OUTPUT: [f'output {wide}{name}'],
                       BOTH: [f'input {wide}{name}_in', f'output {wide}{name}_out', f'output {wide}{name}_drive']}[way]
            for i, bit in enumerate(bits):
                cell, pad = pads[bit]
                index = f'[{i}]' if wide else ''
                if way == INPUT:
                    self.clock_pads[cell] = name + index
                if way == OUTPUT:
                    self.lines.append(f'assign {name}{index} = {self.net(pad, "D_OUT_0", chr(49) + chr(39) + "b0")};')
                elif pad['connections'].get('D_IN_0'):
                    self.names[pad['connections']['D_IN_0'][0]] = name + ('_in' if way == BOTH else '') + index
                if way == BOTH:
                    self.lines.append(f'assign {name}_out{index} = {self.net(pad, "D_OUT_0")};')
                    self.lines.append(f'assign {name}_drive{index} = {self.net(pad, "OUTPUT_ENABLE")};')
        return listed + ['input pll_a', 'input pll_b', 'input pll_lock']

    def way(self, name, pad):
        kind = pad['parameters']['PIN_TYPE'][-6:]
        if kind not in (INPUT, OUTPUT, BOTH):
            sys.exit(f'{name}: a pad of PIN_TYPE {kind} is not known')
        return kind

    def same_nets(self):
        """What comes out of a global buffer is what went in: a net, a pad, or one of the PLL's outputs."""
        sources = {'$gbuf_' + pad + '_io': port for pad, port in self.clock_pads.items()}
        for name, cell in self.cells.items():
            if cell['type'] == 'ICESTORM_PLL':
                own = name[:-len('_PLL')]
                sources.update({f'$gbuf_{own}_pllout_{side}': f'pll_{side}' for side in 'ab'})
                if cell['connections'].get('LOCK'):
                    self.names[cell['connections']['LOCK'][0]] = 'pll_lock'
        for name, cell in self.cells.items():
            if cell['type'] == 'SB_GB':
                source = cell['connections'].get('USER_SIGNAL_TO_GLOBAL_BUFFER')
                if not source and name not in sources:
                    sys.exit(f'{name}: nothing is known to drive this global buffer')
                self.names[cell['connections']['GLOBAL_BUFFER_OUTPUT'][0]] = self.wire(source[0]) if source else sources[name]

    # ---- cells
    def carry_in(self, name, cell):
        column, row, place = self.place(cell)
        if cell['parameters']['CIN_CONST'] == '1':
            if place:
                sys.exit(f'{name}: a constant carry in the middle of a tile')
            return f"1'b{cell['parameters']['CIN_SET']}"
        below = self.at.get((column, row, place - 1) if place else (column, row - 1, 7))
        carry = below['connections'].get('COUT') if below else None
        if not carry or cell['connections'].get('CIN') not in ([], carry):
            sys.exit(f'{name}: its carry does not come from the cell below')
        return self.wire(carry[0])

    def logic(self, name, cell):
        given = cell['parameters']
        value = self.table(int(given['LUT_INIT'], 2), [self.net(cell, pin, "1'b0") for pin in ('I3', 'I2', 'I1', 'I0')])
        if cell['connections'].get('COUT'):
            one, two = self.net(cell, 'I1', "1'b0"), self.net(cell, 'I2', "1'b0")
            self.assign(cell, 'COUT', f'({one} & {two}) | (({one} | {two}) & {self.carry_in(name, cell)})')
        if given['DFF_ENABLE'] == '0':
            self.assign(cell, 'O', value)
        elif given['ASYNC_SR'] == '1' or cell['connections'].get('LO'):
            sys.exit(f'{name}: an asynchronous reset, or an output before the register')
        else:
            edge = ('negedge ' if given['NEG_CLK'] == '1' else 'posedge ') + self.net(cell, 'CLK')
            # With an enable, that rules the reset too.
            reset, enable = self.net(cell, 'SR', "1'b0"), self.net(cell, 'CEN')
            if reset != "1'b0":
                value = f"{reset} ? 1'b{given['SET_NORESET']} : {value}"
            self.registers[edge, "1'b0", enable].append((self.net(cell, 'O'), value, 0))

    def memory(self, name, cell):
        given = cell['parameters']
        if given['NEG_CLK_R'] != '0' or given['NEG_CLK_W'] != '0':
            sys.exit(f'{name}: a memory on a falling clock is not known')
        content = ''.join(f'{int(given.get(f"INIT_{row:X}", "0").replace("x", "0"), 2):064x}' for row in range(15, -1, -1))
        said = f".READ_MODE({int(given['READ_MODE'], 2)}), .WRITE_MODE({int(given['WRITE_MODE'], 2)}), .CONTENT(4096'h{content})"
        pins = []
        for bus, width in RAM_BUSES.items():
            bits = [self.driven(cell, f'{bus}_{n}') for n in range(width - 1, -1, -1)]
            pins.append(f'.{bus}({{{", ".join(bits)}}})')
        pins += [f'.{pin}({self.net(cell, pin)})' for pin in ('RCLK', 'RCLKE', 'RE', 'WCLK', 'WCLKE', 'WE')]
        own = 'ram_' + re.sub(r'\W', '_', name)
        outs = [self.net(cell, f'RDATA_{n}', '') for n in range(16)]
        self.lines.append(f'wire [15:0] {own}_out;')
        self.lines.append(f"ice40_ram #({said}) {own} ({', '.join(pins)}, .RDATA({own}_out));")
        self.lines += [f'assign {out} = {own}_out[{n}];' for n, out in enumerate(outs) if out]

    def driven(self, cell, pin):
        """Returns the net at a pin of a memory; Yosys leaves those of a port that is not used without a driver."""
        bits = cell['connections'].get(pin, [])
        return self.wire(bits[0]) if bits and bits[0] in self.drivers else "1'b0"

    def write(self, top):
        ports = self.pins()
        self.same_nets()
        self.at = {self.place(c): c for c in self.cells.values() if c['type'] == 'ICESTORM_LC'}
        self.drivers = {bit for c in self.cells.values() for pin, bits in c['connections'].items()
                        if c['port_directions'][pin] == 'output' for bit in bits}
        for name, cell in self.cells.items():
            kind = cell['type']
            if kind == 'ICESTORM_LC':
                self.logic(name, cell)
            elif kind == 'ICESTORM_RAM':
                self.memory(name, cell)
            elif kind not in ('SB_IO', 'SB_GB', 'ICESTORM_PLL'):
                sys.exit(f'{name}: a {kind} is not known')
        return self.text(top, ports, {q: 0 for group in self.registers.values() for q, _, _ in group})


main(Reader, __doc__)
