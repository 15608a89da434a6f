"""Carries a program's connections through Ferrite's stack to the kernel's, and looks at every byte. SPDX-License-Identifier: MIT

usage: relay.py SOCKS NEAR-PORT FAR-ADDRESS FAR-PORT SERVER-PORT

A program that connects to 127.0.0.1:NEAR-PORT gets a connection through the SOCKS5 listener SOCKS, which is Ferrite's, to
FAR-ADDRESS:FAR-PORT, which is the kernel's; from there it goes on to 127.0.0.1:SERVER-PORT. Each byte that comes out at one
end of Ferrite must be the next that went in at the other. At the end of standard input it waits until all connections have
ended, and prints a line of JSON for each: bytes that went "there" and came out, the same for "back", and how it ended.
"""
import asyncio, json, socket, struct, sys

BLOCK = 65536


class Way:
    """One direction of a connection through Ferrite."""

    def __init__(self):
        self.under_way, self.sent, self.came, self.wrong = bytearray(), 0, 0, None

    def put(self, data):
        self.under_way += data
        self.sent += len(data)

    def take(self, data):
        if self.wrong is None and data != self.under_way[:len(data)]:
            self.wrong = f'a byte of {self.came} to {self.came + len(data)} is not what was sent'
        del self.under_way[:len(data)]
        self.came += len(data)


class Connection:
    def __init__(self):
        self.there, self.back, self.ends = Way(), Way(), {}


class Relay:
    def __init__(self, socks, far, server):
        self.socks, self.far, self.server = socks, far, server
        self.connections = {}  # by the port at Ferrite's end
        self.tasks = set()

    def connection(self, port):
        return self.connections.setdefault(port, Connection())

    async def through_socks(self):
        reader, writer = await asyncio.open_unix_connection(self.socks)
        writer.write(bytes([5, 1, 0]))
        assert await reader.readexactly(2) == bytes([5, 0])
        writer.write(bytes([5, 1, 0, 1]) + socket.inet_aton(self.far[0]) + struct.pack('>H', self.far[1]))
        reply = await reader.readexactly(10)
        assert reply[1] == 0, f'SOCKS refuses with {reply[1]}'
        return reader, writer, struct.unpack('>H', reply[8:])[0]

    async def pump(self, reader, writer, passes):
        """Until the end of what comes; a reset on one side becomes one on the other."""
        try:
            while data := await reader.read(BLOCK):
                passes(data)
                writer.write(data)
                await writer.drain()
            writer.write_eof()
            return 'end'
        except OSError as error:
            writer.transport.abort()
            return type(error).__name__

    async def join(self, where, connection, program, stack, inward, outward):
        """program and stack: a reader and a writer each."""
        ends = await asyncio.gather(self.pump(program[0], stack[1], inward), self.pump(stack[0], program[1], outward))
        connection.ends[where] = ends
        for _, writer in program, stack:
            writer.close()

    async def near(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        *stack, port = await self.through_socks()
        connection = self.connection(port)
        await self.join('near', connection, (reader, writer), stack, connection.there.put, connection.back.take)

    async def distant(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        connection = self.connection(writer.get_extra_info('peername')[1])
        server = await asyncio.open_connection('127.0.0.1', self.server)
        await self.join('far', connection, server, (reader, writer), connection.back.put, connection.there.take)


async def run(socks, near_port, far_address, far_port, server_port):
    relay = Relay(socks, (far_address, int(far_port)), int(server_port))
    await asyncio.start_server(relay.near, '127.0.0.1', int(near_port), backlog=128)
    await asyncio.start_server(relay.distant, far_address, int(far_port), backlog=128)
    print('up', flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.gather(*relay.tasks)
    for connection in relay.connections.values():
        print(json.dumps({'there': [connection.there.sent, connection.there.came], 'back': [connection.back.sent, connection.back.came],
                          'wrong': connection.there.wrong or connection.back.wrong, 'ends': connection.ends}))


asyncio.run(run(*sys.argv[1:]))
