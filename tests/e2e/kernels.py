"""Two kernels with Ferrite between them: `ferrite up --interface` in one namespace, the wire's end in another.
SPDX-License-Identifier: MIT"""
import json, os, re, shutil, signal, subprocess, sys, tempfile
from harness import FERRITE, Skip, shaped, wait_for
from namespace import patient_tables

NEAR, FAR, VLAN_NEAR, VLAN_FAR = '10.9.0.2', '10.9.0.1', '10.9.8.2', '10.9.8.1'  # near: the interface's namespace
NEAR6, FAR6 = 'fd00:9::2', 'fd00:9::1'
MODEL = ['--device', 'model']


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

    def run(self, where, *args, timeout=120, **more):
        done = subprocess.run([*where, *map(str, args)], capture_output=True, text=True, timeout=timeout, **more)
        assert done.returncode == 0, f'{args}: exit code {done.returncode}: {done.stdout[-1500:]} {done.stderr[-1500:]}'
        return done.stdout

    def start(self):
        """Starts ferrite and gives ferrite0 to the near kernel."""
        near, far = self.names
        self.errors = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen([*self.far, FERRITE, *shaped(['up', '--interface', 'ferrite0', '--json', *self.board, '--wire',
                                                               'tap:fe0'])], stdout=subprocess.PIPE, stderr=self.errors, text=True)
        wait_for(lambda: subprocess.run(['ip', '-n', far, 'link', 'show', 'ferrite0', 'up'], capture_output=True,
                                        text=True).stdout, 'ferrite0 did not come up')
        self.ip('-n', far, 'link', 'set', 'ferrite0', 'netns', near)
        self.address(near, 'ferrite0', NEAR, NEAR6)

    def address(self, space, interface, v4, v6=None):
        self.ip('-n', space, 'addr', 'add', f'{v4}/24', 'dev', interface)
        if v6:
            self.ip('-n', space, 'addr', 'add', f'{v6}/64', 'dev', interface, 'nodad')
        self.ip('-n', space, 'link', 'set', interface, 'up')
        for table in patient_tables(interface):
            self.ip('-n', space, *table)

    def vlan(self):
        """VLAN 8 at both ends; a kernel without VLAN devices skips the test."""
        for space, interface, v4 in (self.names[0], 'ferrite0', VLAN_NEAR), (self.names[1], 'fe0', VLAN_FAR):
            self.ip('-n', space, 'link', 'add', 'link', interface, 'name', 'vlan8', 'type', 'vlan', 'id', '8')
            self.address(space, 'vlan8', v4)

    def stop(self):
        """Ends ferrite as Ctrl-C does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=60)
        self.errors.seek(0)
        self.said = self.errors.read()
        self.totals = json.loads(out) if out else None
        return self.process.returncode

    def counted(self):
        """What the far kernel has counted at its end of the wire: {'rx': {'packets': …}, 'tx': …}."""
        told = json.loads(self.run([], 'ip', '-j', '-s', '-n', self.names[1], 'link', 'show', 'fe0'))
        return told[0]['stats64']

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


def settled(pair):
    """Ends the run and holds what every run must: no bad checksum at the far end, nothing refused on the way."""
    bad = pair.bad_checksums()
    assert pair.stop() == 0, pair.said
    assert not bad, bad
    own, board = pair.totals['interface'], pair.totals['board']
    assert not own['tx_refused'] and not own['rx_refused'] and not board['tx_bad_records'], pair.totals
    return own, board


RECEIVER = '''
import hashlib, socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 5001))
s.listen()
print("listening", flush=True)
c, _ = s.accept()
came = hashlib.sha256()
while data := c.recv(65536):
    came.update(data)
print(came.hexdigest())
'''
SENDER = '''
import hashlib, os, socket, sys
data = os.urandom(int(sys.argv[2]))
s = socket.create_connection((sys.argv[1], 5001))
s.sendall(data)
s.shutdown(socket.SHUT_WR)
assert not s.recv(1)
print(hashlib.sha256(data).hexdigest())
'''


def transfer(pair, address, size, back=False):
    """One connection from near to far, or back, on which size random bytes arrive; address is the receiver's."""
    sender, receiver = (pair.far, pair.near) if back else (pair.near, pair.far)
    server = subprocess.Popen([*receiver, sys.executable, '-c', RECEIVER, address], stdout=subprocess.PIPE, text=True)
    try:
        assert 'listening' in server.stdout.readline()
        sent = pair.run(sender, sys.executable, '-c', SENDER, address, size)
        assert server.communicate(timeout=120)[0] == sent, 'other bytes came than were sent'
    finally:
        server.kill()
        server.wait()


def ping(pair, address=FAR, count=3):
    """The longest round trip in ms of count echo requests, all of which must be answered. One each: ping waits for the
    last of several only as long as the others took."""
    told = [pair.run(pair.near, 'ping', '-n', '-c', '1', '-W', '60', address) for _ in range(count)]
    return max(float(re.search(r'= [\d.]+/[\d.]+/([\d.]+)/', one).group(1)) for one in told)


def switched_on(pair):
    told = pair.run(pair.near, 'ethtool', '-k', 'ferrite0')
    return {row.split(':')[0].strip() for row in told.splitlines() if ': on' in row}


SEGMENTED_UDP = '''
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_UDP, 103, 1200)  # UDP_SEGMENT
for i in range(int(sys.argv[2])):
    s.sendto(bytes(range(250)) * 40, (sys.argv[1], 9))
'''


FROM_NEAR = 'eth.src == 02:46:45:00:00:01'
FULL = f'{FROM_NEAR} && tcp.len > 1300 && tcp.checksum.status == 1'


def whole_datagrams(count, writes=5):
    """Fails unless every datagram of SEGMENTED_UDP to either address is in the capture that checked() counts in."""
    for there in f'ip.dst == {FAR}', f'ipv6.dst == {FAR6}':
        for length, datagrams in (1208, 8 * writes), (408, writes):
            found = count(f'{FROM_NEAR} && udp.dstport == 9 && udp.length == {length} && udp.checksum.status == 1 && {there}')
            assert found == datagrams, (there, length, found)


def checked(pcap):
    """Fails if tshark finds a bad checksum in the capture; returns a function that counts a filter's frames."""
    def count(rule):
        told = subprocess.run(['tshark', '-r', pcap, '-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o',
                               'udp.check_checksum:TRUE', '-Y', rule, '-T', 'fields', '-e', 'frame.number'],
                              capture_output=True, text=True, check=True)
        return len(told.stdout.split())

    # 0xFFFF for a sum of 0 is as good: Linux stores it so, and a board must; tshark calls it bad, for TCP alone.
    bad = 'ip.checksum.status == 0 || (tcp.checksum.status == 0 && tcp.checksum != 0xffff) || udp.checksum.status == 0 || icmpv6.checksum.status == 0'
    assert count(bad) == 0, f'{count(bad)} bad checksums in {pcap}'
    assert count('_ws.malformed') == 0, pcap
    return count
