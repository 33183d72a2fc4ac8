import { fromHex } from './hostile.ts';

/** RFC 5769 sections 2.1 to 2.4. The first three are padded with spaces, on purpose. */
export const rfc5769 = {
  password: 'VOkJxbRl1RmTxUk/WvJxBt',
  request: fromHex(`
    00010058 2112a442 b7e7a701 bc34d686 fa87dfae
    80220010 5354554e 20746573 7420636c 69656e74
    00240004 6e0001ff
    80290008 932ff9b1 51263b36
    00060009 6576746a 3a683676 59202020
    00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
    80280004 e57a3bcf`),
  responseIpv4: fromHex(`
    0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
    8022000b 74657374 20766563 746f7220
    00200008 0001a147 e112a643
    00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
    80280004 c07d4c96`),
  responseIpv6: fromHex(`
    01010048 2112a442 b7e7a701 bc34d686 fa87dfae
    8022000b 74657374 20766563 746f7220
    00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
    00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
    80280004 c8fb0b4c`),
  longTermRequest: fromHex(`
    00010060 2112a442 78ad3433 c6ad72c0 29da412e
    00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
    0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
    0014000b 6578616d 706c652e 6f726700
    00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`),
  /** username ":" realm ":" password: the key of the long-term credential is its MD5. */
  longTermKeyText: '\u30de\u30c8\u30ea\u30c3\u30af\u30b9:example.org:TheMatrIX',
} as const;

/** A server of RFC 3489 (section 8.1): MAPPED-, SOURCE- and CHANGED-ADDRESS, no cookie. */
export const classicResponse = fromHex(`
  01010024 000102030405060708090a0b0c0d0e0f
  00010008 0001c350 c6336407
  00040008 00010d96 c0000201
  00050008 00010d97 c0000202`);
