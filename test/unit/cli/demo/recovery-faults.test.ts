import t from 'tap';
import { DEMO_FAULTS, stepsOf, strikeAll } from '../../../../sdn-app/cli/demo/recovery/faults.js';
import { FerryApi } from '../../../../sdn-app/cli/api.js';
import { RECOVERY_TOPOLOGY } from '../../../../sdn-app/cli/paths.js';
import { chaosScript } from '../../../../sdn-app/contract/chaos.js';
import { checkTopology } from '../../../../sdn-app/contract/check.js';
import { loadTopology } from '../../../../sdn-app/contract/load.js';

t.test('the faults of the demo are steps of chaos scripts against who serves', async (t) => {
  const topology = await loadTopology(RECOVERY_TOPOLOGY);
  const at = { vnf: 'nat1', host: 'host1' };
  const chaos = DEMO_FAULTS.flatMap((fault) => stepsOf(fault, topology, at));
  t.same(chaosScript.parse(chaos), chaos);
  checkTopology({ ...topology, chaos });
  t.match(
    chaos.map((step) => ('process' in step ? step.process : 'host' in step ? step.host : '')),
    ['nat1', 'nat1', 'host1', 'host1'],
  );
  const nowhere = { ...topology, links: [] };
  t.throws(() => stepsOf('link', nowhere, at), { code: 'LAB_FAILED' });
});

t.test('what cannot be struck is told', async (t) => {
  const topology = await loadTopology(RECOVERY_TOPOLOGY);
  const rehearsal = { topology, api: new FerryApi('http://127.0.0.1:9') };
  const steps = stepsOf('kill', topology, { vnf: 'nat1', host: 'host1' });
  await t.rejects(strikeAll(steps, rehearsal), { code: 'CONTROLLER_UNREACHABLE' });
});
