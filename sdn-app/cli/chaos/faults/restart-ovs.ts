/** ovs-vswitchd dies and is started again, as an init system does: with ports, without flows. */
import { dirname } from 'node:path';
import { FerryError } from '../../../contract/errors.js';
import { LAB_MARKER } from '../../lab/host.js';
import { readJournal } from '../../lab/journal.js';
import { LAB_PROGRAM, PYTHON } from '../../paths.js';
import type { Fault } from '../fault.js';
import { tool } from '../tool.js';

/** mininet/openvswitch.py knows how; its folder is where Python looks for its modules. */
const RESTART =
  'import sys; sys.path.insert(0, sys.argv[1]); import openvswitch; openvswitch.restart()';

export const restartOvs: Fault<'restartOvs'> = {
  name: 'restartOvs',
  target: () => 'ovs-vswitchd',
  strike: async () => {
    const { ovsStarted, labId } = await readJournal();
    if (!ovsStarted) {
      const message = 'Open vSwitch ran before the lab: others may use it';
      throw new FerryError('CHAOS_FAILED', message, 'fault');
    }
    // In a session of its own, so that ^C does not leave the switch dead; it ends with the lab.
    const detached = ['env', `${LAB_MARKER}=${labId}`, 'setsid', '--wait'];
    await tool([...detached, PYTHON, '-B', '-c', RESTART, dirname(LAB_PROGRAM)]);
    return undefined;
  },
};
