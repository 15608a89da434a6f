"""Two kernels with Ferrite between them: `ferrite up --interface` in one namespace, the wire's end in another.
SPDX-License-Identifier: MIT"""
import json, os, re, shutil, signal, subprocess, tempfile, time
from harness import FERRITE, Skip

NEAR, FAR, VLAN_NEAR, VLAN_FAR = '10.9.0.2', '10.9.0.1', '10.9.8.2', '10.9.8.1'  # near: the interface's namespace
NEAR6, FAR6 = 'fd00:9::2', 'fd00:9::1'


def need(*programs):
    for name in programs:
        if not shutil.which(name) and not os.path.exists('/usr/sbin/' + name):
            raise Skip(f'needs {name}; make deps installs it')


class Kernels:
    """near and far are prefixes that run a command beside ferrite0 and at the wire's end. ferrite itself runs in the far
    namespace, where its wire's TAP is; ferrite0 is moved from there. totals is what it counted, after the end."""

    def __init__(self, *board, interface=True):
        self.board, self.interface, self.totals, self.process = board, interface, None, None
        self.names = [f'ferrite-{kind}-{os.getpid()}' for kind in ('near', 'far')]
        self.near, self.far = (['ip', 'netns', 'exec', name] for name in self.names)

    def ip(self, *args, check=True):
        done = subprocess.run(['ip', *args], capture_output=True, text=True)
        if check and done.returncode:
            raise Skip(f'this kernel refuses: ip {" ".join(args)}: {done.stderr.strip()}')

    def run(self, where, *args, timeout=60, **more):
        done = subprocess.run([*where, *map(str, args)], capture_output=True, text=True, timeout=timeout, **more)
        assert done.returncode == 0, f'{args}: exit code {done.returncode}: {done.stdout[-1500:]} {done.stderr[-1500:]}'
        return done.stdout

    def start(self):
        """Starts ferrite and gives ferrite0 to the near kernel."""
        near, far = self.names
        self.errors = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen([*self.far, FERRITE, 'up', '--interface', 'ferrite0', '--json', *self.board, '--wire',
                                         'tap:fe0'], stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.wait(lambda: subprocess.run(['ip', '-n', far, 'link', 'show', 'ferrite0', 'up'], capture_output=True,
                                         text=True).stdout, 'ferrite0 did not come up')
        self.ip('-n', far, 'link', 'set', 'ferrite0', 'netns', near)
        self.address(near, 'ferrite0', NEAR, NEAR6)

    def address(self, space, interface, v4, v6=None):
        self.ip('-n', space, 'addr', 'add', f'{v4}/24', 'dev', interface)
        if v6:
            self.ip('-n', space, 'addr', 'add', f'{v6}/64', 'dev', interface, 'nodad')
        self.ip('-n', space, 'link', 'set', interface, 'up')

    def vlan(self):
        """VLAN 8 at both ends; a kernel without VLAN devices skips the test."""
        for space, interface, v4 in (self.names[0], 'ferrite0', VLAN_NEAR), (self.names[1], 'fe0', VLAN_FAR):
            self.ip('-n', space, 'link', 'add', 'link', interface, 'name', 'vlan8', 'type', 'vlan', 'id', '8')
            self.address(space, 'vlan8', v4)

    @staticmethod
    def wait(ready, complaint, seconds=10):
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end, complaint
            time.sleep(0.05)

    def stop(self):
        """Ends ferrite as Ctrl-C does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=20)
        self.errors.seek(0)
        self.said = self.errors.read()
        self.totals = json.loads(out) if out else None
        return self.process.returncode

    def dropped(self):
        """Frames that the far kernel dropped in front of its end of the wire."""
        told = json.loads(self.run([], 'ip', '-j', '-s', '-n', self.names[1], 'link', 'show', 'fe0'))
        return told[0]['stats64']['tx']['dropped']

    def received(self):
        """Frames that have come to the far kernel."""
        told = json.loads(self.run([], 'ip', '-j', '-s', '-n', self.names[1], 'link', 'show', 'fe0'))
        return told[0]['stats64']['rx']['packets']

    def bad_checksums(self):
        """The far kernel's counters of bad headers and checksums that are not zero."""
        told = self.run(self.far, 'nstat', '-asz')
        found = {row.split()[0]: int(row.split()[1]) for row in told.splitlines() if re.search(r'Csum|InHdrErrors', row)}
        assert len(found) >= 5, told
        return {name: count for name, count in found.items() if count}

    def __enter__(self):
        if os.geteuid() != 0 or not shutil.which('ip') or not os.path.exists('/dev/net/tun'):
            raise Skip('needs root, iproute2 and /dev/net/tun')
        try:
            for name in self.names:
                self.ip('netns', 'add', name)
                self.ip('-n', name, 'link', 'set', 'lo', 'up')
            self.ip('-n', self.names[1], 'tuntap', 'add', 'fe0', 'mode', 'tap')
            # The tun driver drops at 1,000 frames, whatever the queueing discipline; this is more than a receive window.
            self.ip('-n', self.names[1], 'link', 'set', 'fe0', 'txqueuelen', '10000')
            self.address(self.names[1], 'fe0', FAR, FAR6)
            if self.interface:
                self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for name in self.names:
            self.ip('netns', 'del', name, check=False)
