import * as z from 'zod';
import { parts } from './respond-services.ts';

/** Texts of a record are somebody's: kept as they are, and escaped where they are shown. */
const text = z.string().max(2_000, 'is longer than any text of a record');
const instant = z.iso.datetime({ offset: true, message: 'must be a time like 2026-11-20T09:00:00.000Z' });
const port = z.number().int().min(0).max(65_535);
const count = z.number().int().min(0);
const transport = z.enum(['tcp', 'udp']);
const texts = z.array(text).max(500);

/** Every second port of all there are, at worst. */
const ports = z
  .string()
  .max(400_000, 'is longer than any list of ports')
  .regex(/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/, 'must be ports like 50000-50999,51001');

const hex = (most: number) => z.string().regex(new RegExp(`^[0-9a-f]{2,${most}}$`), 'must be hexadecimal digits');
const endpoint = z.looseObject({ address: text, port });

const place = z.looseObject({
  transport,
  address: text,
  ports,
  probes: texts.default([]),
  who: texts.default([]),
  rules: texts.default([]),
});

const heard = z.looseObject({
  at: instant,
  transport,
  from: endpoint,
  to: endpoint,
  protocol: text,
  transaction: hex(64).nullable(),
  signed: z.boolean(),
  served: z.boolean(),
  times: count.default(1),
  rules: texts.default([]),
});

const heardRange = z.looseObject({
  firstAt: instant,
  lastAt: instant,
  transport,
  from: z.looseObject({ address: text }),
  to: z.looseObject({ address: text }),
  ports,
  prefix: hex(12).nullable(),
  times: count,
  served: z.boolean(),
});

const halfOpen = z.looseObject({
  everySeconds: z.number().min(0),
  truncated: count,
  seen: z
    .array(
      z.looseObject({
        firstAt: instant,
        lastAt: instant,
        from: z.looseObject({ address: text, port: port.nullable() }),
        to: z.looseObject({ address: text, ports }),
      }),
    )
    .max(20_000),
});

/** The shape of `edgeprobe/record/v1`. Keys that it does not name are kept; those added later may be missing. */
export const recordSchema = z.looseObject({
  schema: z.literal('edgeprobe/record/v1'),
  site: text,
  siteDigest: text,
  as: z.enum(parts),
  host: text,
  tool: z.looseObject({ name: text, version: text }),
  startedAt: instant,
  finishedAt: instant,
  ended: z.boolean().default(true),
  listening: z.array(place).max(70_000),
  notListening: z.array(place).max(70_000),
  heard: z.array(heard).max(60_000),
  heardRanges: z.array(heardRange).max(2_000).default([]),
  heardTruncated: count,
  halfOpen: halfOpen.nullish().transform((value) => value ?? null),
});
