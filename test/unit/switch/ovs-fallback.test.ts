/** The real Open vSwitch, taken for a switch without bundles: the same tables, by ordered messages. */
import t from 'tap';
import type { FlowMod } from '../../../sdn-app/openflow/index.js';
import {
  OWNED_FLOWS,
  compile,
  difference,
  drainingTo,
  install,
  instanceLinks,
  owned,
  servingOn,
  switchNetwork,
  switchover,
  witness,
  type Desired,
} from '../../../sdn-app/steering/index.js';
import { SwitchRegistry, listenForSwitches } from '../../../sdn-app/switch/index.js';
import { FakeTable } from '../steering/fake-table.js';
import { PORT, portNumbers, topology } from '../steering/lab-network.js';
import { refuseBundles } from './bundle-refuser.js';
import { PrivateOvs, whyNoOvs } from './private-ovs.js';

type Essence = Pick<FlowMod, 'tableId' | 'priority' | 'match' | 'instructions'>;

const DPID = 0xfe5703n;
const reason = whyNoOvs();

/** What a flow is and does, without its counters; a switch may change the order of match fields. */
function essence({ tableId, priority, match, instructions }: Essence): string {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
  return text([tableId, priority, match.map(text).sort(), instructions]);
}

t.test('without bundles', { skip: reason ?? false, timeout: 120_000 }, async (t) => {
  const registry = new SwitchRegistry();
  const listener = await listenForSwitches({ address: '127.0.0.1', port: 0 }, registry);
  const refuser = await refuseBundles(listener.port);
  const ovs = await PrivateOvs.start();
  t.teardown(async () => {
    await ovs.stop();
    refuser.close();
    await listener.close();
  });
  await ovs.vsctl('add-br', 'fysw3', '--', 'set', 'bridge', 'fysw3', 'datapath_type=netdev');
  await ovs.addBridge('fysw2', DPID, refuser.port);
  for (const number of Object.values(PORT)) {
    await ovs.addWire(number, ['fysw2', `s1-eth${number}`], ['fysw3', `around${number}`]);
  }
  const session = await registry.waitFor(DPID, 30_000);
  const network = switchNetwork(topology, 's1', portNumbers);
  const stable1 = compile(network, [servingOn(topology, 'nat1', 'host1')]);
  const draining = compile(network, [drainingTo(topology, 'nat1', 'host1', 'host2')]);
  const stable2 = compile(network, [servingOn(topology, 'nat1', 'host2')]);
  const src = instanceLinks(topology, 'nat1', 'host1');
  const dest = instanceLinks(topology, 'nat1', 'host2');

  const holds = async (desired: Desired, active: string): Promise<void> => {
    const model = new FakeTable().apply(install(desired, 1, owned([], [])));
    const flows = await session.flows(OWNED_FLOWS);
    t.same(flows.map(essence).sort(), model.flows.map(essence).sort());
    t.equal(witness(network, await session.groups(), 'nat1', { src, dest }), active);
  };

  const first = install(stable1, 1, owned([], []));
  t.same(await session.commit(first), { bundle: false });
  await holds(stable1, 'src');
  const redirect = switchover({
    ...{ network, vnf: 'nat1', srcLinks: src, from: stable1, to: draining },
    ...{ generation: 1, token: '00112233445566778899aabbccddeeff' },
  });
  t.same(await session.commit(redirect), { bundle: false });
  await holds(draining, 'dest');
  await session.commit(difference(draining, stable2, 1));
  await holds(stable2, 'dest');
  const found = owned(await session.flows(OWNED_FLOWS), await session.groups());
  await session.commit(install(stable1, found.nextGeneration, found));
  await holds(stable1, 'src');
  t.equal(refuser.refused(), 1, 'asked once');
  t.equal(session.bundles, false);
  await t.rejects(session.commit(first), {
    code: 'SWITCH_REFUSED',
    outcome: 'partial',
    refusal: { type: 'groupModFailed', code: 'groupExists' },
  });
});
