import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openApi } from '../../src/http/openapi.ts';
import { parameterDoc, routeDoc } from '../../src/http/route-doc.ts';
import { ROUTES } from '../../src/http/routes.ts';
import { readTables } from './fill.ts';

const file = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const wanted = openApi(version);

test('the tables of docs/http-api.md are those of the routes', () => {
  const { is, wanted } = readTables('http-api.md', { routes: routeDoc(), parameters: parameterDoc() });
  expect(is).toBe(wanted);
});

describe('docs/openapi.json', () => {
  test('is made from the table of routes', () => {
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, `${JSON.stringify(wanted, undefined, 2)}\n`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(wanted)));
  });

  const document = JSON.parse(JSON.stringify(wanted)) as {
    readonly paths: Record<
      string,
      Record<string, { readonly summary: string; readonly responses: object; readonly security?: object }>
    >;
    readonly components: { readonly schemas: Record<string, object> };
  };

  test('has every route, what it may answer, and where a token is asked for', () => {
    for (const { method, path, summary, isGuarded } of ROUTES) {
      const operation = document.paths[path]?.[method.toLowerCase()];
      expect(operation).toMatchObject({ summary });
      expect(Object.keys(operation?.responses ?? {})).toEqual(
        expect.arrayContaining(['200', '400', '403', '405']),
      );
      expect(operation?.security !== undefined).toBe(isGuarded === true);
    }
    expect(Object.values(document.paths).flatMap((one) => Object.keys(one))).toHaveLength(ROUTES.length);
  });

  test('refers to schemas that it has, and has none that nobody refers to', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name = '']) => name,
    );
    expect(new Set(references)).toEqual(new Set(Object.keys(document.components.schemas)));
    expect(references.length).toBeGreaterThan(20);
  });

  test('says what every member of every record is', () => {
    const bare = Object.entries(document.components.schemas).flatMap(([name, schema]) => {
      const { properties = {} } = schema as { properties?: Record<string, { description?: string }> };
      return Object.entries(properties)
        .filter(([, { description = '' }]) => description === '')
        .map(([key]) => `${name}.${key}`);
    });
    expect(bare).toEqual([]);
  });
});
