// A network function whose state is tables: what is the same for all of them.
#pragma once

#include "../core/nf.hpp"
#include "bytes.hpp"

namespace ferry {

/**
 * Forwards the methods of synchronisation to the tables of `Self`, which derives from
 * StatefulFunction<Self> and has a public method tables() that returns its TableSet.
 */
template <typename Self>
class StatefulFunction : public NetworkFunction {
 public:
  bool dirty() const override { return tables().dirty(); }
  bool collectDue() const override { return tables().collectDue(); }
  void collect(ByteWriter& out) override { tables().collect(out); }
  void discardMarks() override { tables().discardMarks(); }
  ApplyStatus apply(ByteView statelets) override { return tables().apply(statelets); }

  void beginSnapshot() override { tables().beginSnapshot(); }
  void rollSnapshot() override { tables().rollSnapshot(); }
  bool writeSnapshot(ByteWriter& out) override { return tables().writeSnapshot(out); }
  void endSnapshot() override { tables().endSnapshot(); }
  bool snapshotUrgent() const override { return tables().snapshotUrgent(); }
  ApplyStatus install(ByteView records) override { return tables().install(records); }
  std::size_t maxRecordBytes() const override { return tables().kMaxSectionBytes; }

 private:
  auto& tables() { return static_cast<Self&>(*this).tables(); }
  const auto& tables() const { return static_cast<const Self&>(*this).tables(); }
};

}  // namespace ferry
