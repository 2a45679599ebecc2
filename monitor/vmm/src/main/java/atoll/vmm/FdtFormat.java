package atoll.vmm;

/** Constants of the flattened device tree (Devicetree Specification v0.4 §5.2 to §5.4). */
final class FdtFormat {
  static final int MAGIC = 0xd00dfeed;
  static final int VERSION = 17;

  /** Has the same structure block as 17, but not its size in the header. */
  static final int LAST_COMPATIBLE_VERSION = 16;

  /** Bytes of the header: ten 32-bit words. */
  static final int HEADER_SIZE = 40;

  /** Bytes of the header of version 16. */
  static final int HEADER_SIZE_16 = 36;

  /** Bytes of an entry in the memory reservation block: address and size. */
  static final int RESERVATION_SIZE = 16;

  static final int BEGIN_NODE = 1;
  static final int END_NODE = 2;
  static final int PROP = 3;
  static final int NOP = 4;
  static final int END = 9;

  private FdtFormat() {}
}
