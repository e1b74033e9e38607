// A bad network in user space: UDP from a browser goes through here to a worker and back, each way
// with its own loss and delay. An ICE-lite server answers whoever speaks to it, so it is enough that
// the page is told this port instead of the worker's.
import dgram from 'node:dgram';
import os from 'node:os';

// Firefox never talks to 127.0.0.1; any other address of this machine does.
function ownAddress() {
  const all = Object.values(os.networkInterfaces()).flat();
  return all.find((a) => a.family === 'IPv4' && !a.internal)?.address ?? '127.0.0.1';
}

function bind(socket, address) {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, resolve);
  });
}

export class Shaper {
  static async start(server, { loss = 0, delayMs = 0 } = {}) {
    const shaper = new Shaper();
    Object.assign(shaper, { loss, delayMs, isDark: false, address: ownAddress(), ports: {}, sockets: [] });
    shaper.counts = { passed: 0, dropped: 0 };
    for (let k = 0; k < server.workers; k++) {
      shaper.ports[server.mediaPort + k] = await shaper.front(server.mediaPort + k);
    }
    return shaper;
  }

  // One port for one worker; behind it one socket for each client, so that the worker sees them apart.
  async front(workerPort) {
    const front = dgram.createSocket('udp4');
    this.sockets.push(front);
    await bind(front, this.address);
    const backs = new Map();
    front.on('message', async (data, { address, port }) => {
      const key = `${address}:${port}`;
      if (!backs.has(key)) {
        const back = dgram.createSocket('udp4');
        this.sockets.push(back);
        back.on('message', (data) => this.pass(() => front.send(data, port, address)));
        backs.set(
          key,
          bind(back, this.address).then(() => back),
        );
      }
      const back = await backs.get(key);
      this.pass(() => back.send(data, workerPort, this.address));
    });
    return front.address().port;
  }

  pass(send) {
    if (this.isClosed) return;
    if (this.isDark || Math.random() < this.loss) {
      this.counts.dropped++;
      return;
    }
    this.counts.passed++;
    if (this.delayMs > 0) setTimeout(() => this.isClosed || send(), this.delayMs);
    else send();
  }

  // To be put into a page before its scripts: answers name this shaper instead of the worker.
  get preload() {
    const rewrite = (address, ports) => {
      const real = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        const isCandidate = /^a=candidate:(\S+ \d+ udp \d+) (\S+) (\d+) typ host.*$/gim;
        let isTold = false;
        const sdp = description.sdp.replace(isCandidate, (line, start, _, port) => {
          if (isTold || !(port in ports)) return 'a=x-cut';
          isTold = true;
          return `a=candidate:${start} ${address} ${ports[port]} typ host`;
        });
        return real.call(this, { type: description.type, sdp: sdp.replace(/a=x-cut\r?\n/g, '') });
      };
    };
    return [rewrite, this.address, this.ports];
  }

  close() {
    this.isClosed = true;
    for (const socket of this.sockets) socket.close();
  }
}
