/** `ferry network`: switches, links and hosts that the controller has found. */
import type { Command } from 'commander';
import type { NetworkHost, NetworkLink, NetworkSwitch } from '../../contract/network.js';
import { addExample, apiOf, sharedOptions } from '../command-line.js';
import { renderTable, say, sayJson } from '../output.js';

export function addNetworkCommands(program: Command): void {
  const network = program.command('network').description('switches, links and hosts as found');
  const show = network
    .command('show')
    .description('show every switch, link and host')
    .action(async (_options: object, command: Command) => {
      const api = apiOf(command);
      const [switches, links, hosts] = await Promise.all([
        api.networkSwitches(),
        api.networkLinks(),
        api.networkHosts(),
      ]);
      if (sharedOptions(command).json) sayJson({ switches, links, hosts });
      else tell(switches, links, hosts);
    });
  addExample(show, 'ferry network show');

  const path = network
    .command('path')
    .description('show the way that frames take between two hosts')
    .argument('<from>', 'MAC address')
    .argument('<to>', 'MAC address')
    .action(async (from: string, to: string, _options: object, command: Command) => {
      const found = await apiOf(command).networkPath(from, to);
      if (sharedOptions(command).json) {
        sayJson(found);
        return;
      }
      const rows = found.hops.map((hop) => [hop.switch, String(hop.inPort), String(hop.outPort)]);
      say(renderTable(['switch', 'in', 'out'], rows));
    });
  addExample(path, 'ferry network path 00:00:00:00:00:01 00:00:00:00:00:02');
}

function tell(
  switches: readonly NetworkSwitch[],
  links: readonly NetworkLink[],
  hosts: readonly NetworkHost[],
): void {
  say(renderTable(['switch', 'state', 'ports', 'edge', 'links', 'hosts'], switches.map(switchRow)));
  say(renderTable(['link', '', 'state'], links.map(linkRow)));
  say(renderTable(['host', 'IPv4', 'at'], hosts.map(hostRow)));
}

function switchRow({ name, connected, ports, hosts }: NetworkSwitch): string[] {
  const count = (role: string): string => String(ports.filter((port) => port.role === role).length);
  const state = connected ? 'connected' : 'away';
  return [name, state, String(ports.length), count('edge'), count('link'), String(hosts)];
}

function linkRow({ from, to, state }: NetworkLink): string[] {
  return [placeText(from), placeText(to), state === 'up' ? 'up' : 'one way'];
}

function hostRow({ mac, ipv4, at }: NetworkHost): string[] {
  return [mac, ipv4 ?? '-', placeText(at)];
}

const placeText = ({ switch: name, portName, port }: NetworkLink['from']): string =>
  `${name} ${portName === '' ? port : portName}`;
