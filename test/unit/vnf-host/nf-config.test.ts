import t from 'tap';
import { Instance } from '../../../native/index.js';
import { NF_NAMES, nfDefinition, portNames, type NfKind } from '../../../sdn-app/contract/nf.js';
import { nativeConfig } from '../../../vnf-host/nf-config.js';
import { checkSpecification } from '../../../vnf-host/specification.js';
import { natSpec } from './support/host.js';

const ID = 'nat1.00000001';

/** The least that each kind can be told. */
const LEAST: Readonly<Record<NfKind, Record<string, unknown>>> = {
  nat44: { pool: ['203.0.113.10'] },
  esp: {
    tunnels: [
      {
        remote: '203.0.113.9',
        localNet: '10.0.0.0/16',
        remoteNet: '10.2.0.0/16',
        out: { spi: 4097, key: '01'.repeat(20) },
        in: { spi: 8193, key: '02'.repeat(36) },
      },
    ],
  },
  ids: {},
  program: { command: ['sleep', '1'] },
  pg: {
    plans: {
      basic: {
        up: { rateBps: 1_000_000, burstBytes: 10_000 },
        down: { rateBps: 1_000_000, burstBytes: 10_000 },
      },
    },
    subscribers: [{ net: '10.0.0.0/16', plan: 'basic' }],
  },
  plugin: { path: '/nonexistent/nf.so' },
};

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

/** Those that the native factory makes. */
const NATIVE = NF_NAMES.filter((kind) => nfDefinition(kind).program === undefined);
for (const kind of NATIVE) {
  t.test(`${kind}: the native factory takes what the contract makes of the least`, (t) => {
    const definition = nfDefinition(kind);
    const nat = natSpec(ID, 'serving');
    const config = JSON.parse(JSON.stringify(LEAST[kind])) as typeof nat.config;
    const names = portNames(kind, definition.config.parse(config), []);
    const ports = nat.ports.map((port, i) => ({ ...port, name: names[i] ?? '' }));
    const spec = checkSpecification({ ...nat, kind, ports, config });
    t.same(definition.config.parse(spec.config), spec.config, 'defaults stay what they are');
    const options = {
      kind,
      config: nativeConfig(spec),
      ports: ports.map((port) => ({ interface: port.interface, mac: port.mac })),
      role: 'serving' as const,
    };
    const make = () => new Instance(options, () => undefined).stop();
    if (kind === 'plugin') t.throws(make, { code: 'PLUGIN_UNREADABLE', field: 'config.path' });
    else t.doesNotThrow(make);
    t.end();
  });
}

t.test('a missing port is refused with its name', (t) => {
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
