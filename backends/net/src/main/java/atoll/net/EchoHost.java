package atoll.net;

import java.nio.ByteBuffer;

/** What echoes reach the outside by. For the network's thread. */
interface EchoHost {
  /** Whether it can, and if not, why. */
  enum Access {
    OPEN,
    /** The host does not permit it. */
    FORBIDDEN,
    /** The host has no such network. */
    MISSING
  }

  /** What has become of a message: an answer, or a failure that somebody tells of. */
  final class Outcome {
    /** The answer, or the beginning of the message that has failed; what is behind is undefined. */
    final ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);

    int length;
    IpAddress from;
    boolean failed;

    /** Of a failure, as ICMP says it, and the longest packet if one was too long. */
    int type;

    int code;
    int info;
  }

  /** Opens it, unless it is open. */
  Access open(boolean v4);

  /**
   * Sends a message of ICMP, whose checksum and identifier are of no account.
   *
   * @param hops routers that it may pass, and one
   * @return null if it goes out, or why not
   */
  Unreachable send(ByteBuffer message, int length, IpAddress to, int hops);

  /** Whether there may be something to take; any thread is told by the network's wake-up. */
  boolean ready();

  /** Takes the next; false if there is none, and then {@link #ready} is asked again. */
  boolean next(Outcome into);

  void close();
}
