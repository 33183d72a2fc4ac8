import { dirname } from 'node:path';
import { readPack } from '../agent/packs.ts';
import { loadSite } from '../agent/site.ts';
import { siteJsonSchema } from '../agent/site-schema.ts';
import { siteTemplate } from '../agent/site-template.ts';
import { readTextFile } from '../agent/yaml-file.ts';
import { oneOf, type Values } from './command.ts';
import { readTlsFiles } from './tls-files.ts';
import { UsageError } from './usage-error.ts';

const check = (file: string): number => {
  const site = loadSite(file, readTextFile, new Date());
  const packs = site.packs.map((pack) => readPack(pack, dirname(file)));
  readTlsFiles(site);
  for (const { line, column, path, message } of site.warnings) {
    process.stderr.write(`${file}:${line}:${column}: warning: ${path}: ${message}\n`);
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
  const action = oneOf(String(values['action']), ['check', 'schema', 'init'], 'the action');
  const file = values['file'];
  if (action === 'check') {
    if (typeof file !== 'string') throw new UsageError('config check needs a file', 'edgeprobe config check site.yaml');
    return check(file);
  }
  if (file !== undefined) throw new UsageError(`config ${action} takes no file`, 'It writes to standard output.');
  process.stdout.write(action === 'init' ? siteTemplate() : `${JSON.stringify(siteJsonSchema(), null, 2)}\n`);
  return 0;
};
