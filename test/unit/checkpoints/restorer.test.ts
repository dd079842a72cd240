// The way back to a checkpoint on hosts that are made up: in which order, who is fenced, what is undone.
import t from 'tap';
import { Restorer } from '../../../sdn-app/checkpoints/restorer.js';
import { checkpointInfo } from '../../../sdn-app/contract/checkpoint.js';
import { systemClock } from '../../../sdn-app/clock.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import type { CheckpointResource } from '../../../sdn-app/contract/rest.js';
import { EventLog } from '../../../sdn-app/events.js';
import { topology } from '../steering/lab-network.js';

type Vnfs = ConstructorParameters<typeof Restorer>[0]['vnfs'];

const INSTANCE = 'nat1.0000000a';
const OLDER = 'nat1.0000000b';
const STANDING = {
  local: { address: '10.0.0.1', port: 80 },
  remote: { address: '10.0.0.9', port: 4711 },
  ...{ sendNext: 1, receiveNext: 2, timestamp: 3 },
};

function taken(id: string, instance: string, hosts: string[]): CheckpointResource {
  return {
    ...{ id, vnf: 'nat1', instance, host: 'host1', role: 'serving', hosts },
    takenAt: '2026-01-01T00:00:00.000Z',
    ...{ frozenMs: 5, servingFrozenMs: 5, dumpMs: 50, rawBytes: 10, storedBytes: 1 },
  };
}

/** Damaged on that host, and whether another host has the newest one too. */
interface Damage {
  host: string;
  alsoOn?: string;
}

function bed(fault?: 'away' | 'broken', damage?: Damage) {
  const did: string[] = [];
  const note = (what: string) => {
    did.push(what);
    return Promise.resolve();
  };
  const events = new EventLog(systemClock);
  let isHanded = false;
  const copies = damage?.alsoOn === undefined ? [] : [damage.alsoOn];
  const damaged = new Set(damage === undefined ? [] : [`${damage.host} c-00000002`]);
  const known = [
    taken('c-00000002', INSTANCE, ['host1', ...copies]),
    taken('c-00000001', OLDER, ['host1']),
  ];
  // All that it needs of the table.
  const vnfs: Partial<Vnfs> = {
    get: (name) =>
      name === 'nat1'
        ? { name, state: 'serving', host: 'host1', instance: INSTANCE, parts: [] }
        : undefined,
    spec: (vnf, host, id, role) => ({
      ...{ id, vnf, kind: 'nat44', config: {}, role },
      ports: [{ name: host, interface: 'x', mac: '02:00:00:00:00:01', address: '10.0.0.1/16' }],
      ...{ stateletWindowMs: 50, holdBytes: 65_536 },
    }),
    claim: () => undefined,
    show: () => undefined,
    place: (_vnf, host, instance) => note(`place ${host} ${instance}`),
    isHanded: () => isHanded,
    handToRecovery: () => (isHanded = true),
    takeBack: () => did.push('takeBack'),
    setState: () => undefined,
  };
  const restorer = new Restorer({
    ...{ topology, events, clock: systemClock },
    checkpoints: {
      list: () => Promise.resolve(known),
      take: async (vnf) => {
        await note(`take ${vnf}`);
        return taken('c-00000003', OLDER, ['host1']);
      },
      provide: (info, host) => {
        if (!info.hosts.includes(host)) damaged.delete(`${host} ${info.id}`);
        return note(`provide ${info.id} ${host}`);
      },
    },
    hosts: {
      verifyCheckpoint: (host, id) =>
        damaged.has(`${host} ${id}`)
          ? Promise.reject(new FerryError('CHECKPOINT_CORRUPT', 'it is damaged'))
          : Promise.resolve(),
      connected: (host) => fault !== 'away' || host !== 'host1',
      stopInstance: async (host, instance, how) => {
        await note(`stop ${host} ${instance} ${how ?? ''}`);
        return { connections: [STANDING] };
      },
      restore: async (host, spec, checkpoint, connections) => {
        await note(`restore ${host} ${spec.id} ${checkpoint} ${connections.length}`);
        if (fault === 'broken') throw new FerryError('CHECKPOINT_CORRUPT', 'it is damaged');
        const found = known.find(({ id }) => id === checkpoint);
        const info = checkpointInfo.strip().parse(found);
        return { pid: 5, checkpoint: info, restoreMs: 90, loss: null };
      },
    },
    steering: {
      switchesOf: () => ['s1'],
      fence: () => note('fence'),
      settle: (_vnf, host) => note(`settle ${host}`),
    },
    setAside: (vnf) => note(`setAside ${vnf}`),
    vnfs: vnfs as Vnfs,
  });
  return { restorer, did, events };
}

t.test('where it is: the newest one, with what is known of its connections', async (t) => {
  const { restorer, did, events } = bed();
  const restored = await restorer.restore('nat1', {});
  t.match(restored, { vnf: 'nat1', host: 'host1', instance: INSTANCE, restoreMs: 90, loss: null });
  t.ok(restored.ageMs > 0);
  t.same(did, [
    'provide c-00000002 host1',
    'setAside nat1',
    `stop host1 ${INSTANCE} abruptly`,
    `restore host1 ${INSTANCE} c-00000002 1`,
    `place host1 ${INSTANCE}`,
    'takeBack',
  ]);
  t.match(events.since(0).at(-1), { type: 'vnf.restored', data: { checkpoint: 'c-00000002' } });
  await t.rejects(restorer.restore('nat1', {}), { code: 'VNF_BUSY' });
});

t.test('an older one on another host: steered there before it speaks', async (t) => {
  const { restorer, did } = bed();
  await restorer.restore('nat1', { checkpoint: 'c-00000001', to: 'host2' });
  t.same(did, [
    'provide c-00000001 host2',
    'setAside nat1',
    `stop host1 ${INSTANCE} abruptly`,
    'settle host2',
    `restore host2 ${OLDER} c-00000001 1`,
    `place host2 ${OLDER}`,
    'takeBack',
    'take nat1',
  ]);
});

t.test('its host cannot be asked: fenced first', async (t) => {
  const { restorer, did } = bed('away');
  await restorer.restore('nat1', { to: 'host2' });
  t.same(did.slice(2, 4), ['fence', 'settle host2']);
});

t.test('an image that is damaged: told, and steered back to where it was', async (t) => {
  const { restorer, did } = bed('broken');
  await t.rejects(restorer.restore('nat1', { to: 'host2' }), { code: 'CHECKPOINT_CORRUPT' });
  t.same(did.slice(-2), ['settle host1', 'takeBack']);
  const old = bed('broken');
  await t.rejects(old.restorer.restore('nat1', { checkpoint: 'c-00000001' }));
  t.equal(old.did.at(-1), 'takeBack', 'and nothing is taken of what began empty');
});

t.test('damaged, and whole on another host: that one is taken', async (t) => {
  const { restorer, did } = bed(undefined, { host: 'host1', alsoOn: 'host2' });
  t.match(await restorer.restore('nat1', {}), { instance: INSTANCE });
  t.same(did.slice(0, 3), [
    'provide c-00000002 host1',
    'provide c-00000002 host1',
    'setAside nat1',
  ]);
});

t.test(
  'damaged everywhere: the newest that is whole; the one that was named is refused',
  async (t) => {
    const { restorer, did, events } = bed(undefined, { host: 'host1' });
    const named = restorer.restore('nat1', { checkpoint: 'c-00000002' });
    await t.rejects(named, { code: 'CHECKPOINT_CORRUPT' });
    t.same(did, ['provide c-00000002 host1'], 'it serves on');
    t.match(events.since(0).at(-1), {
      ...{ type: 'checkpoint.unusable', subject: 'nat1' },
      data: { id: 'c-00000002', host: 'host1', code: 'CHECKPOINT_CORRUPT' },
    });
    t.match(await restorer.restore('nat1', {}), { instance: OLDER });
  },
);

t.test('refused before anything is touched', async (t) => {
  const { restorer, did } = bed();
  const refusals: [string, Parameters<Restorer['restore']>[1], string][] = [
    ['nat9', {}, 'VNF_UNKNOWN'],
    ['nat1', { to: 'client' }, 'HOST_UNKNOWN'],
    ['nat1', { checkpoint: 'c-00000009' }, 'CHECKPOINT_UNKNOWN'],
  ];
  for (const [vnf, request, code] of refusals) {
    await t.rejects(restorer.restore(vnf, request), { code });
  }
  await t.rejects(bed('away').restorer.restore('nat1', {}), { code: 'HOST_NOT_CONNECTED' });
  t.same(did, []);
});
