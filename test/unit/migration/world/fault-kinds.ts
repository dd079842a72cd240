/** What can go wrong, and where. */
import { FakeTable } from '../../steering/fake-table.js';
import type { World } from './world.js';

/** Points of a migration from host1 to host2, in the order in which a faultless one reaches them. */
export const POINTS = [
  'before startInstance',
  'after startInstance',
  'before listen',
  'after listen',
  'before connect',
  'after connect',
  'synchronised',
  'before arm',
  'after arm',
  'before prepareSwitch',
  'after prepareSwitch',
  'commit',
  'committed',
  'ended',
  'serving',
  'before stopInstance',
  'after stopInstance',
] as const;
export type Point = (typeof POINTS)[number];

const instanceOf = (world: World, host: string) => world.instanceOn(host)?.spec.id;

export const FAULTS = {
  'destInst dies': (world: World) => world.crash('host2', instanceOf(world, 'host2')),
  'srcInst dies': (world: World) => world.crash('host1', instanceOf(world, 'host1')),
  'dest host reboots': (world: World) => world.reboot('host2'),
  'src host reboots': (world: World) => world.reboot('host1'),
  'dest agent gone shortly': (world: World) => world.loseAgent('host2', 500),
  'dest agent gone for long': (world: World) => world.loseAgent('host2', 6000),
  'dest agent killed': (world: World) => world.loseAgent('host2', 700, true),
  'src agent gone shortly': (world: World) => world.loseAgent('host1', 500),
  'src agent gone for long': (world: World) => world.loseAgent('host1', 6000),
  'src agent killed': (world: World) => world.loseAgent('host1', 700, true),
  'switch gone shortly': (world: World) => world.loseSwitch(500),
  'switch gone for long': (world: World) => world.loseSwitch(6000),
  'controller killed': (world: World) => world.killController(400),
  'switch restarted empty': (world: World) => {
    world.loseSwitch(500);
    world.switch.table = new FakeTable();
  },
  'disk full for a while': (world: World) => world.fillDisk(3000),
  'stream cut': (world: World) => world.instanceOn('host1')?.cut(),
  'commit refused': (world: World) => {
    world.switch.refuseNext = true;
  },
} as const;
export type Fault = keyof typeof FAULTS;
