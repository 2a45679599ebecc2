package atoll.vmm;

import atoll.host.FileFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/** Files that are of another kind than what they are given as: what they are, and what to do. */
final class ForeignImage {
  private static final int TEXT = 64;
  private static final int SHORTEST_TEXT = 8;
  private static final String SOURCE = "/dts-v1/";

  private ForeignImage() {}

  /**
   * Refuses bytes of a known format that cannot be used as {@code part}. Files that can be loaded
   * as they are were recognised before.
   */
  static void refuse(String file, MemorySegment bytes, BootPart part) {
    if (part == BootPart.DEVICE_TREE && text(bytes)) {
      throw new VmException(source(file, bytes));
    }
    Optional<FileFormat> known = FileFormat.of(bytes);
    boolean code = part == BootPart.KERNEL || part == BootPart.FIRMWARE;
    if (code && known.isEmpty() && text(bytes)) {
      throw new VmException(
          "%s is a text file, not %s; expected %s".formatted(file, noun(part), expected(part)));
    }
    known
        .filter(format -> unfit(format, part))
        .ifPresent(format -> {
          throw new VmException(
              "%s is %s, not %s; %s"
                  .formatted(file, format.text(), noun(part), advice(file, format, part)));
        });
  }

  /** The kernel decides which formats an initial RAM disk may have, within reason. */
  private static boolean unfit(FileFormat format, BootPart part) {
    return switch (part) {
      case DEVICE_TREE -> format != FileFormat.DEVICE_TREE;
      case INITRD ->
          switch (format.kind()) {
            case DISK, SPARSE, ARCHIVE, DEVICE_TREE -> true;
            case PROGRAM -> format != FileFormat.ELF;
            case PACKED, TEXT, CPIO, CONTENT -> false;
          };
      default -> true;
    };
  }

  /** Refuses what no firmware goes on to; a loader may take a script or a FIT image by itself. */
  static void refuseForFirmware(String file, MemorySegment bytes) {
    FileFormat.of(bytes)
        .filter(format ->
            switch (format) {
              case ARM64_KERNEL, ARM_KERNEL, X86_KERNEL -> true;
              default ->
                  format.kind() == FileFormat.Kind.DISK || format.kind() == FileFormat.Kind.ARCHIVE;
            })
        .ifPresent(format -> refuse(file, bytes, BootPart.KERNEL));
  }

  /** What is said of bytes that are loaded as they are. */
  static String note(String file, MemorySegment bytes, long address) {
    return FileFormat.of(bytes)
        .map(format ->
            "%s is %s; its bytes go to 0x%x as they are".formatted(file, format.text(), address))
        .orElseGet(() ->
            "%s has no header that is known here; its bytes are taken as code for 0x%x"
                .formatted(file, address));
  }

  /**
   * Refuses an initial RAM disk that Linux does not unpack; bytes of an unknown format may be one.
   */
  static void refuseForLinux(String file, MemorySegment bytes) {
    FileFormat.of(bytes)
        .filter(format ->
            switch (format) {
              case CPIO, GZIP, XZ, ZSTD, BZIP2, LZMA, LZOP, LZ4_LEGACY, SQUASHFS, EXT -> false;
              default -> true;
            })
        .ifPresent(format -> {
          throw new VmException(
              "%s is %s, which Linux does not take as an initial RAM disk; expected a cpio archive, packed with gzip, xz, zstd, bzip2, lzma, lzop or lz4 -l, or not at all"
                  .formatted(file, format.text()));
        });
  }

  private static String noun(BootPart part) {
    return switch (part) {
      case KERNEL -> "a RISC-V kernel";
      case FIRMWARE -> "a firmware image";
      case INITRD -> "an initial RAM disk";
      case DEVICE_TREE -> "a device tree blob";
      case MEMORY -> "an image";
    };
  }

  private static String advice(String file, FileFormat format, BootPart part) {
    Optional<String> unpack = format.unpack(file);
    return switch (format.kind()) {
      case DISK, SPARSE ->
          "make a raw image of it, and give that as a disk: " + unpack.orElseThrow();
      case PACKED, ARCHIVE -> "unpack it first: " + unpack.orElseThrow();
      case CPIO -> "give it as the initial RAM disk (initrd)";
      case CONTENT -> "give it as a disk, or give what is in it";
      case DEVICE_TREE ->
          "give a device tree as dtb; if it is a FIT image, take its parts out with dumpimage";
      case PROGRAM, TEXT -> "expected " + expected(part);
    };
  }

  private static String expected(BootPart part) {
    return switch (part) {
      case KERNEL ->
          "a Linux Image for RISC-V, an ELF file, or bare RISC-V code: 32 bytes or more, which begin with 8 instructions";
      case FIRMWARE -> "an ELF file or bare RISC-V code";
      case INITRD -> "a cpio archive, packed or not, or what else the kernel takes";
      case DEVICE_TREE -> "what dtc makes: dtc -I dts -O dtb -o FILE.dtb FILE.dts";
      case MEMORY -> "an image";
    };
  }

  private static String source(String file, MemorySegment bytes) {
    byte[] first = head(bytes, TEXT);
    String start = new String(first, StandardCharsets.ISO_8859_1);
    return start.contains(SOURCE)
        ? "%1$s is the source of a device tree; compile it: dtc -I dts -O dtb -o %1$s.dtb %1$s"
            .formatted(file)
        : "%s is a text file, not a device tree blob; expected %s"
            .formatted(file, expected(BootPart.DEVICE_TREE));
  }

  /** A kernel that is nothing that is known. */
  static VmException unknown(String file, MemorySegment bytes) {
    return new VmException(
        "%s is not a RISC-V kernel: it begins with the bytes %s; expected %s"
            .formatted(file, HexFormat.of().formatHex(head(bytes, 8)), expected(BootPart.KERNEL)));
  }

  /** Whether the first bytes are printable ASCII, and not only a few: no code, no header. */
  static boolean text(MemorySegment bytes) {
    if (bytes.byteSize() < SHORTEST_TEXT) {
      return false;
    }
    for (byte b : head(bytes, TEXT)) {
      if (b < ' ' && b != '\n' && b != '\r' && b != '\t') {
        return false;
      }
    }
    return true;
  }

  private static byte[] head(MemorySegment bytes, int most) {
    return bytes.asSlice(0, Math.min(most, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE);
  }
}
