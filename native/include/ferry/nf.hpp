// The one header of a network function (NF) that is compiled apart from Ferry. It brings all that
// NFs in Ferry's own tree are made of, in namespace ferry:
//
//   NetworkFunction, StatefulFunction   what an NF is (core/nf.hpp, statelet/stateful_function.hpp)
//   StateTable, TableSet, SlotIndex     state that announces its changes (statelet/)
//   Packet, EthernetView, Ipv4View, ...  bounded views of headers (proto/)
//   Router, RouterCounters              ARP, next hops, ICMP errors (nf/router.hpp)
//   ConfigReader, Digest                configuration, and what two instances must have in common
//
// An NF is one class with a static create(), and FERRY_NF in one source file:
//
//   #define FERRY_NF_MAIN        // in the source file that has FERRY_NF, and in no other
//   #include <ferry/nf.hpp>
//   class Meter : public ferry::StatefulFunction<Meter> {
//    public:
//     static ferry::CreateResult create(const ferry::ConfigNode& config);
//     ...
//   };
//   FERRY_NF(Meter, "meter", 2)  // class, name, number of ports
//
// Build: g++ -std=c++20 -O2 -fPIC -shared -fvisibility=hidden -I"$(ferry nf include)" ...
// docs/third-party-nfs.md is the guide.
#pragma once

#include "../../core/config_reader.hpp"
#include "../../core/nf.hpp"
#include "../../nf/digest.hpp"
#include "../../nf/fragments.hpp"
#include "../../nf/icmp_answers.hpp"
#include "../../nf/policer.hpp"
#include "../../nf/registry.hpp"
#include "../../nf/router.hpp"
#include "../../nf/subnet.hpp"
#include "../../nf/traffic_count.hpp"
#include "../../proto/checksum.hpp"
#include "../../proto/ethernet.hpp"
#include "../../proto/icmp.hpp"
#include "../../proto/ipv4.hpp"
#include "../../proto/tcp.hpp"
#include "../../proto/transport.hpp"
#include "../../proto/udp.hpp"
#include "../../statelet/slot_index.hpp"
#include "../../statelet/state_table.hpp"
#include "../../statelet/stateful_function.hpp"
#include "../../statelet/table_set.hpp"
#include "nf_export.hpp"

#ifdef FERRY_NF_MAIN
#include "../../core/config_reader.cpp"
#include "../../nf/fragments.cpp"
#include "../../nf/icmp_answers.cpp"
#include "../../nf/neighbours.cpp"
#include "../../nf/router.cpp"
#include "../../nf/router_counters.cpp"
#include "../../nf/router_port.cpp"
#include "../../nf/waiting_frames.cpp"
#endif
