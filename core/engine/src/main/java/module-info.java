/** The hart: registers, CSRs, traps, MMU, FPU and the engines that execute it. */
module atoll.engine {
  requires atoll.state;
  requires atoll.isa;
  requires atoll.host;
  requires atoll.emit;
  requires atoll.verify;
  requires atoll.memory;
  requires atoll.cpu;

  exports atoll.engine to
      atoll.codestore,
      atoll.vmm,
      atoll.report,
      atoll.debug,
      atoll.scenario,
      atoll.manager,
      atoll.server,
      atoll.front;
  exports atoll.engine.software to
      atoll.codestore,
      atoll.vmm,
      atoll.scenario,
      atoll.manager;

  opens atoll.engine to
      atoll.state;
}
