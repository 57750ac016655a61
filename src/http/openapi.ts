import type { Parameter } from './query.ts';
import type { Route, RouteAnswer } from './route.ts';
import { ROUTES } from './routes.ts';
import type { Json, Schema } from './schema.ts';

/** What any route may answer besides its own. */
export const COMMON_ANSWERS: readonly RouteAnswer[] = [
  { status: 400, meaning: 'the request is not well formed, or a parameter or the body is wrong: which' },
  { status: 403, meaning: 'a Host header of another name, or a token that is missing or wrong' },
  { status: 404, meaning: 'there is nothing at this path' },
  { status: 405, meaning: '`Invalid method`' },
  { status: 408, meaning: 'the request took longer than 10 s to arrive' },
  { status: 413, meaning: 'the body is too large' },
  { status: 431, meaning: 'the headers are too large' },
  { status: 503, meaning: 'the agent is starting, or Consul did not do what was asked' },
];

/** The API as an OpenAPI 3.1 document, made from the table of routes. */
export function openApi(version: string): Json {
  const components = new Map<string, Json>();
  const paths = [...new Set(ROUTES.map(({ path }) => path))].map((path) => {
    const routes = ROUTES.filter((route) => route.path === path);
    return [
      path,
      Object.fromEntries(routes.map((route) => [route.method.toLowerCase(), operationOf(route, components)])),
    ] as const;
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Replicator',
      version,
      description: 'The HTTP API of an agent. Refusals are one line of plain text.',
    },
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        header: { type: 'apiKey', in: 'header', name: 'X-Replicator-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
      schemas: Object.fromEntries([...components].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    },
  };
}

type Components = Map<string, Json>;

function operationOf(route: Route, components: Components): Json {
  const { summary, parameters = [], body, isGuarded } = route;
  return {
    summary,
    ...(isGuarded && { security: [{ header: [] }, { bearer: [] }] }),
    ...(parameters.length > 0 && { parameters: parameters.map((one) => parameterOf(one, components)) }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': schemaOf(body, components) } },
    }),
    responses: responsesOf(route, components),
  };
}

function parameterOf({ name, schema, description }: Parameter, components: Components): Json {
  const isBare = schema.type === 'boolean';
  return {
    name,
    in: 'query',
    description,
    ...(isBare && { allowEmptyValue: true }),
    schema: refer(schema, components),
  };
}

function responsesOf({ answers, path }: Route, components: Components): Json {
  const own = new Set(answers.map(({ status }) => status));
  const all = [...answers, ...COMMON_ANSWERS.filter(({ status }) => !own.has(status))];
  const inOrder = all.toSorted((one, other) => one.status - other.status);
  return Object.fromEntries(
    inOrder.map((one) => [String(one.status), responseOf(one, path.endsWith('/metrics'), components)]),
  );
}

function responseOf({ meaning, schema, status }: RouteAnswer, isPage: boolean, components: Components): Json {
  const text = isPage && status === 200 ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain';
  const content: Json = schema
    ? { 'application/json': schemaOf(schema, components) }
    : { [text]: { schema: { type: 'string' } } };
  return { description: meaning, content };
}

function schemaOf(schema: Schema, components: Components): Json {
  return { schema: refer(schema, components) };
}

/** Records become components, and are referred to by name. */
function refer(schema: Schema, components: Components): Json {
  const { title, description, ...bare } = schema;
  if (title === undefined) return plainOf(schema, components);
  if (!components.has(title)) {
    components.set(title, null);
    components.set(title, plainOf(bare, components));
  }
  return { $ref: `#/components/schemas/${title}`, ...(description !== undefined && { description }) };
}

function plainOf(schema: Schema, components: Components): Json {
  const { title: _title, items, properties, additionalProperties, anyOf, ...rest } = schema;
  const members = Object.entries(properties ?? {}).map(
    ([key, one]) => [key, refer(one, components)] as const,
  );
  const plain: Record<string, Json | undefined> = {
    ...rest,
    ...(items && { items: refer(items, components) }),
    ...(properties && { properties: Object.fromEntries(members) }),
    ...(anyOf && { anyOf: anyOf.map((one) => refer(one, components)) }),
    ...(typeof additionalProperties === 'boolean' && { additionalProperties }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: refer(additionalProperties, components),
    }),
  };
  return plain;
}
