/** Debuggers: a server of GDB's remote protocol for virtual machines. */
module atoll.debug {
  requires atoll.isa;
  requires atoll.host;
  requires atoll.engine;
  requires atoll.kernel;
  requires atoll.device;
  requires atoll.virtio;
  requires atoll.vmm;
  requires atoll.image;

  exports atoll.debug to
      atoll.scenario,
      atoll.manager,
      atoll.front;

  opens atoll.debug to
      atoll.state;
}
