// A map of thumbnails on WebGL 2: one draw call for all pictures, pan, zoom, and what lies under a point or in a polygon.

const vertexSource = `#version 300 es
in vec2 before;
in vec2 after;
in vec4 style;
uniform vec2 scale;
uniform vec2 offset;
uniform float mixed;
uniform float size;
uniform int perSheet;
uniform uint loaded;
out vec4 ring;
flat out vec4 cell;
flat out float opacity;
flat out float isSelected;
uniform int columns;
uniform float part;
void main() {
  gl_Position = vec4(mix(before, after, mixed) * scale + offset, 0.0, 1.0);
  int sheet = gl_VertexID / perSheet;
  int slot = gl_VertexID % perSheet;
  float isThere = (loaded >> uint(sheet) & 1u) == 1u ? 1.0 : 0.0;
  cell = vec4(float(slot % columns) * part, float(slot / columns) * part, float(sheet), isThere);
  float flags = floor(style.a * 255.0 + 0.5);
  isSelected = flags >= 128.0 ? 1.0 : 0.0;
  float faded = mod(flags, 128.0);
  opacity = faded / 100.0;
  ring = vec4(style.rgb, dot(style.rgb, vec3(1.0)) > 0.0 ? 1.0 : 0.0);
  gl_PointSize = size * (isSelected > 0.5 ? 1.35 : 1.0);
}`;

const fragmentSource = `#version 300 es
precision highp float;
precision mediump sampler2DArray;
in vec4 ring;
flat in vec4 cell;
flat in float opacity;
flat in float isSelected;
uniform sampler2DArray sheets;
uniform float part;
uniform float inset;
uniform float border;
uniform vec3 accent;
out vec4 color;
void main() {
  vec2 place = gl_PointCoord;
  float edge = min(min(place.x, place.y), min(1.0 - place.x, 1.0 - place.y));
  vec3 shown = cell.w > 0.5
    ? texture(sheets, vec3(cell.xy + clamp(place, inset, 1.0 - inset) * part, cell.z)).rgb : vec3(0.55);
  if (ring.a > 0.5 && edge < border * (1.0 + isSelected)) shown = ring.rgb;
  if (isSelected > 0.5 && edge < border) shown = accent;
  color = vec4(shown * opacity, opacity);
}`;

/** A map of pictures on a canvas. */
export class PictureMap {
  /** The places of the view: the middle in the map's units, and how many pixels a unit is. */
  view = {x: 0, y: 0, zoom: 1};
  /** How many frames have been drawn, for whoever measures. */
  frames = 0;
  #gl; #canvas; #program; #uniforms = {}; #buffers = {};
  #count; #options; #loaded = 0; #mixed = 1; #animation = 0; #asked = false;
  #places = null; #styles;
  // Where drawing is slow, as without a graphics card, the picture that was drawn last is moved until the hand rests.
  #isSlow = false; #drawn = {x: 0, y: 0, zoom: 1}; #resting = 0;

  /**
   * @param canvas The canvas.
   * @param options {count, thumbnail, columns, sheets, side, load}: how many pictures there are, the side of a thumbnail,
   *   how many stand in a row of a sheet, how many sheets there are, the side of a sheet, and a function that gives a
   *   sheet's bitmap by its number.
   * @throws An Error where the browser has no WebGL 2.
   */
  constructor(canvas, options) {
    this.#canvas = canvas;
    this.#options = options;
    this.#count = options.count;
    const gl = canvas.getContext("webgl2", {antialias: false, premultipliedAlpha: true});
    if (!gl) throw new Error("no WebGL 2");
    this.#gl = gl;
    this.#styles = new Uint8Array(4 * options.count);
    this.#prepare();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => { this.#prepare(); this.#upload(); this.loadSheets(); });
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.#resize();
  }

  #prepare() {
    const gl = this.#gl;
    const {columns, thumbnail, side, sheets} = this.#options;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertexSource], [gl.FRAGMENT_SHADER, fragmentSource]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    this.#program = program;
    gl.useProgram(program);
    for (const name of ["scale", "offset", "mixed", "size", "perSheet", "loaded", "columns", "part", "inset", "border", "accent"]) {
      this.#uniforms[name] = gl.getUniformLocation(program, name);
    }
    gl.uniform1i(this.#uniforms.perSheet, columns * columns);
    gl.uniform1i(this.#uniforms.columns, columns);
    gl.uniform1f(this.#uniforms.part, thumbnail / side);
    gl.uniform1f(this.#uniforms.inset, 0.5 / thumbnail);
    for (const [name, size] of [["before", 2], ["after", 2], ["style", 4]]) {
      const place = gl.getAttribLocation(program, name);
      this.#buffers[name] = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[name]);
      gl.enableVertexAttribArray(place);
      if (name === "style") gl.vertexAttribPointer(place, size, gl.UNSIGNED_BYTE, true, 0, 0);
      else gl.vertexAttribPointer(place, size, gl.FLOAT, false, 0, 0);
    }
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, gl.createTexture());
    // Two smaller levels: thumbnails are smooth from afar, and do not run into each other.
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 3, gl.RGB8, side, side, sheets);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
    gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#loaded = 0;
  }

  /** Fetches the sheets one after the other, and shows each as soon as it is there. */
  async loadSheets(progress = () => {}) {
    const gl = this.#gl;
    for (let number = 0; number < this.#options.sheets; number++) {
      const bitmap = await this.#options.load(number);
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
      gl.texSubImage3D(
        gl.TEXTURE_2D_ARRAY, 0, 0, 0, number, bitmap.width, bitmap.height, 1, gl.RGB, gl.UNSIGNED_BYTE, bitmap);
      gl.generateMipmap(gl.TEXTURE_2D_ARRAY);
      bitmap.close();
      this.#loaded |= 1 << number;
      this.draw();
      progress((number + 1) / this.#options.sheets);
    }
    this.#measure();
  }

  /** Finds out how long drawing takes. */
  #measure() {
    if (!this.#places) return;
    const gl = this.#gl;
    const start = performance.now();
    for (let time = 0; time < 2; time++) {
      this.#render();
      // Waits for the drawing.
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    }
    this.#isSlow = (performance.now() - start) / 2 > 20;
  }

  /** Moves the pictures to new places: x and y of each. They go there in a moment, or at once where motion is not wanted. */
  setPlaces(places) {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let item = 0; item < this.#count; item++) {
      left = Math.min(left, places[2 * item]);
      right = Math.max(right, places[2 * item]);
      top = Math.min(top, places[2 * item + 1]);
      bottom = Math.max(bottom, places[2 * item + 1]);
    }
    const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
    const [width, height] = [(right - left) / 2 || 1, (bottom - top) / 2 || 1];
    const made = new Float32Array(2 * this.#count);
    for (let item = 0; item < this.#count; item++) {
      made[2 * item] = (places[2 * item] - middleX) / width;
      made[2 * item + 1] = (places[2 * item + 1] - middleY) / height;
    }
    const before = this.#places ?? made;
    this.#places = made;
    this.#upload(before);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || before === made;
    cancelAnimationFrame(this.#animation);
    this.#mixed = still ? 1 : 0;
    const start = performance.now();
    const step = (now) => {
      this.#mixed = Math.min(1, Math.max(0, (now - start) / 500));
      this.#render();
      if (this.#mixed < 1) this.#animation = requestAnimationFrame(step);
    };
    if (still) this.draw(); else this.#animation = requestAnimationFrame(step);
  }

  #upload(before = this.#places) {
    const gl = this.#gl;
    if (this.#places) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.before);
      gl.bufferData(gl.ARRAY_BUFFER, before, gl.STATIC_DRAW);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.after);
      gl.bufferData(gl.ARRAY_BUFFER, this.#places, gl.STATIC_DRAW);
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.style);
    gl.bufferData(gl.ARRAY_BUFFER, this.#styles, gl.DYNAMIC_DRAW);
  }

  /** Shows each picture as `style(item)` says: {color: [r, g, b] or null, opacity: 0 to 1, isSelected}. */
  setStyles(style) {
    for (let item = 0; item < this.#count; item++) {
      const {color, opacity, isSelected} = style(item);
      this.#styles.set(color ?? [0, 0, 0], 4 * item);
      this.#styles[4 * item + 3] = Math.round(100 * opacity) + (isSelected ? 128 : 0);
    }
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers.style);
    gl.bufferData(gl.ARRAY_BUFFER, this.#styles, gl.DYNAMIC_DRAW);
    this.draw();
  }

  // The view

  /** The size of the canvas in the page's pixels. */
  get #size() { return [this.#canvas.clientWidth || 1, this.#canvas.clientHeight || 1]; }

  /** How many of the page's pixels a unit of the map is, across and down: the map is as wide as the canvas. */
  get #unit() {
    const [width, height] = this.#size;
    return [0.47 * width * this.view.zoom, 0.47 * height * this.view.zoom];
  }

  /** The side of a picture in the page's pixels: larger the nearer one is. */
  get pictureSide() {
    const [width, height] = this.#size;
    const base = Math.min(44, Math.max(7, 0.8 * Math.sqrt(width * height / this.#count)));
    return Math.min(96, base * this.view.zoom ** 0.65);
  }

  #resize() {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const [width, height] = this.#size;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width === across && this.#canvas.height === down) return;
    [this.#canvas.width, this.#canvas.height] = [across, down];
    // At once: a canvas of another size is empty.
    this.#render();
  }

  /** Shows the view after a movement. */
  #move() {
    if (!this.#isSlow) return this.draw();
    const [unitX, unitY] = this.#unit;
    const [x, y] = [(this.#drawn.x - this.view.x) * unitX, (this.view.y - this.#drawn.y) * unitY];
    this.#canvas.style.transform = `translate(${x}px, ${y}px) scale(${this.view.zoom / this.#drawn.zoom})`;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.draw(), 150);
  }

  /** Draws in the next frame. */
  draw() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => { this.#asked = false; this.#render(); });
  }

  #render() {
    if (!this.#places) return;
    const gl = this.#gl;
    const [width, height] = this.#size;
    const [unitX, unitY] = this.#unit;
    const ratio = this.#canvas.width / width;
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const u = this.#uniforms;
    gl.uniform2f(u.scale, 2 * unitX / width, 2 * unitY / height);
    gl.uniform2f(u.offset, -2 * unitX * this.view.x / width, -2 * unitY * this.view.y / height);
    gl.uniform1f(u.mixed, this.#mixed);
    gl.uniform1f(u.size, this.pictureSide * ratio);
    gl.uniform1f(u.border, Math.min(0.2, Math.max(0.07, 2 / this.pictureSide)));
    gl.uniform1ui(u.loaded, this.#loaded);
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    gl.uniform3f(u.accent, ...(isDark ? [0.66, 0.79, 1] : [0.04, 0.34, 0.82]));
    gl.drawArrays(gl.POINTS, 0, this.#count);
    this.#drawn = {...this.view};
    this.#canvas.style.transform = "";
    this.frames += 1;
  }

  /** Moves the view by the page's pixels. */
  pan(x, y) {
    const [unitX, unitY] = this.#unit;
    this.view.x = Math.min(1.2, Math.max(-1.2, this.view.x - x / unitX));
    this.view.y = Math.min(1.2, Math.max(-1.2, this.view.y + y / unitY));
    this.#move();
  }

  /** Makes the view nearer by a factor; a point of the canvas (its middle by default) stays where it is. */
  zoom(factor, x = this.#size[0] / 2, y = this.#size[1] / 2) {
    const before = this.#placeAt(x, y);
    this.view.zoom = Math.min(60, Math.max(0.8, this.view.zoom * factor));
    const after = this.#placeAt(x, y);
    this.view.x += before[0] - after[0];
    this.view.y += before[1] - after[1];
    this.pan(0, 0);
  }

  /** Shows all pictures. */
  fit() {
    this.view = {x: 0, y: 0, zoom: 1};
    this.draw();
  }

  #placeAt(x, y) {
    const [width, height] = this.#size;
    const [unitX, unitY] = this.#unit;
    return [(x - width / 2) / unitX + this.view.x, (height / 2 - y) / unitY + this.view.y];
  }

  /** Where a picture is on the canvas, in the page's pixels. */
  position(item) {
    const [width, height] = this.#size;
    const [unitX, unitY] = this.#unit;
    return [
      width / 2 + (this.#places[2 * item] - this.view.x) * unitX,
      height / 2 - (this.#places[2 * item + 1] - this.view.y) * unitY,
    ];
  }

  /** The picture on top at a point of the canvas; null for none. */
  itemAt(x, y) {
    const half = this.pictureSide / 2;
    for (let item = this.#count - 1; item >= 0; item--) {
      const [left, top] = this.position(item);
      if (Math.abs(left - x) <= half && Math.abs(top - y) <= half) return item;
    }
    return null;
  }

  /** The pictures whose middles lie in a polygon of points of the canvas. */
  itemsIn(polygon) {
    const found = [];
    for (let item = 0; item < this.#count; item++) {
      const [x, y] = this.position(item);
      let isInside = false;
      for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
        const [[x1, y1], [x2, y2]] = [polygon[i], polygon[j]];
        if (y1 > y !== y2 > y && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1) isInside = !isInside;
      }
      if (isInside) found.push(item);
    }
    return found;
  }
}
