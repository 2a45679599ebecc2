package atoll.vmm;

/** The parts that a VM is booted from, which messages can name. */
public enum BootPart {
  KERNEL,
  FIRMWARE,
  INITRD,
  DEVICE_TREE,
  /** How much RAM there is for all of them. */
  MEMORY
}
