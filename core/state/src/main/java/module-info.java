/** State as values: records, and their one binary form with versions. */
module atoll.state {
  exports atoll.state to
      atoll.memory,
      atoll.cpu,
      atoll.engine,
      atoll.kernel,
      atoll.device,
      atoll.pci,
      atoll.virtio,
      atoll.vmm,
      atoll.snapshot,
      atoll.manager;
}
