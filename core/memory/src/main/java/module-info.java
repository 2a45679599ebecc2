/** Guest-physical memory of a virtual machine and what watches it. */
module atoll.memory {
  requires atoll.state;
  requires atoll.host;

  exports atoll.memory to
      atoll.engine,
      atoll.kernel,
      atoll.device,
      atoll.virtio,
      atoll.vmm,
      atoll.scenario,
      atoll.manager;

  opens atoll.memory to
      atoll.state;
}
