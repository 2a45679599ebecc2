/** Crash reports: what a machine was doing when it could not go on. */
module atoll.report {
  requires atoll.isa;
  requires atoll.engine;
  requires atoll.vmm;

  exports atoll.report to
      atoll.debug,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.front;
}
