/** RFC 3339 times as the Go programs write them, without a calendar object: the ground floor is pure. */

const DAY_MS = 86_400_000;
const PATTERN = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

/** Go's zero time: "never". */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** Text → milliseconds since the epoch (fraction cut to milliseconds); undefined when it is no such time. */
export function parseInstant(text: string): number | undefined {
  const parts = PATTERN.exec(text);
  if (!parts) return undefined;
  const part = (index: number): number => Number(parts[index]);
  if (!isDate(part(1), part(2), part(3)) || part(4) > 23 || part(5) > 59 || part(6) > 60) return undefined;
  const clock = (part(4) * 60 + part(5)) * 60_000 + part(6) * 1000;
  const fraction = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return daysFromCivil(part(1), part(2), part(3)) * DAY_MS + clock + fraction - offsetMs(parts[8] ?? 'Z');
}

/** Milliseconds since the epoch → UTC text; like Go's RFC3339Nano it leaves trailing zeros out. */
export function formatInstant(ms: number): string {
  const whole = Math.floor(ms);
  const days = Math.floor(whole / DAY_MS);
  const rest = whole - days * DAY_MS;
  const [year, month, day] = civilFromDays(days);
  const fraction = rest % 1000 === 0 ? '' : `.${pad(rest % 1000, 3)}`.replace(/0+$/, '');
  const seconds = Math.floor(rest / 1000);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => pad(Math.floor(part), 2));
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock.join(':')}${fraction}Z`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  const [, backMonth, backDay] = civilFromDays(daysFromCivil(year, month, day));
  return backMonth === month && backDay === day;
}

function offsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; years are counted from March. */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): [year: number, month: number, day: number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}
