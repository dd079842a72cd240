// What keepalived and conntrackd are told, and where they stand, follows from the topology.
import t from 'tap';
import { RECOVERY_TOPOLOGY } from '../../../sdn-app/cli/paths.js';
import { loadTopology } from '../../../sdn-app/contract/load.js';
import { checkTopology } from '../../../sdn-app/contract/check.js';
import {
  conntrackdConf,
  keepalivedConf,
  natRules,
  notifyScript,
} from '../../experiments/peers/config.js';
import { routerPlaces, withoutVnf } from '../../experiments/peers/pair.js';
import { PEER_SETTINGS } from '../../experiments/peers/setting.js';
import { failoverPeers } from '../../experiments/failover-peers.js';
import type { Row } from '../../experiments/experiment.js';

t.test('two routers stand where the VNF could be, with its addresses', async (t) => {
  const topology = await loadTopology(RECOVERY_TOPOLOGY);
  const [first, second] = routerPlaces(topology);
  t.match(first, {
    host: 'host1',
    inside: 'host1-eth0',
    outside: 'host1-eth1',
    virtual: { inside: '10.0.0.1/32', outside: '203.0.113.101/32' },
    sync: { interface: 'host1-mgmt', own: '172.31.255.4', other: '172.31.255.5' },
  });
  t.match(second, { host: 'host2', virtual: first.virtual, sync: { own: first.sync.other } });
  t.ok(first.priority > second.priority);
  const apart = withoutVnf(topology);
  checkTopology(apart);
  t.same([apart.links, apart.hosts, apart.vnfs], [topology.links, topology.hosts, {}]);
});

t.test('settings differ in what they are named for', async (t) => {
  const [place] = routerPlaces(await loadTopology(RECOVERY_TOPOLOGY));
  const [slow, fast, direct] = PEER_SETTINGS;
  if (slow === undefined || fast === undefined || direct === undefined) throw new Error('three');
  t.match(keepalivedConf(slow, place), /vrrp_version 2\n[^]*advert_int 1\n/);
  t.notMatch(keepalivedConf(slow, place), /rt_priority/);
  t.match(
    keepalivedConf(fast, place),
    /vrrp_version 3\n {2}vrrp_rt_priority 50\n {2}vrrp_rlimit_rttime/,
  );
  t.match(keepalivedConf(fast, place), /advert_int 0\.01\n/);
  t.match(conntrackdConf(fast, place), /DisableExternalCache Off\n/);
  t.match(conntrackdConf(direct, place), /DisableExternalCache On\n/);
  t.match(notifyScript(fast, place), / -c\n[^]* -t\n/);
  t.notMatch(notifyScript(direct, place), / -[ct]\n/, 'there is nothing to commit, or to forget');
  t.match(
    natRules(place),
    /ip saddr 10\.0\.0\.0\/16 oifname "host1-eth1" snat to 203\.0\.113\.101\n/,
  );
  for (const text of [
    keepalivedConf(fast, place),
    conntrackdConf(direct, place),
    natRules(place),
  ]) {
    t.equal(text.split('{').length, text.split('}').length, 'braces match');
  }
});

t.test('Ferry is held against the best of the others', (t) => {
  const row = (
    system: string,
    fault: string,
    outageMs: number,
    [spurious, recovered] = [0, 1],
  ): Row => ({
    params: { system, fault },
    run: 1,
    values: { outageMs, translationsChanged: 0, spurious, recovered },
  });
  const rows = [
    row('Ferry 1R-AS', 'crash', 10),
    row('slow', 'crash', 3000),
    row('fast', 'crash', 20),
    row('still', 'stalls', 300),
    row('fast', 'stalls', 300, [4, 1]),
    row('Ferry 1R-AS', 'link', 30_000, [0, 0]),
  ];
  const { findings } = failoverPeers.conclude(rows);
  const value = (text: RegExp): number | null | undefined =>
    findings.find((each) => text.test(each.text))?.value;
  t.equal(value(/over that of the best/), 0.5);
  t.equal(value(/^fast: takeovers/), 4);
  t.equal(value(/^fast: faults that nobody/), 0);
  t.equal(value(/^still: faults that nobody/), null, 'nothing failed');
  t.equal(value(/^Ferry 1R-AS: faults that nobody/), 1);
  t.equal(value(/^Ferry 1R-AS: takeovers/), 0);
  t.end();
});
