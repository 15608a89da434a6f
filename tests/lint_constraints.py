#!/usr/bin/env python3
# Checks pins and clocks of every board for what nextpnr ignores in silence; a routed board's clock pins, too.
# SPDX-License-Identifier: MIT
"""usage: tests/lint_constraints.py

Of each board: only verbs, ports and keys that nextpnr knows; every port of the top module with one place, no place twice; one I/O
voltage in each bank of pins; each clock with its rate; PLLs within their ranges, and at the rates that are stated. Of each
board that has been routed (build/bitstream): no clock from a pin reaches the global net through fabric, unless boards.json
allows it by name. Before that it breaks copies of two boards in each of these ways, and expects a word about it.
"""
import glob, json, os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'constraints'))
import boards as known

LPF_KEYS = {'IO_TYPE', 'PULLMODE', 'SLEWRATE', 'DRIVE', 'OPENDRAIN'}
VOLTAGE = {'LVCMOS33': 3.3, 'LVCMOS25': 2.5, 'LVCMOS18': 1.8, 'LVCMOS15': 1.5, 'LVCMOS12': 1.2, 'SSTL135_I': 1.35}
PIN = re.compile(r'([\w]+)(?:\[(\d+)\])?$')


def ports_of(verilog):
    """Returns {port's name, with its index where it is a vector: direction} of a top module's text."""
    head = re.sub(r'//.*', '', verilog[verilog.index('\nmodule'):verilog.index(');')])
    result = {}
    for direction, left, right, name in re.findall(r'\b(input|output|inout)\s+wire\s*(?:\[(\d+):(\d+)\])?\s*(\w+)', head):
        names = [f'{name}[{i}]' for i in range(int(right), int(left) + 1)] if left else [name]
        result.update({n: direction for n in names})
    return result


def parse_lpf(text, say):
    """Returns what an .lpf says: {port: site}, {port: {key: value}}, {port: MHz}."""
    sites, buffers, clocks = {}, {}, {}
    for statement in re.sub(r'#.*', '', text).split(';'):
        words = statement.split()
        if not words:
            continue
        plain = statement.replace('"', '').split()
        if words[:2] == ['LOCATE', 'COMP'] and len(words) == 5 and words[3] == 'SITE':
            if plain[2] in sites:
                say(f'{plain[2]} has two places')
            sites[plain[2]] = plain[4]
        elif words[:2] == ['IOBUF', 'PORT'] and len(words) > 3:
            keys = dict(w.split('=', 1) for w in plain[3:])
            for key in set(keys) - LPF_KEYS:
                say(f'IOBUF {plain[2]}: nextpnr ignores the key {key}')
            buffers[plain[2]] = keys
        elif words[:2] == ['FREQUENCY', 'PORT'] and len(words) == 5 and words[4] == 'MHZ':
            clocks[plain[2]] = float(plain[3])
        elif words[0] != 'SYSCONFIG':
            say(f'nextpnr ignores "{" ".join(words[:3])} …": no such statement')
    return sites, buffers, clocks


def parse_pcf(text, say):
    sites, buffers, clocks = {}, {}, {}
    for line in text.splitlines():
        words = line.split('#')[0].split()
        if not words:
            continue
        if words[0] == 'set_io' and len(words) >= 3:
            if words[-2] in sites:
                say(f'{words[-2]} has two places')
            sites[words[-2]] = words[-1]
            if [w for w in words[1:-2] if w not in ('-pullup', 'yes', 'no')]:
                say(f'set_io {words[-2]}: nextpnr ignores {" ".join(words[1:-2])}')
        elif words[0] == 'set_frequency' and len(words) == 3:
            clocks[words[1]] = float(words[2])
        else:
            say(f'nextpnr ignores "{line.strip()}": no such statement')
    return sites, buffers, clocks


def check_banks(sites, buffers, ports, banks, say):
    """One voltage a bank; inputs too, which nextpnr does not look at."""
    found = {}
    for port, site in sites.items():
        kind = buffers.get(port, {}).get('IO_TYPE')
        if kind not in VOLTAGE:
            say(f'{port}: ' + (f"I/O type '{kind}' is unknown" if kind else 'no I/O type'))
        elif site not in banks:
            say(f'{port}: the package has no place {site}')
        else:
            found.setdefault(banks[site], {}).setdefault(VOLTAGE[kind], port)
    for bank, volts in found.items():
        if len(volts) > 1:
            say(f'bank {bank} has more than one voltage: ' + ', '.join(f'{p} {v} V' for v, p in sorted(volts.items())))


def check_plls(verilog, say):
    """ECP5: each PLL's phase detector 10 to 400 MHz, its oscillator 400 to 800, by the numbers in its instance."""
    for text in re.findall(r'\(\*([^*]*)\*\)\s*EHXPLLL\s*#\(([^;]*?)\)\s*\w+\s*\(', verilog, re.S):
        said, number = text[0], {k: int(v) for k, v in re.findall(r'\.(\w+)\((\d+)\)', text[1])}
        rate = float(re.search(r'FREQUENCY_PIN_CLKI = "([\d.]+)"', said).group(1))
        detector = rate / number['CLKI_DIV']
        oscillator = detector * number['CLKFB_DIV'] * number['CLKOP_DIV']
        if not 10 <= detector <= 400:
            say(f'PLL: its phase detector runs at {detector:g} MHz, not 10 to 400')
        if not 400 <= oscillator <= 800:
            say(f'PLL: its oscillator runs at {oscillator:g} MHz, not 400 to 800')
        for output, stated in re.findall(r'FREQUENCY_PIN_(CLKOS?\d?P?) = "([\d.]+)"', said):
            if abs(oscillator / number[f'{output}_DIV'] - float(stated)) > 0.01:
                say(f'PLL: {output} makes {oscillator / number[f"{output}_DIV"]:g} MHz, not {stated}')


def check_ice40_plls(platform, verilog, clocks, say):
    """iCE40: the phase detector 10 to 133 MHz, the oscillator 533 to 1066, and what comes out is what the constraints say."""
    for module, used, pins in re.findall(r'\b(pll_\w+)\s*(?:#\(([^;]*?)\)\s*)?\w+\s*\(([^;]*)\);', verilog):
        text = re.search(rf'\nmodule {module}\b.*?\nendmodule', platform, re.S).group(0)
        given = {**dict(re.findall(r'parameter\s+(\w+)\s*=\s*(\d+)', text)), **dict(re.findall(r'\.(\w+)\((\d+)\)', used))}
        choice = re.search(r'(\w+) == (\d+) \? \d+\'d(\d+) : \d+\'d(\d+);', text)
        dividers = {k: int(v) for k, v in re.findall(r"\.(DIV[RFQ])\(\d+'d(\d+)\)", text)}
        if 'DIVF' not in dividers:
            dividers['DIVF'] = int(choice.group(3) if given[choice.group(1)] == choice.group(2) else choice.group(4))
        net = dict(re.findall(r'\.(\w+)\((\w+)\)', pins))
        detector = clocks.get(net['clk_in'], 0) / (dividers['DIVR'] + 1)
        oscillator = detector * (dividers['DIVF'] + 1)
        if not 10 <= detector <= 133:
            say(f'PLL: its phase detector runs at {detector:g} MHz, not 10 to 133')
        if not 533 <= oscillator <= 1066:
            say(f'PLL: its oscillator runs at {oscillator:g} MHz, not 533 to 1066')
        for pin, divider in ('clk_48', 1), ('clk_24', 2):
            made = oscillator / 2 ** dividers['DIVQ'] / divider
            if clocks.get(net[pin]) not in (None, made):
                say(f'PLL: {net[pin]} is {made:g} MHz, not {clocks[net[pin]]:g}')


def check_clock_ways(config, allowed, say):
    """A routed ECP5's clock inputs: an arc from a pad's own entry is right, one from QPCLKCIB comes through fabric."""
    through = re.findall(r'arc: (G_\w*DCC\w+CLKI\w*) (G_\w*QPCLKCIB\w*)', config)
    if len(through) > len(allowed):
        say(f'{len(through)} clocks reach the global net through fabric ({", ".join(b for _, b in through)}); boards.json allows '
            + (', '.join(allowed) or 'none'))


def check(board, text, verilog, platform, banks, config):
    """Returns what is wrong with a board."""
    words = []
    say = words.append
    ports = ports_of(verilog)
    lpf = board['constraints'].endswith('.lpf')
    sites, buffers, clocks = (parse_lpf if lpf else parse_pcf)(text, say)
    for port in sorted({*sites, *buffers, *(clocks if lpf else [])} - set(ports)):
        say(f'{port} is no port of {board["top"]}')
    for port in sorted(set(ports) - set(sites)):
        say(f'{port} has no place')
    taken = {}
    for port, site in sites.items():
        if site in taken:
            say(f'{port} and {taken[site]} have the same place {site}')
        taken[site] = port
    if not clocks:
        say('no clock has a rate')
    for clock in board['clocks']:
        if clock not in clocks:
            say(f'the clock {clock} has no rate')
    if lpf:
        check_banks(sites, buffers, ports, banks, say)
        check_plls(platform, say)
        if config:
            check_clock_ways(config, board.get('fabric_clocks', []), say)
    else:
        check_ice40_plls(platform, verilog, clocks, say)
    return words


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


def banks_of(board):
    """Returns {place: bank} of an ECP5 board's package, as the database beside nextpnr-ecp5 has it."""
    device = board['part'].rsplit('-', 1)[0]
    beside = os.path.dirname(os.path.dirname(os.path.realpath(known.tool('ecppack'))))
    found = glob.glob(f'{beside}/**/share/trellis/database/ECP5/{device}/iodb.json', recursive=True)
    if not found:
        sys.exit(f"constraints: no database of {device} beside {known.tool('ecppack')}: run `make fpga-tools` without it on PATH")
    with open(found[0]) as file:
        data = json.load(file)
    at = {(m['row'], m['col'], m['pio']): m['bank'] for m in data['pio_metadata']}
    return {ball: at.get((p['row'], p['col'], p['pio'])) for ball, p in data['packages'][board['package']].items()}


def inputs(name, board):
    platform = ''.join(read(p) for p in sorted(glob.glob(f'rtl/platform/{board["family"]}/*.v', root_dir=ROOT)))
    config = f'{known.BUILD}/bitstream/{name}/seed-1/routed.config'
    banks = banks_of(board) if board['family'] == 'ecp5' else {}
    return {'text': read(f'constraints/{board["constraints"]}'), 'verilog': read(f'rtl/boards/{board["top"]}.v'),
            'platform': platform, 'banks': banks, 'config': read(config) if os.path.exists(config) else ''}


FAULTS = [                                     # what is changed, how, and what must be said
    ('text', lambda t: t + 'INPUT_SETUP PORT "ulpi_dir" 5 NS;\n', 'no such statement'),
    ('text', lambda t: t + 'LOCATE COMP "nobody" SITE "A2";\n', 'nobody is no port'),
    ('text', lambda t: t.replace('LOCATE COMP "ulpi_dir"', '#', 1), 'ulpi_dir has no place'),
    ('text', lambda t: t.replace('SITE "F22"', 'SITE "F23"', 1), 'the same place F23'),
    ('text', lambda t: t.replace('"ulpi_dir" IO_TYPE=LVCMOS33', '"ulpi_dir" IO_TYPE=LVCMOS18', 1), 'more than one voltage'),
    ('text', lambda t: t.replace('"ulpi_dir" IO_TYPE=LVCMOS33', '"ulpi_dir" IO_TYPE=FOO', 1), "'FOO' is unknown"),
    ('text', lambda t: t.replace('SLEWRATE=SLOW', 'SLEW=SLOW', 1), 'ignores the key SLEW'),
    ('text', lambda t: t.replace('FREQUENCY PORT "ulpi_clk" 60 MHZ;', ''), 'ulpi_clk has no rate'),
    ('platform', lambda t: t.replace('.CLKI_DIV(4)', '.CLKI_DIV(20)'), 'phase detector runs at 5 MHz'),
    ('platform', lambda t: t.replace('.CLKFB_DIV(5)', '.CLKFB_DIV(9)'), 'oscillator runs at 1125 MHz'),
    ('platform', lambda t: t.replace('FREQUENCY_PIN_CLKOP = "125"', 'FREQUENCY_PIN_CLKOP = "120"'), 'makes 125 MHz, not 120'),
    ('config', lambda t: t + 'arc: G_VPRX0000_DCC3CLKI G_QPCLKCIB0\n', 'through fabric'),
]
ICE40_FAULTS = [
    ('text', lambda t: t + 'set_drive led 8\n', 'no such statement'),
    ('text', lambda t: t.replace('set_io -pullup yes eth_mdio', 'set_io -pulldown yes eth_mdio'), 'ignores -pulldown'),
    ('text', lambda t: t.replace('set_io rmii_tx_en', 'set_io rmii_txen'), 'rmii_txen is no port'),
    ('text', lambda t: t.replace('set_frequency rmii_clk 50', ''), 'rmii_clk has no rate'),
    ('text', lambda t: t.replace('set_frequency usb_clk 48', 'set_frequency usb_clk 50'), 'usb_clk is 48 MHz, not 50'),
    ('text', lambda t: t.replace('set_frequency clk16 16', 'set_frequency clk16 8'), 'phase detector runs at 8 MHz'),
    ('platform', lambda t: t.replace("7'd47", "7'd23"), 'oscillator runs at 384 MHz'),
]


def self_test():
    blind = 0
    for top, (what, change, expected) in [('ecpix5', f) for f in FAULTS] + [('tinyfpga_bx', f) for f in ICE40_FAULTS]:
        name, board = next((n, b) for n, b in known.boards().items() if b['top'] == top)
        given = inputs(name, board)
        before = given[what]
        given[what] = change(before)
        said = check(board, **given)
        if given[what] == before or not any(expected in line for line in said):
            print(f'constraints: a fault was not found: {expected!r} in {said}')
            blind += 1
    return blind


def main():
    bad = self_test()
    for name, board in known.boards().items():
        for line in check(board, **inputs(name, board)):
            print(f'{name}: {line}')
            bad += 1
    if not bad:
        print(f'constraints: {len(known.boards())} boards say only what nextpnr hears; all of {len(FAULTS + ICE40_FAULTS)} faults are found')
    sys.exit(1 if bad else 0)


main()
