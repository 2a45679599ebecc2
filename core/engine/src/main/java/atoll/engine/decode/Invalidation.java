package atoll.engine.decode;

import atoll.engine.TranslationStatistics;

/** Why translated code was given up. */
public enum Invalidation {
  /** A hart has stored into what it was made from. */
  STORE("store"),

  /** Something else has written to its page: a device, a hypercall. */
  DEVICE("device"),

  /** Its page is stored to again and again, and is now taken for data. */
  DATA("data"),

  /** Too many pages held decoded code. */
  CAPACITY("capacity"),

  /** The machine's memory map has changed. */
  UNMAPPED("unmapped"),

  /** Its place in the code area was needed. */
  EVICTION("eviction"),

  /** The hart idles. */
  IDLE(TranslationStatistics.IDLE);

  public final String text;

  Invalidation(String text) {
    this.text = text;
  }
}
