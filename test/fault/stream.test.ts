// The statelet stream cut or stalled in each state that uses it, on the real lab under load.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { cannotRunLab } from '../lab/ferry-command.js';
import { cutStream } from './connection-faults.js';
import { runFaultCase, type FaultCase } from './fault-case.js';
import { closeFaultLab, openFaultLab, type FaultLab } from './fault-lab.js';
import type { Held } from './hold.js';

type Fault = (lab: FaultLab, held: Held) => Promise<void>;

const stalled = () => sleep(1500);
/** As long as the controller has patience with it. */
const forgotten = () => Promise.resolve();

const SAFE = { loss: 'none', translationsKept: true } as const;
const BACK = { ...SAFE, ends: ['rolledBack'] } as const;
const ONWARD = { ...SAFE, ends: ['completed'] } as const;

const CASES: [name: string, fault: Fault, given: FaultCase][] = [
  ['cut', cutStream, { moment: 'synchronising', ...BACK }],
  ['cut', cutStream, { moment: 'synchronised', ...ONWARD }],
  ['cut', cutStream, { moment: 'draining', ...ONWARD }],
  // TCP may need longer to come back than destInst has patience.
  ['stalled', stalled, { moment: 'synchronising', ...SAFE, ends: ['completed', 'rolledBack'] }],
  ['stalled', stalled, { moment: 'draining', ...ONWARD }],
  ['stalled for good', forgotten, { moment: 'synchronising', ...BACK, heardFirst: true }],
  // What srcInst has in hand after the redirect cannot come over any more.
  [
    'stalled for good',
    forgotten,
    { moment: 'draining', ...ONWARD, loss: 'bounded', heardFirst: true },
  ],
];

t.test('the statelet stream', { skip: cannotRunLab() }, async (t) => {
  const lab = await openFaultLab();
  t.teardown(closeFaultLab);
  for (const [name, fault, given] of CASES) {
    await t.test(`${name} while ${given.moment}`, async (t) => {
      await runFaultCase(t, lab, given, (held) => fault(lab, held));
    });
  }
});
