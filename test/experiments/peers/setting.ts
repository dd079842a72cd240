// keepalived and conntrackd as operators set them up: what differs between the ways to do it.

export interface PeerSetting {
  name: string;
  /** VRRP version: 2 counts in seconds, 3 in hundredths of one. */
  version: 2 | 3;
  advertSeconds: number;
  /** Real-time priority, and a limit of its time that does not end it when the machine is busy. */
  realtime: boolean;
  /** conntrackd writes what it hears into the kernel at once, not when it takes over. */
  direct: boolean;
}

export const PEER_SETTINGS: readonly PeerSetting[] = [
  {
    name: 'keepalived default',
    version: 2,
    advertSeconds: 1,
    realtime: false,
    direct: false,
  },
  { name: 'keepalived 10 ms', version: 3, advertSeconds: 0.01, realtime: true, direct: false },
  {
    name: 'keepalived 10 ms direct',
    version: 3,
    advertSeconds: 0.01,
    realtime: true,
    direct: true,
  },
];

/** One of the two routers, and what it shares with the other. */
export interface RouterPlace {
  host: string;
  /** Higher is master when both begin. */
  priority: number;
  inside: string;
  outside: string;
  /** What is translated comes from there; the routers' own packets do not. */
  insideNet: string;
  /** Addresses that the master has, with prefix lengths. */
  virtual: { inside: string; outside: string };
  /** The network apart from the data, on which conntrackd speaks. */
  sync: { interface: string; own: string; other: string };
  /** Its files. */
  directory: string;
}
