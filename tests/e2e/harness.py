"""Runs end-to-end tests and prints TAP. SPDX-License-Identifier: MIT

A test file imports this, decorates functions with @test("a sentence"), and calls main(). A test fails by an
exception; Skip(why) counts it as skipped. Each gets a fresh directory, which is removed if it passes.
"""
import contextlib, os, re, shutil, signal, subprocess, sys, tempfile, time, traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FERRITE = os.path.join(ROOT, 'build', 'ferrite-san' if os.environ.get('FERRITE_SAN') == '1' else 'ferrite')
TESTS = []
TRACES = []  # with TRACE set: [folder of the running test, runs so far]
SHAPE = []   # --shape of simulated boards in the running test, or nothing
SHAPED = []  # the commands of the running test that took it


class Skip(Exception):
    """Raised where this machine lacks what the test needs."""


def test(sentence, both_shapes=False):
    """A test; with both_shapes it runs again with simulated boards of the small shape (full-speed USB, 100 Mbit/s)."""
    def add(function):
        TESTS.append((sentence, function, []))
        if both_shapes:
            TESTS.append((sentence + ', also on the small shape', function, ['--shape', 'full-speed']))
        return function
    return add


def scaled(size):
    """Bytes to transfer: a twentieth on the small shape, which is as much slower."""
    return size // 20 if SHAPE else size


def shaped(args):
    """A command's arguments, with the shape where it simulates gates."""
    args = [str(arg) for arg in args]
    if '--sim' not in args and (args[0] != 'sim' or '--model' in args):
        return args
    SHAPED.append(args)
    return args + SHAPE


class Result:
    """What a command did: code, out and err (bytes), seconds."""

    def __init__(self, done, seconds):
        self.code, self.out, self.err, self.seconds = done.returncode, done.stdout, done.stderr, seconds
        self.message = self.err.decode(errors='replace')

    def expect(self, code=0, message=None):
        """Fails unless the exit code is code and standard error has message (a regular expression)."""
        assert self.code == code, f'exit code {self.code}, not {code}; it said: {self.message[-2000:]}'
        if message:
            assert re.search(message, self.message), f'no /{message}/ in: {self.message[-2000:]}'
        assert 'Sanitizer' not in self.message, self.message
        return self


def ferrite(*args, stdin=None, timeout=300, env=None, prefix=(), program=None):
    """Runs ferrite and returns its Result; TRACE=1 keeps a capture and waves of each simulated run in the test's folder."""
    start, args = time.monotonic(), shaped(args)
    if TRACES and '--sim' in args:
        TRACES[1] += 1
        for option, end in (('--pcap', 'pcapng'), ('--trace', 'fst')):
            if option not in args:
                args += [option, f'{TRACES[0]}/run-{TRACES[1]}.{end}']
    done = subprocess.run([*prefix, program or FERRITE, *args], input=stdin if stdin is not None else b'',
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          env=dict(os.environ, **(env or {})))
    return Result(done, time.monotonic() - start)


@contextlib.contextmanager
def running(*args, **more):
    """A ferrite command in the background, killed at the block's end if it still runs; more is Popen's."""
    process = subprocess.Popen([FERRITE, *shaped(args)], **more)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(ready, complaint, seconds=60):
    """Returns what ready() tells, once that is true; fails with the complaint if it does not come to that."""
    end = time.monotonic() + seconds
    while not (told := ready()):
        assert time.monotonic() < end, complaint
        time.sleep(0.05)
    return told


def bytes_in(path):
    """The length of a file, 0 if there is none yet."""
    return os.path.getsize(path) if os.path.exists(path) else 0


def account(path):
    """Reads an --account file into a dict from label to text."""
    rows = [line.rstrip('\n') for line in open(path)]
    return {row[:17].strip(): row[17:] for row in rows}


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it, and so would what it starts
    only = os.environ.get('ONLY')
    failed = 0
    chosen = [t for t in TESTS if not only or re.search(only, t[0])]
    for number, (sentence, function, shape) in enumerate(chosen, 1):
        SHAPE[:], SHAPED[:] = shape, []
        folder = tempfile.mkdtemp(prefix='ferrite-test-')
        os.chmod(folder, 0o755)
        verdict, notes = 'ok', ''
        if os.environ.get('TRACE'):
            TRACES[:] = [folder, 0]
            notes = f'files: {folder}'
        try:
            function(folder)
            assert SHAPED or not SHAPE, 'no board of the small shape was simulated: the command line goes by shaped()'
        except Skip as why:
            sentence += f' # SKIP {why}'
        except BaseException:
            verdict, failed = 'not ok', failed + 1
            notes = traceback.format_exc() + f'files: {folder}'
        print(f'{verdict} {number} - {sentence}')
        for line in notes.splitlines():
            print('# ' + line)
        sys.stdout.flush()
        if verdict == 'ok' and not os.environ.get('TRACE'):
            shutil.rmtree(folder, ignore_errors=True)
    print(f'1..{len(chosen)}')
    sys.exit(1 if failed else 0)
