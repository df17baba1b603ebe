// The status page: asks its server once a second and shows what it tells. Knows nothing of other
// servers, and changes nothing.

import { bytes, count, leak, time } from "./format.js";
import { plot } from "./plots.js";
import { table } from "./tables.js";

const EVERY = 1_000;
const PATIENCE = 5_000;
const find = (id) => document.getElementById(id);

const jobs = table(find("jobs"), [
  { name: "job", word: true, of: (job) => job.name, key: (job) => job.name },
  { name: "runs/s", of: (job) => count(job.rate), key: (job) => job.rate },
  { name: "runs", of: (job) => count(job.runs), key: (job) => job.runs },
  { name: "failed", title: "errors of 500 or above, and panics", of: (job) => count(job.failures + job.panics), key: (job) => job.failures + job.panics, isBad: (job) => job.failures + job.panics > 0 },
  { name: "deadlines", of: (job) => count(job.deadlines), key: (job) => job.deadlines, isBad: (job) => job.deadlines > 0 },
  { name: "p50", title: "from whole, or due, to the end", of: (job) => time(job.whole.p50), key: (job) => job.whole.p50 },
  { name: "p99", title: "from whole, or due, to the end", of: (job) => time(job.whole.p99), key: (job) => job.whole.p99 },
  { name: "queue p99", title: "waited for a thread", of: (job) => time(job.queued.p99), key: (job) => job.queued.p99 },
  { name: "handler p50", of: (job) => time(job.handled.p50), key: (job) => job.handled.p50 },
  { name: "database p50", of: (job) => time(job.database.p50), key: (job) => job.database.p50 },
  { name: "sent", of: (job) => bytes(job.bytes_out), key: (job) => job.bytes_out },
  { name: "holds", title: "heap that its runs allocated and that is not freed", of: (job) => (job.held === undefined ? "" : bytes(job.held)), key: (job) => job.held },
  { name: "leaks each run", of: (job) => job.leaks.map(leak).join(", "), key: (job) => job.leaks.length, isBad: () => true },
], { by: "runs", down: true });

const threads = table(find("threads"), [
  { name: "worker", of: (thread) => thread.worker },
  { name: "thread", of: (thread) => thread.thread },
  { name: "now", word: true, of: (thread) => thread.job ?? "" },
  { name: "for", of: (thread) => time(thread.took) },
  { name: "requests", of: (thread) => count(thread.requests) },
]);

const schedule = table(find("schedule"), [
  { name: "timer, cron or file", word: true, of: (entry) => entry.name, key: (entry) => entry.name },
  { name: "next", of: (entry) => (entry.next === null ? "" : `in ${time(entry.next)}`), key: (entry) => entry.next },
  { name: "last", of: (entry) => (entry.last === null ? "" : `${time(entry.last)} ago`), key: (entry) => entry.last },
  { name: "runs", of: (entry) => count(entry.runs), key: (entry) => entry.runs },
  { name: "late", of: (entry) => count(entry.late), key: (entry) => entry.late, isBad: (entry) => entry.late > 0 },
  { name: "skipped", of: (entry) => count(entry.skipped), key: (entry) => entry.skipped },
  { name: "missed", of: (entry) => count(entry.missed), key: (entry) => entry.missed },
]);

const leftBehind = table(find("left-behind"), [
  { name: "job", word: true, of: (left) => left.job },
  { name: "what", word: true, of: (left) => left.reason },
  { name: "times", of: (left) => count(left.count) },
]);

const plots = {
  rate: plot(find("plot-rate"), count),
  held: plot(find("plot-held"), bytes),
  descriptors: plot(find("plot-descriptors"), count),
};

let before = null;

// What has been added since the last look, each second. Another process begins anew.
function rates(stats) {
  const now = stats.cleanslate;
  const last = before && before.pid === stats.pid ? before.cleanslate : null;
  const passed = last ? now.uptime - last.uptime : now.uptime;
  const runs = new Map(last?.jobs.map((job) => [job.name, job.runs]));
  before = stats;
  return new Map(now.jobs.map((job) => [job.name, Math.max(0, job.runs - (runs.get(job.name) ?? 0)) / passed]));
}

function show(stats) {
  const own = stats.cleanslate;
  const rate = rates(stats);
  const leaksOf = (name) => own.leaks.filter((leak) => leak.job === name);
  const all = own.jobs.map((job) => {
    const leaks = leaksOf(job.name);
    return { ...job, leaks, rate: rate.get(job.name) ?? 0, mark: leaks.length ? "leaks" : "" };
  });
  document.title = `${own.leaks.length ? "leaks! " : ""}${own.application} · cleanslate`;
  find("application").textContent = own.application;
  find("process").textContent = `process ${stats.pid}, up ${time(own.uptime)}`;
  showLeaks(own);
  showTiles(stats, rate);
  jobs(all.filter((job) => job.runs > 0 || find("show-all").checked));
  threads(threadsOf(stats));
  schedule(own.schedule.filter((entry) => entry.runs > 0 || entry.next !== null));
  leftBehind(own.left_behind);
  find("left").hidden = own.left_behind.length === 0;
  const now = Date.now() / 1_000;
  plots.rate(now, new Map(all.filter((job) => job.runs > 0).map((job) => [job.name, job.rate])));
  plots.held(now, new Map(all.filter((job) => job.held > 0).map((job) => [job.name, job.held])));
  plots.descriptors(now, new Map(own.descriptors.map(({ target, more }) => [target, more])));
}

function showLeaks(own) {
  find("leaks").hidden = own.leaks.length === 0;
  const lines = own.leaks.map((found) => {
    const line = document.createElement("li");
    const [most] = own.descriptors;
    const what = found.resource === "descriptors" && most ? ` (most: ${most.target} ×${most.more})` : "";
    line.textContent = `${found.job} keeps ${leak(found)} in each run${what}`;
    return line;
  });
  const texts = (nodes) => [...nodes].map((node) => node.textContent).join("\n");
  if (texts(lines) !== texts(find("leak-list").children)) find("leak-list").replaceChildren(...lines);
}

function showTiles(stats, rate) {
  const { threads, queue, connections, memory, traffic, schedule } = stats.cleanslate;
  const scheduled = new Set(schedule.map((entry) => entry.name));
  const sum = (isTick) => [...rate].reduce((all, [name, value]) => all + (scheduled.has(name) === isTick ? value : 0), 0);
  const refused = traffic.bad + traffic.stalled + traffic.expired + traffic.shed;
  const tiles = [
    ["Requests", `${count(sum(false))}`, "/s"],
    ["Ticks", `${count(sum(true))}`, "/s"],
    ["Threads busy", `${threads.busy}`, ` of ${threads.all}${threads.lost ? `, ${threads.lost} lost` : ""}`],
    ["Waiting for a thread", count(queue.requests), ` of ${count(queue.requests_max)}`],
    ["Connections", count(connections), " waiting"],
    ["Refused or expired", count(refused), traffic.shed ? `, ${count(traffic.shed)} shed` : ""],
    ["Memory", bytes(memory.resident), ""],
  ];
  const list = find("tiles");
  tiles.forEach(([name, value, unit], place) => {
    const tile = list.children[place] ?? list.appendChild(document.createElement("div"));
    if (!tile.firstChild) tile.append(document.createElement("dt"), document.createElement("dd"));
    const [title, number] = tile.children;
    title.textContent = name;
    const small = document.createElement("small");
    small.textContent = unit;
    number.replaceChildren(value, small);
  });
}

function threadsOf(stats) {
  const running = stats.cleanslate.running;
  return stats.workers.flatMap((worker) => worker.cores.map((core) => {
    const thread = core.id + 1;
    const job = running.find((job) => job.worker === worker.id && job.thread === thread);
    return { worker: worker.id, thread, requests: core.requests, ...job };
  }));
}

async function look() {
  const state = find("state");
  try {
    const answer = await fetch("stats", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
    state.textContent = "live";
    state.className = "";
  } catch (error) {
    state.textContent = "the server doesn't answer; it is asked again";
    state.className = "away";
    console.debug(error);
  }
}

async function live() {
  // A page that nobody sees asks nothing.
  if (!document.hidden) await look();
  setTimeout(live, EVERY);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
find("show-all").addEventListener("change", look);
live();
