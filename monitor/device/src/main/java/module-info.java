/** MMIO bus, interrupt lines and the board devices. */
module atoll.device {
  requires atoll.state;
  requires atoll.host;
  requires atoll.memory;
  requires atoll.peripheral;

  exports atoll.device to
      atoll.pci,
      atoll.virtio,
      atoll.vmm,
      atoll.debug,
      atoll.scenario,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.front;
  exports atoll.device.spi to
      atoll.virtio,
      atoll.vmm,
      atoll.disk,
      atoll.share,
      atoll.net,
      atoll.display,
      atoll.console,
      atoll.scenario,
      atoll.manager,
      atoll.front;

  opens atoll.device to
      atoll.state;
  opens atoll.device.spi to
      atoll.state;
}
