"""A Lectern of the suite's own: free ports, fresh folders, plain or with a certificate."""

import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("LECTERN", ROOT / "build/release/lectern")
READY_S = 20
# What the shell sets for these tests (LECTERN) is no setting of the program: it would warn of it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("LECTERN")}


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("", 0))  # free on all addresses
        return probe.getsockname()[1]


KINDS = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}


def make_certificate(folder, name="server", kind="ec"):
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *KINDS[kind], "-nodes", "-keyout", key]
        + ["-out", certificate, "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"],
        check=True,
        capture_output=True,
    )
    return certificate, key


def make_expired_certificate(folder, key):
    """A certificate of `key` that ran out in 2020."""
    settings = folder / "ca.conf"
    settings.write_text(
        f"[ca]\ndefault_ca = d\n[d]\ndatabase = {folder}/index\nnew_certs_dir = {folder}\ndefault_md = sha256\n"
        "rand_serial = yes\npolicy = p\n[p]\ncommonName = supplied\n"
    )
    (folder / "index").touch()
    request, certificate = folder / "expired.csr", folder / "expired.pem"
    for words in (
        ["req", "-new", "-key", key, "-out", request, "-subj", "/CN=server"],
        ["ca", "-batch", "-selfsign", "-notext", "-config", settings, "-keyfile", key, "-in", request]
        + ["-out", certificate, "-startdate", "20200101000000Z", "-enddate", "20200102000000Z"],
    ):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return certificate


class Server:
    """`lectern serve --dev`; a context that ends it."""

    def __init__(self, tls=False, options=(), streams=None):
        """`streams`: redirections of bash in place of a log."""
        self.folder = tempfile.TemporaryDirectory(prefix="lectern-blackbox-")
        self.tls = tls
        self.options = list(options)
        self.streams = streams
        self.port, self.metrics_port = free_port(), free_port()
        self.process = None

    def __enter__(self):
        folder = pathlib.Path(self.folder.name)
        web = folder / "web"
        (web / "assets").mkdir(parents=True)
        (web / "index.html").write_text("<!doctype html><title>Lectern</title>")
        (web / "assets/big.js").write_text("x" * 300_000)
        words = ["serve", "--dev", "--port", self.port, "--metrics-port", self.metrics_port, "--web", web]
        words += ["--data", folder / "data", "--media-port", free_port(socket.SOCK_DGRAM), "--media-workers", 1]
        if self.tls:
            self.certificate, self.key = make_certificate(folder)
            words += ["--tls-cert", self.certificate, "--tls-key", self.key]
        self.log = folder / "log"
        with self.log.open("w") as log:
            command = [str(word) for word in [PROGRAM, *words, *self.options]]
            if self.streams:
                command = ["bash", "-c", f'exec "$@" {self.streams}', "bash", *command]
            self.process = subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log)
        if self.streams:
            self.until_answering()
        else:
            self.until_logged("Lectern is ready")
        return self

    def until_answering(self):
        end = time.monotonic() + READY_S
        while True:
            try:
                return self.connect().close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("the server does not listen") from None
                time.sleep(0.05)

    def until_logged(self, words, count=1):
        end = time.monotonic() + READY_S
        while self.log.read_text().count(words) < count:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the log does not say {words!r}:\n{self.log.read_text()}")
            time.sleep(0.05)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def own_address(self):
        """An address of this machine that is no loopback one; nothing is sent to find it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
            return probe.getsockname()[0]

    def signaling(self):
        """The pid of the process that serves the web."""
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit():
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                    if words[1:2] == [b"signaling"] and int(parent) == self.process.pid:
                        return int(entry.name)
            except OSError:
                pass  # it ended while we looked
        raise RuntimeError("signaling does not run")

    def connect(self, tls=None, port=None, address="127.0.0.1", timeout=10):
        connection = socket.create_connection((address, port or self.port), timeout=timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls if tls is None else tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = context.wrap_socket(connection, server_hostname="localhost")
        return connection
