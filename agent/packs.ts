import { readdirSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import * as z from 'zod';
import { FileError, type FileProblem } from './file-error.ts';
import { ruleProblems } from './pack-check.ts';
import { formatPorts, parsePorts, portsProblem } from './ports.ts';
import {
  erratumFields,
  features,
  isAddedByFlag,
  protocols,
  type Rule,
  roles,
  securities,
  sides,
  tables,
  transports,
} from './rule.ts';
import { UnknownPackError } from './unknown-pack.ts';
import { type Locate, parseYaml, readTextFile } from './yaml-file.ts';

export * from './rule.ts';

/** The document that a pack's rows were taken from. */
export interface SourceDocument {
  id: string;
  title: string;
  page: string | null;
  modified: string | null;
}

export interface Pack {
  pack: string;
  title: string;
  document: SourceDocument;
  rules: Rule[];
}

const word = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower case letters, digits and hyphens, at most 64 of them');
const sentence = z.string().min(1, 'must not be empty');

const onePortRange = z
  .union([z.string(), z.number().int()])
  .superRefine((value, context) => {
    const problem = portsProblem(String(value));
    if (problem !== null) context.addIssue(problem);
    else if (parsePorts(String(value)).length > 1) context.addIssue('one row is one port or one range');
  })
  .describe('One port or one range: 5061, 50000-59999');

const portList = z.union([z.string(), z.number().int()]).superRefine((value, context) => {
  const problem = portsProblem(String(value));
  if (problem !== null) context.addIssue(problem);
});

/** What few rules have: absent from all others, so that a rule of a document is listed as it always was. */
const extras = ({ expect, unlessFor, only, sourcePorts }: z.output<typeof ruleSchema>): Partial<Rule> => ({
  ...(expect === undefined ? {} : { expect }),
  ...(unlessFor === undefined ? {} : { unlessFor }),
  ...(only === undefined ? {} : { only: formatPorts(parsePorts(String(only))) }),
  ...(sourcePorts === undefined ? {} : { sourcePorts: formatPorts(parsePorts(String(sourcePorts))) }),
});

const ruleSchema = z
  .strictObject({
    id: z
      .string()
      .describe('<table>-<protocol, STUN/MSTURN is stun>-<transport>-<ports>-<in|out>; in is towards an Edge role'),
    row: z.number().int().min(1).describe('The number of the row in its table, from 1'),
    table: z.enum(tables).describe('The table of the document'),
    role: z.enum(sides).describe('The Edge service that the row belongs to; edge-external: all of the external leg'),
    protocol: z.enum(protocols),
    security: z.enum(securities),
    transport: z.enum(transports),
    ports: onePortRange,
    from: z.enum(roles).describe('Who opens the connection'),
    to: z.enum(roles).describe('Who is connected to'),
    why: sentence.describe('What stops working without it'),
    requiredFor: z.array(z.enum(features)).default([]).describe('Any of these makes it necessary; empty: always'),
    mayNarrowTo: z.array(z.enum(roles)).default([]).describe('Roles that "any" may be narrowed to'),
    expect: z.literal('blocked').optional().describe('The way must be shut. Left out: it must be open'),
    unlessFor: z.array(z.enum(features)).optional().describe('With any of these the rule does not hold'),
    only: portList.optional().describe('Of a range: these of its ports only: 21-23,25,135'),
    sourcePorts: onePortRange.optional().describe('The source port that must be kept, or the range that is asked'),
    notes: z.array(sentence).default([]).describe('Slips, omissions and remarks about the row'),
    erratum: z
      .strictObject({ field: z.enum(erratumFields), documented: sentence, why: sentence })
      .nullable()
      .default(null)
      .describe('Only where the value in the document is not the effective one'),
  })
  .describe('One row of a port summary');

/** The shape of a pack file; what a shape cannot say is in `ruleProblems`. */
const packSchema = z.strictObject({
  pack: word.describe('The name of the pack'),
  title: sentence.describe('The scenario in a few words'),
  document: z
    .strictObject({
      id: word.describe('Short name of the document, quoted by every rule'),
      title: sentence,
      page: sentence.nullable().default(null).describe('The page number at its publisher'),
      modified: z.iso
        .date('must be a date like 2013-04-03')
        .nullable()
        .default(null)
        .describe('When it was last changed'),
    })
    .describe('Where the rows come from'),
  rules: z.array(ruleSchema).min(1, 'must have at least one rule'),
});

/** The JSON Schema that editors check pack files with; `rules/pack.schema.json` is this, written down. */
export const packJsonSchema = (): unknown => ({
  ...z.toJSONSchema(packSchema, { io: 'input' }),
  title: 'A pack of edgeprobe: the rules of one scenario',
});

type Examined = { pack: Pack; locate: Locate; problems: [] } | { pack: null; problems: FileProblem[] };

const examine = (text: string): Examined => {
  const parsed = parseYaml(text, packSchema);
  if (!parsed.ok) return { pack: null, problems: parsed.problems };
  const { pack, title, document, rules } = parsed.value;
  const one = (ports: string | number): string => formatPorts(parsePorts(String(ports)));
  const spelled = rules.map((rule) => ({
    ...rule,
    ports: one(rule.ports),
    sourcePorts: rule.sourcePorts === undefined ? undefined : one(rule.sourcePorts),
  }));
  const problems = ruleProblems(spelled, parsed.locate);
  if (problems.length > 0) return { pack: null, problems };
  const made = spelled.map((rule): Rule => {
    const { id, table, role, protocol, security, transport, ports, from, to, why, requiredFor, mayNarrowTo } = rule;
    const source = { document: document.id, table, row: rule.row };
    const row = { pack, id, table, role, protocol, security, transport, ports, from, to };
    return { ...row, why, requiredFor, mayNarrowTo, source, notes: rule.notes, erratum: rule.erratum, ...extras(rule) };
  });
  return { pack: { pack, title, document, rules: made }, locate: parsed.locate, problems: [] };
};

/** Everything that is wrong in the text of a pack file, in the order of the file; empty if it can be used. */
export const checkPack = (text: string): FileProblem[] => examine(text).problems;

/** The pack in a text. Throws FileError with every problem, under the name `file`. */
export const loadPack = (text: string, file: string): Pack => {
  const { pack, problems } = examine(text);
  if (pack === null) throw new FileError(file, problems);
  return pack;
};

/**
 * Every shipped pack by name, as the file has it and as it was read and checked when this was built: reading them takes
 * longer than all else that `rules list` does. Put in by the bundler; absent when run from the compiled sources.
 */
declare const EDGEPROBE_PACKS: Record<string, { readonly text: string; readonly read: string }> | undefined;

const rulesFolder = new URL('../rules/', import.meta.url);

/** The names of the packs that come with edgeprobe: those of documents first, then those that flags add. */
export const shippedPackNames = (): string[] => {
  const names =
    typeof EDGEPROBE_PACKS === 'undefined'
      ? readdirSync(rulesFolder)
          .filter((name) => name.endsWith('.yaml'))
          .map((name) => basename(name, '.yaml'))
      : Object.keys(EDGEPROBE_PACKS);
  const sorted = names.sort();
  return [...sorted.filter((name) => !isAddedByFlag(name)), ...sorted.filter(isAddedByFlag)];
};

const shippedText = (name: string): string | null => {
  if (!shippedPackNames().includes(name)) return null;
  if (typeof EDGEPROBE_PACKS !== 'undefined') return EDGEPROBE_PACKS[name]?.text ?? null;
  return readFileSync(new URL(`${name}.yaml`, rulesFolder), 'utf8');
};

/** What has a slash or ends in .yaml or .yml is a path, everything else is the name of a shipped pack. */
const isPath = (nameOrPath: string): boolean => /[/\\]|\.ya?ml$/.test(nameOrPath);

/**
 * A shipped pack by its name, or the user's own by its path, relative to `baseDir`.
 * Throws UnknownPackError for a name nobody shipped, and FileError for a file that cannot be used.
 */
export const readPack = (nameOrPath: string, baseDir: string): Pack => {
  if (!isPath(nameOrPath)) {
    const text = shippedText(nameOrPath);
    if (text === null) throw new UnknownPackError(nameOrPath, shippedPackNames());
    if (typeof EDGEPROBE_PACKS !== 'undefined') return JSON.parse(EDGEPROBE_PACKS[nameOrPath]?.read ?? 'null') as Pack;
    return loadPack(text, `${nameOrPath}.yaml`);
  }
  const file = resolve(baseDir, nameOrPath);
  const text = readTextFile(file);
  const examined = examine(text);
  if (examined.pack === null) throw new FileError(file, examined.problems);
  const { pack, locate } = examined;
  const shipped = shippedText(pack.pack);
  // A report names the pack, and people sign it: two different packs must not share a name.
  if (shipped !== null && shipped !== text) {
    const message = `"${pack.pack}" is the name of a shipped pack with other rules: give yours a name of its own`;
    throw new FileError(file, [{ ...locate(['pack']), path: 'pack', message }]);
  }
  return pack;
};
