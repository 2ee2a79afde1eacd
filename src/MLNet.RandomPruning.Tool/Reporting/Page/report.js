// Draws the charts. Colours are CSS variables, so that the page turns dark, or goes to a printer, without drawing anew.
(() => {
  "use strict";
  const root = document.documentElement;
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
  const palette = Array.from({ length: 10 }, (_, index) => `var(--c${index + 1})`);
  const config = {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: {
      labelColor: "var(--muted)", titleColor: "var(--ink)", titleFontWeight: 500, titleFontSize: 12, labelFontSize: 11, titlePadding: 8,
      gridColor: "var(--grid)", domainColor: "var(--axis)", tickColor: "var(--axis)",
    },
    legend: { orient: "bottom", direction: "horizontal", columns: 3, labelColor: "var(--ink)", titleColor: "var(--ink)", labelFontSize: 12, labelLimit: 260, symbolOpacity: 1 },
    text: { color: "var(--ink)" },
    range: { category: palette },
  };
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, ast: true, config,
    tooltip: { disableDefaultStyle: true },
  };

  const draw = async (id, spec) => {
    const place = document.getElementById(id);
    try {
      await vegaEmbed(place, spec, options);
      return true;
    } catch (error) {
      place.textContent = `This chart could not be drawn: ${error.message}`;
      console.error(id, error);
      return false;
    }
  };

  Promise.all(Object.entries(charts).map(([id, spec]) => draw(id, spec)))
    .then(drawn => { root.dataset.charts = drawn.every(Boolean) ? "drawn" : "failed"; });
})();
