/** The monitor of one virtual machine: exits, SBI, boot loader, device tree and board. */
module atoll.vmm {
  requires atoll.state;
  requires atoll.isa;
  requires atoll.host;
  requires atoll.memory;
  requires atoll.peripheral;
  requires atoll.cpu;
  requires atoll.engine;
  requires atoll.kernel;
  requires atoll.device;
  requires atoll.pci;
  requires atoll.virtio;

  exports atoll.vmm to
      atoll.image,
      atoll.report,
      atoll.debug,
      atoll.scenario,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.front;

  opens atoll.vmm to
      atoll.state;
}
