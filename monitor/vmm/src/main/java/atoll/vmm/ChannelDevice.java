package atoll.vmm;

/** What a guest sees of its end of a channel. */
public sealed interface ChannelDevice {
  /** Most machines at one channel. */
  int MOST_PEERS = 16;

  /** An end of Atoll's own device, of a channel with two ends. */
  ChannelDevice ENDPOINT = new Endpoint();

  /** Atoll's own device (docs/channels.md). */
  record Endpoint() implements ChannelDevice {}

  /**
   * The device {@code ivshmem} of QEMU, on PCI Express (docs/ivshmem.md).
   *
   * @param vectors interrupts that a peer can be rung by, 1 to {@link #MOST_VECTORS}; 0 for {@code
   *     ivshmem-plain}, by which nobody can be rung
   */
  record Ivshmem(int vectors) implements ChannelDevice {
    /** As many as a doorbell has bits. */
    public static final int MOST_VECTORS = 32;

    public Ivshmem {
      if (vectors < 0 || vectors > MOST_VECTORS) {
        throw new VmException(
            "ivshmem has 0 to %d vectors, not %d; choose a number in between"
                .formatted(MOST_VECTORS, vectors));
      }
    }

    /** Whether peers can ring. */
    public boolean doorbell() {
      return vectors > 0;
    }
  }
}
