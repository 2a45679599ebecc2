package atoll.vmm;

/** Whether a board has the RISC-V Advanced Interrupt Architecture, and how much of it. */
public enum Aia {
  /** A PLIC interrupts the harts. */
  NONE,

  /** An advanced PLIC interrupts them directly. */
  APLIC,

  /** An advanced PLIC sends messages, and each hart has an IMSIC that receives them. */
  APLIC_IMSIC
}
