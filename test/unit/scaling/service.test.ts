// Scaling in a lab in memory: out by what the switch counts, in again, and refusals that change nothing.
import t from 'tap';
import { systemClock } from '../../../sdn-app/clock.js';
import { EventLog } from '../../../sdn-app/events.js';
import { Scaler, type ScalerDeps } from '../../../sdn-app/scaling/service.js';
import type { ServingPart, ServingVnf } from '../../../sdn-app/vnfs/port.js';
import { topology } from '../steering/lab-network.js';

const A = 'src=10.0.0.0/17';
const B = 'src=10.0.128.0/17';

/** A VNF whose moves end at once; `loads` are what the switch counts for each filter. */
function bed(loads: Record<string, number>) {
  const moved: string[] = [];
  const settled: string[] = [];
  const vnf: ServingVnf & { parts: ServingPart[] } = {
    ...{ name: 'nat1', state: 'serving', host: 'host1', instance: 'nat1.0000000a', parts: [] },
  };
  const deps: ScalerDeps = {
    topology,
    clock: systemClock,
    events: new EventLog(systemClock),
    vnfs: { get: (name) => (name === 'nat1' ? { ...vnf } : undefined) },
    steering: {
      measure: (_name, _host, parts) => {
        return Promise.resolve(
          new Map(parts.map(({ number, flows }) => [number, loads[flows] ?? 0])),
        );
      },
      settle: (_name, _host, parts) => {
        settled.push((parts ?? []).map(({ flows }) => flows).join());
        return Promise.resolve();
      },
    },
    migrations: {
      migrate: ({ flows = '', to }) => {
        moved.push(`${flows} to ${to}`);
        vnf.parts = vnf.parts.filter((part) => part.flows !== flows);
        const part = { number: vnf.parts.length, flows, host: to, instance: `nat1.0000000${to}` };
        if (to !== vnf.host) vnf.parts.push(part);
        return Promise.resolve({ id: flows } as never);
      },
      get: () => ({ state: 'completed', endedAt: 'now' }) as never,
    },
  };
  const scaler = new Scaler(deps);
  const done = async () => {
    while (scaler.get('nat1').state === 'running') await new Promise(setImmediate);
    return scaler.get('nat1');
  };
  return { scaler, done, moved, settled, vnf };
}

t.test('out and in again', async (t) => {
  const { scaler, done, moved, settled } = bed({ [A]: 600, [B]: 500 });
  t.equal(scaler.scale('nat1', { instances: 2 }).state, 'running');
  t.throws(() => scaler.scale('nat1', { instances: 2 }), { code: 'VNF_BUSY' });
  t.match(await done(), { state: 'done', hosts: ['host1', 'host2'], moves: 1, done: 1 });
  t.same(moved, [`${B} to host2`]);
  t.same(settled, [''], 'what was made to measure is gone');
  scaler.scale('nat1', { instances: 2 });
  t.match(await done(), { state: 'done', moves: 0 }, 'it is even');
  scaler.scale('nat1', { instances: 1 });
  t.match(await done(), { state: 'done', hosts: ['host1'], moves: 1 });
  t.same(moved, [`${B} to host2`, `${B} to host1`]);
});

t.test('what carries nothing does not move', async (t) => {
  const { scaler, done } = bed({ [A]: 600 });
  scaler.scale('nat1', { instances: 2, hosts: ['host2'] });
  t.match(await done(), { state: 'done', moves: 0 });
});

t.test('refusals', (t) => {
  const { scaler, vnf, moved } = bed({});
  const refused = (name: string, request: { instances: number; hosts?: string[] }, code: string) =>
    t.throws(() => scaler.scale(name, request), { code }, code);
  refused('nat9', { instances: 2 }, 'VNF_UNKNOWN');
  refused('nat1', { instances: 3 }, 'HOST_NOT_SUITABLE');
  refused('nat1', { instances: 2, hosts: ['client'] }, 'HOST_NOT_SUITABLE');
  t.throws(() => scaler.get('nat1'), { code: 'NOT_FOUND' });
  vnf.state = 'migrating';
  refused('nat1', { instances: 2 }, 'VNF_BUSY');
  vnf.state = 'down';
  refused('nat1', { instances: 2 }, 'VNF_NOT_SERVING');
  t.same(moved, []);
  t.end();
});
