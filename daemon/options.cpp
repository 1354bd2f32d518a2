// SPDX-License-Identifier: Apache-2.0
#include "daemon/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "daemon/version.h"

namespace perfwatch {
namespace {

void add_web_options(CLI::App& app, Options& options) {
  app.add_option("--web.listen-address", options.listen_addresses,
                 "Address to serve HTTP on, HOST:PORT or :PORT; may be given several times")
      ->capture_default_str()
      ->allow_extra_args(false);
  app.add_option("--web.config.file", options.web_config_file,
                 "TLS and basic auth, in the format of Prometheus' exporter-toolkit");
  app.add_option("--web.external-url", options.external_url,
                 "URL under which others reach this daemon, for links in alerts");
  app.add_option("--web.socket", options.socket,
                 "Unix socket for the perfwatch command; empty for none")
      ->capture_default_str();
  app.add_flag("--web.enable-lifecycle", options.enable_lifecycle,
               "Allow POST /-/reload over the network (over the unix socket root always may)");
}

void add_path_options(CLI::App& app, Options& options) {
  app.add_option("--storage.path", options.storage_path,
                 "Folder for what survives a restart: perfwatch.db")
      ->capture_default_str();
  app.add_option("--path.procfs", options.roots.procfs, "Where procfs is mounted")
      ->capture_default_str();
  app.add_option("--path.sysfs", options.roots.sysfs, "Where sysfs is mounted")
      ->capture_default_str();
  app.add_option("--path.rootfs", options.roots.rootfs,
                 "Put before each mount point, for a host's file systems seen from a container");
}

void add_log_options(CLI::App& app, Options& options) {
  static const std::map<std::string, LogLevel> kLevels{{"debug", LogLevel::debug},
                                                       {"info", LogLevel::info},
                                                       {"warn", LogLevel::warn},
                                                       {"error", LogLevel::error}};
  static const std::map<std::string, LogFormat> kFormats{{"logfmt", LogFormat::logfmt},
                                                         {"json", LogFormat::json}};
  app.add_option("--log.level", options.log_level, "debug, info (default), warn or error")
      ->transform(CLI::Transformer(kLevels).description(""))
      ->check(CLI::IsMember({LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error})
                  .description(""))
      ->option_text("LEVEL");
  app.add_option("--log.format", options.log_format, "logfmt (default) or json")
      ->transform(CLI::Transformer(kFormats).description(""))
      ->option_text("FORMAT");
}

void strip_trailing_slash(std::string& path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path == "/") path.clear();
}

// Fills `app` with all flags, which write to `options`.
void describe(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("perfwatchd ") + std::string(kVersion) +
                                        " (revision " + std::string(kRevision) + ", " +
                                        std::string(kCompiler) + ")");
  app.add_option("--config.file", options.config_file,
                 "Configuration (JSON with comments); without it the defaults");
  add_web_options(app, options);
  add_path_options(app, options);
  add_log_options(app, options);
  app.add_flag_callback(
      "--list-metrics", [&options] { options.print = Options::Print::metrics; },
      "Print the reference of all metrics (Markdown) and exit");
  app.add_flag_callback(
      "--list-config", [&options] { options.print = Options::Print::config; },
      "Print the reference of all configuration keys (Markdown) and exit");
  app.footer(
      "Signals: HUP reloads the configuration whole or not at all, TERM and INT stop.\n"
      "Every configuration key can be set by environment: PERFWATCH_SAMPLING_INTERVAL=5s overrides "
      "sampling.interval.\n"
      "See perfwatchd(8).");
}

constexpr const char* kAbout = "Watches a build host: serves /metrics and the page, raises alerts.";

// CLI11 takes "--flag=" for a flag whose value is the next word; for people it is an empty value.
// Last argument first, as CLI11 wants them.
std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    const bool empty_value = argument.starts_with("--") && argument.ends_with('=');
    if (empty_value) argument.pop_back();
    arguments.push_back(std::move(argument));
    if (empty_value) arguments.emplace_back();
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

}  // namespace

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app{kAbout, "perfwatchd"};
  describe(app, options);
  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  options.socket_given = app.count("--web.socket") > 0;
  options.storage_given = app.count("--storage.path") > 0;
  strip_trailing_slash(options.roots.procfs);
  strip_trailing_slash(options.roots.sysfs);
  strip_trailing_slash(options.roots.rootfs);
  return options;
}

std::vector<std::string> option_names() {
  Options options;
  CLI::App app{kAbout, "perfwatchd"};
  describe(app, options);
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) names.push_back("--" + option->get_lnames().at(0));
  return names;
}

}  // namespace perfwatch
