/** The network of any OpenFlow switches: links, hosts, shortest paths. */
export { isNetworkCookie, NETWORK_FLOWS } from './flows.js';
export { attachNetwork, declaredBy } from './adapter.js';
export type { NetworkSession } from './comparison.js';
export { Network, type Declared } from './service.js';
export { NetworkView } from './view.js';
