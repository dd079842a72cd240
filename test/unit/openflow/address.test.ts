import fc from 'fast-check';
import { isIPv4, isIPv6 } from 'node:net';
import t from 'tap';
import {
  formatIpv4,
  formatIpv6,
  formatMac,
  parseIpv4,
  parseIpv6,
  parseMac,
} from '../../../sdn-app/openflow/address.js';

t.test('MAC addresses', (t) => {
  t.equal(parseMac('02:00:5e:00:53:FF'), 0x02005e0053ff);
  t.equal(formatMac(0x0200, 0x5e0053ff), '02:00:5e:00:53:ff');
  t.equal(formatMac(0xffff, 0xffffffff), 'ff:ff:ff:ff:ff:ff');
  const bad = ['', '02:00:00:00:00', '02:00:00:00:00:0g', '02-00-00-00-00-01', '2:0:0:0:0:01:0:0:'];
  for (const text of bad) t.equal(parseMac(text), undefined, text);
  t.end();
});

t.test('IPv4 addresses', (t) => {
  t.equal(parseIpv4('192.0.2.255'), 0xc00002ff);
  t.equal(parseIpv4('255.255.255.255'), 0xffffffff);
  t.equal(formatIpv4(0xc00002ff), '192.0.2.255');
  t.equal(formatIpv4(0xffffffff), '255.255.255.255');
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.',
    '.1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.04',
    '1..2.3',
  ]) {
    t.equal(parseIpv4(text), undefined, text);
  }
  t.end();
});

t.test('IPv6 addresses take the form of RFC 5952', (t) => {
  const forms: [string, string][] = [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['ffff:ffff::', 'ffff:ffff::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
  ];
  for (const [text, canonical] of forms) {
    t.equal(formatIpv6(parseIpv6(text) ?? Buffer.alloc(16, 0xee)), canonical, text);
  }
  const bad = ['', ':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '12345::', 'g::'];
  for (const text of [...bad, '1:2:3:4:5:6:7::8', '::1.2.3', '1.2.3.4::', 'fe80::1%eth0', ':1::']) {
    t.equal(parseIpv6(text), undefined, text);
  }
  t.end();
});

t.test('what is formatted parses to the same address, and other text as node:net has it', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const address = Buffer.from(bytes);
      const text = formatIpv6(address);
      return isIPv6(text) && parseIpv6(text)?.equals(address) === true;
    }),
  );
  const soup = fc.string({
    unit: fc.constantFrom('0', '1', '25', 'f', ':', '::', '.'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(soup, (text) => {
      const isSame4 = (parseIpv4(text) !== undefined) === isIPv4(text);
      return isSame4 && (parseIpv6(text) !== undefined) === isIPv6(text);
    }),
    { numRuns: 2000 },
  );
  t.end();
});
