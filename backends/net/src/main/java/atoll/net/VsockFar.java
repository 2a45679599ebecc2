package atoll.net;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The other side of a guest's stream: a socket of the host, or another guest's stream. */
interface VsockFar {
  /**
   * Takes bytes of the guest at once, when nothing waits before them.
   *
   * @return how many
   */
  int take(ByteBuffer from, int at, int bytes) throws IOException;

  /** There is something in the ring from the guest, or it says nothing more. */
  void arrived() throws IOException;

  /** The guest was given so many bytes out of its ring. */
  void given(int bytes);

  /** The guest has agreed to the stream. */
  void answered() throws IOException;

  /**
   * The guest has done with the stream.
   *
   * @param all whether what is in the ring from it still goes where it belongs
   */
  void end(boolean all);
}
