// [P105] The pages below a path: a proxy that knows the server as /kelas, as schools' proxies do.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { Student, Teacher } from './lib/actors.mjs';
import { freeTcpPort } from './lib/server.mjs';

const kPrefix = '/kelas';

// Passes what is below the prefix on, and answers 404 to all else. Returns its port, and what was asked
// outside of the prefix.
async function startProxy(target) {
  const strays = [];
  const isInside = (request) => {
    const inside = request.url.startsWith(`${kPrefix}/`);
    if (!inside) strays.push(request.url);
    return inside;
  };
  const proxy = http.createServer((request, response) => {
    if (!isInside(request)) return void response.writeHead(404).end();
    const { method, headers } = request;
    const path = request.url.slice(kPrefix.length);
    const passed = http.request({ port: target, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  proxy.on('upgrade', (request, client, head) => {
    if (!isInside(request)) return void client.destroy();
    const server = net.connect(target, '127.0.0.1', () => {
      const lines = [`GET ${request.url.slice(kPrefix.length)} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      }
      server.write(`${lines.join('\r\n')}\r\n\r\n`);
      server.write(head);
      server.pipe(client).pipe(server);
    });
    for (const end of [server, client]) {
      end.on('error', () => {
        server.destroy();
        client.destroy();
      });
    }
  });
  const port = await freeTcpPort();
  await new Promise((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  proxy.unref();
  return { port, strays };
}

export default function define(test) {
  test('prefix: a class below a path of a proxy', {}, async (context) => {
    const server = await context.server();
    const { port, strays } = await startProxy(server.port);
    const below = { url: `http://localhost:${port}${kPrefix}` };
    const browser = await context.chromium();
    const teacher = await Teacher.start(browser, below, 'algebra');
    const student = await Student.join(browser, below, 'algebra');
    await student.untilLayout('camera');
    const link = await teacher.page.$eval('#link', (input) => input.value);
    assert.equal(link, `${below.url}/watch/algebra`);
    await student.page.goto(`${below.url}/`);
    await student.page.waitForSelector('[data-testid="class-algebra"][data-teacher="live"]');
    // Sessions are found by their Location, which is the server's to set.
    assert.deepEqual(
      strays.filter((path) => !/^\/wh[ie]p\/algebra\/w/.test(path)),
      [],
    );
  });
}
