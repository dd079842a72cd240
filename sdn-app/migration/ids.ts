import { randomBytes } from 'node:crypto';

export function newMigrationId(): string {
  return `m-${randomBytes(4).toString('hex')}`;
}

export function newToken(): string {
  return randomBytes(16).toString('hex');
}
