package atoll.vmm;

/** What a boot loader tells a kernel in {@code /chosen} (Devicetree Specification v0.4 §3.6). */
final class Chosen {
  /** Bytes of {@code rng-seed}; Linux credits what it is given, and is slow without. */
  static final int SEED_SIZE = 64;

  private final FdtNode node;

  /** Fills that node of a tree, and leaves alone what the tree says itself. */
  Chosen(FdtNode root) {
    node = root.child("chosen");
  }

  /** Sets {@code bootargs}, unless there is nothing to say. */
  Chosen commandLine(String arguments) {
    if (!arguments.isEmpty()) {
      node.strings("bootargs", arguments);
    }
    return this;
  }

  /** Sets the guest-physical address of the initial RAM disk; 64 bits wide whatever it is. */
  Chosen initrd(long start, long size) {
    node.longs("linux,initrd-start", start).longs("linux,initrd-end", start + size);
    return this;
  }

  /** Sets fresh random bytes. */
  Chosen seed(byte[] random) {
    node.bytes("rng-seed", random);
    return this;
  }
}
