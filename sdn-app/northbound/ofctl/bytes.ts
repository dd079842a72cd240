/** Bytes in a request: text, or base64 when `data_type` says so. */
import { z } from 'zod';

export const dataKeys = {
  data: z.string().max(87_380).nullish(),
  data_type: z.enum(['ascii', 'base64']).nullish(),
};

export interface DataKeys {
  data?: string | null | undefined;
  data_type?: 'ascii' | 'base64' | null | undefined;
}

export function bytesOf({ data, data_type: type }: DataKeys): Buffer {
  return Buffer.from(data ?? '', type === 'base64' ? 'base64' : 'latin1');
}
