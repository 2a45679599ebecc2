/** The hart: registers, CSRs, traps, MMU, FPU and the engines that execute it. */
module atoll.engine {
  requires transitive atoll.isa;
  requires transitive atoll.host;
  requires transitive atoll.memory;
  requires transitive atoll.cpu;
  requires atoll.emit;

  exports atoll.engine;
}
