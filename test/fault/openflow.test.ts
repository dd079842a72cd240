// The switch in the middle of the redirect: its connection cut, and answers that come late or never.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { cannotRunLab } from '../lab/ferry-command.js';
import { cutOpenFlow } from './connection-faults.js';
import { runFaultCase, type FaultCase } from './fault-case.js';
import { closeFaultLab, eventually, openFaultLab, type FaultLab } from './fault-lab.js';
import type { Held } from './hold.js';

type Fault = (lab: FaultLab, held: Held) => Promise<void>;

const SAFE = { loss: 'none', translationsKept: true } as const;
const ONWARD = { ...SAFE, ends: ['completed'] } as const;

const slow = () => sleep(1500);

/** Until the controller asks the switch itself. */
const unanswered: Fault = async (lab, { id }) => {
  await eventually('the doubt', async () => {
    const { notes } = await lab.api.migration(id);
    return notes.some((note) => note.includes('did not say whether')) || undefined;
  });
};

const CASES: [name: string, fault: Fault, given: FaultCase][] = [
  ['cut', cutOpenFlow, { moment: 'switching', ...SAFE, ends: ['rolledBack', 'completed'] }],
  ['cut', cutOpenFlow, { moment: 'switching, redirected', ...ONWARD }],
  ['slow', slow, { moment: 'switching', ...ONWARD }],
  ['slow', slow, { moment: 'switching, redirected', ...ONWARD }],
  ['unanswered', unanswered, { moment: 'switching, redirected', ...ONWARD }],
];

t.test('the switch', { skip: cannotRunLab() }, async (t) => {
  const lab = await openFaultLab();
  t.teardown(closeFaultLab);
  for (const [name, fault, given] of CASES) {
    await t.test(`${name} while ${given.moment}`, async (t) => {
      await runFaultCase(t, lab, given, (held) => fault(lab, held));
    });
  }
});
