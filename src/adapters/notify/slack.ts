import type { Notice, Notifier } from '../../ports/notifier.ts';
import type { Carrier } from './carrier.ts';
import { createPoster } from './post.ts';

export interface SlackOptions {
  /** The whole URL is a secret. */
  readonly webhookUrl: string;
  readonly carrier: Carrier;
}

/** Slack, by an incoming webhook. Slack puts nothing together: a notice told twice is there twice. */
export function createSlack({ webhookUrl, carrier }: SlackOptions): Notifier {
  const name = 'slack';
  const post = createPoster(carrier, { name, tellable: errorWord });
  return {
    name,
    notify: (notice, signal) => post({ url: webhookUrl, body: { text: textOf(notice) } }, signal),
  };
}

/** Slack answers with a word: `no_service`, `channel_is_archived`. Anything else could be the URL. */
function errorWord(text: string): string {
  return /^[a-z]+(?:_[a-z]+)*$/.test(text) && text.length <= 40 ? text : '';
}

function textOf(notice: Notice): string {
  const head = notice.kind === 'triggered' ? notice.severity.toUpperCase() : 'RESOLVED';
  const lines = [`*${head}* ${notice.description}`, notice.message, `State: ${notice.statePath}`];
  return lines.map(escape).join('\n');
}

/** The three characters that Slack gives a meaning of their own. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
