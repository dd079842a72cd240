// From a NetworkFunction to the table of plain functions by which Ferry calls it.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "../../core/nf.hpp"
#include "../../nf/registry.hpp"
#include "nf_abi.h"

namespace ferry::exported {

inline ConfigNode configOf(const ferry_value& value) {
  ConfigNode node;
  node.type = static_cast<ConfigNode::Type>(value.type);
  node.boolean = value.boolean != 0;
  node.number = value.number;
  if (value.text_length > 0) node.text.assign(value.text, value.text_length);
  for (std::size_t i = 0; i < value.item_count; ++i) {
    const ferry_value& item = value.items[i];
    node.items.push_back(configOf(item));
    if (node.type == ConfigNode::Type::object) node.keys.emplace_back(item.key, item.key_length);
  }
  return node;
}

template <std::size_t Size>
void put(char (&to)[Size], std::string_view text) {
  const std::size_t length = text.size() < Size ? text.size() : Size - 1;
  std::memcpy(to, text.data(), length);
  to[length] = 0;
}

class HostOutput final : public Output {
 public:
  explicit HostOutput(const ferry_output& to) : to_(to) {}
  void transmit(PortIndex port, ByteView frame) override {
    to_.transmit(to_.self, port, frame.data(), frame.size());
  }

 private:
  const ferry_output& to_;
};

/** The functions of one class; what it throws after its creation ends the instance. */
template <typename Nf>
struct Functions {
  static Nf& of(void* self) { return *static_cast<Nf*>(self); }
  static const Nf& of(const void* self) { return *static_cast<const Nf*>(self); }

  static void* create(const ferry_value* config, ferry_error* error) noexcept {
    try {
      CreateResult made = Nf::create(configOf(*config));
      if (made.function != nullptr) return static_cast<Nf*>(made.function.release());
      put(error->code, made.error.code);
      put(error->field, made.error.field);
      put(error->message, made.error.message);
    } catch (const std::bad_alloc&) {
      put(error->code, "OUT_OF_MEMORY");
      put(error->message, "There is not enough memory for this capacity: choose a smaller one.");
    } catch (const std::exception& failure) {
      put(error->code, "PLUGIN_INVALID");
      put(error->message, std::string("The network function failed: ") + failure.what());
    }
    return nullptr;
  }
  static void destroy(void* self) noexcept { delete &of(self); }
  static std::uint64_t configDigest(const void* self) noexcept { return of(self).configDigest(); }

  static ferry_verdict process(void* self, ferry_packet* packet, std::uint64_t now,
                               const ferry_output* output) noexcept {
    Packet own{packet->data, packet->length, packet->capacity, packet->port, packet->arrived_ns};
    HostOutput out(*output);
    const Verdict verdict = of(self).process(own, now, out);
    packet->data = own.data;
    packet->length = own.length;
    packet->capacity = own.capacity;
    return {static_cast<std::uint8_t>(verdict.action), verdict.port};
  }
  static void expire(void* self, std::uint64_t now, const ferry_output* output) noexcept {
    HostOutput out(*output);
    of(self).expire(now, out);
  }
  static void recover(void* self, std::uint64_t now) noexcept { of(self).recover(now); }
  static void takeOver(void* self, std::uint64_t now, const ferry_output* output) noexcept {
    HostOutput out(*output);
    of(self).takeOver(now, out);
  }

  static std::uint8_t dirty(const void* self) noexcept { return of(self).dirty() ? 1 : 0; }
  static std::uint8_t collectDue(const void* self) noexcept {
    return of(self).collectDue() ? 1 : 0;
  }
  static std::size_t collect(void* self, std::uint8_t* bytes, std::size_t room) noexcept {
    ByteWriter out(bytes, room);
    of(self).collect(out);
    return out.overflowed() ? FERRY_NF_OVERFLOW : out.size();
  }
  static void discardMarks(void* self) noexcept { of(self).discardMarks(); }
  static std::uint8_t apply(void* self, const std::uint8_t* bytes, std::size_t length) noexcept {
    return static_cast<std::uint8_t>(of(self).apply({bytes, length}));
  }

  static void beginSnapshot(void* self) noexcept { of(self).beginSnapshot(); }
  static void rollSnapshot(void* self) noexcept { of(self).rollSnapshot(); }
  static std::size_t writeSnapshot(void* self, std::uint8_t* bytes, std::size_t room,
                                   std::uint8_t* complete) noexcept {
    ByteWriter out(bytes, room);
    *complete = of(self).writeSnapshot(out) ? 1 : 0;
    return out.overflowed() ? FERRY_NF_OVERFLOW : out.size();
  }
  static void endSnapshot(void* self) noexcept { of(self).endSnapshot(); }
  static std::uint8_t snapshotUrgent(const void* self) noexcept {
    return of(self).snapshotUrgent() ? 1 : 0;
  }
  static std::uint8_t install(void* self, const std::uint8_t* bytes, std::size_t length) noexcept {
    return static_cast<std::uint8_t>(of(self).install({bytes, length}));
  }
  static void reset(void* self) noexcept { of(self).reset(); }

  static std::uint64_t entries(const void* self) noexcept { return of(self).entries(); }
  static std::size_t maxRecordBytes(const void* self) noexcept { return of(self).maxRecordBytes(); }
  static std::size_t counters(void* self, ferry_counter* out, std::size_t room) noexcept {
    std::size_t count = 0;
    for (const Counter& counter : of(self).counters()) {
      if (count < room) out[count] = {counter.name.data(), counter.name.size(), counter.value};
      ++count;
    }
    return count;
  }
  static std::uint8_t checkInvariants(const void* self) noexcept {
    return of(self).checkInvariants() ? 1 : 0;
  }
  static const char* notice(const void* self, std::size_t index) noexcept {
    const auto notices = of(self).notices();
    return index < notices.size() ? notices[index].c_str() : nullptr;
  }

  static constexpr ferry_nf_functions table(const char* name, std::uint8_t ports) {
    return {sizeof(ferry_nf_functions),
            name,
            ports,
            create,
            destroy,
            configDigest,
            process,
            expire,
            recover,
            takeOver,
            dirty,
            collectDue,
            collect,
            discardMarks,
            apply,
            beginSnapshot,
            writeSnapshot,
            endSnapshot,
            snapshotUrgent,
            install,
            reset,
            entries,
            maxRecordBytes,
            counters,
            checkInvariants,
            notice,
            rollSnapshot};
  }
};

}  // namespace ferry::exported

/** Makes a shared library an NF: its class, its name for people, the number of its ports. */
#define FERRY_NF(Type, name, ports)                                                           \
  extern "C" __attribute__((visibility("default"))) std::uint32_t ferry_nf_abi() {            \
    return FERRY_NF_ABI;                                                                      \
  }                                                                                           \
  extern "C" __attribute__((visibility("default"))) const ferry_nf_functions* ferry_nf_v1() { \
    static constexpr ferry_nf_functions table =                                               \
        ferry::exported::Functions<Type>::table(name, ports);                                 \
    return &table;                                                                            \
  }
