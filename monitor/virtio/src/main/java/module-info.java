/** Virtio transport, queues and devices. */
module atoll.virtio {
  requires atoll.state;
  requires atoll.host;
  requires atoll.memory;
  requires atoll.device;
  requires atoll.pci;

  exports atoll.virtio to
      atoll.vmm,
      atoll.debug,
      atoll.scenario,
      atoll.manager,
      atoll.server,
      atoll.front;

  opens atoll.virtio to
      atoll.state;
}
