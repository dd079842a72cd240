import t from 'tap';
import { NF_KINDS } from '../../../../sdn-app/contract/nf.js';
import { nativeConfig } from '../../../../vnf-host/instance/nf-config.js';
import { checkSpecification } from '../../../../vnf-host/specification.js';
import { natSpec } from '../support/host.js';

const ID = 'nat1.00000001';

t.test('a NAT’s native configuration: addresses from its ports, defaults filled in', (t) => {
  const spec = natSpec(ID, 'serving');
  const config = { ...spec.config, capacity: 1000, gateway: '203.0.113.254' };
  t.same(nativeConfig(checkSpecification({ ...spec, config })), {
    inside: { mac: '02:fe:00:00:00:01', address: '10.0.0.1/16' },
    outside: {
      mac: '02:fe:00:00:00:02',
      address: '203.0.113.1/24',
      gateway: '203.0.113.254',
    },
    pool: ['203.0.113.10'],
    portRange: { first: 1024, last: 65535 },
    capacity: 1000,
    timeoutsMs: {
      udp: 300_000,
      tcpEstablished: 7_440_000,
      tcpTransitory: 240_000,
      icmp: 60_000,
    },
  });
  t.notOk(Object.hasOwn(nativeConfig(checkSpecification(spec)), 'gateway'));
  t.end();
});

t.test('every kind of the contract can be built', (t) => {
  t.same(Object.keys(NF_KINDS), ['nat44'], 'a new kind needs its case here');
  t.throws(() => nativeConfig({ ...natSpec(ID, 'serving'), ports: [] }), {
    code: 'INSTANCE_FAILED',
    field: 'ports',
  });
  t.end();
});

t.test('a specification that was checked passes unchanged', (t) => {
  const once = checkSpecification(natSpec(ID, 'serving'));
  t.same(checkSpecification(once), once);
  t.end();
});
