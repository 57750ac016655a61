import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/** What `npm run bench` was asked for. */
export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  /** Run the core alone too. */
  readonly pure: boolean;
  /** CPU seconds for each figure of the core alone. */
  readonly pureSeconds: number;
  /** Write docs/benchmarks.md. */
  readonly writes: boolean;
}

export const USAGE = `npm run bench -- [--quick] [--only name]… [--page]

  --quick        a minute's worth: the smallest cluster and the core alone; writes no page
  --only name    run this scenario; may be given again; \`core\` is the core alone; writes no page
  --page         write the page all the same

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}.
Without arguments everything is run and docs/benchmarks.md written.
`;

/** Reads the arguments. Throws with what is wrong with them. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
    },
  });
  const strange = values.only.find((name) => name !== 'core' && !SCENARIOS.some((one) => one.name === name));
  if (strange !== undefined) throw new Error(`there is no scenario ${strange}`);
  const isChosen = values.only.length > 0;
  return {
    scenarios: SCENARIOS.filter(({ name, quick }) =>
      isChosen ? values.only.includes(name) : quick || !values.quick,
    ),
    pure: !isChosen || values.only.includes('core'),
    pureSeconds: values.quick ? 1 : 4,
    writes: values.page || (!isChosen && !values.quick),
  };
}
