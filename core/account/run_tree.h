// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "core/account/process_events.h"
#include "core/model/process.h"

namespace perfwatch {

// Which processes of the host belong to a run: its root and all that descend from it. Pure.
//
// Two signs tell. The image: who runs a program that one of the run started, or a fork of one, is
// of the run, however short its life and whoever reaps it. And the parent: who measures is a
// subreaper, so that the orphans of the run become its children and the chain of the living leads
// there from every one of them.
class RunTree {
 public:
  // `measurer`: the process that started the root; not in the run itself, nor are the children that
  // it had before.
  RunTree(std::int32_t measurer, std::int32_t root) : measurer_(measurer), root_(root) {}

  // All that is alive. The first call comes before the root does anything.
  void sweep(std::span<const ProcessRecord> records);
  // exec(2), as ProcessEvents has it.
  void changed(const ProcessRecord& process, const Program& before);
  // Whether one that ended belongs to the run; nullopt when it is not known yet: a parent that was
  // not met either, of which the next events or the next sweep tell. It stays known as ended for
  // two sweeps.
  [[nodiscard]] std::optional<bool> ended(const ProcessRecord& last);

  // Of a process that a sweep has met.
  [[nodiscard]] bool contains(const ProcessKey& key) const;
  [[nodiscard]] bool has_ended(const ProcessKey& key) const;
  [[nodiscard]] bool runs_image(std::uint64_t image) const { return images_.contains(image); }

 private:
  struct Known {
    ProcessKey key;
    bool member = false;
    bool ended = false;
    std::uint32_t sweep = 0;  // the last one that met it, or that was before its events
  };
  static constexpr std::uint32_t kRest = 2;  // sweeps for which the ended are remembered

  [[nodiscard]] const Known* find(const ProcessKey& key) const;
  [[nodiscard]] std::optional<bool> judge(const ProcessRecord& process) const;
  Known& keep(const ProcessRecord& process, bool member);

  std::int32_t measurer_;
  std::int32_t root_;
  bool begun_ = false;  // the first sweep is over
  std::uint32_t sweep_ = 0;
  std::uint64_t measurer_image_ = 0;
  std::unordered_map<std::int32_t, Known> known_;
  std::unordered_map<std::uint64_t, std::uint32_t> images_;  // of the run; when last met
};

}  // namespace perfwatch
