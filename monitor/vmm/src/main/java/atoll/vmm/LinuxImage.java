package atoll.vmm;

import java.lang.foreign.MemorySegment;

/**
 * The header of a flat Linux kernel for RISC-V, which an EFI-stub kernel has as well (Linux,
 * Documentation/arch/riscv/boot-image-header.rst).
 *
 * @param textOffset bytes from the base of RAM to where the image wants to be
 * @param size bytes it occupies in memory, its zeroed data included
 */
record LinuxImage(long textOffset, long size) {
  private static final int HEADER_SIZE = 0x40;
  private static final int TEXT_OFFSET = 0x08;
  private static final int IMAGE_SIZE = 0x10;
  private static final int FLAGS = 0x18;
  private static final int MAGIC = 0x30; // deprecated since header version 0.2
  private static final int MAGIC2 = 0x38;

  private static final long RISCV = 0x5643534952L; // "RISCV"
  private static final int RSC5 = 0x05435352; // "RSC\x05"
  private static final int BIG_ENDIAN = 1;

  /** Where kernels are built to run if their header does not say: 2 MiB up, on RV64. */
  static final long DEFAULT_OFFSET = 0x20_0000;

  /** Whether these are the bytes of one. */
  static boolean matches(MemorySegment bytes) {
    return bytes.byteSize() >= HEADER_SIZE
        && (LittleEndian.i32(bytes, MAGIC2) == RSC5 || LittleEndian.i64(bytes, MAGIC) == RISCV);
  }

  /** Reads the header of an image that {@link #matches}. */
  static LinuxImage of(String file, MemorySegment bytes) {
    if ((LittleEndian.i64(bytes, FLAGS) & BIG_ENDIAN) != 0) {
      throw new VmException(file + " is a big-endian kernel; build one for little-endian RISC-V");
    }
    long offset = LittleEndian.i64(bytes, TEXT_OFFSET);
    long size = Math.max(LittleEndian.i64(bytes, IMAGE_SIZE), bytes.byteSize());
    if (offset < 0 || offset % 4096 != 0 || LittleEndian.i64(bytes, IMAGE_SIZE) < 0) {
      throw new VmException(
          "%s has a broken kernel header: text_offset 0x%x, image_size 0x%x; expected an offset of"
                  .formatted(file, offset, LittleEndian.i64(bytes, IMAGE_SIZE))
              + " whole pages and a positive size");
    }
    return new LinuxImage(offset, size);
  }
}
