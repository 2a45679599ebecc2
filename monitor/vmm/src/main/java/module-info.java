/** The monitor of one virtual machine: exits, SBI, boot loader, device tree and board. */
module atoll.vmm {
  requires transitive atoll.isa;
  requires transitive atoll.host;
  requires transitive atoll.memory;
  requires transitive atoll.engine;
  requires transitive atoll.kernel;
  requires transitive atoll.device;
  requires transitive atoll.virtio;

  exports atoll.vmm;
}
