/** TLS towards switches (OpenFlow 1.3.5 section 6.3.3): certificate, key and whom to trust. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { z } from 'zod';
import { FerryError, messageOf } from '../contract/errors.js';

const path = z.string().min(1).max(4096);

/** Paths of PEM files. */
export const tlsFiles = z
  .strictObject({
    /** The controller's certificate, and those between it and its authority. */
    cert: path,
    /** Its private key, without passphrase. */
    key: path,
    /** Authorities whose switches may connect; needed with `requireClientCert`. */
    ca: path.optional(),
    /** Whether a switch must show a certificate of one of these authorities. */
    requireClientCert: z.boolean().default(true),
  })
  .readonly();

export type TlsFiles = z.output<typeof tlsFiles>;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads and checks the files. Throws TLS_INVALID that names the file and, as field, the option:
 * what is wrong with a certificate shall come out when the controller starts.
 */
export async function loadTls(files: TlsFiles): Promise<TlsOptions> {
  const { requireClientCert } = files;
  const cert = await readPem('cert', files.cert);
  const key = await readPem('key', files.key);
  const [own] = certificates('cert', files.cert, cert);
  if (own?.checkPrivateKey(privateKey(files.key, key)) !== true) {
    refuse('key', `${files.key} is not the key of the certificate in ${files.cert}`);
  }
  if (files.ca === undefined) {
    if (requireClientCert) refuse('ca', 'client certificates are required, but no ca is given');
    return { cert, key, minVersion: 'TLSv1.2' };
  }
  const ca = await readPem('ca', files.ca);
  certificates('ca', files.ca, ca);
  // Not rejected by Node, which would not tell whose certificate it was: `distrust` has to be asked.
  const requestCert = requireClientCert;
  return { cert, key, ca, minVersion: 'TLSv1.2', requestCert, rejectUnauthorized: false };
}

/** Why a switch that came by TLS must not be served; undefined when it may. */
export function distrust({ requireClientCert }: TlsFiles, socket: TLSSocket): string | undefined {
  if (!requireClientCert || socket.authorized) return undefined;
  return `the certificate of the switch is not trusted: ${String(socket.authorizationError)}`;
}

type FileOption = 'cert' | 'key' | 'ca';

async function readPem(option: FileOption, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    return refuse(option, `cannot read ${file}: ${messageOf(error)}`);
  }
}

function certificates(option: FileOption, file: string, pem: string): X509Certificate[] {
  const texts = pem.match(CERTIFICATE) ?? [];
  if (texts.length === 0) refuse(option, `${file} contains no certificate in PEM form`);
  return texts.map((text) => {
    const certificate = parse(option, file, () => new X509Certificate(text));
    if (new Date(certificate.validTo).getTime() < Date.now()) {
      refuse(option, `a certificate in ${file} expired on ${certificate.validTo}`);
    }
    return certificate;
  });
}

function privateKey(file: string, pem: string): KeyObject {
  return parse('key', file, () => createPrivateKey(pem));
}

function parse<T>(option: FileOption, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return refuse(option, `cannot use ${file}: ${messageOf(error)}`);
  }
}

function refuse(option: FileOption, message: string): never {
  throw new FerryError('TLS_INVALID', message, `openflow.tls.${option}`);
}
