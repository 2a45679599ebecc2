package atoll.nbd;

import java.io.IOException;

/** The other end does not keep to the protocol: nothing more can be said to it. */
final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1;

  ProtocolException(String what) {
    super("the other end does not keep to the NBD protocol: " + what);
  }

  /** Throws unless {@code holds}. */
  static void require(boolean holds, String otherwise) throws ProtocolException {
    if (!holds) {
      throw new ProtocolException(otherwise);
    }
  }
}
