/** Log lines of the agent on standard error: time, level, sentence. */
import { LOG_LEVELS } from './config.js';

export type LogLevel = (typeof LOG_LEVELS)[number];
export type Log = (level: LogLevel, message: string) => void;

export function makeLog(least: LogLevel): Log {
  const bound = LOG_LEVELS.indexOf(least);
  return (level, message) => {
    if (LOG_LEVELS.indexOf(level) > bound) return;
    process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
  };
}
