// Mechanisms join the experiment by themselves, and what is concluded follows from the runs.
import t from 'tap';
import { emulatedHosts } from '../../../sdn-app/cli/demo/emulated-hosts.js';
import { loadedVnf } from '../../../sdn-app/cli/demo/recovery/mechanisms.js';
import { checkTopology } from '../../../sdn-app/contract/check.js';
import type { RECOVERY_POLICIES } from '../../../sdn-app/contract/recovery-policy.js';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import type { Group, Row } from '../../experiments/experiment.js';
import { loadFor } from '../../experiments/lab-site.js';
import { recoveryVariants, UNPROTECTED } from '../../experiments/recovery-variants.js';
import { MeasurementRecord } from '../../experiments/record.js';
import { recovery } from '../../experiments/recovery.js';
import { runMissing } from '../../experiments/runner.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

t.test('every mechanism of the registry that can be shown is measured', async (t) => {
  const variants = await recoveryVariants();
  const names = variants.map(({ name }) => name);
  const groups = variants.map(({ name, topology }) => `${name} in ${topology.name}`);
  t.equal(new Set(groups).size, groups.length);
  for (const mechanism of ['1R-AS', '0R'] satisfies (keyof typeof RECOVERY_POLICIES)[]) {
    t.ok(names.includes(mechanism), mechanism);
  }
  t.ok(names.includes('1R-AS commit'));
  t.notOk(names.includes('0R commit'), 'it has no replica to wait for');
  for (const { name, topology } of variants) {
    checkTopology(topology);
    emulatedHosts(topology, loadFor(topology, {})); // There is room for its load.
    const policy = loadedVnf(topology).recovery;
    t.equal(policy?.mechanism ?? UNPROTECTED, name.split(' ')[0]);
    const without = `${UNPROTECTED} in ${topology.name}`;
    t.ok(groups.includes(without), `${name} is compared with the same VNF without it`);
  }
});

const row = (
  mechanism: string,
  fault: string,
  values: Row['values'],
  topology = 'nat-recovery',
): Row => ({
  params: { mechanism, topology, fault },
  run: 1,
  values,
});

t.test('findings: outages, changes, failures, and what protection costs', (t) => {
  const rows = [
    row('none', 'none', { servingCpuUs: 1, p50Us: 10 }, 'pg-several-active'),
    row('none', 'none', { servingCpuUs: 9, p50Us: 100 }),
    row('1R-AS', 'none', { servingCpuUs: 10, p50Us: 130 }),
    row('1R-AS', 'kill', { outageMs: 12, translationsChanged: 2, recovered: 1 }),
    row('1R-AS', 'host', { outageMs: 20, translationsChanged: 0, recovered: 0 }),
  ];
  const { findings, plots } = recovery.conclude(rows);
  const found = (text: RegExp) => findings.find((each) => text.test(each.text));
  t.match(found(/SIGKILL/), { value: 12, aim: { atMost: 10 } });
  t.match(found(/cut off/), { value: 20, aim: { atMost: 25 } });
  t.match(found(/translations changed/), { value: 2, aim: { atMost: 0 } });
  t.match(found(/did not recover/), { value: 1 });
  t.equal(found(/throughput/)?.value?.toFixed(3), '0.100');
  t.equal(found(/latency/)?.value, 30);
  t.same(Object.keys(plots), ['recovery-kill', 'recovery-host']);
  t.end();
});

t.test('groups take turns, and what failed is not tried again in the next turn', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'peer-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const asked: string[] = [];
  const group = (name: string): Group => ({
    title: name,
    points: [{ name }],
    async open(body) {
      asked.push(`open ${name}`);
      await body(() => {
        asked.push(name);
        if (name === 'b') return Promise.reject(new FerryError('LAB_FAILED', 'no'));
        return Promise.resolve({ value: 1 });
      });
    },
  });
  const record = new MeasurementRecord(join(directory, 'x.jsonl'), 'x', false);
  const groups = [group('a'), group('b')];
  const { failed } = await runMissing(groups, 3, record, () => undefined, 2);
  const ofB = ['open b', 'b', 'open b', 'b'];
  t.same(asked, ['open a', 'a', 'a', ...ofB, ...ofB, 'open a', 'a', ...ofB]);
  t.equal(failed.length, 3);
  t.equal(record.rows().length, 3);
});
