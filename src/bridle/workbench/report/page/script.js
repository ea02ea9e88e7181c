// Values at the pointer, and a logarithmic axis. The page is whole without this script.
"use strict";
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const element = (name, attributes, parent) => {
    const made = document.createElementNS(NS, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    return parent.appendChild(made);
  };
  const shown = (value) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size && (size < 1e-4 || size >= 1e6)) return value.toExponential(2);
    return String(Number(value.toPrecision(4)));
  };

  function start(drawing) {
    const data = JSON.parse(drawing.dataset.pointer);
    const svg = drawing.querySelector("svg");
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    drawing.append(tip);
    const [left, top, right, bottom] = data.box;
    const guide = data.kind === "lines"
      ? element("line", { class: "guide", y1: top, y2: bottom, visibility: "hidden" }, svg) : null;

    const nearest = (x, y) => {
      let best = -1, least = Infinity;
      const places = guide ? data.x : data.dots;
      places.forEach((place, i) => {
        const distance = guide ? Math.abs(place - x) : Math.hypot(place[0] - x, place[1] - y);
        if (distance < least) [best, least] = [i, distance];
      });
      return guide || least < 18 ? best : -1;
    };
    const words = (i) => guide
      ? [`${data.unit} ${shown(data.at[i])}`].concat(data.lines.map((one) => `${one.name}: ${shown(one.y[i])}`)).join("\n")
      : data.dots[i][2];
    const hide = () => {
      tip.hidden = true;
      if (guide) guide.setAttribute("visibility", "hidden");
    };
    const show = (i) => {
      const frame = svg.getBoundingClientRect(), scale = frame.width / svg.viewBox.baseVal.width;
      const x = guide ? data.x[i] : data.dots[i][0], y = guide ? top : data.dots[i][1];
      if (guide) {
        guide.setAttribute("x1", x);
        guide.setAttribute("x2", x);
        guide.setAttribute("visibility", "visible");
      }
      tip.textContent = words(i);
      tip.hidden = false;
      const width = tip.offsetWidth, place = x * scale;
      tip.style.left = `${Math.max(0, place + 8 + width > frame.width ? place - 8 - width : place + 8)}px`;
      tip.style.top = `${y * scale + (guide ? 2 : 8)}px`;
    };
    svg.addEventListener("pointermove", (event) => {
      const frame = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / frame.width;
      const x = (event.clientX - frame.left) * scale, y = (event.clientY - frame.top) * scale;
      const inside = x > left - 12 && x < right + 12 && y > top - 12 && y < bottom + 12;
      const i = inside ? nearest(x, y) : -1;
      if (i < 0) hide(); else show(i);
    });
    svg.addEventListener("pointerleave", hide);
    drawing.addEventListener("blur", hide);
    let at = -1;
    drawing.addEventListener("keydown", (event) => {
      const count = (guide ? data.x : data.dots).length;
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      at = Math.min(Math.max(at + step, 0), count - 1);
      show(at);
    });
    if (data.limits) addScale(drawing, svg, data);
  }

  // Redraws lines, bands and dots on a logarithmic axis that holds every positive value.
  function addScale(drawing, svg, data) {
    const [left, top, right, bottom] = data.box, [low, high] = data.limits;
    const losses = data.lines.flatMap((one) => one.y), values = losses.filter((one) => one > 0);
    if (!values.length || losses.some((one) => one < 0)) return;  // the Cox loss may be below 0
    const button = document.createElement("button");
    button.type = "button";
    button.className = "scale";
    button.textContent = "log";
    button.title = "Logarithmic axis with all values";
    button.setAttribute("aria-pressed", "false");
    drawing.closest("figure").append(button);
    const ends = [Math.log(Math.min(...values) / 1.1), Math.log(Math.max(...values) * 1.1)];
    const loss = (y) => low + (bottom - y) / (bottom - top) * (high - low);
    const place = (value) => {
      const share = (Math.log(Math.max(value, 1e-300)) - ends[0]) / (ends[1] - ends[0]);
      return bottom - Math.min(Math.max(share, 0), 1) * (bottom - top);
    };
    const changes = [];  // [element, attribute, linear, logarithmic]
    const change = (node, attribute, value) => changes.push([node, attribute, node.getAttribute(attribute), value]);
    data.lines.forEach((one) => {
      const path = svg.getElementById(one.id)?.querySelector("path");
      const points = one.y.map((value, i) => value > 0 ? `${data.x[i]} ${place(value).toFixed(2)}` : "");
      if (path) change(path, "d", points.map((p, i) => p && (i && points[i - 1] ? "L" : "M") + p).join(" "));
    });
    data.bands.forEach((id) => svg.getElementById(id)?.querySelectorAll("path").forEach((path) => {
      const use = svg.getElementById(id).querySelector("use");
      const offset = use ? Number(use.getAttribute("y")) : 0;
      change(path, "d", path.getAttribute("d").replace(/([ML]) (\S+) (\S+)/g, (all, verb, x, y) =>
        `${verb} ${x} ${(place(loss(Number(y) + offset)) - offset).toFixed(2)}`));
    }));
    data.dots.forEach((id) => svg.getElementById(id)?.querySelectorAll("use").forEach((use) =>
      change(use, "y", place(loss(Number(use.getAttribute("y")))))));
    // Labels at the ends of lines move with them, and apart from each other.
    let floor = Infinity;
    data.ends.map(([id, line]) => {
      const label = svg.getElementById(id), frame = label.getBBox();
      const known = data.lines[line].y.filter((value) => value > 0);
      return [label, frame.y + frame.height / 2, known.length ? place(known[known.length - 1]) : bottom];
    }).sort((one, other) => other[2] - one[2]).forEach(([label, before, wanted]) => {
      floor = Math.min(wanted, floor - 11);
      changes.push([label, "transform", "translate(0 0)", `translate(0 ${(floor - before).toFixed(2)})`]);
    });
    const axis = svg.getElementById(data.axis);
    const ticks = element("g", { visibility: "hidden" }, svg);
    const decades = (ends[1] - ends[0]) / Math.LN10;
    for (let power = Math.floor(ends[0] / Math.LN10); power <= ends[1] / Math.LN10; power++)
      for (const digit of decades > 3 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 3, 5, 7]) {
        const value = digit * 10 ** power, y = place(value);
        if (Math.log(value) < ends[0] || Math.log(value) > ends[1]) continue;
        element("line", { x1: left, x2: right, y1: y, y2: y, style: "stroke: var(--grid); stroke-width: .8" }, ticks);
        element("text", { x: left - 7, y: y + 3.2, style: "font-size: 9px; text-anchor: end; fill: var(--soft)" }, ticks)
          .textContent = shown(value);
      }
    axis.before(ticks);
    button.addEventListener("click", () => {
      const log = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", log);
      changes.forEach(([node, attribute, linear, logarithmic]) => node.setAttribute(attribute, log ? logarithmic : linear));
      axis.querySelectorAll(":scope > g[id*=tick]").forEach((tick) => tick.setAttribute("visibility", log ? "hidden" : "visible"));
      svg.querySelectorAll("[id$=-note]").forEach((label) => label.setAttribute("visibility", log ? "hidden" : "visible"));
      ticks.setAttribute("visibility", log ? "visible" : "hidden");
    });
  }

  document.querySelectorAll("[data-pointer]").forEach(start);
})();
