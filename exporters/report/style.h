// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace perfwatch {

// The only style sheet of a report, in the page's colours; all text has a contrast of at least 4.5
// to what is behind it (WCAG 2.1 AA). On paper it is light.
inline constexpr std::string_view kReportStyle = R"css(
:root { color-scheme: light dark;
  --back: #f4f6f8; --card: #ffffff; --line: #dde3ea; --text: #17202b; --quiet: #55606e;
  --link: #0a58ca; --track: #e6eaef; --draw: #2f6fb5; --fill: #2f6fb52e; --share: #6f8fb8;
  --good: #187733; --warn: #8f5f00; --bad: #c9252d;
  --good-back: #e6f4ea; --warn-back: #fff4d6; --bad-back: #fdeaea; }
@media screen and (prefers-color-scheme: dark) { :root {
  --back: #0f141a; --card: #182029; --line: #2b3642; --text: #e4eaf1; --quiet: #9ba8b7;
  --link: #79b4ff; --track: #2a3541; --draw: #6fb0f5; --fill: #6fb0f52e; --share: #6c8ebb;
  --good: #4ac26b; --warn: #e0a93b; --bad: #ff7f78;
  --good-back: #14301f; --warn-back: #362a0e; --bad-back: #3d1a1c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header, main, footer { max-width: 1160px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 26px; padding-bottom: 18px; }
footer { padding-bottom: 32px; color: var(--quiet); font-size: 13px; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 34px 0 4px; font-size: 21px; line-height: 1.3; overflow-wrap: anywhere; }
h2 .of { color: var(--quiet); font-weight: 400; }
h3 { margin: 0 0 10px; font-size: 16px; }
p { margin: 0; }
a { color: var(--link); }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  overflow-wrap: anywhere; }
.facts { margin: 4px 0 0; padding: 0; list-style: none; color: var(--quiet); font-size: 14px; }
h2 + .facts { margin-bottom: 14px; }
.facts li { display: inline-block; margin-right: 18px; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 16px 18px; margin: 0 0 16px; min-width: 0; }
.verdict { border-left: 6px solid var(--quiet); }
.verdict > p { font-size: 18px; font-weight: 600; }
.verdict ul { margin: 4px 0 0; padding-left: 20px; }
.verdict li { overflow-wrap: anywhere; }
.verdict.good { border-left-color: var(--good); background: var(--good-back); }
.verdict.warn { border-left-color: var(--warn); background: var(--warn-back); }
.verdict.bad { border-left-color: var(--bad); background: var(--bad-back); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 14px;
  margin-bottom: 16px; }
.tile { margin: 0; padding: 12px 16px; }
.tile h3 { margin: 0; font-size: 13px; font-weight: 600; color: var(--quiet); }
.tile .value { font-size: 24px; font-weight: 650; line-height: 1.35; }
.note { color: var(--quiet); font-size: 13px; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
  gap: 16px; }
.charts.two { grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); }
.chart { margin: 0; min-width: 0; }
.chart figcaption { font-size: 14px; font-weight: 600; margin-bottom: 12px; }
.chart > svg { display: block; width: calc(100% - 74px); margin: 0 8px 30px 66px;
  overflow: visible; }
.grid { stroke: var(--line); stroke-width: 1; }
.axis { stroke: var(--quiet); stroke-width: 1; }
.tick { fill: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
.line { fill: none; stroke: var(--draw); stroke-width: 1.8; stroke-linejoin: round;
  vector-effect: non-scaling-stroke; }
.area { fill: var(--fill); }
.trend { fill: none; stroke: var(--warn); stroke-width: 1.6; stroke-dasharray: 6 4;
  vector-effect: non-scaling-stroke; }
.mark { fill: var(--draw); stroke: var(--card); stroke-width: 1; }
.mark.bad { fill: var(--card); stroke: var(--bad); stroke-width: 2; }
.mark.quiet { fill: var(--card); stroke: var(--quiet); stroke-width: 1.5; }
.rule { stroke: var(--quiet); stroke-width: 1.4; stroke-dasharray: 4 3; }
.rule.bad { stroke: var(--bad); }
.label { fill: var(--quiet); font-size: 12px; font-weight: 600; paint-order: stroke;
  stroke: var(--card); stroke-width: 4px; }
.label.bad { fill: var(--bad); }
.spark { display: block; width: 110px; height: 24px; overflow: visible; }
.bar { display: block; width: 100%; height: 4px; margin-top: 4px; border-radius: 2px;
  background: var(--track); }
.bar rect { fill: var(--share); }
.advice { margin: 0; padding: 0; list-style: none; }
.advice li { padding: 8px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.advice li:first-child { border-top: 0; padding-top: 0; }
.advice li:last-child { padding-bottom: 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr));
  gap: 0 16px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
caption { text-align: left; font-size: 16px; font-weight: 700; padding-bottom: 8px; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0;
  border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--quiet); font-size: 12px; font-weight: 600; padding-top: 0; }
tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 130px; }
th.num, td.num { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
thead th.num { white-space: normal; }
th:last-child, td:last-child { padding-right: 0; }
.badge { display: inline-block; padding: 0 8px; border-radius: 9px; font-size: 12px;
  font-weight: 600; line-height: 1.6; white-space: nowrap; color: var(--quiet);
  background: var(--track); }
.badge.good { color: var(--good); background: var(--good-back); }
.badge.warn { color: var(--warn); background: var(--warn-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
details > summary { cursor: pointer; font-weight: 600; }
details[open] > summary { margin-bottom: 10px; }
.about { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
.about dt { color: var(--quiet); }
.about dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 620px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  .card { padding: 14px; }
  .wide { display: none; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 10px; }
  .tile .value { font-size: 20px; }
  th, td { padding-right: 9px; }
  tbody th { min-width: 96px; }
  .about { grid-template-columns: 1fr; gap: 0; }
  .about dd { margin-bottom: 8px; }
}
@media print { .card { break-inside: avoid; } body { background: none; } }
)css";

}  // namespace perfwatch
