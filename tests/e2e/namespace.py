"""A network namespace with a TAP in it, where the kernel's own TCP is the peer. SPDX-License-Identifier: MIT"""
import os, shutil, subprocess
from harness import Skip

KERNEL, BOARD, PREFIX = '10.9.0.1', '10.9.0.2', 24


def patient_tables(interface):
    """What `ip` is told so that ARP and NDP ask for a minute: the kernel's clock waits for no simulation."""
    for name in 'arp_cache', 'ndisc_cache':
        yield 'ntable', 'change', 'name', name, 'dev', interface, 'mcast_probes', '60'


class Namespace:
    """Makes namespace and TAP, removes them at the end. prefix runs a command inside."""

    def __init__(self):
        self.name, self.tap = f'ferrite-{os.getpid()}', 'fe0'
        self.prefix = ['ip', 'netns', 'exec', self.name]
        self.options = ['--sim', '--wire', f'tap:{self.tap}', '--address', f'{BOARD}/{PREFIX}']

    def _ip(self, *args, check=True):
        done = subprocess.run(['ip', *args], capture_output=True, text=True)
        if check and done.returncode:
            raise Skip(f'needs root and network namespaces: ip {" ".join(args)}: {done.stderr.strip()}')

    def __enter__(self):
        if os.geteuid() != 0 or not shutil.which('ip') or not os.path.exists('/dev/net/tun'):
            raise Skip('needs root, iproute2 and /dev/net/tun')
        self._ip('netns', 'add', self.name)
        try:
            self._ip('-n', self.name, 'tuntap', 'add', self.tap, 'mode', 'tap')
            self._ip('-n', self.name, 'addr', 'add', f'{KERNEL}/{PREFIX}', 'dev', self.tap)
            self._ip('-n', self.name, 'link', 'set', self.tap, 'up')
            for table in patient_tables(self.tap):
                self._ip('-n', self.name, *table)
            self._ip('-n', self.name, 'link', 'set', 'lo', 'up')
        except Skip:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._ip('netns', 'del', self.name, check=False)

    def run(self, *args):
        """Runs a command inside, which must succeed; returns what it printed."""
        return subprocess.run([*self.prefix, *args], check=True, capture_output=True, timeout=150).stdout

    def wire(self, spoilt):
        """The options with a wire that is spoilt as the list says."""
        return ['--sim', '--wire', f'tap:{self.tap},{spoilt}', '--address', f'{BOARD}/{PREFIX}']
