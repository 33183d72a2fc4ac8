const head = `.vh{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none!important}
.from{font-size:1.1rem;font-weight:400;color:var(--dim)}
.banner{border:2px solid currentColor;border-radius:.5rem;padding:.6rem .9rem;margin:.7rem 0;font-size:1.05rem}
.banner.fail{color:var(--fail);background:var(--fail-ground)}
.banner.unknown{color:var(--unknown);background:var(--unknown-ground)}
.banner.skipped{color:var(--skipped);background:var(--skipped-ground);border-width:1px}
#lost{position:sticky;top:0;z-index:2;margin:0 0 .7rem}
#lost:empty,#live:empty{display:none}
#live{float:right;margin:.2rem 0;font-size:.86rem;color:var(--dim)}
#live::before{content:"";display:inline-block;width:.65em;height:.65em;border-radius:50%;margin-right:.45em;background:var(--pass)}
#live.off::before{background:none;border:2px solid var(--fail)}
#head dl{margin:.6rem 0 0}
.age{white-space:nowrap}
.age.old{color:var(--fail);font-weight:600}
.age.old::after{content:" (old)"}`;

const columns = `.columns{display:grid;grid-template-columns:minmax(0,1fr);gap:0 2.2rem}
@media (min-width:80rem){.columns{grid-template-columns:minmax(0,1fr) 21rem}}
.changes,.past,.plainlist{list-style:none;padding:0}
.changes li{padding:.45rem 0;border-bottom:1px solid var(--line)}
.changes p{margin:.1rem 0}
.when{color:var(--dim);font-size:.86rem;font-variant-numeric:tabular-nums}
aside .small{overflow-wrap:anywhere}
.why{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.past{columns:19rem;max-width:64rem}
.past li{break-inside:avoid}
.past li{font-size:.86rem;margin:.15rem 0}
.past .age{display:inline-block;min-width:8.5em;color:var(--dim)}
.past .badge{font-size:.9em}`;

const pick = `.pick{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:center;margin:.4rem 0 1rem}
.pick fieldset{border:0;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:.4rem;min-width:0}
.chip{display:inline-flex;align-items:center;gap:.35em;padding:.22rem .7rem;min-height:2rem;border:1px solid var(--line);border-radius:1rem;cursor:pointer;font-weight:600;white-space:nowrap}
.chip input{margin:0;accent-color:currentColor}
.chip.fail{color:var(--fail)}
.chip.unknown{color:var(--unknown)}
.chip.pass{color:var(--pass)}
.chip.skipped{color:var(--skipped)}
.chip:has(:checked){border-color:currentColor}
.chip.fail:has(:checked){background:var(--fail-ground)}
.chip.unknown:has(:checked){background:var(--unknown-ground)}
.chip.pass:has(:checked){background:var(--pass-ground)}
.chip.skipped:has(:checked){background:var(--skipped-ground)}
.chip:has(:focus-visible){outline:3px solid var(--link);outline-offset:2px}
.chip input:focus-visible{outline:none}
.find{display:flex;align-items:center;gap:.5em;flex:1 1 14rem}
.find input{flex:1;min-width:0;font:inherit;padding:.25rem .6rem;min-height:2rem;color:inherit;background:var(--ground);border:1px solid var(--dim);border-radius:.4rem}
.pick button{font:inherit;padding:.2rem .9rem;min-height:2rem;border:1px solid var(--dim);border-radius:.4rem;background:var(--raised);color:inherit;cursor:pointer}
.scripted .pick button{display:none}
.pick button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.pick p{flex:1 0 100%;margin:0;color:var(--dim);font-size:.86rem}`;

const rows = `.live{table-layout:fixed;border-collapse:collapse}
.live thead th:nth-child(1){width:8.6rem}
.live thead th:nth-child(3){width:20%}
.live thead th:nth-child(4){width:7rem}
.live thead th:nth-child(5){width:8rem}
.live tbody{border-bottom:1px solid var(--line);border-left:.35rem solid var(--line);scroll-margin-top:3rem}
.live tbody.fail{border-left-color:var(--fail)}
.live tbody.unknown{border-left-color:var(--unknown)}
.live tbody.pass{border-left-color:var(--pass)}
.live tbody.skipped{color:var(--dim)}
.live tbody:target,.live tbody.named{outline:3px solid var(--link);outline-offset:-3px}
.live .line>*{padding-bottom:.1rem}
.live .more>td{padding:0 .6rem .35rem 9.2rem}
.live .age{color:var(--dim);font-variant-numeric:tabular-nums}
.live .age.old{color:var(--fail)}
.line th .badge{font-size:.75rem;font-weight:500;border-color:transparent;margin-right:.35em}
.check .range{max-width:34rem;margin:.5rem 0}
.way{white-space:nowrap;color:var(--dim)}
.node{display:inline-block;margin-right:.5em;white-space:nowrap;max-width:100%;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}
.node.fail{color:var(--fail);font-weight:600}
.node.unknown{color:var(--unknown)}
.node.pass{color:var(--pass)}
.told{color:var(--dim);font-size:.86rem}
details.row{margin:0}
details.row>summary{color:inherit;overflow:hidden;white-space:nowrap;text-overflow:ellipsis;border-radius:.3rem}
details.row[open]>summary{white-space:normal;margin-bottom:.3rem}
details.row[open]>summary .told{color:inherit;font-size:1rem}
.under{padding:.2rem 0 .5rem}
.under .badge{font-size:.86em}
.pulse .line{animation:pulse 4s ease-out}
@keyframes pulse{from{background:var(--unknown-ground)}}
@media (hover:hover){.scripted .live tbody:has(summary) .line{cursor:pointer}.scripted .live tbody:has(summary) .line:hover{background:var(--raised)}}
@media (prefers-reduced-motion:reduce){.pulse .line{animation:none}}`;

const narrow = `@media screen and (max-width:50rem){
.live .line{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.1rem .6rem;padding:.45rem .6rem 0}
.live .line>*{padding:0}
.live .line>th{order:-1;grid-column:1/-1;background:none}
.live .state{grid-column:1}
.live .line>td:nth-of-type(2){grid-column:2}
.live .line>td[data-title]::before{content:none}
.live .line>td:nth-of-type(3),.live .line>td:nth-of-type(4){font-size:.86rem}
.live .more>td{padding:.1rem .6rem .45rem}
details.row>summary{white-space:normal;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2}
details.row>summary::before{content:"▸ " / ""}
details.row[open]>summary{display:block}
details.row[open]>summary::before{content:"▾ " / ""}
.line th .badge{font-size:.75rem;font-weight:500;border-color:transparent;margin-right:.35em}
.check .range{max-width:34rem;margin:.5rem 0}
.way{white-space:normal}
.chip{min-height:2.75rem;border-radius:1.4rem}
.find input,.pick button{min-height:2.75rem}
}
@media print{.pick,#live{display:none}
details.row:not([open]){display:block}
details.row>summary{white-space:normal}}`;

/** What the status page has beyond the report. */
export const pageStyle: string = ['', head, columns, pick, rows, narrow, ''].join('\n');
