package atoll.vmm;

/** What a machine is booted from: what a message about it can be about. */
public enum BootPart {
  KERNEL,
  FIRMWARE,
  INITRD,
  DEVICE_TREE,
  /** How much RAM there is for all of them. */
  MEMORY
}
