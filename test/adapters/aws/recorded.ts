import { readFileSync } from 'node:fs';
import type { Reply } from './fake-aws.ts';

interface Exchange {
  readonly note: string | null;
  readonly action: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyText: string;
}

const scenarios = new Map<string, readonly Exchange[]>();

function exchangesOf(scenario: string): readonly Exchange[] {
  const known = scenarios.get(scenario);
  if (known !== undefined) return known;
  const path = new URL(`../../recordings/aws-moto/${scenario}.json`, import.meta.url);
  const { exchanges } = JSON.parse(readFileSync(path, 'utf8')) as { exchanges: readonly Exchange[] };
  scenarios.set(scenario, exchanges);
  return exchanges;
}

/** A recorded answer of moto by its number in the scenario, from 1; `action` makes sure that it is the one meant. */
export function recorded(scenario: string, number: number, action: string): Exclude<Reply, string> {
  const exchange = exchangesOf(scenario)[number - 1];
  if (exchange?.action !== action) throw new Error(`${scenario} ${number} is no ${action}`);
  const names = ['content-type', 'x-amzn-requestid'];
  const headers = Object.entries(exchange.headers).filter(([name]) => names.includes(name.toLowerCase()));
  return { status: exchange.status, text: exchange.bodyText, headers: Object.fromEntries(headers) };
}
