/** Where the switch itself sends a VNF's traffic: read from its groups, past the controller. */
import { linksForVnf } from '../../sdn-app/contract/resolve.js';
import { portOrder } from '../../sdn-app/contract/topology.js';
import { vnfPortGroup } from '../../sdn-app/steering/groups.js';
import { run } from '../lab/ferry-command.js';
import { VNF, type FaultLab } from './fault-lab.js';

/** The host that every group of the VNF points at; undefined when there is no such host. */
export async function steeredHost(lab: FaultLab): Promise<string | undefined> {
  const spec = lab.topology.vnfs[VNF];
  if (spec === undefined) return undefined;
  const outputs = await groupOutputs(Object.keys(lab.topology.switches)[0] ?? '');
  const ports = portOrder(spec);
  return Object.keys(lab.topology.hosts).find((host) => {
    const own = linksForVnf(lab.topology, host, spec) ?? [];
    const ids = ports.map((_, port) => vnfPortGroup(lab.topology, VNF, port));
    return (
      own.length > 0 && ids.every((id, port) => outputs.get(id) === own[port]?.switchInterface)
    );
  });
}

async function groupOutputs(bridge: string): Promise<Map<number, string>> {
  const said = await run('ovs-ofctl', ['-O', 'OpenFlow13', '--names', 'dump-groups', bridge]);
  const groups = said.stdout.matchAll(/group_id=(\d+),.*output:"?([^",\n]+)"?$/gm);
  return new Map([...groups].map(([, id, port]) => [Number(id), port ?? '']));
}
