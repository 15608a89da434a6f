"""Servers at the far end of the wire, each on a free loopback port. SPDX-License-Identifier: MIT

Each is a context manager and ends what it started.
"""
import contextlib, os, random, socket, struct, subprocess, threading, time


def free_port():
    """A port of loopback for later: from below those that the kernel gives to connections, so that it stays free."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(('127.0.0.1', port))
            return port


class Nginx:
    """nginx with its files in folder: www/ is served, bodies to /upload stay in client_body/, /old redirects to /new."""

    def __init__(self, folder, address='127.0.0.1', port=None, tls=False, prefix=()):
        self.folder, self.address, self.port, self.prefix = folder, address, port or free_port(), list(prefix)
        self.www, self.tls, self.process = os.path.join(folder, 'www'), tls, None
        os.makedirs(self.www, exist_ok=True)

    def url(self, path, host='10.0.2.2'):
        return f'http{"s" if self.tls else ""}://{host}:{self.port}/{path}'

    def page(self, name, size):
        """Makes a page of random bytes and returns them."""
        data = os.urandom(size)
        with open(os.path.join(self.www, name), 'wb') as out:
            out.write(data)
        return data

    def log(self):
        with open(os.path.join(self.folder, 'access.log')) as lines:
            return lines.read().splitlines()

    def _config(self):
        f, listen = self.folder, f'{self.address}:{self.port}'
        secure = ''
        if self.tls:
            subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=10.0.2.2',
                            '-addext', 'subjectAltName=IP:10.0.2.2', '-keyout', f'{f}/key.pem', '-out', f'{f}/cert.pem'],
                           check=True, stderr=subprocess.DEVNULL)
            listen, secure = listen + ' ssl', f'ssl_certificate {f}/cert.pem; ssl_certificate_key {f}/key.pem;'
        user = 'user root;' if os.geteuid() == 0 else ''
        return f'''
daemon off; {user} worker_processes 1; pid {f}/nginx.pid; error_log {f}/error.log;
events {{ worker_connections 256; }}
http {{
  log_format short '$connection $connection_requests $request_method $uri $status $request_length';
  access_log {f}/access.log short;
  client_body_temp_path {f}/client_body; proxy_temp_path {f}/proxy; fastcgi_temp_path {f}/fcgi; uwsgi_temp_path {f}/uwsgi;
  scgi_temp_path {f}/scgi;
  client_max_body_size 64m; default_type application/octet-stream;
  server {{
    listen {listen}; {secure}
    location / {{ root {self.www}; }}
    location = /old {{ return 302 /new; }}
    location = /agent {{ return 200 "$http_user_agent $http_x_test"; }}
    location = /upload {{ client_body_in_file_only on; proxy_pass http://unix:{f}/sink.sock:/; }}
  }}
  server {{ listen unix:{f}/sink.sock; location / {{ return 204; }} }}
}}
'''

    def __enter__(self):
        conf = os.path.join(self.folder, 'nginx.conf')
        with open(conf, 'w') as out:
            out.write(self._config())
        self.process = subprocess.Popen([*self.prefix, 'nginx', '-e', f'{self.folder}/error.log', '-c', conf, '-p', self.folder],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3000):
            if os.path.exists(f'{self.folder}/nginx.pid') and os.path.getsize(f'{self.folder}/nginx.pid'):
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.__exit__()
        raise RuntimeError('nginx did not start: ' + open(f'{self.folder}/error.log').read()[-1000:])

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


class Scripted:
    """A TCP server that runs handler(connection, address) in a thread for each connection."""

    def __init__(self, handler):
        self.handler, self.listener, self.errors = handler, socket.socket(), []
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.threads = []

    def url(self, path=''):
        return f'http://10.0.2.2:{self.port}/{path}'

    def _serve(self):
        while True:
            try:
                connection, address = self.listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._handle, args=(connection, address), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _handle(self, connection, address):
        try:
            with connection:
                self.handler(connection, address)
        except Exception as error:  # told to the test at the end
            self.errors.append(error)

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(5)


def request_of(connection):
    """Reads one HTTP request's header."""
    data = b''
    while b'\r\n\r\n' not in data:
        block = connection.recv(65536)
        if not block:
            break
        data += block
    return data


def reset(connection):
    """Makes the close of connection a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))


class Dns:
    """A name server: a dict from name to address, or to a pair of one of IPv4 and one of IPv6 of which one may be None (None
    alone: no such name); others get no answer."""

    def __init__(self, names):
        self.names, self.asked = names, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        name, question = '.'.join(labels).lower(), query[12:at + 5]
        kind = struct.unpack('>H', query[at + 1:at + 3])[0]
        self.asked.append(name)
        if name not in self.names:
            return None
        known = self.names[name]
        pair = known if isinstance(known, tuple) else (known, None)
        address = pair[0] if kind == 1 else pair[1] if kind == 28 else None
        header = query[:2] + struct.pack('>HHHHH', 0x8180 if known else 0x8183, 1, int(address is not None), 0, 0)
        if not address:
            return header + question
        packed = socket.inet_pton(socket.AF_INET if kind == 1 else socket.AF_INET6, address)
        return header + question + b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 60, len(packed)) + packed

    def _serve(self):
        while True:
            try:
                query, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if len(query) < 17:
                return  # the socket was shut down
            answer = self._answer(query)
            if answer:
                self.socket.sendto(answer, sender)

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
