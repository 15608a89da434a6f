#!/usr/bin/env python3
# Turns a placed and routed ECP5 netlist, as nextpnr writes it, back into Verilog that Verilator simulates.
# SPDX-License-Identifier: MIT
"""usage: tests/netlist/ecp5.py ROUTED.json OUT.v

Written from nextpnr's meaning of the cells, not from Yosys' models of them. An open input is 1, as in the FPGA. Each pin
that goes both ways becomes three ports, NAME_in, NAME_out and NAME_drive; global buffers and the PLL are wires, so the PLL's
input must be given the rate of its output. A cell or a mode that is not known here ends the program.
"""
import re, sys

from verilog import Netlist, main

RAM_PINS = [f'{side}{n}' for side in ('DIA', 'DIB') for n in range(18)] + [f'{side}{n}' for side in ('ADA', 'ADB') for n in range(14)] + \
           [f'{pin}{side}' for pin in ('CE', 'WE', 'RST', 'CLK') for side in 'AB']
RAM_PARAMETERS = ['DATA_WIDTH_A', 'DATA_WIDTH_B', 'WRITEMODE_A', 'WRITEMODE_B']
# Other parameters of the memory: what they must be, for the model knows nothing else.
RAM_FIXED = {'REGMODE_A': 'NOREG', 'REGMODE_B': 'NOREG', 'CSDECODE_A': '0b000', 'CSDECODE_B': '0b000',
             'CLKAMUX': ('CLKA', 'INV'), 'CLKBMUX': ('CLKB', 'INV'), 'GSR': 'DISABLED'}


class Reader(Netlist):
    def through_mux(self, cell, pin, default="1'b1"):
        """Returns what reaches a pin through the multiplexer that ties or inverts it."""
        way = str(cell['parameters'].get(pin + 'MUX', pin)).strip()
        if way in '01':
            return f"1'b{way}"
        value = self.net(cell, pin, default)
        return f'~{value}' if way == 'INV' else value

    # ---- pins, and the nets that are the same as others
    def pins(self):
        """Returns the port list; gives the nets behind the pads their names."""
        pads = {c['connections']['B'][0]: c for c in self.cells.values() if c['type'] == 'TRELLIS_IO'}
        listed, outputs = [], []
        for name, port in self.ports.items():
            bits, wide = port['bits'], f'[{len(port["bits"]) - 1}:0] ' if len(port['bits']) > 1 else ''
            way = pads[bits[0]]['parameters']['DIR']
            index = lambda i: f'[{i}]' if wide else ''
            if way == 'INPUT':
                listed.append(f'input {wide}{name}')
            elif way == 'OUTPUT':
                listed.append(f'output {wide}{name}')
            else:
                listed += [f'input {wide}{name}_in', f'output {wide}{name}_out', f'output {wide}{name}_drive']
            for i, bit in enumerate(bits):
                pad = pads[bit]
                if way != 'OUTPUT' and pad['connections'].get('O'):
                    self.names[pad['connections']['O'][0]] = name + ('_in' if way == 'BIDIR' else '') + index(i)
                outputs.append((way, name, index(i), pad))
        return listed, outputs

    def same_nets(self):
        """Clocks: what comes out of a global buffer or a PLL is what went in."""
        pairs = {}
        for cell in self.cells.values():
            ports = cell['connections']
            if cell['type'] == 'DCCA':
                pairs[ports['CLKO'][0]] = ports['CLKI'][0]
            elif cell['type'] == 'EHXPLLL':
                self.names[ports['LOCK'][0]] = "1'b1"
                for pin in ('CLKOP', 'CLKOS', 'CLKOS2', 'CLKOS3'):
                    if cell['parameters'].get(pin + '_ENABLE') == 'ENABLED':
                        pairs[ports[pin][0]] = ports['CLKI'][0]
        for out in pairs:
            into = out
            while into in pairs:
                into = pairs[into]
            self.names[out] = self.wire(into)

    def drive_pins(self, outputs):
        for way, name, index, pad in outputs:
            value = self.net(pad, 'IOLDO') if pad['parameters'].get('DATAMUX_ODDR') == 'IOLDO' else self.net(pad, 'I')
            if way == 'OUTPUT':
                self.lines.append(f'assign {name}{index} = {value};')
            elif way == 'BIDIR':
                self.lines.append(f'assign {name}_out{index} = {value};')
                self.lines.append(f'assign {name}_drive{index} = ~{self.net(pad, "T")};')

    # ---- cells
    def comb(self, cell):
        get, mode = cell['parameters'].get, cell['parameters'].get('MODE', 'LOGIC')
        init, ports = int(get('INITVAL', '0'), 2), cell['connections']
        inputs = [self.net(cell, pin) for pin in 'DCBA']
        lut = self.table(init, inputs)
        if mode == 'CCU2':
            inject = get('CCU2_INJECT1') == 'YES'
            carry = self.net(cell, 'FCI', "1'b0")
            if ports.get('F'):
                self.lines.append(f'assign {self.net(cell, "F")} = {lut} ^ {"1" + chr(39) + "b0" if inject else carry};')
            if ports.get('FCO'):
                low = "1'b0" if inject else self.table(init & 15, inputs[2:])
                self.lines.append(f'assign {self.net(cell, "FCO")} = {lut} ? {carry} : {low};')
        elif mode == 'LOGIC':
            if ports.get('F'):
                self.lines.append(f'assign {self.net(cell, "F")} = {lut};')
            if ports.get('OFX'):
                wide = bool(ports.get('FXA') or ports.get('FXB'))
                low, high = (self.net(cell, 'FXA'), self.net(cell, 'FXB')) if wide else (self.net(cell, 'F'), self.net(cell, 'F1'))
                self.lines.append(f'assign {self.net(cell, "OFX")} = {self.net(cell, "M")} ? {high} : {low};')
        else:
            sys.exit(f'a TRELLIS_COMB in mode {mode} is not known')

    def flip_flop(self, cell):
        get = cell['parameters'].get
        if cell['connections'].get('LSR') and get('SRMODE') != 'LSR_OVER_CE' or get('CLKMUX') not in ('CLK', 'INV'):
            sys.exit(f'a TRELLIS_FF with SRMODE {get("SRMODE")} and CLKMUX {get("CLKMUX")} is not known')
        clock = ('negedge ' if get('CLKMUX') == 'INV' else 'posedge ') + self.net(cell, 'CLK')
        data = self.net(cell, 'DI' if get('SD').strip() == '1' else 'M')
        value = int(get('REGSET') == 'SET')
        self.registers[clock, self.through_mux(cell, 'LSR', "1'b0"), self.through_mux(cell, 'CE')].append(
            (self.net(cell, 'Q'), data, value))

    def io_logic(self, name, cell):
        if cell['parameters']['MODE'] != 'IDDRX1_ODDRX1':
            sys.exit(f'{name}: an IOLOGIC in mode {cell["parameters"]["MODE"]} is not known')
        own = 'io_' + re.sub(r'\W', '_', name)
        ports = cell['connections']
        if ports.get('IOLDO'):
            pins = f".d0({self.net(cell, 'TXDATA0')}), .d1({self.net(cell, 'TXDATA1')}), .pin({self.net(cell, 'IOLDO')})"
            self.lines.append(f'ecp5_ddr_out {own} (.clk({self.net(cell, "CLK")}), {pins});')
        else:
            rise, fall = (self.net(cell, pin, '') for pin in ('RXDATA0', 'RXDATA1'))
            self.lines.append(f'ecp5_ddr_in {own} (.clk({self.net(cell, "CLK")}), .pin({self.net(cell, "PADDI")}), '
                              f'.q0({rise}), .q1({fall}));')

    def memory(self, name, cell):
        given = cell['parameters']
        for key, allowed in RAM_FIXED.items():
            if given.get(key) not in (allowed if isinstance(allowed, tuple) else (allowed,)):
                sys.exit(f'{name}: {key}={given.get(key)} is not known')
        said = [f'.{k}({number(given[k])})' if 'WIDTH' in k else f'.{k}("{given.get(k, "NORMAL")}")' for k in RAM_PARAMETERS]
        content = ''.join(f'{int(given.get(f"INITVAL_{row:02X}", "0"), 2):080x}' for row in range(63, -1, -1))
        pins = [f'.{pin}({self.through_mux(cell, pin)})' for pin in RAM_PINS]
        pins += [f'.{pin}({self.net(cell, pin, "")})' for pin in (f'DO{s}{n}' for s in 'AB' for n in range(18))]
        own = 'ram_' + re.sub(r'\W', '_', name)
        self.lines.append(f"ecp5_ram #({', '.join(said)}, .CONTENT(20480'h{content})) {own} ({', '.join(pins)});")

    def write(self, top):
        ports, outputs = self.pins()
        self.same_nets()
        for name, cell in self.cells.items():
            kind = cell['type']
            if kind == 'TRELLIS_COMB':
                self.comb(cell)
            elif kind == 'TRELLIS_FF':
                self.flip_flop(cell)
            elif kind in ('IOLOGIC', 'SIOLOGIC'):
                self.io_logic(name, cell)
            elif kind == 'DP16KD':
                self.memory(name, cell)
            elif kind not in ('TRELLIS_IO', 'DCCA', 'EHXPLLL'):
                sys.exit(f'{name}: a {kind} is not known')
        self.drive_pins(outputs)
        states = {q: v for group in self.registers.values() for q, _, v in group}
        return self.text(top, ports, states)


def number(bits):
    return int(bits, 2)


main(Reader, __doc__)
