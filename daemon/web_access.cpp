// SPDX-License-Identifier: Apache-2.0
#include "daemon/web_access.h"

#include <sys/stat.h>

#include <optional>
#include <utility>

#include "daemon/asio.h"
#include "daemon/base64.h"
#include "daemon/log.h"
#include "daemon/tls_context.h"
#include "daemon/web_password.h"

namespace perfwatch {
namespace {

// Passwords that wait for bcrypt; more are turned away unseen. Those that were right once do not
// wait.
constexpr std::size_t kWaiting = 16;

struct Login {
  std::string user;
  std::string password;
};

// "Basic dXNlcjpwYXNz" (RFC 7617).
std::optional<Login> read_login(const std::string& header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() > 1024 || header.size() < kScheme.size() ||
      !beast::iequals(beast::string_view(header).substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  const auto text = base64_decoded(std::string_view(header).substr(kScheme.size()));
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Login{text->substr(0, colon), text->substr(colon + 1)};
}

// Judges passwords; bcrypt runs on the worker.
struct Doorkeeper : std::enable_shared_from_this<Doorkeeper> {
  Doorkeeper(std::map<std::string, std::string, std::less<>> users, Workers& w)
      : passwords(std::move(users)), workers(w) {}

  PasswordChecker passwords;
  Workers& workers;
  std::size_t waiting = 0;

  void judge(const std::string& header, std::function<void(HttpAccess)> answer) {
    auto login = read_login(header);
    if (!login) return answer(HttpAccess::refused);
    if (passwords.known(login->user, login->password)) return answer(HttpAccess::allowed);
    if (waiting >= kWaiting) return answer(HttpAccess::busy);
    ++waiting;
    const auto allowed = std::make_shared<bool>(false);
    workers.start(
        [self = shared_from_this(), allowed, login = std::move(*login)] {
          *allowed = self->passwords.check(login.user, login.password);
        },
        [self = shared_from_this(), allowed, answer = std::move(answer)] {
          --self->waiting;
          answer(*allowed ? HttpAccess::allowed : HttpAccess::refused);
        });
  }
};

}  // namespace

// When and as what a file was last changed.
struct WebAccess::Stamp {
  std::string path;
  timespec changed{};
  ino_t inode = 0;

  static Stamp of(const std::string& path) {
    struct stat file {};
    Stamp stamp{path, {}, 0};
    if (::stat(path.c_str(), &file) == 0) {
      stamp.changed = file.st_mtim;
      stamp.inode = file.st_ino;
    }
    return stamp;
  }
  bool operator==(const Stamp& other) const {
    return path == other.path && changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec && inode == other.inode;
  }
};

WebAccess::WebAccess(asio::io_context& loop, HttpServer& server, std::string path)
    : server_(server), bcrypt_(loop.get_executor(), 1), path_(std::move(path)) {}

WebAccess::~WebAccess() = default;

Result<void> WebAccess::load() {
  // As it is before the files are read: a change meanwhile is one more.
  for (Stamp& stamp : seen_) stamp = Stamp::of(stamp.path);
  if (seen_.empty()) seen_ = {Stamp::of(path_)};
  const auto config = load_web_config(path_);
  if (!config) return tl::unexpected(config.error());  // goes on watching the files that it knew
  std::vector<Stamp> watched{seen_.front()};
  std::shared_ptr<asio::ssl::context> tls;
  if (config->tls) {
    for (const auto& file :
         {config->tls->cert_file, config->tls->key_file, config->tls->client_ca_file}) {
      if (!file.empty()) watched.push_back(Stamp::of(file));
    }
    seen_ = watched;
    auto made = make_tls_context(*config->tls);
    if (!made) return tl::unexpected(within(path_, std::move(made.error())));
    tls = std::move(*made);
  }
  seen_ = std::move(watched);
  for (const auto& note : config->notes) log_info("web configuration", {{"note", note}});
  use(*config, std::move(tls));
  return {};
}

void WebAccess::use(const WebConfig& config, std::shared_ptr<asio::ssl::context> tls) {
  tls_ = tls != nullptr;
  server_.set_tls(std::move(tls));
  if (config.users == users_ && authenticate_) {  // passwords that were right stay known
    server_.set_access(config.headers, authenticate_);
    return;
  }
  users_ = config.users;
  authenticate_ = nullptr;
  if (!users_.empty()) {
    authenticate_ = [keeper = std::make_shared<Doorkeeper>(users_, bcrypt_)](
                        const std::string& header, std::function<void(HttpAccess)> answer) {
      keeper->judge(header, std::move(answer));
    };
  }
  server_.set_access(config.headers, authenticate_);
}

Result<void> WebAccess::refresh() {
  const bool changed = std::any_of(seen_.begin(), seen_.end(), [](const Stamp& stamp) {
    return !(stamp == Stamp::of(stamp.path));
  });
  if (!changed) return {};
  auto loaded = load();
  if (loaded) log_info("web configuration reloaded", {{"file", path_}});
  return loaded;
}

}  // namespace perfwatch
