// Several state tables as the state of one network function.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include "../core/nf.hpp"
#include "bytes.hpp"
#include "state_table.hpp"

namespace ferry {

/**
 * True of a table whose entries belong to every part of a state: a part gets copies, and what it is
 * taken from keeps them (`static constexpr bool kShared = true` in the owner).
 */
template <typename Owner>
constexpr bool isShared = requires {
  std::decay_t<Owner>::kShared;
};

/** True of a table in which an entry of a part that joins yields to one of the same key. */
template <typename Owner>
constexpr bool yields = requires {
  std::decay_t<Owner>::kYields;
};

/**
 * Forwards the synchronisation methods of a NetworkFunction to tables. Each Owner holds one
 * StateTable, table(), and is its Owner in the sense of StateTable. What collect() and
 * writeSnapshot() write is sections, each a byte with the table's place in this list, then the
 * table's own section.
 */
template <typename... Owners>
class TableSet {
 public:
  explicit TableSet(Owners&... owners) : owners_(owners...) {}

  static constexpr std::size_t kMaxSectionBytes =
      1 + std::max({std::decay_t<decltype(std::declval<Owners&>().table())>::kMaxSectionBytes...});

  bool dirty() const {
    return any([](const auto& table) { return table.dirty(); });
  }
  bool collectDue() const {
    return any([](const auto& table) { return table.collectDue(); });
  }
  bool snapshotUrgent() const {
    return any([](const auto& table) { return table.snapshotUrgent(); });
  }
  void discardMarks() {
    each([](std::uint8_t, auto& owner) { owner.table().discardMarks(); });
  }
  void beginSnapshot() {
    each([](std::uint8_t, auto& owner) { owner.table().beginSnapshot(); });
  }
  void rollSnapshot() {
    each([](std::uint8_t, auto& owner) { owner.table().rollSnapshot(); });
  }
  void endSnapshot() {
    each([](std::uint8_t, auto& owner) { owner.table().endSnapshot(); });
  }

  /** `chosen` says of an entry whether it belongs to the part; shared tables belong to each. */
  template <typename Chosen = Everything>
  void collect(ByteWriter& out, const Chosen& chosen = {}) {
    each([&](std::uint8_t id, auto& owner) {
      if (!owner.table().dirty() || out.room() < kMaxSectionBytes) return;
      out.fixed(id);
      if constexpr (isShared<decltype(owner)>) {
        owner.table().collect(out);
      } else {
        owner.table().collect(out, chosen);
      }
    });
  }

  /** True when every table's snapshot is complete. */
  template <typename Chosen = Everything>
  bool writeSnapshot(ByteWriter& out, const Chosen& chosen = {}) {
    bool complete = true;
    each([&](std::uint8_t id, auto& owner) {
      if (owner.table().snapshotComplete()) return;
      if (out.room() >= kMaxSectionBytes) {
        out.fixed(id);
        if constexpr (isShared<decltype(owner)>) {
          owner.table().writeSnapshot(out);
        } else {
          owner.table().writeSnapshot(out, chosen);
        }
      }
      complete = complete && owner.table().snapshotComplete();
    });
    return complete;
  }

  ApplyStatus apply(ByteView sections) {
    return read(sections,
                [](ByteReader& in, auto& owner) { return owner.table().apply(in, owner); });
  }
  ApplyStatus install(ByteView sections) {
    return read(sections,
                [](ByteReader& in, auto& owner) { return owner.table().install(in, owner); });
  }

  /** Calls visit(id, owner) for each table. */
  template <typename Visit>
  void each(Visit&& visit) {
    std::uint8_t id = 0;
    std::apply([&](auto&... owner) { (visit(id++, owner), ...); }, owners_);
  }
  /** Calls visit(owner, theirs) for each table of this set and its like in another one. */
  template <typename Visit>
  void eachPair(TableSet& other, Visit&& visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (visit(std::get<I>(owners_), std::get<I>(other.owners_)), ...);
    }
    (std::index_sequence_for<Owners...>{});
  }

 private:
  template <typename Test>
  bool any(Test&& test) const {
    return std::apply([&](auto&... owner) { return (test(owner.table()) || ...); }, owners_);
  }

  template <typename Read>
  ApplyStatus read(ByteView sections, Read&& readSection) {
    ByteReader in(sections);
    ApplyStatus status = ApplyStatus::ok;
    while (status == ApplyStatus::ok && !in.done()) {
      const auto wanted = in.fixed<std::uint8_t>();
      status = ApplyStatus::malformed;
      each([&](std::uint8_t id, auto& owner) {
        if (id == wanted) status = readSection(in, owner);
      });
    }
    return status;
  }

  std::tuple<Owners&...> owners_;
};

}  // namespace ferry
