import { lines, table } from './panels.ts';
import { ofRole, ofVantage, series } from './queries.ts';

const rtt = (quantile: number): string =>
  `histogram_quantile(${quantile}, sum by (le, site, vantage, endpoint) (${ofRole(`rate(${series('roundTrip', [], '_bucket')}[10m])`)}))`;

/** What TLS handshakes showed. */
export const services = {
  title: 'TLS',
  panels: [
    table(
      {
        ...{
          title: 'Certificates by expiry',
          description: 'Days until the certificate that was shown last ends.',
          span: 12,
          height: 9,
          unit: 'd',
        },
        steps: [
          { value: null, color: 'red' },
          { value: 7, color: 'orange' },
          { value: 30, color: 'green' },
        ],
      },
      `sort(min by (site, endpoint, target) (${ofRole(series('certificateEnd'))} - time()) / 86400)`,
      { site: 'site', endpoint: 'endpoint', target: 'address', Value: 'days left' },
    ),
    table(
      {
        title: 'Handshakes',
        description:
          'Protocol version and cipher of the last handshake, and whether a client certificate was requested.',
        span: 12,
        height: 9,
      },
      `count by (site, endpoint, version, cipher, client_certificate) (${ofRole(series('tls'))})`,
      {
        site: 'site',
        endpoint: 'endpoint',
        version: 'version',
        cipher: 'cipher',
        client_certificate: 'client certificate',
        Value: 'checks',
      },
    ),
    table(
      {
        title: 'Revocation lists',
        description: 'Days until the list that was fetched last runs out.',
        span: 24,
        height: 5,
        unit: 'd',
      },
      `sort(min by (${ofVantage}, endpoint, target) (${series('crlNextUpdate')} - time()) / 86400)`,
      { site: 'site', vantage: 'vantage', place: 'place', endpoint: 'endpoint', target: 'address', Value: 'days left' },
    ),
  ],
};

const dialect = 'site, vantage, endpoint, dialect';

/** STUN, and ranges of ports. */
export const media = {
  title: 'Media',
  panels: [
    lines(
      {
        title: 'STUN round trip',
        description: 'Median and 95th percentile. Just above 0.5, 1.5 or 3.5 s: the request was repeated.',
        span: 12,
        height: 8,
        unit: 's',
      },
      [
        [rtt(0.5), '{{site}} {{vantage}} {{endpoint}} median'],
        [rtt(0.95), '{{site}} {{vantage}} {{endpoint}} 95 %'],
      ],
    ),
    lines(
      {
        title: 'STUN loss',
        description:
          'Requests over UDP without an answer, by dialect. A dialect that was never answered within a day is one the server does not speak, and not shown.',
        span: 12,
        height: 8,
        unit: 'percentunit',
      },
      [
        [
          `(1 - sum by (${dialect}) (rate(${series('stunResponses')}[10m])) / (sum by (${dialect}) (rate(${series('stunRequests')}[10m])) > 0)) and (sum by (${dialect}) (increase(${series('stunResponses')}[1d])) > 0)`,
          '{{site}} {{vantage}} {{endpoint}} {{dialect}}',
        ],
      ],
    ),
    table(
      {
        title: 'Mapped addresses',
        description: 'Our address as the server last saw it: a translation on the way shows here.',
        span: 12,
        height: 8,
      },
      `max by (${ofVantage}, endpoint, source, address) (${ofRole(series('mappedAddress'))})`,
      { site: 'site', vantage: 'vantage', place: 'place', endpoint: 'endpoint', source: 'source', address: 'seen as' },
    ),
    table(
      { title: 'MSTURN servers', description: 'The MS-Version of the server.', span: 12, height: 8 },
      `max by (site, endpoint, target, version) (${ofRole(series('serverVersion'))})`,
      { site: 'site', endpoint: 'endpoint', target: 'address', version: 'version' },
    ),
    (id: number) =>
      lines(
        {
          title: 'Ports of $range by outcome',
          description: 'Of those that the last sweep asked.',
          span: 12,
          height: 8,
        },
        [
          [
            `sum by (site, vantage, endpoint, outcome) (${ofRole(series('sweepPorts', ['rule=~"$range"']))}) > 0`,
            '{{site}} {{vantage}} {{endpoint}} {{outcome}}',
          ],
        ],
        true,
      )(id)
        .repeat('range')
        .repeatDirection('h')
        .maxPerRow(2),
  ],
};
