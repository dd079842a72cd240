// A network function that was compiled apart and is loaded by path: docs/third-party-nfs.md.
//
// Ports:    as many as it has; their names come with the configuration.
// Options:  path, absolute; ports, their names; options, what the function itself is told.
// Counters: its own, and dropVerdict: packets with a verdict that cannot be.
// State:    its own.
#pragma once

#include <string>
#include <vector>

#include "../registry.hpp"
#include "library.hpp"

namespace ferry {

/** Errors beside CONFIG_: those of openPluginLibrary(), and the function's own below `options`. */
CreateResult createPlugin(const ConfigNode& config);

class PluginFunction final : public NetworkFunction {
 public:
  /** Takes over what library.functions->create() has made. */
  PluginFunction(const PluginLibrary& library, void* self);
  ~PluginFunction() override { f_.destroy(self_); }
  PluginFunction(const PluginFunction&) = delete;
  PluginFunction& operator=(const PluginFunction&) = delete;

  std::string_view kind() const override { return "plugin"; }
  std::uint64_t configDigest() const override;

  Verdict process(Packet& packet, TimeMs now, Output& output) override;
  void expire(TimeMs now, Output& output) override;
  void recover(TimeMs now) override { f_.recover(self_, now); }
  void takeOver(TimeMs now, Output& output) override;

  bool dirty() const override { return f_.dirty(self_) != 0; }
  bool collectDue() const override { return f_.collect_due(self_) != 0; }
  void collect(ByteWriter& out) override;
  void discardMarks() override { f_.discard_marks(self_); }
  ApplyStatus apply(ByteView statelets) override;

  void beginSnapshot() override { f_.begin_snapshot(self_); }
  void rollSnapshot() override;
  bool writeSnapshot(ByteWriter& out) override;
  void endSnapshot() override { f_.end_snapshot(self_); }
  bool snapshotUrgent() const override { return f_.snapshot_urgent(self_) != 0; }
  ApplyStatus install(ByteView records) override;
  void reset() override { f_.reset(self_); }

  std::uint64_t entries() const override { return f_.entries(self_); }
  std::size_t maxRecordBytes() const override { return f_.max_record_bytes(self_); }
  std::span<const Counter> counters() override;
  bool checkInvariants() const override { return f_.check_invariants(self_) != 0; }
  std::span<const std::string> notices() const override { return notices_; }

 private:
  const ferry_nf_functions& f_;
  const std::uint64_t fileDigest_;
  void* const self_;
  std::vector<ferry_counter> told_;
  std::vector<Counter> counters_;  // those of the function, then dropVerdict
  std::vector<std::string> notices_;
};

}  // namespace ferry
