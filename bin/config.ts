import { dirname } from 'node:path';
import { readPack } from '../agent/packs.ts';
import { loadSite } from '../agent/site.ts';
import { siteJsonSchema } from '../agent/site-schema.ts';
import { siteTemplate } from '../agent/site-template.ts';
import { readTextFile } from '../agent/yaml-file.ts';
import { oneOf, type Values, word } from './command.ts';
import { withHint } from './complaint.ts';
import { readTlsFiles } from './tls-files.ts';
import { quoted, UsageError } from './usage-error.ts';

const packHint = "'edgeprobe rules check FILE' checks a pack of your own.";

const check = (file: string): number => {
  const hint = "'edgeprobe config init' writes a commented site file; 'edgeprobe config schema' is for your editor.";
  const site = withHint(hint, () => loadSite(file, readTextFile, new Date()));
  const packs = site.packs.map((pack) => withHint(packHint, () => readPack(pack, dirname(file))));
  readTlsFiles(site);
  for (const { line, column, path, message } of site.warnings) {
    process.stderr.write(`edgeprobe: warning: ${file}:${line}:${column}: ${path}: ${message}\n`);
  }
  const endpoints = site.servers.reduce((sum, server) => sum + server.endpoints.length, 0);
  const rules = packs.reduce((sum, pack) => sum + pack.rules.length, 0);
  const names = packs.map((pack) => pack.pack).join(', ') || 'no pack';
  process.stdout.write(
    `${file} is good: site ${site.name} (${site.digest}), ${rules} rules of ${names}, ${endpoints} roles on ${site.servers.length} servers, ${site.far.length} far hosts\n`,
  );
  return 0;
};

/** `edgeprobe config check|schema|init`. */
export const config = async (values: Values): Promise<number> => {
  const given = word(values, 'action');
  const actions = ['check', 'schema', 'init'] as const;
  if (given === null) throw new UsageError('config needs to know what to do', `One of: ${actions.join(', ')}.`);
  const action = oneOf(given, actions, 'action');
  const file = word(values, 'file');
  if (action === 'check') {
    if (file !== null) return check(file);
    throw new UsageError('config check needs a file', 'For example: edgeprobe config check site.yaml');
  }
  if (file !== null) {
    const hint = `It writes to standard output: edgeprobe config ${action} > FILE`;
    throw new UsageError(`config ${action} cannot use the word ${quoted(file)}`, hint);
  }
  process.stdout.write(action === 'init' ? siteTemplate() : `${JSON.stringify(siteJsonSchema(), null, 2)}\n`);
  return 0;
};
