package atoll.api;

/** What a VM can serve others ({@link PlatformBuilder#serves}). */
public enum ServedDevice {
  /** A disk. */
  BLOCK,
  /** A source of random bytes. */
  ENTROPY,
  /**
   * A network interface, with an address of its own; its server's network has to be open to that
   * ({@link PlatformBuilder#anyAddress}).
   */
  NETWORK,
  /** A part of the server's console. */
  CONSOLE
}
