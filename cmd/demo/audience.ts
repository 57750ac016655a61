import { timeOfDay } from './clock-text.ts';
import { drawFrame } from './frame.ts';
import type { Addresses, FrameModel } from './frame-model.ts';
import type { News } from './journal.ts';
import { lookFor } from './look.ts';
import { REGION } from './scenario.ts';
import { openScreen, type ScreenStream } from './screen.ts';

/** Who watches: a terminal that is drawn upon, or a stream of lines. */
export interface Audience {
  /** The cluster is up. */
  begin(place: { readonly title: string; readonly addresses: Addresses }): void;
  hear(news: News): void;
  /** A new picture; made only where it is looked at. */
  show(model: () => FrameModel): void;
  close(): void;
}

/** Writes a line for each news. */
export function plainAudience(write: (line: string) => void): Audience {
  return {
    begin: ({ title, addresses }) => {
      write(title);
      write('The simulated servers answer on this machine; in another terminal:');
      write(
        `  export NOMAD_ADDR=${addresses.nomad} CONSUL_HTTP_ADDR=${addresses.consul.replace('http://', '')}`,
      );
      if (addresses.aws !== '') write(`  export AWS_ENDPOINT_URL=${addresses.aws} AWS_REGION=${REGION}`);
      write('  curl $NOMAD_ADDR/v1/jobs; nomad status; consul kv get -recurse');
    },
    hear: ({ atMs, text, kind }) => write(`${timeOfDay(atMs)} ${kind === 'story' ? '--- ' : ''}${text}`),
    show: () => undefined,
    close: () => undefined,
  };
}

/** Draws pictures in place. */
export function liveAudience(
  stream: ScreenStream,
  environment: Readonly<Record<string, string | undefined>>,
): Audience {
  const look = lookFor(environment);
  const screen = openScreen(stream, look);
  return {
    begin: () => undefined,
    hear: () => undefined,
    show: (model) => screen.show(drawFrame(model(), { ...screen.size(), glyphs: look.glyphs })),
    close: () => screen.close(),
  };
}
