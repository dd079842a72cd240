/** The network of any OpenFlow switches: links, hosts, shortest paths. */
export { isNetworkCookie, NETWORK_FLOWS } from './flows.js';
export { attachNetwork, declaredBy } from './adapter.js';
export { Network, type Declared, type NetworkSession } from './service.js';
export { NetworkView } from './view.js';
