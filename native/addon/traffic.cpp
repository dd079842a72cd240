// The class TrafficEndpoint of native/traffic.ts.
#include "traffic.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include "../traffic/options_reader.hpp"
#include "js_config.hpp"
#include "js_error.hpp"
#include "js_event.hpp"

namespace ferry::addon {
namespace {

using traffic::EndpointReport;
using traffic::EndpointStats;
using traffic::EntryRange;
using traffic::Phase;

constexpr std::uint32_t kMaxRangesAtOnce = 4'096;

const char* nameOf(Phase phase) {
  switch (phase) {
    case Phase::idle:
      return "idle";
    case Phase::resolving:
      return "resolving";
    case Phase::prefilling:
      return "prefilling";
    case Phase::sending:
      return "sending";
    case Phase::draining:
      return "draining";
    case Phase::finished:
      return "finished";
    case Phase::failed:
      return "failed";
  }
  return "failed";
}

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1'000; }

Napi::Object statsToJs(Napi::Env env, const EndpointStats& stats) {
  Napi::Object object = Napi::Object::New(env);
  const auto count = [&](const char* name, std::uint64_t value) {
    object.Set(name, number(env, value));
  };
  const auto time = [&](const char* name, std::uint64_t ns) { object.Set(name, microseconds(ns)); };
  object.Set("phase", nameOf(stats.phase));
  count("sent", stats.sent);
  count("skipped", stats.skipped);
  count("refused", stats.refused);
  count("corrupted", stats.corrupted);
  count("foreign", stats.foreign);
  count("prefillSent", stats.prefillSent);
  count("prefillReceived", stats.prefillReceived);
  count("received", stats.received.received);
  count("missing", stats.received.missing);
  count("duplicated", stats.received.duplicated);
  count("reordered", stats.received.reordered);
  count("translationsChanged", stats.received.flowsTranslationChanged);
  count("over15Ms", stats.received.overLateLimit);
  time("longestGapUs", stats.received.longestGapNs);
  time("firstArrivalUs", stats.received.firstArrivalNs);
  time("lastArrivalUs", stats.received.lastArrivalNs);
  time("p50Us", stats.p50Ns);
  time("p99Us", stats.p99Ns);
  time("maxUs", stats.maxNs);
  time("maxSchedulingStallUs", stats.maxSchedulingStallNs);
  return object;
}

template <typename Values>
Napi::Array arrayToJs(Napi::Env env, const Values& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) array.Set(i, number(env, values[i]));
  return array;
}

Napi::Object reportToJs(Napi::Env env, const EndpointReport& report) {
  Napi::Object object = statsToJs(env, report.totals);
  object.Set("firstSentUs", microseconds(report.firstSentNs));
  object.Set("lastSentUs", microseconds(report.lastSentNs));
  object.Set("sentOfFlow", arrayToJs(env, report.sentOfFlow));
  object.Set("receivedOfFlow", arrayToJs(env, report.receivedOfFlow));
  Napi::Array latency = Napi::Array::New(env, report.latency.size());
  for (std::uint32_t i = 0; i < report.latency.size(); ++i) {
    Napi::Array bucket = Napi::Array::New(env, 2);
    bucket.Set(0U, microseconds(report.latency[i].first));
    bucket.Set(1U, number(env, report.latency[i].second));
    latency.Set(i, bucket);
  }
  object.Set("latency", latency);
  object.Set("rxKernelDrops", number(env, report.port.rxKernelDrops));
  object.Set("rxTruncated", number(env, report.port.rxTruncated));
  object.Set("txErrors", number(env, report.port.txErrors));
  object.Set("linkDown", number(env, report.port.linkDown));
  return object;
}

std::uint32_t wholeNumber(const Napi::Value& value, const char* field) {
  const double given = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (given >= 0 && given <= 4'294'967'295.0) {
    const auto whole = static_cast<std::uint32_t>(given);
    if (static_cast<double>(whole) == given) return whole;
  }
  throw toJs(value.Env(), Error{"TRAFFIC_OPTIONS", field,
                                std::string(field) + ": give a whole number from 0 to 2^32 - 1."});
}

std::vector<EntryRange> readRanges(const Napi::Value& value) {
  std::vector<EntryRange> ranges;
  if (!value.IsArray()) return ranges;
  const auto pairs = value.As<Napi::Array>();
  if (pairs.Length() > kMaxRangesAtOnce) return ranges;
  for (std::uint32_t i = 0; i < pairs.Length(); ++i) {
    const Napi::Value pair = pairs[i];
    if (!pair.IsArray()) return {};
    const auto ends = pair.As<Napi::Array>();
    ranges.push_back({wholeNumber(ends[0U], "ranges"), wholeNumber(ends[1U], "ranges")});
  }
  return ranges;
}

void check(Napi::Env env, const std::optional<Error>& error) {
  if (error) throw toJs(env, *error);
}

}  // namespace

Napi::Function TrafficObject::define(Napi::Env env) {
  return DefineClass(env, "TrafficEndpoint",
                     {
                         InstanceMethod("mac", &TrafficObject::mac),
                         InstanceMethod("start", &TrafficObject::start),
                         InstanceMethod("prefill", &TrafficObject::prefill),
                         InstanceMethod("stop", &TrafficObject::stop),
                         InstanceMethod("stats", &TrafficObject::stats),
                         InstanceMethod("report", &TrafficObject::report),
                         InstanceMethod("failure", &TrafficObject::failure),
                         InstanceMethod("missingPrefill", &TrafficObject::missingPrefill),
                         InstanceMethod("close", &TrafficObject::close),
                     });
}

TrafficObject::TrafficObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<TrafficObject>(info) {
  auto options = traffic::readOptions(readConfig(info[0]));
  if (auto* error = std::get_if<Error>(&options)) throw toJs(info.Env(), *error);
  auto opened = traffic::Endpoint::open(std::get<traffic::EndpointOptions>(options));
  if (auto* error = std::get_if<Error>(&opened)) throw toJs(info.Env(), *error);
  endpoint_ = std::move(std::get<std::unique_ptr<traffic::Endpoint>>(opened));
}

traffic::Endpoint& TrafficObject::open(const Napi::CallbackInfo& info) const {
  if (endpoint_ != nullptr) return *endpoint_;
  throw toJs(info.Env(), Error{"TRAFFIC_STATE", "", "The endpoint is closed: open a new one."});
}

Napi::Value TrafficObject::mac(const Napi::CallbackInfo& info) {
  const MacAddress& mac = open(info).mac();
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                mac[4], mac[5]);
  return Napi::String::New(info.Env(), text);
}

void TrafficObject::start(const Napi::CallbackInfo& info) { check(info.Env(), open(info).start()); }

void TrafficObject::prefill(const Napi::CallbackInfo& info) {
  auto ranges = readRanges(info[0]);
  const std::uint32_t ratePps = wholeNumber(info[1], "ratePps");
  check(info.Env(), open(info).prefill(std::move(ranges), ratePps));
}

void TrafficObject::stop(const Napi::CallbackInfo& info) { open(info).stop(); }

Napi::Value TrafficObject::stats(const Napi::CallbackInfo& info) {
  return statsToJs(info.Env(), open(info).stats());
}

Napi::Value TrafficObject::report(const Napi::CallbackInfo& info) {
  const auto report = open(info).report();
  if (!report) return info.Env().Null();
  return reportToJs(info.Env(), *report);
}

Napi::Value TrafficObject::failure(const Napi::CallbackInfo& info) {
  const auto failure = open(info).failure();
  if (!failure) return info.Env().Null();
  return toJs(info.Env(), *failure).Value();
}

Napi::Value TrafficObject::missingPrefill(const Napi::CallbackInfo& info) {
  const auto ranges = open(info).missingPrefill(wholeNumber(info[0], "entries"), kMaxRangesAtOnce);
  Napi::Array array = Napi::Array::New(info.Env(), ranges.size());
  for (std::uint32_t i = 0; i < ranges.size(); ++i) {
    Napi::Array pair = Napi::Array::New(info.Env(), 2);
    pair.Set(0U, number(info.Env(), ranges[i].first));
    pair.Set(1U, number(info.Env(), ranges[i].last));
    array.Set(i, pair);
  }
  return array;
}

void TrafficObject::close(const Napi::CallbackInfo&) { endpoint_.reset(); }

}  // namespace ferry::addon
