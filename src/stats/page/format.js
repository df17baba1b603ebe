// Numbers as people read them, with their units. Knows nothing of what they count.

const digits = (value) => (value >= 100 ? 0 : value >= 10 ? 1 : 2);

export function count(value) {
  if (value < 100) return String(Math.round(value * 10) / 10);
  if (value < 10_000) return String(Math.round(value));
  return value < 1_000_000 ? `${(value / 1_000).toFixed(1)} k` : `${(value / 1_000_000).toFixed(2)} M`;
}

export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = Math.abs(value);
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${value < 0 ? "-" : ""}${unit ? size.toFixed(digits(size)) : Math.round(size)} ${units[unit]}`;
}

// A time in seconds.
export function time(value) {
  if (value === null || value === undefined) return "";
  if (value < 0.001) return `${(value * 1e6).toFixed(0)} µs`;
  if (value < 1) return `${(value * 1e3).toFixed(digits(value * 1e3))} ms`;
  if (value < 120) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  if (value < 7_200) return `${(value / 60).toFixed(0)} min`;
  return value < 172_800 ? `${(value / 3_600).toFixed(1)} h` : `${(value / 86_400).toFixed(1)} d`;
}

const units = { heap: ["", "of heap"], descriptors: ["descriptor", "descriptors"], threads: ["thread", "threads"] };

// What a run leaks, in words.
export function leak({ resource, per_run: perRun }) {
  if (resource === "heap") return `${bytes(perRun)} of heap`;
  const rounded = Math.round(perRun * 100) / 100;
  return `${rounded} ${units[resource]?.[rounded === 1 ? 0 : 1] ?? resource}`;
}
