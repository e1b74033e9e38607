// A class over https and wss, with a certificate that the configuration file names.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { Student, Teacher } from './lib/actors.mjs';
import { makeCertificates } from './lib/certificates.mjs';
import { watchAll } from './lib/watch.mjs';
import { film } from './lib/film.mjs';
import { freeTcpPort, freeUdpPorts, lectern, pages } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

async function withCertificates(body) {
  const certificates = makeCertificates();
  try {
    await body(certificates);
  } finally {
    rmSync(certificates.folder, { recursive: true, force: true });
  }
}

const tlsSettings = ({ at }) => ({ tls_cert: at('cert.pem'), tls_key: at('key.pem') });

// All that the server says on a plain connection until it closes it.
function plainTalk(port, request) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(port, 'localhost', () => socket.write(request));
    socket.setTimeout(5000, () => {
      reject(new Error(`the connection stays open: ${text}`));
      socket.destroy();
    });
    socket.on('data', (data) => (text += data));
    // A server that closes without having read all of a request resets the connection (RFC 9293
    // §3.6.1): an end like another; what it said before counts.
    socket.once('error', (error) => error.code === 'ECONNRESET' || reject(error));
    socket.once('close', () => resolve(text));
  });
}

// What a server says that cannot start with these settings.
function refusal(file, settings) {
  writeFileSync(file, JSON.stringify(settings));
  return new Promise((resolve, reject) => {
    const child = lectern(['serve', '--dev', '--config', file]);
    let told = '';
    child.stderr.on('data', (text) => (told += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, told: told.trim() }));
  });
}

export default function define(test) {
  test('tls: a class over https and wss, both browsers', {}, (context) =>
    withCertificates(async (certificates) => {
      const server = await context.server({ settings: tlsSettings(certificates) });
      const [browser, firefox] = await Promise.all([
        context.chromium({ insecure: true }),
        context.firefox({ insecure: true }),
      ]);
      const teacher = await Teacher.start(browser, server, 'tls');
      await teacher.untilSending(2);
      const students = [
        await Student.join(browser, server, 'tls'),
        await Student.join(firefox, server, 'tls'),
      ];
      assert.equal(new URL(students[0].page.url()).protocol, 'https:');
      await watchAll(context, teacher, students, 8000);
      await until('both count', 5000, async () => (await teacher.text('viewers')) === '2');
      for (const { page } of students) assert.deepEqual(page.complaints, []);
    }),
  );

  test('tls: the demo teaches over https', {}, (context) =>
    withCertificates(async (certificates) => {
      const server = await context.server({
        settings: { ...tlsSettings(certificates), demo_film: await film('vp8') },
      });
      await until('the demo teaches', 10_000, () => server.log.includes('demo: teaching'));
    }),
  );

  test('tls: plain http is told what to do', { quick: true }, (context) =>
    withCertificates(async (certificates) => {
      const server = await context.server({ settings: tlsSettings(certificates) });
      const head = `Host: localhost:${server.port}\r\n`;
      const page = await plainTalk(server.port, `GET /watch/demo HTTP/1.1\r\n${head}\r\n`);
      assert.match(page, /^HTTP\/1\.1 400 /);
      assert.match(page, /begin the address with https:\/\//);
      // Without a body: what nobody reads might cost the answer by a reset.
      const offer = `${head}Content-Type: application/sdp\r\nContent-Length: 0\r\n\r\n`;
      assert.match(await plainTalk(server.port, `POST /whep/demo HTTP/1.1\r\n${offer}`), / 400 /);
      const upgrade =
        `${head}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: lectern.v1\r\n\r\n';
      const socket = await plainTalk(server.port, `GET /ws HTTP/1.1\r\n${upgrade}`);
      assert.doesNotMatch(socket, / 101 /, 'no WebSocket in the clear');
      assert.doesNotMatch(await plainTalk(server.port, '\x16\x03\x01junk'), / 200 /);
    }),
  );

  test('tls: a certificate that cannot serve is refused in one sentence', { quick: true }, () =>
    withCertificates(async ({ at }) => {
      writeFileSync(at('broken.pem'), '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n');
      const cases = [
        ['absent.pem', 'key.pem', /certificate .*absent\.pem .*cannot be opened .*name a PEM file/],
        ['cert.pem', 'absent.pem', /key .*absent\.pem .*cannot be opened .*name a PEM file/],
        ['broken.pem', 'key.pem', /broken\.pem \(tls_cert\) holds no certificate in PEM/],
        ['key.pem', 'cert.pem', /key\.pem \(tls_cert\) holds no certificate in PEM/],
        ['cert.pem', 'broken.pem', /broken\.pem \(tls_key\) holds no private key in PEM/],
        ['cert.pem', 'other-key.pem', /does not belong to .*give the key that it was made with/],
        ['cert.pem', 'locked-key.pem', /has a passphrase: give it without one/],
      ];
      for (const [certificate, key, expected] of cases) {
        const { status, told } = await refusal(at('config.json'), {
          ...{ tls_cert: at(certificate), tls_key: at(key) },
          ...{ web: pages, data: at('data'), metrics_port: 0, media_port: await freeUdpPorts(2) },
          ...{ port: await freeTcpPort(), media_workers: 2 },
        });
        assert.equal(status, 1);
        assert.match(told, expected);
        assert.equal(told.split('\n').length, 1, told);
      }
    }),
  );
}
