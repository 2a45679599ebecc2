package atoll.virtio;

import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * What one kind of served device has of its own: what its driver sees, and how much of a request is
 * lent to the server. Guarded by the session's monitor.
 */
@Unsaved("what it knows is as it was made, or as the server says")
abstract sealed class ServedKind permits ServedBlock, ServedEntropy, ServedNetwork, ServedConsole {
  /** What becomes of a request. */
  enum Verdict {
    /** The server gets {@link #out} bytes, and fills up to {@link #in}. */
    LEND,
    /** It is given back at once, as {@link #refuse} says. */
    REFUSE,
    /** No driver may ask so. */
    BROKEN
  }

  private VirtioSession session;

  /** Bytes that the server reads of the request that was looked at last. */
  long out;

  /** Bytes that it may fill of that. */
  long in;

  static ServedKind of(Service service, String name) {
    return switch (service.kind()) {
      case BLOCK -> new ServedBlock(service);
      case ENTROPY -> new ServedEntropy();
      case NETWORK -> new ServedNetwork(name);
      case CONSOLE -> new ServedConsole();
    };
  }

  final void attach(VirtioSession its) {
    session = its;
  }

  final VirtioSession session() {
    return session;
  }

  /** The device's own feature bits. */
  abstract long features();

  /** Puts the configuration. */
  abstract void config(ByteBuffer into);

  /** Looks at a request, and leaves its cursors where what is lent begins. */
  abstract Verdict look(int queue, DescriptorChain chain);

  /**
   * Puts what {@link #look} decided by into what is lent: another vCPU may have changed the buffers
   * meanwhile.
   */
  void keep(MemorySegment lent) {
    // It has decided by nothing that they have.
  }

  /** What the driver finds in a request that the server does not get; returns its valid bytes. */
  long refuse(DescriptorChain chain) {
    return 0;
  }

  /** Copies what the server has filled; returns how many bytes of the buffers are valid. */
  long fill(int queue, DescriptorChain chain, MemorySegment filled) {
    chain.write(filled);
    return filled.byteSize();
  }

  /**
   * Hears what the server says of its device.
   *
   * @param up whether there is one that serves
   * @return whether the configuration has changed by that
   */
  boolean said(boolean up, ServiceRing ring) {
    return false;
  }
}
