// SPDX-License-Identifier: Apache-2.0
#include "exporters/json/prometheus_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace perfwatch {
namespace {

using testing::HasSubstr;

std::string matrix(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

std::string why(const std::string& text) {
  const auto series = series_from_prometheus(text);
  return series ? "taken" : series.error().text;
}

TEST(PrometheusAnswer, ReadsTheSeriesOfAMatrixOldestFirst) {
  const auto series = series_from_prometheus(matrix(
      R"({"metric":{"operation":"make","__name__":"cpu"},"values":[[20.5,"2e0"],[10,"1.25"]]},)"
      R"({"metric":{},"values":[[1,"NaN"],[2,"+Inf"],[3,"-Inf"]]})"));
  ASSERT_TRUE(series) << series.error().text;
  ASSERT_EQ(series->size(), 2U);
  EXPECT_EQ(series->at(0).label("__name__"), "cpu");
  EXPECT_EQ(series->at(0).label("operation"), "make");
  EXPECT_EQ(series->at(0).label("component"), "");
  ASSERT_EQ(series->at(0).points.size(), 2U);
  EXPECT_EQ(series->at(0).points[0].seconds, 10);
  EXPECT_EQ(series->at(0).points[0].value, 1.25);
  EXPECT_EQ(series->at(0).points[1].value, 2);
  for (const auto& point : series->at(1).points) EXPECT_TRUE(std::isnan(point.value));
}

TEST(PrometheusAnswer, ReadsAVector) {
  const auto series = series_from_prometheus(
      R"({"status":"success","data":{"resultType":"vector","result":[)"
      R"({"metric":{"__name__":"up"},"value":[1435781451.781,"1"]}]},"warnings":["slow"]})");
  ASSERT_TRUE(series) << series.error().text;
  ASSERT_EQ(series->size(), 1U);
  EXPECT_EQ(series->at(0).points.at(0).seconds, 1435781451.781);
}

TEST(PrometheusAnswer, ASeriesOfHistogramsHasNoPoints) {
  const auto series =
      series_from_prometheus(matrix(R"({"metric":{},"histograms":[[1,{"count":"1","sum":"2"}]]})"));
  ASSERT_TRUE(series);
  EXPECT_TRUE(series->at(0).points.empty());
}

TEST(PrometheusAnswer, TellsTheServersOwnErrorFitToBePrinted) {
  const auto series = series_from_prometheus(
      R"({"status":"error","errorType":"bad_data","error":"parse error:\u001b[31m unclosed"})");
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().kind, ErrorKind::denied);
  EXPECT_EQ(series.error().text, R"(bad_data: parse error:\x1B[31m unclosed)");
}

TEST(PrometheusAnswer, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(why("<html>"), "is not JSON");
  EXPECT_EQ(why(""), "is not JSON");
  EXPECT_THAT(why("{}"), HasSubstr("/data/resultType: a matrix or a vector is expected"));
  EXPECT_THAT(why(R"({"status":"success","data":{"resultType":"scalar","result":[1,"2"]}})"),
              HasSubstr("not \"scalar\""));
  EXPECT_EQ(why(matrix(R"({"metric":{},"values":[[1,"many"]]})")),
            "/data/result/0/values/0/1: a number in quotes is expected");
  EXPECT_EQ(why(matrix(R"({"metric":{},"values":[[1,"1e999"]]})")),
            "/data/result/0/values/0/1: a number in quotes is expected");
  EXPECT_EQ(why(matrix(R"({"metric":{},"values":[[1]]})")),
            "/data/result/0/values/0: a time and a value are expected");
  EXPECT_EQ(why(matrix(R"({"metric":{},"values":[[-1,"1"]]})")),
            "/data/result/0/values/0/0: a number from 0 up is expected");
  EXPECT_EQ(why(matrix(R"({"metric":{},"values":[[1,"1",2]]})")),
            "/data/result/0/values/0: has more than 2 entries");
  EXPECT_EQ(why(matrix(R"({"metric":{"a":1}})")), "/data/result/0/metric/a: a text is expected");
  EXPECT_EQ(why(matrix("7")), "/data/result/0: an object is expected");
}

TEST(PrometheusAnswer, IsBounded) {
  std::string many;
  for (std::size_t i = 0; i <= kServerSeries; ++i) many += i == 0 ? "{}" : ",{}";
  EXPECT_EQ(why(matrix(many)), "/data/result: has more than 10000 entries");
  std::string points;
  for (std::size_t i = 0; i < 200'000; ++i) points += i == 0 ? "[1,\"1\"]" : ",[1,\"1\"]";
  const std::string one = R"({"metric":{},"values":[)" + points + "]}";
  EXPECT_EQ(why(matrix(one)), "taken");
  EXPECT_EQ(why(matrix(one + "," + one)), "/data/result/1/values: has more than 100000 entries");
  EXPECT_EQ(why(std::string(kPrometheusAnswerBytes + 1, ' ')), "larger than 8388608 bytes");
  EXPECT_THAT(why(std::string(100'000, '[')), HasSubstr("nested deeper"));
}

TEST(PrometheusAnswer, EveryTruncationIsRefused) {
  const std::string whole = matrix(R"({"metric":{"a":"b"},"values":[[1,"1"]]})");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(why(whole.substr(0, size)), "taken") << size;
  }
}

TEST(PrometheusAnswer, HasNoMoreValuesThanItsReaderCanHold) {
  const std::string text = matrix(R"({"metric":{},"values":[[1,"1"],[2,"2"],[3,"3"]]})");
  EXPECT_TRUE(series_from_prometheus(text, 30));
  const auto refused = series_from_prometheus(text, 5);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::malformed);
}

}  // namespace
}  // namespace perfwatch
