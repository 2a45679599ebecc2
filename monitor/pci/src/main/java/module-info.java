/** The PCI Express host bridge and the functions behind it. */
module atoll.pci {
  requires atoll.state;
  requires atoll.device;

  exports atoll.pci to
      atoll.virtio,
      atoll.vmm;

  opens atoll.pci to
      atoll.state;
}
