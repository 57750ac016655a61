/** One line of the log. `fields` appear in JSON only: the message already says them in words. */
export interface LogLine {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'panic';
  /** Where it comes from, e.g. `core/leader`. */
  readonly origin: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** The program's log. */
export interface Log {
  write(line: LogLine): void;
  /** True when lines of this level are written: spares making up lines nobody reads. */
  writes(level: LogLine['level']): boolean;
  setLevel(level: LogLine['level']): void;
  setFormat(format: 'text' | 'json'): void;
}
