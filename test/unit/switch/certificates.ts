/** Keys and certificates that live as long as a test, made by openssl. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Identity {
  key: string;
  cert: string;
}

export class Certificates {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(t: { teardown: (remove: () => unknown) => unknown }): Promise<Certificates> {
    const folder = await mkdtemp(join(tmpdir(), 'fyk-tls-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    return new Certificates(folder);
  }

  /** Signed by `authority`, or by itself. */
  async issue(name: string, authority?: Identity): Promise<Identity> {
    const made = { key: join(this.folder, `${name}.key`), cert: join(this.folder, `${name}.pem`) };
    const signing = authority === undefined ? [] : ['-CA', authority.cert, '-CAkey', authority.key];
    await run('openssl', [
      ...['req', '-x509', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', ...signing],
      ...['-keyout', made.key, '-out', made.cert],
    ]);
    return made;
  }

  /** The same key and name, valid until yesterday. */
  async expired(identity: Identity): Promise<string> {
    const cert = join(this.folder, 'expired.pem');
    const from = ['-in', identity.cert, '-signkey', identity.key];
    await run('openssl', ['x509', ...from, '-days', '-1', '-out', cert]);
    return cert;
  }

  /** The same key under a passphrase. */
  async encrypted(identity: Identity): Promise<string> {
    const key = join(this.folder, 'encrypted.key');
    const out = ['-aes256', '-passout', 'pass:secret', '-out', key];
    await run('openssl', ['pkey', '-in', identity.key, ...out]);
    return key;
  }
}
