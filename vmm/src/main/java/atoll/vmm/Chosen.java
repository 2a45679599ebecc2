package atoll.vmm;

/**
 * What a boot loader tells a kernel in {@code /chosen} (Devicetree Specification v0.4 §3.6).
 *
 * @param commandLine {@code bootargs}
 * @param initrdStart guest-physical address of the initial RAM disk
 * @param initrdEnd address behind it; equal to the start if there is none
 * @param seed fresh random bytes, {@code rng-seed}
 */
record Chosen(String commandLine, long initrdStart, long initrdEnd, byte[] seed) {
  /** Bytes of seed; Linux credits what it is given, and is slow without. */
  static final int SEED_SIZE = 64;

  /** Fills {@code /chosen} of a tree; leaves alone what the tree says and this does not. */
  void into(FdtNode root) {
    FdtNode chosen = root.child("chosen");
    if (!commandLine.isEmpty()) {
      chosen.strings("bootargs", commandLine);
    }
    if (initrdEnd > initrdStart) {
      chosen.longs("linux,initrd-start", initrdStart).longs("linux,initrd-end", initrdEnd);
    }
    chosen.bytes("rng-seed", seed);
  }
}
