// SPDX-License-Identifier: Apache-2.0
#include "core/store/alerts.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace perfwatch {
namespace {

using std::chrono::nanoseconds;
using std::chrono::system_clock;
using Wall = system_clock::time_point;

// Texts by the part of the alert that they are of.
constexpr std::string_view kSubject = "subject";
constexpr std::string_view kLabel = "label";
constexpr std::string_view kAnnotation = "annotation";

std::int64_t to_nanoseconds(Wall at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}
std::optional<std::int64_t> to_nanoseconds(const std::optional<Wall>& at) {
  if (!at) return std::nullopt;
  return to_nanoseconds(*at);
}
Wall to_wall(std::int64_t count) {
  return Wall(std::chrono::duration_cast<system_clock::duration>(nanoseconds(count)));
}

std::int64_t signed_bits(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::optional<AlertState> state_of(std::string_view text) {
  for (const AlertState state : {AlertState::pending, AlertState::firing, AlertState::resolved}) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

Severity severity_of(std::string_view text) {
  for (const Severity severity : {Severity::info, Severity::critical}) {
    if (text == to_string(severity)) return severity;
  }
  return Severity::warning;
}

// rule, state, severity, value, active_since_ns, fired_at_ns, resolved_at_ns
void bind_alert(Statement& statement, int first, const Alert& alert) {
  statement.bind(first, alert.rule)
      .bind(first + 1, to_string(alert.state))
      .bind(first + 2, to_string(alert.severity))
      .bind_real(first + 3, alert.value)
      .bind(first + 4, to_nanoseconds(alert.active_since))
      .bind_or_null(first + 5, to_nanoseconds(alert.fired_at))
      .bind_or_null(first + 6, to_nanoseconds(alert.resolved_at));
}

// The same columns; false for a state that there is not.
bool read_alert(const Statement& row, int first, Alert& alert) {
  const auto state = state_of(row.text(first + 1));
  if (!state) return false;
  alert.rule = row.text(first);
  alert.state = *state;
  alert.severity = severity_of(row.text(first + 2));
  alert.value = row.real(first + 3);
  alert.active_since = to_wall(row.integer(first + 4));
  if (const auto at = row.maybe_integer(first + 5)) alert.fired_at = to_wall(*at);
  if (const auto at = row.maybe_integer(first + 6)) alert.resolved_at = to_wall(*at);
  return true;
}

Result<void> insert_texts(Statement& statement, std::int64_t id, std::string_view part,
                          const Labels& pairs) {
  for (const auto& [name, value] : pairs) {
    statement.bind(1, id).bind(2, part).bind(3, name).bind(4, value);
    if (auto done = statement.run(); !done) return done;
  }
  return {};
}

Result<void> read_texts(Statement& statement, std::int64_t id, Alert& alert, Labels* subject) {
  statement.reset();
  statement.bind(1, id);
  while (true) {
    auto row = statement.step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    const std::string part = statement.text(0);
    Labels* const pairs = part == kLabel                           ? &alert.labels
                          : part == kAnnotation                    ? &alert.annotations
                          : part == kSubject && subject != nullptr ? subject
                                                                   : nullptr;
    if (pairs != nullptr) pairs->emplace_back(statement.text(1), statement.text(2));
  }
}

// The statements of one write; those of alerts and of deliveries do not depend on each other.
struct Writer {
  Statement remove;
  Statement insert;
  Statement texts;

  static Result<Writer> prepare(Database& database, const char* remove, const char* insert,
                                const char* texts) {
    auto first = database.prepare(remove);
    if (!first) return tl::unexpected(std::move(first.error()));
    auto second = database.prepare(insert);
    if (!second) return tl::unexpected(std::move(second.error()));
    auto third = database.prepare(texts);
    if (!third) return tl::unexpected(std::move(third.error()));
    return Writer{std::move(*first), std::move(*second), std::move(*third)};
  }
};

Result<void> put_alert(Writer& writer, const SavedAlert& saved) {
  const std::int64_t id = signed_bits(saved.id);
  if (auto done = writer.remove.bind(1, id).run(); !done) return done;
  writer.insert.bind(1, id)
      .bind(2, saved.metric)
      .bind(3, saved.clocks.raised_for.count())
      .bind(4, saved.clocks.cleared_for.count())
      .bind(5, saved.clocks.no_data_for.count())
      .bind(6, saved.clocks.broken ? 1 : 0)
      .bind(7, to_nanoseconds(saved.saved_at));
  bind_alert(writer.insert, 8, saved.alert);
  if (auto done = writer.insert.run(); !done) return done;
  if (auto done = insert_texts(writer.texts, id, kSubject, saved.subject); !done) return done;
  if (auto done = insert_texts(writer.texts, id, kLabel, saved.alert.labels); !done) return done;
  return insert_texts(writer.texts, id, kAnnotation, saved.alert.annotations);
}

Result<void> write_book(Database& database, const AlertChanges& changes) {
  auto writer = Writer::prepare(
      database, "DELETE FROM alerts WHERE id = ?1",
      "INSERT INTO alerts (id, metric, raised_for_ns, cleared_for_ns, no_data_for_ns, broken,"
      " saved_at_ns, rule, state, severity, value, active_since_ns, fired_at_ns, resolved_at_ns)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      "INSERT OR REPLACE INTO alert_texts VALUES (?1, ?2, ?3, ?4)");
  if (!writer) return tl::unexpected(std::move(writer.error()));
  for (const std::uint64_t id : changes.gone) {
    if (auto done = writer->remove.bind(1, signed_bits(id)).run(); !done) return done;
  }
  for (const SavedAlert& saved : changes.alerts) {
    if (auto done = put_alert(*writer, saved); !done) return done;
  }
  return {};
}

Result<void> remove_delivery(Statement& statement, std::string_view kind, std::string_view target,
                             std::uint64_t fingerprint) {
  return statement.bind(1, kind).bind(2, target).bind(3, signed_bits(fingerprint)).run();
}

Result<void> put_delivery(Writer& writer, const SavedDelivery& saved) {
  const Alert& alert = saved.alert;
  auto removed = remove_delivery(writer.remove, saved.kind, saved.target, alert.fingerprint);
  if (!removed) return removed;
  writer.insert.bind(1, saved.kind)
      .bind(2, saved.target)
      .bind(3, signed_bits(alert.fingerprint))
      .bind(4, saved.taken ? 1 : 0);
  bind_alert(writer.insert, 5, alert);
  auto row = writer.insert.step();
  if (!row) return tl::unexpected(std::move(row.error()));
  const std::int64_t id = writer.insert.integer(0);
  writer.insert.reset();
  if (auto done = insert_texts(writer.texts, id, kLabel, alert.labels); !done) return done;
  return insert_texts(writer.texts, id, kAnnotation, alert.annotations);
}

Result<void> write_deliveries(Database& database, const AlertChanges& changes) {
  auto writer = Writer::prepare(
      database,
      "DELETE FROM alert_deliveries WHERE target_kind = ?1 AND target = ?2 AND fingerprint = ?3",
      "INSERT INTO alert_deliveries (target_kind, target, fingerprint, taken, rule, state,"
      " severity, value, active_since_ns, fired_at_ns, resolved_at_ns)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id",
      "INSERT OR REPLACE INTO alert_delivery_texts VALUES (?1, ?2, ?3, ?4)");
  if (!writer) return tl::unexpected(std::move(writer.error()));
  for (const DeliveryKey& key : changes.gone_deliveries) {
    auto done = remove_delivery(writer->remove, key.kind, key.target, key.fingerprint);
    if (!done) return done;
  }
  for (const SavedDelivery& saved : changes.deliveries) {
    if (auto done = put_delivery(*writer, saved); !done) return done;
  }
  return {};
}

// Cut a little above what a sound alert has, so that what is cut is left out, not shortened.
constexpr const char* kAlertTexts =
    "SELECT substr(part, 1, 20), substr(name, 1, 200), substr(value, 1, 5000) FROM alert_texts"
    " WHERE alert_id = ?1 ORDER BY part, name LIMIT 200";
constexpr const char* kDeliveryTexts =
    "SELECT substr(part, 1, 20), substr(name, 1, 200), substr(value, 1, 5000) FROM "
    "alert_delivery_texts"
    " WHERE delivery_id = ?1 ORDER BY part, name LIMIT 200";

Result<void> read_book(Database& database, KeptAlerts& kept) {
  auto rows = database.prepare(
      "SELECT id, substr(metric, 1, 200), raised_for_ns, cleared_for_ns, no_data_for_ns, broken,"
      " saved_at_ns, substr(rule, 1, 200), substr(state, 1, 20), substr(severity, 1, 20),"
      " value, active_since_ns, fired_at_ns, resolved_at_ns FROM alerts ORDER BY id LIMIT ?1");
  if (!rows) return tl::unexpected(std::move(rows.error()));
  auto texts = database.prepare(kAlertTexts);
  if (!texts) return tl::unexpected(std::move(texts.error()));
  rows->bind(1, static_cast<std::int64_t>(kAlertsRead));
  while (true) {
    auto row = rows->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    SavedAlert saved;
    saved.id = static_cast<std::uint64_t>(rows->integer(0));
    saved.metric = rows->text(1);
    saved.clocks = {nanoseconds(rows->integer(2)), nanoseconds(rows->integer(3)),
                    nanoseconds(rows->integer(4)), rows->integer(5) != 0};
    saved.saved_at = to_wall(rows->integer(6));
    if (!read_alert(*rows, 7, saved.alert)) {
      ++kept.damaged;
      continue;
    }
    auto done = read_texts(*texts, rows->integer(0), saved.alert, &saved.subject);
    if (!done) return done;
    kept.alerts.push_back(std::move(saved));
  }
}

Result<void> read_deliveries(Database& database, KeptAlerts& kept) {
  auto rows = database.prepare(
      "SELECT id, substr(target_kind, 1, 20), substr(target, 1, 5000), fingerprint, taken,"
      " substr(rule, 1, 200), substr(state, 1, 20), substr(severity, 1, 20), value,"
      " active_since_ns, fired_at_ns, resolved_at_ns"
      " FROM alert_deliveries ORDER BY taken, id LIMIT ?1");
  if (!rows) return tl::unexpected(std::move(rows.error()));
  auto texts = database.prepare(kDeliveryTexts);
  if (!texts) return tl::unexpected(std::move(texts.error()));
  rows->bind(1, static_cast<std::int64_t>(kDeliveriesRead));
  while (true) {
    auto row = rows->step();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) return {};
    SavedDelivery saved{rows->text(1), rows->text(2), {}, rows->integer(4) != 0};
    saved.alert.fingerprint = static_cast<std::uint64_t>(rows->integer(3));
    if (!read_alert(*rows, 5, saved.alert)) {
      ++kept.damaged;
      continue;
    }
    auto done = read_texts(*texts, rows->integer(0), saved.alert, nullptr);
    if (!done) return done;
    kept.deliveries.push_back(std::move(saved));
  }
}

}  // namespace

Result<void> write_alerts(Database& database, const AlertChanges& changes) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  if (changes.everything) {
    auto done = database.execute("DELETE FROM alerts; DELETE FROM alert_deliveries;");
    if (!done) return done;
  }
  if (auto done = write_book(database, changes); !done) return done;
  if (auto done = write_deliveries(database, changes); !done) return done;
  return transaction->commit();
}

Result<KeptAlerts> read_alerts(Database& database) {
  KeptAlerts kept;
  if (auto done = read_book(database, kept); !done) return tl::unexpected(std::move(done.error()));
  if (auto done = read_deliveries(database, kept); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  return kept;
}

}  // namespace perfwatch
