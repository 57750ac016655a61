/** One thing that is wrong with the configuration. The message never contains the value of a secret. */
export interface ConfigFault {
  /** The document it stands in; none for a flag or the environment. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** Of a syntax error; from 1. */
  readonly column?: number;
  /** As it was written: the key in a file, the flag with its dash, the environment variable. */
  readonly key?: string | undefined;
  readonly message: string;
}

/** `<file>:<line>: <key>: <message>` on one line, without the parts that are not known. */
export function formatFault(fault: ConfigFault): string {
  const place = [fault.file, fault.line].filter((part) => part !== undefined).join(':');
  const column = fault.column === undefined ? '' : ` (column ${fault.column})`;
  const parts = [place, fault.key, fault.message].filter((part) => part !== undefined && part !== '');
  return parts.join(': ').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ') + column;
}
