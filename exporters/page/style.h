// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace perfwatch {

// The page's only style sheet. Colours are named once for light and once for dark; all text has a
// contrast of at least 4.5 to what is behind it (WCAG 2.1 AA).
inline constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark;
  --back: #f4f6f8; --card: #ffffff; --line: #dde3ea; --text: #17202b; --quiet: #55606e;
  --link: #0a58ca; --track: #e6eaef; --share: #6f8fb8;
  --good: #187733; --warn: #8f5f00; --bad: #c9252d;
  --good-back: #e6f4ea; --warn-back: #fff4d6; --bad-back: #fdeaea; }
@media (prefers-color-scheme: dark) { :root {
  --back: #0f141a; --card: #182029; --line: #2b3642; --text: #e4eaf1; --quiet: #9ba8b7;
  --link: #79b4ff; --track: #2a3541; --share: #6c8ebb;
  --good: #4ac26b; --warn: #e0a93b; --bad: #ff7f78;
  --good-back: #14301f; --warn-back: #362a0e; --bad-back: #3d1a1c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header, main, footer { max-width: 1160px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 26px; padding-bottom: 18px; }
footer { padding-bottom: 32px; color: var(--quiet); font-size: 13px; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 10px; font-size: 17px; }
p { margin: 0; }
a { color: var(--link); }
.facts { margin: 4px 0 0; padding: 0; list-style: none; color: var(--quiet); font-size: 14px; }
.facts li { display: inline-block; margin-right: 18px; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 16px 18px; margin: 0 0 16px; min-width: 0; }
.verdict { border-left: 6px solid var(--quiet); }
.verdict p { font-size: 18px; font-weight: 600; }
.verdict ul { margin: 4px 0 0; padding-left: 20px; }
.verdict li { overflow-wrap: anywhere; }
.verdict.good { border-left-color: var(--good); background: var(--good-back); }
.verdict.warn { border-left-color: var(--warn); background: var(--warn-back); }
.verdict.bad { border-left-color: var(--bad); background: var(--bad-back); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 16px;
  margin-bottom: 16px; }
.tile { margin: 0; display: flex; flex-direction: column; }
.tile h2 { margin: 0; font-size: 13px; font-weight: 600; color: var(--quiet); }
.tile .value { font-size: 27px; font-weight: 650; line-height: 1.3; white-space: nowrap; }
.tile .note { padding-top: 10px; }
.tile .bar { margin-top: 6px; }
.tile .bar.share { height: 8px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr));
  gap: 0 16px; }
.alert { font-weight: 600; overflow-wrap: anywhere; }
.note { color: var(--quiet); font-size: 13px; font-weight: 400; overflow-wrap: anywhere; }
.error { color: var(--bad); font-size: 13px; font-weight: 400; overflow-wrap: anywhere; }
.bar { display: block; width: 100%; height: 8px; border-radius: 4px; background: var(--track); }
.bar rect { fill: var(--good); }
.bar.warn rect { fill: var(--warn); }
.bar.bad rect { fill: var(--bad); }
.bar.share { height: 4px; margin-top: 3px; }
.bar.share rect { fill: var(--share); }
.levels { display: grid; grid-template-columns: max-content 1fr max-content; gap: 2px 10px;
  align-items: center; margin: 4px 0 0; font-size: 14px; }
.levels .bar { margin: 0; }
.levels dt { color: var(--quiet); }
.levels dd { margin: 0; text-align: right; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
caption { text-align: left; font-size: 17px; font-weight: 700; padding-bottom: 8px; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0;
  border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--quiet); font-size: 12px; font-weight: 600; padding-top: 0; }
tbody th { font-weight: 500; width: 45%; }
.alerts tbody th { width: 75%; }
th.num, td.num { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th:last-child, td:last-child { padding-right: 0; }
.name, .summary { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
  overflow: hidden; overflow-wrap: anywhere; }
.summary { font-weight: 400; -webkit-line-clamp: 4; }
a.name { color: inherit; text-decoration-color: var(--line); text-underline-offset: 3px; }
a.name:hover { color: var(--link); text-decoration-color: currentColor; }
.badge { display: inline-block; padding: 0 8px; border-radius: 9px; font-size: 12px; font-weight: 600;
  line-height: 1.6; white-space: nowrap; color: var(--quiet); background: var(--track); }
.badge.good { color: var(--good); background: var(--good-back); }
.badge.warn { color: var(--warn); background: var(--warn-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
.about { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
.about dt { color: var(--quiet); }
.about dd { margin: 0; overflow-wrap: anywhere; }
nav ul { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 6px 18px; }
@media (max-width: 560px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  .card { padding: 14px; }
  .wide { display: none; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 10px; }
  .tile .value { font-size: 22px; }
  .tile.broad { grid-column: 1 / -1; }
  th, td { padding-right: 9px; }
  tbody th, .alerts tbody th { width: auto; }
  .about { grid-template-columns: 1fr; gap: 0; }
  .about dd { margin-bottom: 8px; }
}
)css";

}  // namespace perfwatch
