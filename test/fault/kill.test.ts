// kill -9 of each process in each state of a migration, on the real lab under load.
import t from 'tap';
import { cannotRunLab } from '../lab/ferry-command.js';
import { runFaultCase, type FaultCase } from './fault-case.js';
import { closeFaultLab, openFaultLab } from './fault-lab.js';
import { MOMENTS, type Moment } from './hold.js';
import { kill, pidOf, VICTIMS, type Victim } from './processes.js';

type Outcome = Omit<FaultCase, 'moment'>;

/** Before the switch commits: back, as if nothing had happened. */
const BACK: Outcome = { ends: ['rolledBack'], loss: 'none', translationsKept: true };
const HEARD: Outcome = { ...BACK, heardFirst: true };
/** Instances go on by themselves, and a restarted agent adopts them; or it was away too long. */
const EITHER: Outcome = { ...BACK, ends: ['rolledBack', 'completed'] };
const ONWARD: Outcome = { ends: ['completed'], loss: 'none', translationsKept: true };
/** One instance has everything but died or waits while nothing else serves. */
const OUTAGE: Outcome = { ends: ['completed'], loss: 'bounded', translationsKept: true };
/** The only one that had the state died. */
const FORGOTTEN: Outcome = { ends: ['rolledBack'], loss: 'bounded', translationsKept: false };

const OUTCOMES: Record<Moment, Record<Victim, Outcome>> = {
  preparing: {
    srcInst: FORGOTTEN,
    destInst: HEARD,
    srcAgent: EITHER,
    destAgent: EITHER,
    'sdn-app': BACK,
  },
  synchronising: {
    srcInst: FORGOTTEN,
    destInst: HEARD,
    srcAgent: EITHER,
    destAgent: EITHER,
    'sdn-app': BACK,
  },
  synchronised: {
    srcInst: OUTAGE,
    destInst: HEARD,
    srcAgent: EITHER,
    destAgent: EITHER,
    'sdn-app': BACK,
  },
  switching: {
    srcInst: OUTAGE,
    destInst: OUTAGE,
    srcAgent: ONWARD,
    destAgent: ONWARD,
    'sdn-app': EITHER,
  },
  'switching, redirected': {
    srcInst: OUTAGE,
    destInst: OUTAGE,
    srcAgent: ONWARD,
    destAgent: ONWARD,
    'sdn-app': ONWARD,
  },
  draining: {
    srcInst: OUTAGE,
    destInst: OUTAGE,
    srcAgent: ONWARD,
    destAgent: ONWARD,
    'sdn-app': ONWARD,
  },
};

t.test('kill -9', { skip: cannotRunLab() }, async (t) => {
  const lab = await openFaultLab();
  t.teardown(closeFaultLab);
  for (const moment of MOMENTS) {
    for (const victim of VICTIMS) {
      await t.test(`${victim} while ${moment}`, async (t) => {
        const given = { moment, ...OUTCOMES[moment][victim] };
        await runFaultCase(t, lab, given, async ({ roles }) => kill(await pidOf(victim, roles)));
      });
    }
  }
});
