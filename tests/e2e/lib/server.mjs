// A Lectern of its own for a test: free ports, a fresh data folder, its processes by name.
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const executable = process.env.LECTERN ?? path.join(root, 'build/release/lectern');
export const pages = process.env.LECTERN_PAGES ?? path.join(root, 'build/web');
const kReadyMs = 20_000;

// What the shell sets for these tests (LECTERN, LECTERN_PAGES, LECTERN_ASAN) is no setting of the
// program: it would warn of each.
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('LECTERN')),
);

// Starts the program under test.
export const lectern = (words, { program = executable, environment = {} } = {}) =>
  spawn(program, words, {
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

function isTcpFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

function isUdpFree(port) {
  return new Promise((resolve) => {
    const probe = dgram.createSocket('udp6');
    probe.once('error', () => resolve(false));
    probe.bind(port, () => probe.close(() => resolve(true)));
  });
}

// `count` ports in a row that nobody holds, below the range the kernel gives out.
async function freePorts(count, isFree) {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

export const freeTcpPort = () => freePorts(1, isTcpFree);
export const freeUdpPorts = (count) => freePorts(count, isUdpFree);

function parentOf(pid) {
  // The name in brackets may hold anything; the numbers follow the last bracket.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

export class Server {
  // `settings`: a configuration file's content; `options`: flags; `build`: another program, and its
  // environment.
  static async start({ workers = 2, options = [], settings = {}, build = {} } = {}) {
    const server = new Server();
    server.workers = workers;
    server.port = await freeTcpPort();
    server.metricsPort = await freeTcpPort();
    server.mediaPort = await freeUdpPorts(workers);
    server.data = mkdtempSync(path.join(os.tmpdir(), 'lectern-e2e-'));
    server.url = `${settings.tls_cert ? 'https' : 'http'}://localhost:${server.port}`;
    const file = path.join(server.data, 'config.json');
    writeFileSync(file, JSON.stringify(settings));
    server.options = ['--config', file, ...options];
    server.build = build;
    await server.launch();
    return server;
  }

  // Starts it, also once more after end(), on the same ports.
  async launch() {
    this.log = '';
    delete this.exitCode;
    const words = [
      ...['serve', '--dev', '--web', pages, '--data', this.data],
      ...['--port', String(this.port), '--metrics-port', String(this.metricsPort)],
      ...['--media-port', String(this.mediaPort), '--media-workers', String(this.workers)],
      ...this.options,
    ];
    this.process = lectern(words, this.build);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (text) => (this.log = (this.log + text).slice(-200_000)));
    }
    this.process.once('exit', (code) => (this.exitCode = code ?? -1));
    await until('the server is ready', kReadyMs, () => {
      if (this.exitCode !== undefined) throw new Error(`the server ended:\n${this.log}`);
      return this.log.includes('Lectern is ready');
    });
  }

  // pid of a child: `signaling`, or `media` with the worker's number.
  child(role, worker) {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        if (parentOf(name) !== this.process.pid) continue;
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        if (words[1] !== role) continue;
        if (worker === undefined) return Number(name);
        const at = words.indexOf('--worker');
        if (words[at + 1] === String(worker) || words.includes(`--worker=${worker}`))
          return Number(name);
      } catch {
        // It ended while we looked.
      }
    }
    return null;
  }

  // Supervisor, signaling, workers.
  get pids() {
    const workers = Array.from({ length: this.workers }, (_, k) => this.child('media', k));
    return [this.process.pid, this.child('signaling'), ...workers];
  }

  kill(role, worker) {
    const pid = this.child(role, worker);
    if (pid === null) throw new Error(`no ${role} ${worker ?? ''} to kill`);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  async metricsText() {
    const response = await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`);
    return response.text();
  }

  // Sum of all samples of `name` whose labels contain every word of `labels`.
  async metric(name, ...labels) {
    let sum = 0;
    for (const line of (await this.metricsText()).split('\n')) {
      const match = /^([a-zA-Z_:][\w:]*)(\{.*\})?\s+(\S+)/.exec(line);
      if (match?.[1] !== name) continue;
      if (labels.every((label) => (match[2] ?? '').includes(label))) sum += Number(match[3]);
    }
    return sum;
  }

  // Asks it to end. Returns its exit status.
  async end() {
    this.process.kill('SIGTERM');
    await until('the server ends', 8000, () => this.exitCode !== undefined);
    return this.exitCode;
  }

  async stop() {
    if (this.exitCode === undefined) await this.end().catch(() => this.process.kill('SIGKILL'));
    rmSync(this.data, { recursive: true, force: true });
  }
}
