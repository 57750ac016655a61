import winston from 'winston';
import type { Log, LogLine } from '../../ports/log.ts';

export interface LogOptions {
  readonly level: LogLine['level'];
  /** text: `2026/01/02 15:04:05 UTC [INFO] origin: message`; json: one object a line. */
  readonly format: 'text' | 'json';
  readonly stream: NodeJS.WritableStream;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
}

const LEVELS = { panic: 0, fatal: 1, error: 2, warn: 3, info: 4, debug: 5, trace: 6 };

const WRITERS = { text: textLine, json: jsonLine };

/** A log on a stream. */
export function createLog(options: LogOptions): Log {
  const form = { write: WRITERS[options.format] };
  const logger = winston.createLogger({
    levels: LEVELS,
    level: options.level,
    transports: [new winston.transports.Stream({ stream: options.stream, eol: '\n' })],
    format: winston.format.printf((info) => String(info.message)),
  });
  logger.on('error', () => undefined);
  return {
    writes: (level) => logger.isLevelEnabled(level),
    setLevel: (level) => {
      logger.level = level;
    },
    setFormat: (format) => {
      form.write = WRITERS[format];
    },
    write: (line) => {
      if (logger.isLevelEnabled(line.level)) logger.log(line.level, form.write(line, options.now()));
    },
  };
}

function textLine(line: LogLine, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  return `${stamp} UTC [${line.level.toUpperCase()}] ${line.origin}: ${oneLine(line.message)}`;
}

function jsonLine(line: LogLine, nowMs: number): string {
  const { level, origin, message, fields } = line;
  return JSON.stringify({ time: new Date(nowMs).toISOString(), level, origin, message, ...fields });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
