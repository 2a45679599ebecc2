package atoll.console;

import java.io.OutputStream;

/** Something of Atoll's own on a terminal, in place of a guest's console. */
interface Overlay {
  /**
   * Begins to show itself, on a thread of its own.
   *
   * @param out the terminal until {@link #close}
   * @param ended to be called when a person has had enough of it; not from within {@link #close}
   */
  void open(OutputStream out, RawTerminal.Size size, Runnable ended);

  /** Takes what is typed. */
  void typed(byte[] bytes, int offset, int length);

  /** The terminal has another size. */
  void resized(RawTerminal.Size size);

  /** Ends; returns at once, and may be called twice. Nothing it writes is shown any more. */
  void close();
}
