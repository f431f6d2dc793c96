import { SCHEMA } from './schema.ts';
import type { Shape } from './shape.ts';

type Json = Record<string, unknown>;

/** The schema for editors, draft-07: what most of them read. */
export function jsonSchema(): Json {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'containerize.yml', ...schemaOf(SCHEMA) };
}

function schemaOf(shape: Shape): Json {
  const { description } = shape;
  // a variable may stand for any value
  const variable = { type: 'string', pattern: '\\$' };
  switch (shape.kind) {
    case 'text':
      return {
        description,
        type: shape.nothing ? ['string', 'number', 'boolean', 'null'] : ['string', 'number'],
        ...(shape.pattern === undefined ? {} : { pattern: `${shape.pattern}|\\$` }),
      };
    case 'number': {
      const number = { type: shape.integer ? 'integer' : 'number', minimum: shape.min, maximum: shape.max };
      return { description, anyOf: [number, variable] };
    }
    case 'flag':
      return { description, anyOf: [{ type: 'boolean' }, variable] };
    case 'choice':
      return { description, anyOf: [{ enum: shape.of }, variable] };
    case 'list':
      return { description, type: 'array', items: schemaOf(shape.item) };
    case 'map':
      return {
        description,
        type: 'object',
        ...(shape.key === undefined ? {} : { propertyNames: { pattern: shape.key } }),
        additionalProperties: schemaOf(shape.value),
      };
    case 'object':
      return {
        description,
        type: 'object',
        properties: Object.fromEntries(Object.entries(shape.keys).map(([key, value]) => [key, schemaOf(value)])),
        ...(shape.required === undefined ? {} : { required: shape.required }),
        patternProperties: { '^x-': {} },
        additionalProperties: false,
      };
    case 'either':
      return { description, anyOf: shape.of.map(schemaOf) };
  }
}
