// SPDX-License-Identifier: Apache-2.0
#include "core/analyse/alert_text.h"

#include <gtest/gtest.h>

namespace perfwatch {
namespace {

std::string rendered(std::string_view text, double value = 0, double threshold = 0,
                     const Labels& labels = {}, std::size_t limit = 1000) {
  const auto compiled = AlertText::compile(text);
  return compiled ? compiled->render({value, threshold, labels}, limit) : compiled.error().text;
}

TEST(AlertText, FillsInValueThresholdAndLabels) {
  EXPECT_EQ(rendered("{{ $labels.group }} at {{$value}} (over {{ $threshold }})", 0.95, 0.9,
                     {{"group", "cc1plus"}}),
            "cc1plus at 0.95 (over 0.9)");
}

TEST(AlertText, KnowsTheHumanizeFamily) {
  EXPECT_EQ(rendered("{{ $value | humanize }}", 1500), "1.5k");
  EXPECT_EQ(rendered("{{$value|humanize1024}}", 2048), "2ki");
  EXPECT_EQ(rendered("{{ $threshold | humanizePercentage }}", 0, 0.05), "5%");
  EXPECT_EQ(rendered("{{ $value | humanizeDuration }}", 90), "1m 30s");
}

TEST(AlertText, LeavesAMissingLabelEmpty) { EXPECT_EQ(rendered("[{{ $labels.nope }}]"), "[]"); }

TEST(AlertText, DoesNotReadALabelsValueAsATemplate) {
  EXPECT_EQ(rendered("{{ $labels.group }}", 1, 0, {{"group", "{{ $value }}"}}), "{{ $value }}");
}

TEST(AlertText, SaysWhatAnUnknownNameMayMean) {
  EXPECT_EQ(rendered("{{ $vlaue }}"), "unknown {{ $vlaue }}, did you mean {{ $value }}?");
  EXPECT_EQ(rendered("{{ $treshold | humanize }}"),
            "unknown {{ $treshold | humanize }}, did you mean {{ $threshold }}?");
  EXPECT_EQ(rendered("{{ $label.group }}"),
            "unknown {{ $label.group }}, did you mean {{ $labels.NAME }}?");
  EXPECT_EQ(rendered("{{ completely_other_words }}"),
            "unknown {{ completely_other_words }}, there are {{ $value }}, {{ $threshold }} and "
            "{{ $labels.NAME }}");
  EXPECT_EQ(rendered("{{ $value | humanise }}"),
            "unknown function in {{ $value | humanise }}, did you mean humanize?");
  EXPECT_EQ(rendered("{{ $value | title | x }}"),
            "unknown function in {{ $value | title | x }}, there are humanize, humanize1024, "
            "humanizePercentage and humanizeDuration");
  EXPECT_EQ(rendered("{{ $labels.group | humanize }}"),
            "{{ $labels.group | humanize }}: a label is text, functions take $value and "
            "$threshold");
  EXPECT_EQ(rendered("{{ $value"), "\"{{\" at byte 0 has no \"}}\"");
  EXPECT_FALSE(AlertText::compile("{{ $labels. }}"));
  EXPECT_FALSE(AlertText::compile("{{ $labels.9 }}"));
  EXPECT_FALSE(AlertText::compile("{{ $value | }}"));
}

TEST(AlertText, NeverGetsLongerThanTheLimit) {
  const std::string huge(100000, 'x');
  EXPECT_EQ(rendered("{{ $labels.a }}{{ $labels.a }}", 0, 0, {{"a", huge}}, 10), "xxxxxxx...");
}

}  // namespace
}  // namespace perfwatch
