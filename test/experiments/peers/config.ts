// The configuration files of keepalived and conntrackd, and of the kernel's NAT beside them.
import { join } from 'node:path';
import type { PeerSetting, RouterPlace } from './setting.js';

const REALTIME_PRIORITY = 50;
/** Microseconds that it may run without sleeping: the default ends it on a machine that stalls. */
const REALTIME_LIMIT_US = 1_000_000;

/** One VRRP instance a link; both have the same state at all times. Nobody takes a role back. */
export function keepalivedConf(setting: PeerSetting, place: RouterPlace): string {
  const realtime = setting.realtime
    ? `  vrrp_rt_priority ${REALTIME_PRIORITY}\n  vrrp_rlimit_rttime ${REALTIME_LIMIT_US}\n  vrrp_no_swap\n`
    : '';
  const script = join(place.directory, 'notify');
  const instance = (name: string, id: number, device: string, address: string): string =>
    `vrrp_instance ${name} {
  state BACKUP
  nopreempt
  interface ${device}
  virtual_router_id ${id}
  priority ${place.priority}
  advert_int ${setting.advertSeconds}
  virtual_ipaddress {
    ${address} dev ${device}
  }
}
`;
  return `global_defs {
  router_id ${place.host}
  script_user root
  enable_script_security
  vrrp_version ${setting.version}
${realtime}}
vrrp_sync_group NAT {
  group {
    INSIDE
    OUTSIDE
  }
  notify_master "${script} primary"
  notify_backup "${script} backup"
  notify_fault "${script} fault"
}
${instance('INSIDE', 51, place.inside, place.virtual.inside)}${instance('OUTSIDE', 52, place.outside, place.virtual.outside)}`;
}

export function conntrackdConf(setting: PeerSetting, place: RouterPlace): string {
  const file = (name: string): string => join(place.directory, name);
  const scheduler = setting.realtime ? '  Scheduler {\n    Type FIFO\n    Priority 99\n  }\n' : '';
  return `Sync {
  Mode FTFW {
    DisableExternalCache ${setting.direct ? 'On' : 'Off'}
  }
  UDP {
    IPv4_address ${place.sync.own}
    IPv4_Destination_Address ${place.sync.other}
    Port 3780
    Interface ${place.sync.interface}
    SndSocketBuffer 4194304
    RcvSocketBuffer 4194304
    Checksum on
  }
}
General {
  HashSize 32768
  HashLimit 131072
  LogFile ${file('conntrackd.log')}
  Syslog off
  LockFile ${file('conntrackd.lock')}
  UNIX {
    Path ${file('conntrackd.sock')}
  }
  NetlinkBufferSize 4194304
  NetlinkBufferSizeMaxGrowth 16777216
${scheduler}  Filter From Userspace {
    Protocol Accept {
      UDP
      TCP
    }
    Address Ignore {
      IPv4_address 127.0.0.1
      IPv4_address ${place.sync.own}
      IPv4_address ${place.sync.other}
    }
  }
}
`;
}

/**
 * What keepalived runs at each change of state: it is noted for us, then conntrackd is told. A new
 * master puts what it heard into the kernel, unless it is there already, and tells all that it has.
 */
export function notifyScript(setting: PeerSetting, place: RouterPlace): string {
  const tell = `conntrackd -C ${join(place.directory, 'conntrackd.conf')}`;
  const primary = setting.direct ? ['-R', '-B'] : ['-c', '-f', '-R', '-B'];
  // To shorten the timers of a kernel table that has nothing but what was heard would lose it.
  const backup = setting.direct ? ['-n'] : ['-t', '-n'];
  const lines = (options: readonly string[]): string =>
    options.map((option) => `  ${tell} ${option}\n`).join('');
  return `#!/bin/sh
echo "$1" >> ${join(place.directory, 'states')}
case $1 in
primary)
${lines(primary)}  ;;
backup)
${lines(backup)}  ;;
esac
exit 0
`;
}

/** Source NAT to the address that moves; nobody outside begins anything with that address. */
export function natRules(place: RouterPlace): string {
  const [address] = place.virtual.outside.split('/');
  return `table ip ferry_peer {
  chain source {
    type nat hook postrouting priority srcnat;
    ip saddr ${place.insideNet} oifname "${place.outside}" snat to ${address ?? ''}
  }
  chain begun_outside {
    type filter hook input priority filter;
    iifname "${place.outside}" meta l4proto { tcp, udp } ct state new drop
  }
}
`;
}
