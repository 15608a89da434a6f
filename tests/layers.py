#!/usr/bin/env python3
# Checks who includes whom: every layer may use only what lies below it.
# SPDX-License-Identifier: MIT
"""usage: tests/layers.py [ROOT]

C: an #include "…" must be written from the root, name a file that exists, and stay within what its folder may use.
Verilog: rtl/ may not mention a test or the simulator, vendor cells stay in rtl/platform/, pins in rtl/boards/.
Prints each offence as file:line: message, and ends with 1 if there is one.
"""
import os, re, sys

# Folder -> what it may include; the longest prefix counts. A file's own folder is always allowed.
MAY_USE = {
    'driver': (),
    'host/stack': ('driver',),
    'host/engine': ('driver', 'host/stack', 'host/socket'),
    'host/interface': ('driver',),
    'host/socket': ('host/stack/address.h',),
    'host/cli': ('driver', 'host', 'sim'),
    'sim': ('driver/transport.h', 'driver/record.h', 'driver/registers.h', 'sim'),
    'examples': ('host/socket',),
    'tests': ('driver', 'host', 'sim', 'tests'),
}
INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')
GENERATED = re.compile(r'(V\w+|verilated\w*)\.h$')   # a Verilated module's header, or Verilator's own
VENDOR = re.compile(r'\b(SB_[A-Z0-9]+|EHXPLLL|[IO]DDRX\w+|DELAY[FG]|DP16KD|PDPW16KD|BB|TRELLIS_\w+|DCCA|OSCG)\b\s*(#|\w+\s*\()')
FOREIGN = re.compile(r'\b(tests/|sim/|host/|driver/(?!registers\.(map|py)|README\.md))')


def files(root, *suffixes):
    for folder, names, found in os.walk(root):
        names[:] = [n for n in names if n not in ('build', '.git')]
        for name in sorted(found):
            if name.endswith(suffixes):
                yield os.path.relpath(os.path.join(folder, name), root)


def lines(root, path):
    with open(os.path.join(root, path), errors='replace') as source:
        return list(enumerate(source, 1))


def allowed(path, target):
    folder = os.path.dirname(path)
    if os.path.dirname(target) == folder:
        return True
    rules = [r for r in MAY_USE if folder == r or folder.startswith(r + '/')]
    if not rules:
        return False
    return any(target == use or target.startswith(use + '/') for use in MAY_USE[max(rules, key=len)])


def c_offences(root):
    for path in files(root, '.c', '.h', '.cpp'):
        for number, text in lines(root, path):
            match = INCLUDE.match(text)
            if not match:
                continue
            target = match.group(1)
            if GENERATED.match(target) and path.startswith(('sim/board/', 'tests/')):
                continue
            if not os.path.exists(os.path.join(root, target)):
                yield f'{path}:{number}: "{target}" is no path from the root'
            elif not allowed(path, target):
                yield f'{path}:{number}: {os.path.dirname(path)} may not use "{target}"'


def verilog_offences(root):
    for path in files(os.path.join(root, 'rtl'), '.v', '.vh'):
        path = 'rtl/' + path
        for number, text in lines(root, path):
            code = text.split('//')[0]
            if VENDOR.search(code) and not path.startswith('rtl/platform/'):
                yield f'{path}:{number}: a vendor cell outside rtl/platform/'
            if '`include' in code and FOREIGN.search(code):
                yield f'{path}:{number}: rtl/ uses what is not rtl/'
            if re.search(r'lint_off|/[*/]\s*verilator(?! coverage_o(n|ff)\b)', text):
                yield f'{path}:{number}: a lint waiver'


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    offences = list(c_offences(root)) + list(verilog_offences(root))
    print('\n'.join(offences) if offences else 'layers: every file uses only what it may')
    sys.exit(1 if offences else 0)


main()
