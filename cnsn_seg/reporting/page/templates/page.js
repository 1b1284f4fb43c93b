'use strict';

// Theme: the system's, until the button says otherwise.

const root = document.documentElement;
const button = document.getElementById('theme');
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

function setTheme(dark) {
  root.dataset.theme = dark ? 'dark' : 'light';
  button.setAttribute('aria-pressed', String(dark));
  document.querySelectorAll('.plot[data-drawn]').forEach((plot) => {
    paint(plot);
  });
}

// Charts: drawn when they are first shown, in the colours of the page.

const figures = JSON.parse(document.getElementById('figures').textContent);

function colours(layout) {
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(name).trim();
  const update = {
    paper_bgcolor: 'rgba(0, 0, 0, 0)',
    plot_bgcolor: 'rgba(0, 0, 0, 0)',
    'font.color': colour('--text'),
    'font.family': style.fontFamily,
    'font.size': 13,
    'hoverlabel.bgcolor': colour('--card'),
    'hoverlabel.bordercolor': colour('--line'),
    'hoverlabel.font.color': colour('--text'),
  };
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  axes.forEach((axis) => {
    update[`${axis}.gridcolor`] = colour('--grid');
    update[`${axis}.zerolinecolor`] = colour('--line');
    update[`${axis}.linecolor`] = colour('--line');
  });
  return update;
}

function paint(plot) {
  const text = { 'textfont.color': getComputedStyle(root).getPropertyValue('--text').trim() };
  Plotly.update(plot, plot.data[0].type === 'heatmap' ? text : {}, colours(plot.layout));
}

function draw(plot) {
  if (plot.dataset.drawn) {
    Plotly.Plots.resize(plot);
    return;
  }
  const { data, layout } = figures[plot.dataset.figure];
  plot.dataset.drawn = 'true';
  Plotly.newPlot(plot, data, layout, { displayModeBar: false, responsive: true })
    .then(() => paint(plot));
}

function drawAll(place) {
  place.querySelectorAll('.plot').forEach(draw);
}

// Pickers: of several things show the one that the selection boxes name.

function initPicker(picker) {
  const selects = [...picker.querySelectorAll('select[data-key]')];
  const items = [...picker.querySelectorAll('[data-option]')]
    .map((element) => ({ element, option: JSON.parse(element.dataset.option) }));
  const start = JSON.parse(picker.dataset.start);
  selects.forEach((select) => {
    if (start[select.dataset.key] !== undefined) select.value = start[select.dataset.key];
    select.addEventListener('change', update);
  });

  function update() {
    let left = items;
    selects.forEach((select) => {
      const key = select.dataset.key;
      const possible = new Set(left.map(({ option }) => option[key]));
      [...select.options].forEach((choice) => { choice.disabled = !possible.has(choice.value); });
      if (!possible.has(select.value)) [select.value] = possible;
      left = left.filter(({ option }) => option[key] === select.value);
    });
    items.forEach(({ element }) => { element.hidden = element !== left[0].element; });
    drawAll(left[0].element);
  }

  update();
}

// Viewers: two views of one image, and a slider that wipes between them.

function initViewer(viewer) {
  const layers = JSON.parse(viewer.querySelector('.layers').textContent);
  const wipe = viewer.querySelector('.wipe');
  const slider = viewer.querySelector('input[type=range]');

  function show(side, layer) {
    const [base, over] = side.querySelectorAll('img');
    base.src = layer.on_photo ? layers[0].picture : layer.picture;
    base.classList.toggle('labels', !layer.on_photo && layer !== layers[0]);
    base.alt = layer.label;
    over.hidden = !layer.on_photo;
    if (layer.on_photo) over.src = layer.picture;
  }

  function move() {
    wipe.style.setProperty('--at', `${slider.value}%`);
    const right = viewer.querySelector('.pick-right').selectedOptions[0].text;
    const left = viewer.querySelector('.pick-left').selectedOptions[0].text;
    slider.setAttribute('aria-valuetext', `${slider.value} % ${left}, the rest ${right}`);
  }

  ['left', 'right'].forEach((name) => {
    const select = viewer.querySelector(`.pick-${name}`);
    const update = () => {
      show(wipe.querySelector(`.${name}`), layers[Number(select.value)]);
      move();
    };
    select.addEventListener('change', update);
    update();
  });
  slider.addEventListener('input', move);
}

button.addEventListener('click', () => setTheme(root.dataset.theme !== 'dark'));
systemDark.addEventListener('change', (event) => setTheme(event.matches));
setTheme(systemDark.matches);
let screenTheme;
window.addEventListener('beforeprint', () => { screenTheme = root.dataset.theme; setTheme(false); });
window.addEventListener('afterprint', () => setTheme(screenTheme === 'dark'));
document.querySelectorAll('.picker').forEach(initPicker);
document.querySelectorAll('figure.chart').forEach((chart) => {
  if (!chart.closest('.picker')) drawAll(chart);
});
document.querySelectorAll('.viewer').forEach(initViewer);
