// The picture of the documentation: bindings, and when a change takes effect. `npm run docs` writes it.

/** The texts of the picture. */
const text = {
  template: ["CallbackTemplate", "URLs and callback key"],
  binding: ["DomainTemplateBinding", "push domain + AppName"],
  stream: ["live stream", "rtmp://push.example.com/live/…"],
  server: ["your server", "signed event callbacks"],
  applies: "applies to",
  events: "events",
  minutes: "min",
} as const;

const box = { width: 190, height: 64, top: 24, gap: 56 };
const line = { top: 156, left: 20, unit: 44 };

/** The picture as SVG, with colours that are readable on a light and on a dark page. */
export function picture(): string {
  const boxes = [text.template, text.binding, text.stream, text.server];
  const left = (index: number) => 20 + index * (box.width + box.gap);
  const width = left(boxes.length - 1) + box.width + 20;
  const arrows = ["templateId", text.applies, text.events];
  const at = (minutes: number) => line.left + minutes * line.unit;
  const spans = [
    { from: 0, to: 5, fill: "#d9534f", name: "propagating" },
    { from: 5, to: 10, fill: "#c98a1b", name: "settling" },
    { from: 10, to: (width - 20 - line.left) / line.unit, fill: "#2e9e5b", name: "effective" },
  ];
  const ticks = [
    { minute: 0, name: "changedAt" },
    { minute: 5, name: "earliestEffectiveAt" },
    { minute: 10, name: "effectiveAt" },
  ];
  const middle = box.top + box.height / 2;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 236" width="${width}" height="236" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `  <title>${[text.template, text.binding, text.stream, text.server].map(([name]) => name).join(" → ")}</title>`,
    '  <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#7a8594"/></marker></defs>',
    ...boxes.flatMap(([name, detail], index) => [
      `  <rect x="${left(index)}" y="${box.top}" width="${box.width}" height="${box.height}" rx="8" fill="${index < 2 ? "#2b62c9" : "#5a6675"}"/>`,
      `  <text x="${left(index) + box.width / 2}" y="${middle - 5}" text-anchor="middle" fill="#fff" font-weight="600">${name}</text>`,
      `  <text x="${left(index) + box.width / 2}" y="${middle + 15}" text-anchor="middle" fill="#fff" font-size="11">${detail}</text>`,
    ]),
    ...arrows.flatMap((name, index) => {
      const [from, to] = [left(index) + box.width + 3, left(index + 1) - 3];
      // The binding refers to the template: that arrow points back.
      const [start, end] = index === 0 ? [to, from] : [from, to];
      return [
        `  <line x1="${start}" y1="${middle}" x2="${end}" y2="${middle}" stroke="#7a8594" stroke-width="1.5" marker-end="url(#arrow)"/>`,
        `  <text x="${(from + to) / 2}" y="${middle - 8}" text-anchor="middle" fill="#7a8594" font-size="10">${name}</text>`,
      ];
    }),
    ...spans.flatMap(({ from, to, fill, name }) => [
      `  <rect x="${at(from)}" y="${line.top}" width="${at(to) - at(from) - 2}" height="24" rx="4" fill="${fill}"/>`,
      `  <text x="${(at(from) + at(to)) / 2}" y="${line.top + 16}" text-anchor="middle" fill="#fff" font-size="12">${name}</text>`,
    ]),
    ...ticks.flatMap(({ minute, name }) => [
      `  <text x="${at(minute)}" y="${line.top + 42}" fill="#7a8594" font-size="12">${minute} ${text.minutes}</text>`,
      `  <text x="${at(minute)}" y="${line.top + 59}" fill="#7a8594" font-size="11">${name}</text>`,
    ]),
    "</svg>",
  ].join("\n")}\n`;
}
