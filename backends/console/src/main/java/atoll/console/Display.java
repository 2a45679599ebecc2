package atoll.console;

import java.io.IOException;
import java.io.OutputStream;

/** How output reaches what shows it; called by the one thread that writes. */
interface Display {
  /** Shows {@code length} bytes from {@code offset} on, which the guest has sent. */
  void guest(byte[] bytes, int offset, int length, OutputStream out) throws IOException;

  /** Shows a line of Atoll's own. */
  void note(String text, OutputStream out) throws IOException;

  /** Whether something is held back in the hope that the rest of its line comes soon. */
  default boolean holding() {
    return false;
  }

  /** The rest has not come: shows what is held back. */
  default void release(OutputStream out) throws IOException {}

  /** No more will come. */
  void end(OutputStream out) throws IOException;
}
