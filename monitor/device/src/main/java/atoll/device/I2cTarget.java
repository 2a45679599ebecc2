package atoll.device;

/** A chip on a bus of I2C (UM10204, section 3.1), which answers at once. */
interface I2cTarget {
  /** Begins a message to it, or from it; false if it does not answer. */
  boolean begin(boolean read);

  /** Takes a byte; false if it does not acknowledge. */
  boolean write(int b);

  /** Gives its next byte. */
  int read();
}
