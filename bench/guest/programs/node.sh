node node.js
