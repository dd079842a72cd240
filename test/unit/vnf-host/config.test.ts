import t from 'tap';
import { FerryError } from '../../../sdn-app/contract/errors.js';
import { parseHostConfig } from '../../../vnf-host/config.js';

const GOOD = {
  controllerUrl: 'ws://172.31.255.1:8181/v1/agents',
  host: 'host1',
  runDir: '/run/ferry/host1',
};

t.test('a good configuration is frozen and complete', (t) => {
  const config = parseHostConfig(GOOD);
  t.same(config, { ...GOOD, logLevel: 'info' });
  t.ok(Object.isFrozen(config));
  t.end();
});

t.test('a bad one is refused, with the field', (t) => {
  const faults: [object, string][] = [
    [{ ...GOOD, controllerUrl: 'http://172.31.255.1:8181/v1/agents' }, 'controllerUrl'],
    [{ ...GOOD, controllerUrl: 'ws://172.31.255.1:8181/' }, 'controllerUrl'],
    [{ ...GOOD, controllerUrl: 'nowhere' }, 'controllerUrl'],
    [{ ...GOOD, host: 'Host 1' }, 'host'],
    [{ ...GOOD, host: undefined }, 'host'],
    [{ ...GOOD, runDir: 'run' }, 'runDir'],
    [{ ...GOOD, runDir: `/${'x'.repeat(61)}` }, 'runDir'],
    [{ ...GOOD, logLevel: 'loud' }, 'logLevel'],
    [{ ...GOOD, colour: 'red' }, 'colour'],
  ];
  for (const [config, field] of faults) {
    try {
      parseHostConfig(config);
      t.fail(`${field} was accepted`);
    } catch (error) {
      t.match(error, { code: 'CONFIG_INVALID', field });
      t.ok(error instanceof FerryError);
    }
  }
  t.end();
});
