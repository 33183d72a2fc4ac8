import type * as z from 'zod';

/** zod's own description of a schema; `z.core.$ZodTypes` is its closed union, so `type` tells them apart. */
const definition = (schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] => (schema as z.core.$ZodTypes)._zod.def;

/** Every schema that stands at this place: wrappers are taken off, unions and intersections give all their parts. */
const unwrapped = (schema: z.core.$ZodType, depth = 0): z.core.$ZodType[] => {
  if (depth > 20) return [];
  const def = definition(schema);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
    case 'nonoptional':
      return unwrapped(def.innerType, depth + 1);
    case 'pipe':
      return unwrapped(def.in, depth + 1);
    case 'lazy':
      return unwrapped(def.getter(), depth + 1);
    case 'union':
      return def.options.flatMap((option) => unwrapped(option, depth + 1));
    case 'intersection':
      return [...unwrapped(def.left, depth + 1), ...unwrapped(def.right, depth + 1)];
    default:
      return [schema];
  }
};

const child = (schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType[] => {
  const def = definition(schema);
  switch (def.type) {
    case 'object': {
      const inner = Object.hasOwn(def.shape, part) ? def.shape[String(part)] : def.catchall;
      return inner ? unwrapped(inner) : [];
    }
    case 'record':
      return unwrapped(def.valueType);
    case 'array':
      return unwrapped(def.element);
    case 'tuple':
      return [def.items[Number(part)] ?? def.rest].flatMap((inner) => (inner ? unwrapped(inner) : []));
    default:
      return [];
  }
};

const keysOf = (schema: z.core.$ZodType): string[] => {
  const def = definition(schema);
  if (def.type === 'object') return Object.keys(def.shape);
  if (def.type !== 'record') return [];
  return unwrapped(def.keyType).flatMap((key) => [...(key._zod.values ?? [])].map(String));
};

/** The keys that a schema knows at a path of its input; empty where any key goes or the path leads nowhere. */
export const keysAllowedAt = (schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] => {
  let here = unwrapped(schema);
  for (const part of path) here = here.flatMap((each) => child(each, part));
  return [...new Set(here.flatMap(keysOf))];
};
