const colours = {
  light: `--ground:#fff;--raised:#f6f8fa;--ink:#1f2328;--dim:#59636e;--line:#d1d9e0;--link:#0550ae;
--pass:#116329;--pass-ground:#dafbe1;--fail:#a40e26;--fail-ground:#ffebe9;--unknown:#6b4400;--unknown-ground:#fff3c4;--skipped:#4d5761;--skipped-ground:#eaeef2;
--open:#2da44e;--closed:#c7dcff;--closed-ink:#0550ae;--filtered:#ffd8d3;--filtered-ink:#cf222e;--unreachable:#ffe2b8;--hollow:#fff;`,
  dark: `--ground:#0d1117;--raised:#161b22;--ink:#e6edf3;--dim:#9da7b3;--line:#3d444d;--link:#79c0ff;
--pass:#7ee787;--pass-ground:#12261e;--fail:#ffa198;--fail-ground:#3a1417;--unknown:#f2cc60;--unknown-ground:#312503;--skipped:#b1bac4;--skipped-ground:#262c36;
--open:#2ea043;--closed:#12294a;--closed-ink:#79c0ff;--filtered:#4a1418;--filtered-ink:#ff7b72;--unreachable:#4d3300;--hollow:#0d1117;`,
};

const base = `*{box-sizing:border-box}
body{margin:0 auto;max-width:84rem;padding:1rem;background:var(--ground);color:var(--ink);font:16px/1.45 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:2rem;line-height:1.15;margin:0 0 .5rem}
h2{font-size:1.35rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:2px solid var(--line)}
h3{font-size:1.05rem;margin:0 0 .4rem}
p{margin:.35rem 0}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,input:focus-visible{outline:3px solid var(--link);outline-offset:2px}
code,.log{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
ul,ol{padding-left:1.4rem;margin:.4rem 0}
li{margin:.25rem 0}
.small,caption,.kind,.log{color:var(--dim)}
.small{font-size:.86rem}
.kind{margin:0;text-transform:uppercase;letter-spacing:.06em;font-size:.8rem}
.skip{position:absolute;left:-100rem}
.skip:focus{position:static}
.badge{display:inline-block;padding:0 .5em;border-radius:.35em;border:1px solid currentColor;font-weight:600;white-space:nowrap}
.badge.pass{color:var(--pass);background:var(--pass-ground)}
.badge.fail{color:var(--fail);background:var(--fail-ground)}
.badge.unknown{color:var(--unknown);background:var(--unknown-ground)}
.badge.skipped{color:var(--skipped);background:var(--skipped-ground)}
.result{font-size:1.15rem}
.result .badge{font-size:1.35rem;padding:.1em .6em;margin-right:.4em}
.segments{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2rem 1.5rem}
.digest{font-size:1.15rem;font-weight:600;letter-spacing:.05em}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem .9rem;margin:.4rem 0}
dt{color:var(--dim)}
dd{margin:0;min-width:0}
dd ol{margin:0}
nav ul{list-style:none;padding:.5rem 0;margin:.8rem 0 0;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;border-top:1px solid var(--line)}
.warning{color:var(--fail)}
.todo li{margin:.6rem 0;padding-bottom:.5rem;border-bottom:1px solid var(--line)}
.todo li:last-child{border-bottom:0}
.filter{border:1px solid var(--line);border-radius:.4rem;padding:.2rem .8rem .4rem;margin:0 0 .8rem;display:inline-block}
.filter label{margin-right:1rem}`;

const tables = `table{width:100%;border-collapse:collapse;margin:0 0 1.4rem}
caption{text-align:left;font-weight:600;font-size:1.05rem;color:var(--ink);padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem}
thead th{background:var(--raised);border-bottom:2px solid var(--line);font-size:.86rem;color:var(--dim)}
tbody th{font-weight:400}
.plain tbody tr,.rows tbody{border-bottom:1px solid var(--line)}
.rows tbody{scroll-margin-top:3rem}
.rows tbody:target{outline:3px solid var(--link);outline-offset:-3px}
.rows{table-layout:fixed}
.rows thead th:nth-child(1){width:27%}
.rows thead th:nth-child(2){width:9%}
.rows thead th:nth-child(3){width:22%}
.rows thead th:nth-child(4){width:12%}
thead th{overflow-wrap:normal}
.plain td,.plain th{min-width:5.5em}
.rows tbody{border-left:.35rem solid var(--line)}
.rows .fail{border-left-color:var(--fail)}
.rows .unknown{border-left-color:var(--unknown)}
.rows .pass{border-left-color:var(--pass)}
.rows .wide{padding:0 .6rem .5rem}
.rows .skipped .wide{padding-top:.35rem;color:var(--dim)}
.flow{font-weight:600}
.because{margin-right:.3em;padding:0 .4em;border-radius:.3em;background:var(--raised);border:1px solid var(--line)}
details{margin:.2rem 0}
summary{cursor:pointer;color:var(--link);font-size:.86rem}
details dl{background:var(--raised);border-radius:.4rem;padding:.5rem .8rem;font-size:.86rem}`;

const pictures = `.ranges{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.2rem}
.range{margin:0;min-width:0;max-width:40rem}
.range>svg{display:block;width:100%;height:auto;margin:.3rem 0}
.range text{font:13px ui-monospace,Consolas,monospace;fill:var(--ink)}
.sampled path{opacity:.6}
.o-open,.o-answered{fill:var(--open)}
.o-unresolved,.o-unasked{fill:var(--line)}
.o-none{fill:var(--hollow);stroke:var(--dim)}
.ground.closed{fill:var(--closed)}
.ground.filtered{fill:var(--filtered)}
.ground.unreachable{fill:var(--unreachable)}
.ink{stroke:var(--closed-ink);stroke-width:1.4;fill:none}
.dot{fill:var(--filtered-ink)}
.defs{position:absolute}
.legend{list-style:none;padding:0}
.swatch{vertical-align:-.2em;margin-right:.2em}
.runs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}
.runs article{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;min-width:0}
.sign{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;margin:0 0 1rem}
.blanks{display:grid;grid-template-columns:2fr 1fr 2fr;gap:1.2rem}
.blank{border-bottom:1px solid var(--ink);height:3.6rem}
.blank span{font-size:.8rem;color:var(--dim)}`;

/** Rows become blocks, and each cell says what it is. */
const narrow = `@media screen and (max-width:50rem){
body{padding:.75rem}
h1{font-size:1.6rem}
table,tbody,tr,th,td,caption{display:block;width:auto}
thead{position:absolute;left:-100rem}
.rows tbody th{background:var(--raised)}
.plain td,.plain th{min-width:0}
th,td{padding:.2rem .6rem}
td[data-title]::before{content:attr(data-title) " ";color:var(--dim);font-size:.86rem}
.plain td[data-title]{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:.5rem;justify-items:start}
.rows tr{display:flex;flex-wrap:wrap;align-items:baseline}
.rows th,.rows .wide{flex:1 0 100%}
.rows td[data-title="Node"]{order:-2;flex:1 1 12rem;font-weight:600}
.rows td[data-title="Verdict"]{order:-1}
.rows tbody th{order:-3}
.rows td[data-title="Node"]::before,.rows td[data-title="Verdict"]::before{content:none}
.plain tr{padding:.4rem 0}
.rows .wide{padding:.3rem .6rem .6rem}
.blanks{grid-template-columns:1fr}
dl{grid-template-columns:minmax(0,7rem) minmax(0,1fr)}
}`;

/** A4: light, table heads on every sheet, no row torn apart, signatures on one sheet. */
const paper = `@page{size:A4;margin:14mm 12mm 16mm;@bottom-right{content:counter(page) " / " counter(pages);font:8pt sans-serif}@bottom-left{font:8pt sans-serif}}
@media print{
:root{color-scheme:light}
body{max-width:none;padding:0;font-size:9.5pt}
h1{font-size:18pt}
h2{font-size:12.5pt;margin-top:7mm}
h2,h3,caption{break-after:avoid}
nav,.skip,.filter,details:not([open]){display:none}
a{color:inherit;text-decoration:none}
thead{display:table-header-group}
.rows .pass,.rows .skipped,.rows p,.rows tr:not(:last-child),.plain,.todo li,.range,.runs article,.sign{break-inside:avoid}
.rows thead tr,.rows tr:not(:last-child){break-after:avoid}
.rows .log{break-before:avoid}
#summary,.rows:not(.few):not(:first-of-type){break-before:page}
.few{break-inside:avoid}
#signatures{break-inside:avoid}
.rows{font-size:8.5pt;line-height:1.3}
.rows p{margin:.5mm 0}
.rows .wide{padding:0 1.5mm 1mm}
thead th{font-size:7.5pt}
.rows .badge{font-size:7.5pt;padding:0 .35em}
.rows thead th:nth-child(1){width:28%}
.rows thead th:nth-child(2){width:8%}
.rows thead th:nth-child(3){width:21%}
.rows thead th:nth-child(4){width:11.5%}
.rows thead th:nth-child(5){width:11%}
.rows thead th:nth-child(7){width:9%}
th,td{padding:1mm 1.5mm}
.small,summary,details dl{font-size:8pt}
.badge,.rows tbody,svg,thead th{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.ranges,.runs{grid-template-columns:1fr 1fr}
.range svg{max-height:90mm}
.blank{height:16mm}
}`;

/** Picked by a radio button, without a script; paper shows all rows. */
const filter = `@media screen{:root:has(#show-bad:checked) .rows tbody.pass,:root:has(#show-bad:checked) .rows tbody.skipped,:root:has(#show-bad:checked) .rows:not(:has(tbody.fail,tbody.unknown)){display:none}}`;

/** The style sheet of every page: light and dark as the reader has it, and light on paper. */
export const htmlStyle: string = [
  `:root{color-scheme:light dark;${colours.light}}`,
  `@media screen and (prefers-color-scheme:dark){:root{${colours.dark}}}`,
  ...[base, tables, pictures, narrow, paper, filter, ''],
].join('\n');
