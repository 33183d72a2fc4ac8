import { basename, dirname } from 'node:path';
import { counted } from '../agent/explain-words.ts';
import { derivedPack, readPack, strictPack } from '../agent/packs.ts';
import { loadSite, parseSite } from '../agent/site.ts';
import { vantages } from '../agent/site-roles.ts';
import { siteJsonSchema } from '../agent/site-schema.ts';
import { sliceSite } from '../agent/site-slice.ts';
import { siteTemplate } from '../agent/site-template.ts';
import { readTextFile } from '../agent/yaml-file.ts';
import { oneOf, text, type Values, word } from './command.ts';
import { withHint } from './complaint.ts';
import { warn } from './terminal.ts';
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
    `${file} is good: site ${site.name} (${site.digest}), ${counted(rules, 'rule')} of ${names}, ${counted(endpoints, 'role')} on ${counted(site.servers.length, 'server')}, ${counted(site.far.length, 'far host')}\n`,
  );
  return 0;
};

const slice = (file: string, values: Values): number => {
  const given = text(values, 'vantage');
  if (given === null) throw new UsageError('--vantage is missing', `For whom? One of: ${vantages.join(', ')}.`);
  const vantage = oneOf(given, vantages, 'vantage');
  const whole = readTextFile(file);
  const now = new Date();
  const site = parseSite(whole, file, now);
  if (site.slice !== null && site.slice !== vantage) {
    throw new UsageError(`${file} was cut down for ${site.slice} already`, 'Cut from the whole file.');
  }
  const rules = [...new Set([...site.packs, strictPack, derivedPack])].flatMap(
    (pack) => withHint(packHint, () => readPack(pack, dirname(file))).rules,
  );
  process.stdout.write(sliceSite(whole, file, vantage, rules, now));
  const named = [site.tls.ca, site.tls.cert, site.tls.key, site.responder.credentialsFile].filter(
    (one) => one !== null,
  );
  if (named.length > 0) warn(`files that it names have to go with it: ${named.map((one) => basename(one)).join(', ')}`);
  return 0;
};

/** `edgeprobe config check|schema|init|slice`. */
export const config = async (values: Values): Promise<number> => {
  const given = word(values, 'action');
  const actions = ['check', 'schema', 'init', 'slice'] as const;
  if (given === null) throw new UsageError('config needs to know what to do', `One of: ${actions.join(', ')}.`);
  const action = oneOf(given, actions, 'action');
  const file = word(values, 'file');
  if (action === 'check') {
    if (file !== null) return check(file);
    throw new UsageError('config check needs a file', 'For example: edgeprobe config check site.yaml');
  }
  if (action === 'slice') {
    if (file !== null) return slice(file, values);
    const hint = 'For example: edgeprobe config slice site.yaml --vantage outside > outside.yaml';
    throw new UsageError('config slice needs a file', hint);
  }
  if (file !== null) {
    const hint = `It writes to standard output: edgeprobe config ${action} > FILE`;
    throw new UsageError(`config ${action} cannot use the word ${quoted(file)}`, hint);
  }
  process.stdout.write(action === 'init' ? siteTemplate() : `${JSON.stringify(siteJsonSchema(), null, 2)}\n`);
  return 0;
};
