// Certificates for https, made by the openssl program.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const openssl = (...words) => execFileSync('openssl', words, { stdio: 'pipe' });

// A certificate for localhost that only its own key vouches for, and files that no server can use.
// Whoever asks removes `folder`.
export function makeCertificates() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lectern-certificates-'));
  const at = (name) => path.join(folder, name);
  const make = (key, certificate) =>
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost'],
    );
  make(at('key.pem'), at('cert.pem'));
  make(at('other-key.pem'), at('other-cert.pem'));
  openssl(
    ...['pkey', '-in', at('key.pem'), '-aes128', '-passout', 'pass:secret'],
    ...['-out', at('locked-key.pem')],
  );
  return { folder, at };
}
