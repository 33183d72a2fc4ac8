import { counted, listed } from './explain-words.ts';
import type { PlannedQuestion, PlanSummary } from './plan-summary.ts';
import { number, seconds } from './plan-words.ts';
import { printable } from './printable.ts';
import { hanging } from './sinks/layout.ts';

/** What a notice says beside the plan itself. */
export interface NoticeLook {
  readonly version: string;
  readonly hostName: string;
  /** The addresses of this machine, for people. */
  readonly host: readonly string[];
  /** A contact, a ticket, a time: what `--note` says. */
  readonly note: string | null;
  readonly columns: number;
}

const labelWidth = 12;

/** What one protocol looks like on the wire, and to those who watch it. */
const looks: readonly (readonly [probe: string, look: string])[] = [
  [
    'stun',
    'STUN Binding and MSTURN Allocate requests, without credentials unless the site file names some; SOFTWARE says edgeprobe',
  ],
  ['msturn', 'MSTURN Allocate requests; over TCP behind a pseudo-TLS hello that names no server'],
  [
    'tls',
    'TLS handshakes that end before any data: one as of today and, if nothing answers it, one as of TLS 1.0 with old ciphers',
  ],
  ['sip', 'TLS handshakes as for tls, then one SIP OPTIONS with User-Agent edgeprobe'],
  ['xmpp', 'XMPP streams that are opened, secured and closed again; no stanza is sent'],
  ['dns', 'one DNS query for a name of the site'],
  ['http', 'one HTTP GET with User-Agent edgeprobe'],
  ['tcp', 'TCP connections that are reset as soon as they open'],
  ['udp', 'STUN Binding requests to ports of a range'],
];

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** Everything that is asked of one address, in one line. */
const targetLines = (questions: readonly PlannedQuestion[]): string[] => {
  const flows = (address: string): string =>
    unique(
      questions
        .filter((one) => one.address === address)
        .map(({ transport, ports, sampled }) =>
          sampled === null ? `${transport}/${ports}` : `${transport}/${ports} (${sampled} ports of it)`,
        ),
    ).join(', ');
  const who = (address: string): string =>
    unique(questions.filter((one) => one.address === address).map(({ name, role }) => `${role} ${name}`)).join(', ');
  return unique(questions.map(({ address }) => address)).map(
    (address) => `${address} (${who(address)}): ${flows(address)}`,
  );
};

/** What a watcher may raise an alarm for. */
const alarms = (summary: PlanSummary): string[] => {
  const { questions, rate, total } = summary;
  const sweeps = questions.filter(({ sweep }) => sweep);
  const probes = new Set(questions.map(({ probe }) => probe));
  const pace = rate === 0 ? 'without a limit of new connections' : `at most ${number(rate)} new connections a second`;
  return [
    ...(sweeps.length > 0
      ? [
          `port scan: ${counted(sweeps.length, 'range')} of ports, one after the other, ${pace}, in an order from a seed`,
        ]
      : []),
    ...(probes.has('tls') || probes.has('sip') || probes.has('xmpp')
      ? ['weak TLS: hellos of TLS 1.0, as Lync Server 2013 speaks it']
      : []),
    ...(probes.has('stun') || probes.has('msturn')
      ? ['TLS without certificate: the pseudo-TLS hello of Microsoft media over tcp/443']
      : []),
    `half-open and reset connections: at most ${number(total.states)} states at a time in a stateful firewall`,
    ...(questions.some(({ expect }) => expect === 'blocked')
      ? ['connections to ports that must be shut: refusing them is what we hope for']
      : []),
  ];
};

/** A plan as the notice that a security team gets before: who, from where, to where, what, how much, and how to stop it. */
export const planNotice = (summary: PlanSummary, look: NoticeLook): string => {
  const { questions, controls, alongside, hairpins, rate, total, vantage, place } = summary;
  const { version, hostName, host, note, columns } = look;
  const probes = new Set(questions.map(({ probe }) => probe));
  const bound = unique(questions.flatMap(({ from }) => (from === null ? [] : [from])));
  const said = (label: string, text: string): string[] => hanging(label.padEnd(labelWidth), text, columns);
  const list = (label: string, texts: readonly string[]): string[] =>
    texts.flatMap((text, index) => said(index === 0 ? label : '', text));
  const free = host.length === 0 ? 'loopback only' : host.join(', ');
  const lines = [
    `Notice of a check of firewall rules: ${summary.site}, from ${place === vantage ? vantage : `${vantage} (${place})`}`,
    '',
    ...said(
      'what',
      `edgeprobe ${version} asks whether the firewalls let each row of a port summary through (${summary.packs.join(', ')}; site file ${summary.siteDigest}). It exploits nothing, changes nothing, and keeps what it saw in one report.`,
    ),
    ...said('who', note === null ? 'name a contact and a ticket with --note' : printable(note, 200)),
    ...said(
      'from',
      `${printable(hostName, 200)}: ${bound.length > 0 ? `bound to ${listed(bound)}; else ` : ''}${free}`,
    ),
    ...said(
      'when',
      `once it is started by hand; it lasts ${seconds(total.secondsLeast)} if all answer and ${seconds(total.secondsMost)} if nothing does`,
    ),
    ...said(
      'how much',
      `${number(total.least)} to ${number(total.most)} packets, ${rate === 0 ? 'as fast as they can be sent' : `at most ${number(rate)} new connections a second`}, 4 questions at a time to one address`,
    ),
    '',
    ...list('to', targetLines(questions)),
    ...list('controls', controls),
    ...list('beside', alongside),
    ...list('hairpin', hairpins),
    '',
    ...list(
      'looks like',
      looks.flatMap(([probe, text]) => (probes.has(probe) ? [`${probe}: ${text}`] : [])),
    ),
    ...list('alarms', alarms(summary)),
    '',
    ...said(
      'to stop it',
      'Ctrl-C on that host ends it at once, and it still reports. Whoever blocks the source address is left in peace as well; the report will show it as silence. Nothing is left running or installed on the hosts that are asked.',
    ),
    ...said(
      'afterwards',
      'The report has the times in UTC and the ports of every question, as firewall logs are searched by them.',
    ),
  ];
  return `${lines.join('\n')}\n`;
};
