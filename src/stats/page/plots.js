// Plots of the last minutes. Know nothing of servers.
/* global uPlot */

const SECONDS = 300;
const clock = (seconds) => new Date(seconds * 1_000).toLocaleTimeString([], { hour12: false });
const COLOURS = ["#0b6bcb", "#d9730d", "#2e8b57", "#9b51e0", "#c2185b", "#008b8b"];

// A plot in `element` whose lines come and go by name; of too many the largest are shown.
export function plot(element, format) {
  const times = [];
  const lines = new Map();
  const colours = new Map();
  let drawn = null;
  let names = [];

  function make() {
    drawn?.destroy();
    colours.forEach((_, name) => {
      if (!names.includes(name)) colours.delete(name);
    });
    const style = getComputedStyle(document.body);
    const axis = { stroke: style.getPropertyValue("--quiet"), grid: { stroke: style.getPropertyValue("--line"), width: 1 }, ticks: { show: false } };
    const options = {
      width: element.clientWidth,
      height: 170,
      cursor: { y: false },
      legend: { live: false },
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 1, 1) * 1.05] } },
      axes: [{ ...axis, values: (_, all) => all.map(clock) }, { ...axis, size: 62, values: (_, all) => all.map(format) }],
      series: [{}, ...names.map((name) => ({
        label: name,
        stroke: colour(name),
        width: 1.5,
        points: { show: false },
      }))],
    };
    drawn = new uPlot(options, data(), element);
  }

  // A name keeps its colour while it is there.
  function colour(name) {
    if (!colours.has(name)) {
      const taken = names.map((other) => colours.get(other));
      colours.set(name, COLOURS.find((free) => !taken.includes(free)) ?? COLOURS[0]);
    }
    return colours.get(name);
  }

  const data = () => [times, ...names.map((name) => lines.get(name))];

  new ResizeObserver(() => {
    if (drawn && element.clientWidth > 0) drawn.setSize({ width: element.clientWidth, height: 170 });
  }).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make);

  // `values`: what each line is now.
  return (now, values) => {
    for (const name of values.keys()) {
      if (!lines.has(name)) lines.set(name, times.map(() => null));
    }
    times.push(now);
    lines.forEach((line, name) => line.push(values.get(name) ?? null));
    if (times.length > SECONDS) {
      times.shift();
      lines.forEach((line, name) => {
        line.shift();
        if (line.every((value) => value === null)) lines.delete(name);
      });
    }
    const heights = [...lines].map(([name, line]) => [name, Math.max(...line)]);
    const largest = heights.sort(([, one], [, other]) => other - one).slice(0, COLOURS.length);
    const wanted = largest.map(([name]) => name).sort();
    if (!drawn || wanted.join("\n") !== names.join("\n")) {
      names = wanted;
      make();
    } else {
      drawn.setData(data());
    }
  };
}
