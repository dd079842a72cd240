/** Services to tables, groups and flows: pure functions that return messages; no I/O. */
export { compile } from './compile.js';
export { isFerryGroup, MAX_PARTS, partOfGroup } from './groups.js';
export { difference, install } from './change.js';
export { divertedPorts, markRelayed, type DivertedFrame } from './diverted.js';
export { Fabric } from './fabric.js';
export type { Desired, Flow, FlowAction, FlowMatch, Group, Output } from './flow.js';
export { MARKER_KIND, MARKER_SOURCE, markerFrame } from './marker.js';
export { switchesOfVnf, switchNetwork, wayTo } from './network.js';
export type { SwitchLink, SwitchNetwork } from './network.js';
export { sendFrame } from './messages.js';
export { OWNED_FLOWS, cookieOf, owned } from './owned.js';
export type { Owned, OwnedFlow } from './owned.js';
export { drainingTo, instanceLinks, servingOn, sharedBy } from './placement.js';
export type { InstanceLinks, PartPlace, Placement } from './placement.js';
export { switchover, takeoverOrder, witness } from './switchover.js';
export type { GroupEvidence, Switchover } from './switchover.js';
export { ETH_TYPE, TABLES, checkFlow } from './tables.js';
export { vnfPorts } from './vnf-port.js';
