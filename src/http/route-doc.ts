import { ROUTES } from './routes.ts';

/** The routes as a Markdown table, for `docs/http-api.md`. */
export function routeDoc(): string {
  const rows = ROUTES.map(({ method, path, summary, parameters = [], isGuarded }) => {
    const names = parameters.map(({ name }) => `\`${name}\``).join(', ');
    return `| \`${method} ${path}\` | ${summary} | ${names} | ${isGuarded ? 'yes' : ''} |`;
  });
  return ['| request | answer | parameters | token |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The parameters as a Markdown table: those of the same name and meaning once. */
export function parameterDoc(): string {
  const seen = new Map<string, string[]>();
  for (const { path, parameters = [] } of ROUTES) {
    for (const { name, description } of parameters) {
      const row = `\`${name}\` | ${description}`;
      seen.set(row, [...(seen.get(row) ?? []), `\`${path}\``]);
    }
  }
  const rows = [...seen].map(([row, paths]) => `| ${row} | ${paths.join(', ')} |`);
  return ['| parameter | meaning | of |', '| --- | --- | --- |', ...rows].join('\n');
}
