package atoll.backend;

import java.io.IOException;
import java.io.OutputStream;

/** How output reaches what shows it; called by the one thread that writes. */
interface Display {
  /** Shows {@code bytes} from 0 to {@code length}, which the guest has sent. */
  void guest(byte[] bytes, int length, OutputStream out) throws IOException;

  /** Shows a line of Atoll's own. */
  void note(String text, OutputStream out) throws IOException;

  /** No more will come. */
  void end(OutputStream out) throws IOException;
}
