// Code that the engine compiles while it runs: objects, typed arrays, closures, maps, strings and regular expressions.
'use strict';
let seed = 1;
const number = () => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >>> 8;

class Vector {
  constructor(x, y, z) { this.x = x; this.y = y; this.z = z; }
  plus(o) { return new Vector(this.x + o.x, this.y + o.y, this.z + o.z); }
  dot(o) { return this.x * o.x + this.y * o.y + this.z * o.z; }
}
let sum = new Vector(0, 0, 0);
for (let i = 0; i < 1000000; i++) {
  sum = sum.plus(new Vector(i % 7, i % 11, i % 13));
}
console.log(sum.dot(new Vector(1, 2, 3)));

const life = (width, steps) => {
  let cells = new Uint8Array(width * width).map(() => number() & 1);
  for (let step = 0; step < steps; step++) {
    const next = new Uint8Array(cells.length);
    for (let i = 0; i < cells.length; i++) {
      let near = 0;
      for (const d of [-width - 1, -width, 1 - width, -1, 1, width - 1, width, width + 1]) near += cells[i + d] | 0;
      next[i] = near === 3 || (near === 2 && cells[i]) ? 1 : 0;
    }
    cells = next;
  }
  return cells.reduce((a, b) => a + b);
};
console.log(life(160, 30));

const words = Array.from({ length: 60000 }, () => number().toString(36));
const counts = new Map();
for (const word of words) for (const letter of word) counts.set(letter, (counts.get(letter) ?? 0) + 1);
console.log([...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).join(' '));
console.log(words.join(' ').replace(/([a-z])\d+/g, '<$1>').length, JSON.stringify(JSON.parse(JSON.stringify(words.sort()))).length);
