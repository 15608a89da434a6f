"""What IPv6 costs rtl/offload in LUT4 of ECP5: the modules as they are, less the same without it. SPDX-License-Identifier: MIT

There is no switch in the Verilog, so what recognizes IPv6 is taken out of a copy: nothing is IPv6 any more, and Yosys drops
what only that could reach. A pattern that is not found ends the measurement.
"""
import glob, json, os, re, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOPS = 'offload_send', 'offload_verify'
WITHOUT = {
    'offload_header': [(r'ethertype == IPV6', "1'b0")],
    'offload_judge': [(r"wire tcpv6 = .*;", "wire tcpv6 = 1'b0;")],
    'offload_verify': [(r'pair == TYPE_IPV6', "1'b0"), (r'state == IPV6', "1'b0"), (r'state == EXTENSION', "1'b0"),
                       (r'(?m)^ +(IPV6|EXTENSION): +spoils = .*\n', '')],
}

ROWS = [
    ('offload.ipv6_lut4', 'LUT4', '', 'that IPv6 costs in rtl/offload, of those that the two below take'),
    ('offload.send_lut4', 'LUT4', '', 'offload_send: segments and sums of both families'),
    ('offload.verify_lut4', 'LUT4', '', 'offload_verify'),
]


def text_of(path, without):
    text = open(path).read()
    for pattern, new in without.get(os.path.basename(path)[:-2], []):
        text, count = re.subn(pattern, new, text)
        if not count:
            sys.exit(f'bench: {path} has no /{pattern}/ any more: teach tests/bench/offload6_figures.py what recognizes IPv6 now')
    return text


def luts(top, without):
    with tempfile.TemporaryDirectory() as folder:
        for path in glob.glob(f'{ROOT}/rtl/offload/*.v') + glob.glob(f'{ROOT}/rtl/lib/*.v'):
            with open(os.path.join(folder, os.path.basename(path)), 'w') as out:
                out.write(text_of(path, without))
        script = f'read_verilog {folder}/*.v; synth_ecp5 -top {top}; tee -q -o {folder}/stat stat -json'
        subprocess.run(['yosys', '-q', '-p', script], check=True, stdout=subprocess.DEVNULL)
        return json.load(open(f'{folder}/stat'))['design']['num_cells_by_type']['LUT4']


def figures():
    whole = {top: luts(top, {}) for top in TOPS}
    return {'offload.ipv6_lut4': sum(whole[top] - luts(top, WITHOUT) for top in TOPS),
            'offload.send_lut4': whole['offload_send'], 'offload.verify_lut4': whole['offload_verify']}


if __name__ == '__main__':
    for name, value in figures().items():
        print(name, value)
