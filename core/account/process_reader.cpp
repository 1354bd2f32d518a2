// SPDX-License-Identifier: Apache-2.0
#include "core/account/process_reader.h"

#include <stdlib.h>
#include <unistd.h>

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/account/ebpf/ebpf_reader.h"
#include "core/account/libproc_reader.h"
#include "core/account/procfs_reader.h"
#include "core/account/taskstats/taskstats_reader.h"

namespace perfwatch {
namespace {

struct Free {
  void operator()(char* text) const { ::free(text); }
};

bool is_proc(const std::string& root) {
  const std::unique_ptr<char, Free> resolved(::realpath(root.c_str(), nullptr));
  return resolved && std::string_view(resolved.get()) == "/proc";
}

// The reader of one tier below, with the reason why the one above it is not there.
class LowerTier : public ProcessReader {
 public:
  LowerTier(std::unique_ptr<ProcessReader> reader, std::string why)
      : reader_(std::move(reader)), why_(std::move(why)) {}

  [[nodiscard]] Result<SweepErrors> sweep(std::vector<ProcessRecord>& out) override {
    return reader_->sweep(out);
  }
  [[nodiscard]] ProcessIdentity identify(const ProcessRecord& process,
                                         IdentityNeeds needs) override {
    return reader_->identify(process, needs);
  }
  void expect(IdentityNeeds needs) override { reader_->expect(needs); }
  [[nodiscard]] int event_descriptor() const override { return reader_->event_descriptor(); }
  [[nodiscard]] Result<void> drain(ProcessEvents& events) override {
    return reader_->drain(events);
  }
  void hurry() override { reader_->hurry(); }
  void describe(Accounting& out) const override {
    reader_->describe(out);
    out.note += why_;
  }

 private:
  std::unique_ptr<ProcessReader> reader_;
  std::string why_;
};

}  // namespace

Result<std::unique_ptr<ProcessReader>> make_process_reader(const Roots& roots,
                                                           const AccountingSettings& settings) {
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (!is_proc(roots.procfs)) return ProcfsReader::make(roots.procfs, ticks_per_second);

  const AccountingTier best = settings.tier.value_or(AccountingTier::ebpf);
  std::string why;
  const auto tried = [&](AccountingTier tier, Result<std::unique_ptr<ProcessReader>> reader) {
    if (!reader) why += fmt::format(" No {} tier: {}.", to_string(tier), reader.error().text);
    return reader;
  };
  const auto explained = [&](std::unique_ptr<ProcessReader> reader) {
    if (best < AccountingTier::ebpf) why += " accounting.tier asks for none above it.";
    if (!why.empty()) reader = std::make_unique<LowerTier>(std::move(reader), std::move(why));
    return reader;
  };
  if (best >= AccountingTier::ebpf) {
    if (auto reader = tried(AccountingTier::ebpf, make_ebpf_reader(settings))) return reader;
  }
  if (best >= AccountingTier::taskstats) {
    if (auto reader = tried(AccountingTier::taskstats, make_taskstats_reader())) {
      return explained(std::move(*reader));
    }
  }
  auto reader = LibprocReader::make(ticks_per_second);
  if (!reader) return reader;
  return explained(std::move(*reader));
}

}  // namespace perfwatch
