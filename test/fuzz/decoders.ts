import { X509Certificate } from 'node:crypto';
import { generateCertificate } from '../../probes/certificate.ts';
import { identify, identifyDatagram } from '../../probes/transaction.ts';
import { formatIp, parseIp, readAddress } from '../../wire/address.ts';
import { certificateSignature } from '../../wire/certificate-signature.ts';
import { readClientHello } from '../../wire/client-hello.ts';
import { readCrl } from '../../wire/crl.ts';
import { readDistinguishedName } from '../../wire/distinguished-name.ts';
import { answerQuery, queryName, readDatagram, readResponse } from '../../wire/dns.ts';
import { readRequest, requestHeader } from '../../wire/http-request.ts';
import { decodeMsturn } from '../../wire/msturn.ts';
import { verifyMsturnIntegrity } from '../../wire/msturn-integrity.ts';
import { certificateHasProof } from '../../wire/proof.ts';
import { readPseudoClientHello, readPseudoServerHello } from '../../wire/pseudo-tls.ts';
import { decodeStun, encodeBindingError, encodeBindingRequest, encodeBindingResponse } from '../../wire/stun.ts';
import { verifyFingerprint, verifyMessageIntegrity } from '../../wire/stun-integrity.ts';
import { readCertificateRequest, readCertificates, readServerHello } from '../../wire/tls-handshake.ts';
import { decodeMsturnLogOn } from '../../wire/turn-allocated.ts';
import { decodeTurnResponse } from '../../wire/turn-response.ts';
import { crls } from '../wire/crl-vectors.ts';
import { dnsmasqResponses, queries, rfc1035Compression } from '../wire/dns-vectors.ts';
import { ascii, fromHex } from '../wire/hostile.ts';
import * as msturn from '../wire/msturn-vectors.ts';
import { classicResponse, rfc5769 } from '../wire/stun-vectors.ts';
import { tls10Server, tls12Client, tls12Server, tls13Client, tls13Server } from '../wire/tls-flights.ts';
import type { Target } from './engine.ts';

/** What a decoder gives must survive a report: JSON, and never more than a cap whatever came in. */
export const reportable = (result: unknown, cap = 400_000): void => {
  const text = JSON.stringify(result, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return { bytes: value.length };
    return value instanceof Map ? [...value] : value;
  });
  if (text !== undefined && text.length > cap) throw new Error(`a result of ${text.length} characters`);
};

const shorts = (...values: readonly number[]): Uint8Array[] =>
  values.map((value) => Uint8Array.of(value >> 8, value & 255));
const words = (...texts: readonly string[]): Uint8Array[] => texts.map(ascii);

const stunSeeds = (): Uint8Array[] => {
  const transactionId = Uint8Array.from({ length: 12 }, (_, index) => index);
  const dialect = 'rfc8489';
  const mapped = { address: '2001:db8::1', port: 5000 };
  return [
    ...Object.values(rfc5769).filter((one) => one instanceof Uint8Array),
    classicResponse,
    encodeBindingRequest({ dialect, transactionId }),
    encodeBindingResponse({ dialect, transactionId, mapped, fingerprint: true, password: 'x' }),
    encodeBindingError({ dialect, transactionId, code: 420, reason: 'Unknown' }),
  ];
};

const derOf = (pem: string): Uint8Array => new Uint8Array(new X509Certificate(pem).raw);

/** Every decoder that takes a whole buffer. */
export const decoderTargets = async (): Promise<Target[]> => {
  const proof = { username: 'prober', password: 'a good secret' };
  const { cert } = await generateCertificate({ names: ['a.example', 'b.example'], days: 1, now: new Date(), proof });
  const certificate = derOf(cert);
  const dns = Object.values(dnsmasqResponses).map(fromHex);
  const asked = Object.values(queries).map(fromHex);
  const turn = [msturn.allocate, msturn.unauthorized, msturn.authenticated, msturn.allocated];
  const stun = [...stunSeeds(), ...turn];
  const attributes = shorts(1, 6, 8, 9, 0x0d, 0x13, 0x14, 0x15, 0x20, 0x8008, 0x8022, 0x8028, 0x8055, 0x8095);
  const der = [0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x17, 0x18, 0xa0, 0xa3].map((tag) => Uint8Array.of(tag, 0x84));
  const hellos = [tls12Server, tls13Server, tls10Server, tls12Client, tls13Client];
  const whole = (
    name: string,
    seeds: readonly Uint8Array[],
    dictionary: readonly Uint8Array[],
    run: (bytes: Uint8Array) => unknown,
  ): Target => ({
    ...{ name, seeds, dictionary },
    run: (bytes) => reportable(run(bytes)),
  });
  const key = Uint8Array.from({ length: 16 }, (_, index) => index);
  return [
    whole('stun', stun, attributes, (bytes) => [
      decodeStun(bytes),
      verifyFingerprint(bytes),
      verifyMessageIntegrity(bytes, 'x'),
    ]),
    whole('msturn', stun, attributes, (bytes) => [
      decodeMsturn(bytes),
      verifyMsturnIntegrity(bytes, key),
      decodeMsturnLogOn(bytes),
    ]),
    whole('turn-response', stun, attributes, decodeTurnResponse),
    whole(
      'pseudo-tls',
      [msturn.pseudoClientHello, msturn.pseudoServerHello, ...hellos],
      shorts(0x1603, 0x0301, 0x18),
      (bytes) => [readPseudoServerHello(bytes), readPseudoClientHello(bytes)],
    ),
    whole(
      'client-hello',
      [tls12Client, tls13Client, msturn.pseudoClientHello],
      shorts(0, 16, 43, 0x1603, 0x0303),
      readClientHello,
    ),
    whole(
      'handshake',
      hellos.map((one) => one.subarray(9)),
      shorts(0, 16, 43, 0x0303),
      (bytes) => [
        readServerHello(bytes),
        readCertificates(bytes),
        readCertificateRequest(bytes, 0x0303),
        readCertificateRequest(bytes, 0x0301),
      ],
    ),
    whole('dns', [...dns, fromHex(rfc1035Compression)], shorts(0xc00c, 0xc000, 1, 5, 16, 33, 41), (bytes) =>
      asked.map((query) => [readResponse(bytes, query), readDatagram(bytes, query)]),
    ),
    whole('dns-query', asked, shorts(0xc00c, 1, 16, 255), (bytes) => [queryName(bytes), answerQuery(bytes)]),
    whole('crl', [...Object.values(crls).map(fromHex), certificate], der, readCrl),
    whole('certificate', [certificate, ...Object.values(crls).map(fromHex)], der, (bytes) => [
      certificateSignature(bytes),
      certificateHasProof(bytes, proof),
      readDistinguishedName(bytes),
    ]),
    whole(
      'http-request',
      words('GET /a?b HTTP/1.1\r\nHost: a\r\nX-Edgeprobe-Nonce: abc\r\n\r\n'),
      words('\r\n', ': ', 'HTTP/1.1'),
      (bytes) => [readRequest(bytes), requestHeader(bytes, 'host')],
    ),
    whole(
      'address',
      [Uint8Array.of(0, 1, 13, 150, 10, 0, 0, 1), ascii('2001:db8::1'), ascii('10.0.0.1')],
      words('::', ':', '.', 'ffff'),
      (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        const ip = parseIp(text);
        if (ip !== null && ![4, 16].includes(ip.length)) throw new Error(`an address of ${ip.length} bytes`);
        if (ip !== null && Buffer.compare(parseIp(formatIp(ip)) ?? ip, ip) !== 0)
          throw new Error(`${text} is not itself`);
        return readAddress(bytes);
      },
    ),
    whole(
      'first-words',
      [...stun, ...asked, ...hellos, ...words('GET / HTTP/1.1\r\n', "<?xml version='1.0'?><stream:stream ")],
      shorts(0x1603, 0x0200),
      (bytes) => [identify(bytes), identifyDatagram(bytes)],
    ),
  ];
};
