import t from 'tap';
import { readDistinguishedName } from '../../wire/distinguished-name.ts';
import { alertName } from '../../wire/tls-alert.ts';
import { cipherName, versionName } from '../../wire/tls-cipher.ts';
import { fromHex, survivesHostileBytes } from './hostile.ts';

t.test('alerts as RFC 8446 section 6 numbers them', async (t) => {
  const table = `0 close_notify|10 unexpected_message|20 bad_record_mac|22 record_overflow|40 handshake_failure
    |42 bad_certificate|43 unsupported_certificate|44 certificate_revoked|45 certificate_expired|46 certificate_unknown
    |47 illegal_parameter|48 unknown_ca|49 access_denied|50 decode_error|51 decrypt_error|70 protocol_version
    |71 insufficient_security|80 internal_error|86 inappropriate_fallback|90 user_canceled|109 missing_extension
    |110 unsupported_extension|112 unrecognized_name|113 bad_certificate_status_response|115 unknown_psk_identity
    |116 certificate_required|120 no_application_protocol`;
  for (const line of table.split('|')) {
    const [number, name] = line.trim().split(' ');
    t.equal(alertName(Number(number)), name);
  }
  t.equal(alertName(255), 'alert_255');
});

t.test('ciphers and versions', async (t) => {
  t.equal(cipherName(0x0018), 'TLS_DH_anon_WITH_RC4_128_MD5');
  t.equal(cipherName(0xc013), 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA');
  t.equal(cipherName(0xfefe), null);
  t.same([0x300, 0x301, 0x302, 0x303, 0x304, 0x7f1c].map(versionName), [
    'SSLv3',
    'TLSv1',
    'TLSv1.1',
    'TLSv1.2',
    'TLSv1.3',
    '0x7f1c',
  ]);
});

const name = fromHex(`
  3042 31133011060a0992268993f22c64011916 03636f6d
       31173015060a0992268993f22c640119 1607 636f6e746f736f
       31123010 0603550403 1e09 0043004100200031`);

t.test('distinguished names', async (t) => {
  const issuer = fromHex('301e 310b3009 0603550406 1302 4154 310f300d 0603550403 0c06 c3964b20 4341');
  t.equal(readDistinguishedName(issuer), 'C=AT, CN=ÖK CA');
  t.equal(readDistinguishedName(fromHex('300f 310d300b 0603550403 1e04 00430041')), 'CN=CA', 'BMPString');
  t.equal(readDistinguishedName(fromHex('3000')), null);
  t.equal(readDistinguishedName(fromHex('0400')), null);
  t.equal(readDistinguishedName(fromHex('308300ffff')), null);
  survivesHostileBytes(t, readDistinguishedName, (text) => text !== null, [issuer, name]);
});
