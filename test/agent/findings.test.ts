import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { catalogue, finding } from '../../agent/findings.ts';
import { findingsText, listed } from '../../agent/findings-text.ts';
import { repository } from '../sources.ts';

t.test('these alone make the exit code 1', async (t) => {
  const errors = listed.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  t.same(errors.toSorted(), [
    'any-any-rule',
    'certificate-expired',
    'certificate-name-mismatch',
    'everything-open',
    'nat-mapping-mismatch',
    'tls-inspection',
    'wrong-service',
  ]);
});

t.test('what must be in the catalogue is', async (t) => {
  const wanted = `certificate-expired certificate-expiring certificate-name-mismatch certificate-chain-incomplete
    certificate-self-signed weak-key legacy-tls client-certificate-required mtls-not-requested tls-inspection
    wrong-service udp-blocked-tcp-works nat-mapping-mismatch sip-alg sip-silent xmpp-one-way xmpp-host-unknown
    starttls-missing crl-unreachable crl-stale dns-split srv-missing tls-handshake-refused mtls-unfinished
    local-tls-policy source-not-in-role prober-blind source-shunned reset-by-firewall range-partial
    large-packets-lost everything-open local-exhaustion proof-missing`.split(/\s+/);
  t.same(
    wanted.filter((code) => !(code in catalogue)),
    [],
  );
  t.equal(listed.length, Object.keys(catalogue).length, 'a code stands under one subject only');
});

t.test('every entry can be read', async (t) => {
  for (const { code, meaning, evidence, remedy } of listed) {
    t.match(code, /^[a-z]+(-[a-z]+)*$/);
    for (const text of [meaning, evidence, remedy]) {
      t.match(text, /^[A-Z1-9].*\.$/, `${code}: sentences`);
      t.match(text, /^[\x20-\x7e]{20,160}$/, `${code}: plain, and of one breath`);
    }
    t.same(finding(code as keyof typeof catalogue, 'there', 'seen').remedy, remedy);
  }
});

t.test('docs/findings.md is what the command prints', async (t) => {
  const page = readFileSync(path.join(repository, 'docs/findings.md'), 'utf8');
  t.equal(page, findingsText(listed, 'markdown', false), "regenerate it: 'edgeprobe findings list --format markdown'");
});

t.test('formats', async (t) => {
  const one = listed.filter(({ code }) => code === 'wrong-service');
  t.match(findingsText(one, 'table', true), /^wrong-service \(error\)\n {2}means .*\n {2}seen .*\n {2}to do /);
  const table = findingsText(listed, 'table', false);
  t.match(table, /^Certificates and TLS\n {2}certificate-expired +error +The certificate/);
  t.equal(table.split('\n').filter((line) => /^ {2}\S+ +(error|warning|info) /.test(line)).length, listed.length);
  const json = JSON.parse(findingsText(listed, 'json', false)) as { findings: unknown[] };
  t.same(json.findings, listed);
  const markdown = findingsText(one, 'markdown', true);
  t.match(markdown, /^## Services\n\n### wrong-service\n\n\*\*error\.\*\* /, 'one of them is no page');
});
