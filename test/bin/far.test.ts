import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { MergedReport } from '../../agent/merge.ts';
import type { FarRecord } from '../../agent/respond-record.ts';
import { generateCertificate } from '../../probes/certificate.ts';
import { ownLoopback } from '../loopback.ts';
import { needing } from '../require.ts';
import { edgeprobe, isRefusal } from './command.ts';
import { checkFrom, checksOf, folderOf, respond, site } from './responding.ts';

const heard = { listening: true, arrived: 'yes', witness: 'request', from: [ownLoopback] };

const merged = async (cwd: string, words: readonly string[]): Promise<MergedReport> => {
  const { stdout } = await edgeprobe(['report', ...words, '--format', 'json'], { cwd });
  return JSON.parse(stdout) as MergedReport;
};

const readRecord = (cwd: string, name: string): FarRecord => JSON.parse(readFileSync(join(cwd, name), 'utf8'));

/** Writes the record of the Edge again, with something changed in it. */
const rewrite = (cwd: string, name: string, change: Partial<FarRecord>): void =>
  writeFileSync(join(cwd, name), JSON.stringify({ ...readRecord(cwd, 'edge.json'), ...change }));

t.test('what responders that still run have heard is judged with, and again from their files', async (t) => {
  const cwd = folderOf(t, undefined, site);
  const far = await respond(t, cwd, 'far');
  const inside = await respond(t, cwd, 'inside');
  const records = ['--far', 'far.json', '--far', 'inside.json'];
  const report = await checkFrom(cwd, 'dmz', [...records, '--output', 'json=run.json']);
  const checks = checksOf(report);
  t.ok(checks.length > 8, 'the DMZ asks');
  for (const { rule, check } of checks) {
    t.match(check, { outcome: 'answered', evidence: 'proven', verdict: 'pass', far: heard }, rule);
  }
  t.strictSame(new Set(checks.map(({ check }) => check.far?.as)), new Set(['far', 'inside']), 'each hears its own');
  t.match(
    report.records,
    [
      { as: 'far', ended: false },
      { as: 'inside', ended: false },
    ],
    'they still ran',
  );
  await Promise.all([far.end(), inside.end()]);

  await t.test('report with the records of a run that was made without them comes to the same', async (t) => {
    const bare = JSON.parse(readFileSync(join(cwd, 'run.json'), 'utf8'));
    const without = { ...bare, records: undefined, rules: bare.rules.map(forgetFar) };
    writeFileSync(join(cwd, 'bare.json'), JSON.stringify(without));
    const again = await merged(cwd, ['bare.json', 'inside.json', 'far.json']);
    t.match(
      again.records,
      [
        { as: 'inside', ended: true },
        { as: 'far', ended: true },
      ],
      'what it was judged with',
    );
    t.match(
      (await edgeprobe(['report', 'run.json'], { cwd })).stdout,
      /judged with what .*\(respond --as far\) heard, /,
    );
    t.strictSame(again.summary, (await merged(cwd, ['run.json'])).summary);
    for (const check of again.rows.flatMap(({ places }) => places.flatMap((place) => place.checks))) {
      t.match(check, { evidence: 'proven', verdict: 'pass', far: heard }, check.probe);
    }
  });
});

const forgetFar = (rule: { readonly checks: readonly object[] }): object => ({
  ...rule,
  checks: rule.checks.map((check) => ({ ...check, far: undefined })),
});

/** The site with nothing to bind: requests leave from 127.0.0.1, and nobody of the file has that address. */
const elsewhere = site.replace(/^vantages:.*\n/m, '');

t.test('a responder that turns us away has heard us, and the sentence says so', needing('linux'), async (t) => {
  const cwd = folderOf(t, undefined, elsewhere);
  const { end } = await respond(t, cwd, 'edge');
  const sip = 'external-sip-tcp-5061-in';
  const report = await checkFrom(cwd, 'outside', ['--rule', sip, '--far', 'edge.json']);
  t.match(report.rules, [{ rule: sip, checks: [{ far: { arrived: 'refused', from: ['127.0.0.1'], as: 'edge' } }] }]);
  t.match(report.rules[0]?.explain, /heard it from 127\.0\.0\.1 and answered not a byte/);
  t.match((await end()).stdout, /--allow 127\.0\.0\.1/);
});

t.test('files that are no record of this run', async (t) => {
  const cwd = folderOf(t, undefined, site);
  const { end } = await respond(t, cwd, 'edge');
  const rule = ['--rule', 'external-sip-tcp-5061-in'];
  const before = await checkFrom(cwd, 'outside', [...rule, '--output', 'json=run.json']);
  t.match(before.summary, { pass: 1 });
  await end();
  rewrite(cwd, 'other.json', { siteDigest: '00000000' });
  rewrite(cwd, 'deaf.json', { heard: [], heardRanges: [] });
  rewrite(cwd, 'thin.json', { heard: [{}] as never });
  writeFileSync(join(cwd, 'text.json'), 'no record');
  const check = ['check', '--config', 'site.yaml', '--vantage', 'outside', ...rule];
  const refused: readonly (readonly [string, readonly string[], RegExp, RegExp])[] = [
    ['no file', [...check, '--far', 'none.json'], /none\.json: there is no such file/, /respond --record/],
    ['no JSON', [...check, '--far', 'text.json'], /text\.json:1:\d+: is not JSON/, /respond --record/],
    ['a run', [...check, '--far', 'run.json'], /run\.json.* report of a run/, /respond --record/],
    ['half a record', [...check, '--far', 'thin.json'], /thin\.json.* heard\[0\]/, /respond --record/],
    ['another site', [...check, '--far', 'other.json'], /digest of the site file differs.*00000000/, /same site file/],
    ['another, merged', ['report', 'run.json', 'other.json'], /digest of the site file differs/, /same site file/],
    ['a record alone', ['report', 'edge.json'], /a record alone is no report/, /Give the runs/],
  ];
  for (const [name, words, message, hint] of refused) {
    isRefusal(t, name, await edgeprobe(words, { cwd }), message, hint);
  }
  const deaf = await edgeprobe(['report', 'run.json', 'deaf.json'], { cwd });
  t.match(deaf.stderr, /^edgeprobe: warning: deaf\.json holds no request of any run given: nothing follows from it\n$/);
  t.match(await merged(cwd, ['run.json', 'deaf.json']), { summary: { pass: 1, fail: 0, unknown: 0 } });
});

/** A key and a certificate as somebody's own authority would give them. */
const writePair = async (cwd: string): Promise<string> => {
  const names = ['sip.contoso.example', 'webcon.contoso.example'];
  const { cert, key } = await generateCertificate({ names, days: 2, now: new Date(), key: 'rsa' });
  writeFileSync(join(cwd, 'own.pem'), cert);
  writeFileSync(join(cwd, 'own.key'), key, { mode: 0o600 });
  return new X509Certificate(cert).fingerprint256;
};

t.test('a certificate that was given is shown, and proves nothing by itself: the record does', async (t) => {
  const cwd = folderOf(t, undefined, site);
  const fingerprint = await writePair(cwd);
  const { said, end } = await respond(t, cwd, 'edge', ['--cert', 'own.pem', '--key', 'own.key']);
  t.match(said, /warning: --cert: a certificate that is not of our making carries no proof/);
  const rules = ['--rule', 'external-*'];
  const report = await checkFrom(cwd, 'outside', [...rules, '--output', 'json=run.json']);
  const shown = new Set<string>();
  for (const { rule, findings, checks } of report.rules) {
    for (const check of checks) {
      const tls = JSON.stringify(check.facts).includes(fingerprint);
      if (tls) shown.add(rule);
      t.match(check, { outcome: 'answered', verdict: 'pass', evidence: tls ? 'service' : 'proven' }, rule);
      const missing = findings.some(({ code }) => code === 'proof-missing');
      t.equal(missing, tls, `${rule}: proof-missing where the certificate was to bring it`);
    }
  }
  const overTls = ['sip-tcp-443', 'sip-tcp-5061', 'psom-tcp-443', 'xmpp-tcp-5269'].map((one) => `external-${one}-in`);
  t.strictSame([...shown].toSorted(), overTls.toSorted(), 'rows over TLS, and after STARTTLS');
  await end();
  const again = await merged(cwd, ['run.json', 'edge.json']);
  for (const { rule, places } of again.rows) {
    for (const { checks, findings } of places) {
      for (const check of checks) t.match(check, { evidence: 'proven', far: heard }, `${rule}: it heard our hello`);
      t.notOk(
        findings.some(({ code }) => code === 'proof-missing'),
        `${rule}: no proof is missing`,
      );
    }
  }
  isRefusal(
    t,
    'a certificate without its key',
    await edgeprobe(['respond', '--config', 'site.yaml', '--as', 'edge', '--cert', 'own.pem'], { cwd }),
    /--key is missing/,
    /given together/,
  );
});
