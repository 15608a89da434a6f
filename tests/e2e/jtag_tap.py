"""An ECP5's JTAG port behind Xilinx' virtual cable on loopback, as openFPGALoader sees it. SPDX-License-Identifier: MIT

The TAP controller is that of IEEE 1149.1, 6.1; instructions and status bits are those of Lattice's FPGA-TN-02039. What is
shifted in as a bitstream is kept, and judged when it ends: preamble, the IDCODE that it asks for, the end of programming.
"""
import contextlib, socket, struct, threading

# State: the next one with TMS 0 and 1.
STATES = {
    'reset': ('idle', 'reset'), 'idle': ('idle', 'select-dr'),
    'select-dr': ('capture-dr', 'select-ir'), 'capture-dr': ('shift-dr', 'exit1-dr'), 'shift-dr': ('shift-dr', 'exit1-dr'),
    'exit1-dr': ('pause-dr', 'update-dr'), 'pause-dr': ('pause-dr', 'exit2-dr'), 'exit2-dr': ('shift-dr', 'update-dr'),
    'update-dr': ('idle', 'select-dr'),
    'select-ir': ('capture-ir', 'reset'), 'capture-ir': ('shift-ir', 'exit1-ir'), 'shift-ir': ('shift-ir', 'exit1-ir'),
    'exit1-ir': ('pause-ir', 'update-ir'), 'pause-ir': ('pause-ir', 'exit2-ir'), 'exit2-ir': ('shift-ir', 'update-ir'),
    'update-ir': ('idle', 'select-dr'),
}
READ_ID, READ_STATUS, ENABLE, DISABLE, ERASE, BURST, REFRESH = 0xE0, 0x3C, 0xC6, 0x26, 0x0E, 0x7A, 0x79
DONE, ENABLED, WRITABLE, READABLE, FAILED = 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 13
WRONG_ID = 1 << 23                             # the first of the bitstream's error codes
PREAMBLE, VERIFY_ID, PROGRAM_DONE = b'\xbd\xb3', b'\xe2\x00\x00\x00', b'\x5e\x00\x00\x00'
IR_BITS = 8


class Ecp5:
    def __init__(self, idcode):
        self.idcode, self.status = idcode, 0
        self.state, self.instruction = 'reset', READ_ID
        self.register, self.bits = 0, 0        # shifts out at bit 0; its length
        self.taken_bits = []                   # that came in since capture, in blocks (value, length)
        self.bitstream = b''                   # the last one
        self.instructions = []                 # all that were given

    def captured(self):
        if self.instruction == READ_ID:
            return self.idcode, 32
        if self.instruction == READ_STATUS:
            return self.status, 32
        return 0, 1                            # bypass, and what takes a bitstream gives nothing back

    def enter(self, state):
        self.state = state
        if state == 'reset':
            self.instruction = READ_ID
        elif state == 'capture-ir':
            self.register, self.bits, self.taken_bits = 1, IR_BITS, []
        elif state == 'capture-dr':
            (self.register, self.bits), self.taken_bits = self.captured(), []
        elif state == 'update-ir':
            self.instruction = self.register
            self.instructions.append(self.instruction)
            self.obey()
        elif state == 'update-dr' and self.instruction == BURST:
            self.judge()

    def obey(self):
        if self.instruction == ENABLE:
            self.status |= ENABLED | WRITABLE | READABLE
        elif self.instruction == DISABLE:
            self.status &= ~(ENABLED | WRITABLE | READABLE)
        elif self.instruction in (ERASE, REFRESH):
            self.status &= ~(DONE | FAILED | 7 << 23)

    def shift(self, bits, count):
        """Moves count bits through the register under way; returns those that come out."""
        whole = self.register | bits << self.bits
        self.register = whole >> count
        self.taken_bits.append((bits, count))
        return whole & ((1 << count) - 1)

    def judge(self):
        value, count, data = 0, 0, b''
        for bits, more in self.taken_bits:     # of each byte the highest bit comes first
            value, count = value | bits << count, count + more
            if count % 8 == 0:
                data += value.to_bytes(count // 8, 'little').translate(REVERSED)
                value, count = 0, 0
        self.bitstream = data
        begin = data.find(PREAMBLE)
        asked = data.find(VERIFY_ID, begin) if begin >= 0 else -1
        if not (0 <= asked < begin + 64 and struct.unpack('>I', data[asked + 4:asked + 8])[0] == self.idcode):
            self.status |= FAILED | WRONG_ID
        else:
            self.status |= DONE if PROGRAM_DONE in data[-64:] and self.status & ENABLED else FAILED

    def clock(self, tms, tdi, count):
        """Runs count clocks; returns what TDO was in each."""
        out, at = 0, 0
        while at < count:
            left = tms >> at
            shifting = self.state in ('shift-dr', 'shift-ir')
            # A shift goes on while TMS is 0, and takes the bit beside the TMS that ends it.
            run = ((left & -left).bit_length() or count - at + 1) if shifting else 1
            run = min(run, count - at)
            if shifting:
                out |= self.shift(tdi >> at & ((1 << run) - 1), run) << at
            at += run
            self.enter_if(STATES[self.state][tms >> at - 1 & 1])
        return out

    def enter_if(self, state):
        if state != self.state or state in ('capture-dr', 'capture-ir'):
            self.enter(state)


REVERSED = bytes(int(f'{n:08b}'[::-1], 2) for n in range(256))


def receive(connection, count):
    data = b''
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def serve(connection, tap):
    """Speaks the virtual cable's protocol, version 1.0, until the other side leaves."""
    with connection, contextlib.suppress(ConnectionError):
        while True:
            command = b''
            while not command.endswith(b':'):
                command += receive(connection, 1)
            if command == b'getinfo:':
                connection.sendall(b'xvcServer_v1.0:2048\n')
            elif command == b'settck:':
                connection.sendall(receive(connection, 4))
            else:
                assert command == b'shift:', command
                count = struct.unpack('<I', receive(connection, 4))[0]
                size = (count + 7) // 8
                data = receive(connection, 2 * size)
                out = tap.clock(int.from_bytes(data[:size], 'little'), int.from_bytes(data[size:], 'little'), count)
                connection.sendall(out.to_bytes(size, 'little'))


@contextlib.contextmanager
def cable(tap):
    """Serves the port to one program after the other; yields the TCP port."""
    server = socket.create_server(('127.0.0.1', 0))

    def run():
        with contextlib.suppress(OSError):
            while True:
                serve(server.accept()[0], tap)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
