// Counters of things that only the worker may touch, copied out for whoever asks.
#pragma once

#include <array>
#include <bit>
#include <memory>
#include <string_view>
#include <vector>

#include "../io/port.hpp"
#include "nf.hpp"
#include "telemetry.hpp"

namespace ferry {

class PublishedStats {
 public:
  PublishedStats(NetworkFunction& nf, std::size_t ports) : ports_(ports) {
    for (const Counter& counter : nf.counters()) names_.push_back(counter.name);
    values_ = std::make_unique<Count[]>(names_.size());
    portValues_ = std::make_unique<Count[]>(ports * kPortFields);
  }

  // By the worker.
  void publish(NetworkFunction& nf) {
    const auto counters = nf.counters();
    for (std::size_t i = 0; i < names_.size() && i < counters.size(); ++i) {
      values_[i].set(counters[i].value);
    }
  }
  void publish(std::size_t port, const PortStats& stats) {
    const auto fields = std::bit_cast<PortFields>(stats);
    for (std::size_t i = 0; i < kPortFields; ++i)
      portValues_[port * kPortFields + i].set(fields[i]);
  }

  // By anybody.
  std::vector<Counter> functionCounters() const {
    std::vector<Counter> counters;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      counters.push_back({names_[i], values_[i].get()});
    }
    return counters;
  }
  std::vector<PortStats> portStats() const {
    std::vector<PortStats> all;
    for (std::size_t port = 0; port < ports_; ++port) {
      PortFields fields{};
      for (std::size_t i = 0; i < kPortFields; ++i) {
        fields[i] = portValues_[port * kPortFields + i].get();
      }
      all.push_back(std::bit_cast<PortStats>(fields));
    }
    return all;
  }

 private:
  static constexpr std::size_t kPortFields = sizeof(PortStats) / sizeof(std::uint64_t);
  using PortFields = std::array<std::uint64_t, kPortFields>;

  std::size_t ports_;
  std::vector<std::string_view> names_;
  std::unique_ptr<Count[]> values_;
  std::unique_ptr<Count[]> portValues_;
};

}  // namespace ferry
