"""A Linux kernel in QEMU with our programs, and simulated boards that are plugged into it over USB/IP. SPDX-License-Identifier: MIT

A test program makes one Guest, which boots with the first test that needs it, and decorates its tests with guest.test("a
sentence"). Commands run in the guest by a shell on TCP port 7; its 10.0.2.2 is this machine's loopback.
"""
import atexit, os, re, shutil, signal, socket, subprocess, sys, tempfile, time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'e2e')]
import harness  # noqa: E402
from harness import FERRITE, ROOT, Result, Skip  # noqa: E402
from servers import free_port  # noqa: E402

FOLDER = os.path.join(ROOT, 'build', 'usb')
CAPTURE = '/tmp/usb.pcapng'
BOOT_SECONDS = 120
MARK = b'\n--ended-- '


class Job:
    """A command that runs in the guest until the connection to its shell ends."""

    def __init__(self, guest, command):
        self.guest, self.socket = guest, guest.shell(f'echo $$; exec {command} 2>&1 </dev/null')
        self.file = self.socket.makefile('rb')
        self.pid = int(self.file.readline())
        self.lines = []

    def wait_for(self, pattern, seconds=60):
        """Returns the first line that matches; lines before it are kept in self.lines."""
        self.socket.settimeout(seconds)
        while True:
            line = self.file.readline().decode(errors='replace')
            self.lines.append(line)
            assert line, f'it ended without /{pattern}/: {"".join(self.lines)[-2000:]}'
            if re.search(pattern, line):
                return line

    def kill(self, number=signal.SIGTERM):
        self.guest.run(f'kill -{int(number)} {self.pid}')

    def rest(self, seconds=60):
        """Waits for the command's end; returns all that it said."""
        self.socket.settimeout(seconds)
        self.lines.append(self.file.read().decode(errors='replace'))
        self.guest.wait(lambda: self.guest.run(f'kill -0 {self.pid}').code, 'it closed its output but runs on', seconds)
        return ''.join(self.lines)


class Guest:
    def __init__(self):
        self.process, self.folder, self.port = None, None, None
        atexit.register(self.end)

    def test(self, sentence):
        """As harness.test; a failed test leaves the guest's console and a capture of its USB in the test's folder."""
        def add(function):
            def run(folder):
                self.boot()
                try:
                    function(folder)
                except Skip:
                    raise
                except BaseException:
                    self.keep(folder)
                    raise
            return harness.test(sentence)(run)
        return add

    def boot(self):
        if self.process:
            return
        for need, how in (('qemu-system-x86_64', 'qemu-system-x86'), ('busybox', 'busybox-static')):
            if not shutil.which(need):
                raise Skip(f'needs {need}: install the Debian package {how}')
        for name in 'vmlinux', 'initramfs':
            if not os.path.exists(f'{FOLDER}/{name}'):
                raise Skip(f'needs build/usb/{name}: `make test-usb` makes it where apt has Debian\'s kernel')
        self.folder, self.port = tempfile.TemporaryDirectory(prefix='ferrite-guest-'), free_port()
        self.console = open(self.folder.name + '/console', 'w+b')
        self.process = subprocess.Popen(
            ['qemu-system-x86_64', '-accel', 'tcg', '-M', 'q35', '-smp', '1', '-m', '384', '-nodefaults', '-no-user-config',
             '-display', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', FOLDER + '/vmlinux', '-initrd', FOLDER + '/initramfs',
             '-append', 'console=ttyS0 quiet panic=-1', '-netdev', f'user,id=n0,hostfwd=tcp:127.0.0.1:{self.port}-:7',
             '-device', 'virtio-net-pci,netdev=n0,romfile='],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT)
        self.wait(self.answers, 'the guest did not boot', BOOT_SECONDS)
        self.capture = Job(self, f'dumpcap -q -i usbmon1 -w {CAPTURE}')

    def answers(self):
        """Its shell is there; QEMU takes connections before that, and resets them."""
        if b'guest: ready' not in self.said():
            return False
        try:
            with self.shell('echo here') as connection:
                return connection.recv(4) == b'here'
        except ConnectionError:
            return False

    def said(self):
        with open(self.console.name, 'rb') as console:
            return console.read()

    def wait(self, ready, complaint, seconds=60):
        end = time.monotonic() + seconds
        while not ready():
            assert self.process.poll() is None, 'the guest ended: ' + self.said()[-2000:].decode(errors='replace')
            assert time.monotonic() < end, complaint
            time.sleep(0.1)

    def shell(self, script, seconds=60):
        """A connection on which a shell runs script."""
        connection = socket.create_connection(('127.0.0.1', self.port), timeout=seconds)
        connection.sendall(f'{{\n{script}\nexit\n}}\n'.encode())
        return connection

    def run(self, command, timeout=120, env=''):
        """Runs a command line to its end; returns its Result."""
        start = time.monotonic()
        script = f'({env} {command}) 2>/tmp/error.$$ </dev/null\ncode=$?; echo; echo "--ended-- $code"; cat /tmp/error.$$; rm /tmp/error.$$'
        with self.shell(script, timeout) as connection:
            told = b''.join(iter(lambda: connection.recv(65536), b''))
        out, _, rest = told.rpartition(MARK)
        code, _, err = rest.partition(b'\n')
        assert code.strip().isdigit(), f'{command}: {told[-2000:]}'
        return Result(subprocess.CompletedProcess(command, int(code), out, err), time.monotonic() - start)

    def ask(self, command, **more):
        """Runs a command that must succeed; returns what it printed."""
        done = self.run(command, **more)
        assert done.code == 0, f'{command}: exit code {done.code}: {done.message[-2000:]}{done.out[-2000:].decode(errors="replace")}'
        return done.out.decode(errors='replace')

    def keep(self, folder):
        """Copies console and capture into folder."""
        shutil.copy(self.console.name, folder + '/console')
        if self.process.poll() is None:
            ended = f'for n in $(seq 300); do kill -0 {self.capture.pid} || break; sleep 0.1; done 2>/dev/null'
            with self.shell(f'kill -2 {self.capture.pid}; {ended}; cat {CAPTURE}') as connection, open(folder + '/usb.pcapng', 'wb') as out:
                shutil.copyfileobj(connection.makefile('rb'), out)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # ---- boards ----

    def devices(self):
        """Ports of the boards that are plugged in and configured."""
        found = self.ask('cd /sys/bus/usb/devices; for d in *; do [ "$(cat $d/idVendor 2>/dev/null)" = 1209 ] && '
                         '[ "$(cat $d/bConfigurationValue)" ] && echo $d; done; true')
        return found.split()

    def plug(self, board):
        """Plugs a board in; returns its port."""
        before = self.devices()
        self.ask(f'usbip --tcp-port {board.port} attach -r 10.0.2.2 -b 1-1')
        self.wait(lambda: len(self.devices()) > len(before), 'the guest did not enumerate the board')
        self.ask('udevadm settle')
        return next(port for port in self.devices() if port not in before)


class Board:
    """A simulated board in a process of its own; its end unplugs it."""

    def __init__(self, *options):
        self.process = subprocess.Popen([FERRITE, 'sim', '--port', '0', *map(str, options)], stdout=subprocess.PIPE, text=True)
        atexit.register(self.unplug)
        self.port = int(re.search(r'port (\d+)', self.process.stdout.readline()).group(1))

    def unplug(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.unplug()
