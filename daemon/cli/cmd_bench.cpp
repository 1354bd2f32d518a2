// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/analyse/bench_statistics.h"
#include "core/base/text.h"
#include "daemon/cli/bench_baseline.h"
#include "daemon/cli/bench_export.h"
#include "daemon/cli/bench_runs.h"
#include "daemon/cli/bench_setup.h"
#include "daemon/cli/bench_view.h"
#include "daemon/cli/cells.h"
#include "daemon/cli/command.h"
#include "daemon/cli/measure_apart.h"
#include "daemon/cli/run_child.h"
#include "daemon/cli/run_keeper.h"
#include "daemon/cli/run_store.h"

namespace perfwatch {
namespace {

constexpr const char* kFooter =
    "A COMMAND before the -- is one string, as in perfwatch bench 'make -j1' 'make -j2'; what\n"
    "follows the -- is one more command, word by word. No shell runs them: quotes and backslashes\n"
    "make words, for all else say sh -c '...'. {NAME} in them and in --prepare stands for each\n"
    "value of a --parameter. Input of the commands is empty, output goes nowhere.\n\n"
    "Without -n each command runs at least 10 times, and for at least 3 seconds.\n\n"
    "Exit codes: 0 measured, 1 a command failed or could not be started, or an export not be\n"
    "written, 2 a wrong option or no such baseline: nothing was started, 3 a confirmed regression\n"
    "against --compare, 128 + N ended by signal N: what was measured so far is shown.\n\n"
    "Examples:\n"
    "  perfwatch bench -n 20 --warmup 2 -- ./parse big.json\n"
    "  perfwatch bench 'make -s -j{jobs}' --parameter jobs 1,2,4,8 --prepare 'make clean'\n"
    "  perfwatch bench --export before.json -- ./parse big.json\n"
    "  perfwatch bench --compare before.json -- ./parse big.json\n"
    "  perfwatch bench --bytes 1GiB 'xz -k -f -T{n} file' --parameter n 1..4 --export markdown";

// The line that a terminal shows while a command runs.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown && ::isatty(STDERR_FILENO) == 1) {}
  void show(const BenchProgress& progress) const {
    if (!shown_) return;
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    std::fputs(("\r\x1b[K" + render_bench_progress(progress, known ? size.ws_col : 80)).c_str(),
               stderr);
  }
  void clear() const {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  bool shown_;
};

BenchEnd measure(const BenchOptions& options, const Bench& bench, Interrupts& interrupts) {
  const BenchOutput output = !options.show_output      ? BenchOutput::null
                             : bench.figures_on_output ? BenchOutput::standard_error
                                                       : BenchOutput::inherited;
  const ProgressLine line(!options.show_output);
  const Style style = standard_output_style();
  BenchHands hands;
  hands.measure = [&](const RunRequest& request) {
    return measure_apart(request, output, interrupts);
  };
  hands.prepare = [&](const std::vector<std::string>& words) {
    return run_plain(words, output, interrupts);
  };
  hands.interrupted = [&] { return interrupts.signal() != 0; };
  hands.seconds = [] {
    return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  hands.on_progress = [&](const BenchProgress& progress) { line.show(progress); };
  hands.on_measured = [&](std::size_t task, const BenchCommand& command) {
    line.clear();
    if (bench.figures_on_output) return;
    const BenchReport alone = bench_report({command});
    print(render_bench_head(task, command.command, style) +
          render_bench_result(alone.results.front(), style) + "\n");
  };
  BenchEnd end = run_bench(bench.plan, hands);
  line.clear();
  return end;
}

// Of another level than runs of the same name: they mix only where somebody asks for it.
void store_runs(const BenchOptions& options, const BenchEnd& end) {
  RunKeeper keeper(options.storage);
  for (const Run& run : end.runs) {
    if (const auto kept = keeper.finish(run); !kept) {
      complain("the runs are not kept: " + safe_text(kept.error().text));
      return;
    }
  }
}

// Whether all of them could be written.
bool write_exports(const Bench& bench, const BenchReport& report) {
  bool good = true;
  for (const auto& each : bench.exports) {
    const auto written = write_export(each, report);
    if (!written) complain(safe_text(written.error().text));
    good = good && written;
  }
  return good;
}

int conclude(const BenchOptions& options, const Bench& bench, BenchEnd end, int signal) {
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not be so large is said, now that all have run
  if (!end.failure.empty()) {
    complain(safe_text(end.failure));
    return kExitBenchFailed;
  }
  if (options.store) store_runs(options, end);
  std::vector<BenchComparison> comparisons;
  if (bench.baseline) comparisons = compare_bench(*bench.baseline, end.commands);
  BenchReport report = bench_report(std::move(end.commands));
  report.host_class = bench.host_class;
  if (!bench.figures_on_output) print(render_bench_summary(report, standard_output_style()));
  if (!comparisons.empty()) {
    const Style style = bench.figures_on_output ? Style{} : standard_output_style();
    const std::string text = render_comparisons(*bench.baseline, comparisons, style);
    bench.figures_on_output ? void(std::fputs(text.c_str(), stderr)) : print(text);
  }
  const bool written = report.results.empty() || write_exports(bench, report);
  if (signal != 0) {
    complain("interrupted: this is what was measured so far");
    return kExitSignalled + signal;
  }
  if (any_regressed(comparisons)) return kExitRegressed;
  return written ? 0 : kExitBenchFailed;
}

int run_bench_command(const BenchOptions& options) {
  auto bench = read_bench(options);
  if (!bench) {
    complain(safe_text(bench.error().text));
    return kExitBenchRefused;
  }
  if (options.store) bench->plan.request.labels = {{"bench", "1"}};
  BenchEnd end;
  int signal = 0;
  {
    Interrupts interrupts;
    end = measure(options, *bench, interrupts);
    signal = interrupts.signal();
  }
  return conclude(options, *bench, std::move(end), signal);
}

// CLI11's own check takes nan, and names its bounds digit by digit.
std::string above_zero(const std::string& text) {
  const auto number = to_number<double>(text);
  if (number && std::isfinite(*number) && *number > 0) return {};
  return "\"" + text + "\" is no number above 0";
}

void add_what(CLI::App& command, BenchOptions& options) {
  command
      .add_option("COMMAND", options.texts, "A command in one string, before the --; repeatable")
      ->type_name("");
  command
      .add_option("-n,--runs", options.runs,
                  "Measure each command so often, not as long as it takes")
      ->check(CLI::Range(std::size_t{1}, kMostBenchRuns))
      ->type_name("N");
  command.add_option("-w,--warmup", options.warmup, "Run each so often before, unmeasured")
      ->check(CLI::Range(std::size_t{0}, kMostBenchRuns))
      ->type_name("N");
  command
      .add_option("-p,--prepare", options.prepare,
                  "Run this before each single run, unmeasured; it has to succeed")
      ->type_name("COMMAND");
  command
      .add_option("-L,--parameter", options.parameters,
                  "Put each value in place of {NAME}: of LIST, separated by commas, 1..8 and "
                  "0..100..20 being numbers. Repeatable: all combinations")
      ->type_name("NAME LIST")
      ->expected(1)
      ->allow_extra_args(false)  // else CLI11 takes "[a,b]" apart
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--items", options.items, "One run works off so many: tells how many a second")
      ->check(CLI::Validator(above_zero, "", "above 0"))
      ->type_name("N");
  command.add_option("--bytes", options.bytes, "One run works off so many bytes (1GiB)")
      ->type_name("SIZE");
  command.add_flag("-i,--ignore-failure", options.ignore_failure,
                   "Go on when a command fails; its figures count");
  command.add_flag("--show-output", options.show_output, "Let the commands print");
  command
      .add_option("--tier", options.tier,
                  "The accounting. ebpf counts processes, too, and takes "
                  "0.2 s more for each run")
      ->check(CLI::IsMember({"poll", "taskstats", "ebpf"}))
      ->capture_default_str();
}

void add_results(CLI::App& command, BenchOptions& options) {
  command
      .add_option("--compare", options.compare,
                  "Say what has become of it since: a file that --export wrote, or baselines "
                  "export (- for standard input), or COMPONENT/OPERATION of the stored runs")
      ->type_name("BASELINE");
  command
      .add_option("--export", options.exports,
                  "json or markdown to standard output instead of the text, or into FILE.json or "
                  "FILE.md; repeatable. JSON has hyperfine's fields and more")
      ->type_name("FORMAT|FILE")
      ->expected(1)
      ->allow_extra_args(false)  // else it would take the commands, too
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_flag("--store", options.store,
                   "Keep the runs of one command, as perfwatch run does (label bench=1)");
  command
      .add_option("--component", options.component, "As of perfwatch run: for --store, --compare")
      ->type_name("NAME");
  command
      .add_option("--operation", options.operation, "The same. Default: each command's first words")
      ->type_name("NAME");
  add_storage_path(command, options.storage);
}

}  // namespace

void add_bench(CLI::App& app, CommandLine& line) {
  CLI::App* command =
      app.add_subcommand("bench", "Run commands again and again and compare what they cost");
  const auto options = std::make_shared<BenchOptions>();
  add_what(*command, *options);
  add_results(*command, *options);
  command->footer(kFooter);
  command->callback([&line, options] {
    options->words = line.command;
    line.run = [options] { return run_bench_command(*options); };
  });
}

}  // namespace perfwatch
