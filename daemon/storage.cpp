// SPDX-License-Identifier: Apache-2.0
#include "daemon/storage.h"

#include <utility>

#include "daemon/log.h"

namespace perfwatch {

Result<Storage> open_storage(const std::string& folder, bool given) {
  auto opened = Database::open(folder);
  if (!opened) {
    if (given) return tl::unexpected(std::move(opened.error()));
    log_warning("nothing will be kept over a restart", {{"error", opened.error().text}});
    Storage storage;
    storage.problem = std::move(opened.error().text);
    return storage;
  }
  if (!opened->moved_aside().empty()) {
    log_error("the database was damaged; it was moved aside and a new one is begun",
              {{"file", opened->path()}, {"moved_to", opened->moved_aside()}});
  }
  log_info("storage opened", {{"file", opened->path()}});
  Storage storage;
  storage.database = std::make_shared<Database>(std::move(*opened));
  return storage;
}

}  // namespace perfwatch
