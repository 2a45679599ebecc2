package atoll.host;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The format of a file, recognised by bytes that it has at a fixed place: the signatures of the
 * formats that people take for raw images by mistake.
 */
public enum FileFormat {
  // Of disks.
  QCOW2("a qcow2 disk image", Kind.DISK, "qcow2", 0, "QFI\u00fb"),
  QED("a QED disk image", Kind.DISK, "qed", 0, "QED\0"),
  VMDK("a VMDK disk image", Kind.DISK, "vmdk", 0, "KDMV"),
  VMDK_TEXT("the description of a VMDK disk", Kind.DISK, "vmdk", 0, "# Disk DescriptorFile"),
  VMDK_ESX("a VMDK disk image", Kind.DISK, "vmdk", 0, "COWD"),
  VHDX("a VHDX disk image", Kind.DISK, "vhdx", 0, "vhdxfile"),
  VDI("a VDI disk image", Kind.DISK, "vdi", 0x40, "\u007f\u0010\u00da\u00be"),
  VHD("a VHD disk image", Kind.DISK, "vpc", 0, "conectix"),
  /** Raw, but for a last sector of its own, which a guest sees as part of the disk. */
  FIXED_VHD("a VHD disk image", Kind.DISK, "vpc", -512, "conectix"),
  PARALLELS("a Parallels disk image", Kind.DISK, "parallels", 0, "WithoutFreeSpace"),
  PARALLELS_2("a Parallels disk image", Kind.DISK, "parallels", 0, "WithouFreSpacExt"),
  DMG("an Apple disk image", Kind.DISK, "dmg", -512, "koly"),
  ANDROID_SPARSE(
      "an Android sparse image", Kind.SPARSE, "simg2img %1$s %1$s.raw", 0, ":\u00ff&\u00ed"),

  // Packed.
  GZIP("packed with gzip", Kind.PACKED, "gunzip -c %1$s >%1$s.out", 0, "\u001f\u008b\b"),
  XZ("packed with xz", Kind.PACKED, "xz -dc %1$s >%1$s.out", 0, "\u00fd7zXZ\0"),
  ZSTD("packed with zstd", Kind.PACKED, "zstd -dc %1$s >%1$s.out", 0, "(\u00b5/\u00fd"),
  BZIP2("packed with bzip2", Kind.PACKED, "bzip2 -dc %1$s >%1$s.out", 0, "BZh", 4, "1AY&SY"),
  LZ4("packed with lz4", Kind.PACKED, "lz4 -dc %1$s >%1$s.out", 0, "\u0004\"M\u0018"),
  LZ4_LEGACY("packed with lz4", Kind.PACKED, "lz4 -dc %1$s >%1$s.out", 0, "\u0002!L\u0018"),
  LZIP("packed with lzip", Kind.PACKED, "lzip -dc %1$s >%1$s.out", 0, "LZIP"),
  LZOP("packed with lzop", Kind.PACKED, "lzop -dc %1$s >%1$s.out", 0, "\u0089LZO\0\r\n\u001a\n"),
  LZMA("packed with lzma", Kind.PACKED, "xz -dc %1$s >%1$s.out", 0, "]\0\0", 10, "\u00ff\u00ff"),
  ZIP("a zip archive", Kind.ARCHIVE, "unzip %s", 0, "PK\u0003\u0004"),
  EMPTY_ZIP("an empty zip archive", Kind.ARCHIVE, "unzip %s", 0, "PK\u0005\u0006"),
  SEVEN_ZIP("a 7z archive", Kind.ARCHIVE, "7z x %s", 0, "7z\u00bc\u00af'\u001c"),
  RAR("a RAR archive", Kind.ARCHIVE, "unrar x %s", 0, "Rar!\u001a\u0007"),

  // Before programs, since an ISO image may begin with one to boot from other media.
  ISO_9660("an ISO 9660 image", Kind.CONTENT, "", 0x8001, "CD001"),

  // Programs and what goes with them.
  ELF("an ELF file", Kind.PROGRAM, "", 0, "\u007fELF"),
  RISCV_KERNEL("a Linux kernel for RISC-V", Kind.PROGRAM, "", 0x38, "RSC\u0005"),
  ARM64_KERNEL("a Linux kernel for 64-bit Arm", Kind.PROGRAM, "", 0x38, "ARMd"),
  ARM_KERNEL("a Linux kernel for 32-bit Arm", Kind.PROGRAM, "", 0x24, "\u0018(o\u0001"),
  X86_KERNEL("a Linux kernel for x86", Kind.PROGRAM, "", 0x202, "HdrS"),
  PE("an EFI or Windows program", Kind.PROGRAM, "", 0, "MZ"),
  UIMAGE("a U-Boot image (uImage)", Kind.PROGRAM, "", 0, "'\u0005\u0019V"),
  ANDROID_BOOT("an Android boot image", Kind.PROGRAM, "", 0, "ANDROID!"),
  DEVICE_TREE("a device tree blob", Kind.DEVICE_TREE, "", 0, "\u00d0\r\u00fe\u00ed"),
  SCRIPT("a script", Kind.TEXT, "", 0, "#!"),
  PDF("a PDF document", Kind.TEXT, "", 0, "%PDF-"),

  // What is raw: a disk can hold it from its first byte.
  CPIO("a cpio archive", Kind.CPIO, "", 0, "07070"),
  TAR("a tar archive", Kind.CONTENT, "", 257, "ustar"),
  AR("an ar archive", Kind.CONTENT, "", 0, "!<arch>\n"),
  SQUASHFS("a squashfs file system", Kind.CONTENT, "", 0, "hsqs"),
  LUKS("a LUKS container", Kind.CONTENT, "", 0, "LUKS\u00ba\u00be"),
  /** Magic number and revision: two bytes alone are few. */
  EXT(
      "an ext2, ext3 or ext4 file system",
      Kind.CONTENT,
      "",
      0x438,
      "S\u00ef",
      0x44c,
      "\u0001\0\0\0"),
  GPT("a disk with partitions", Kind.CONTENT, "", 0x200, "EFI PART");

  /** How many bytes of a file's beginning decide. */
  static final int HEAD = 0x8006;

  /** How many bytes of its end do. */
  static final int TAIL = 512;

  /** What a format is good for. */
  public enum Kind {
    /** A disk with a structure of its own around the raw bytes, as hypervisors make them. */
    DISK,
    /** The same for flashing tools. */
    SPARSE,
    /** One file, compressed. */
    PACKED,
    /** Several files, compressed. */
    ARCHIVE,
    /** Executable. */
    PROGRAM,
    DEVICE_TREE,
    TEXT,
    /** What Linux takes as its first file system. */
    CPIO,
    /** What a raw disk can hold. */
    CONTENT
  }

  private final String text;
  private final Kind kind;
  private final String tool;
  private final int place;
  private final String bytes;
  private final int secondPlace;
  private final String second;

  FileFormat(String text, Kind kind, String tool, int place, String bytes) {
    this(text, kind, tool, place, bytes, 0, "");
  }

  /**
   * A format with two signatures.
   *
   * @param place of the first, from the beginning or, if negative, from the end
   * @param bytes of the first, a character each
   */
  FileFormat(
      String text,
      Kind kind,
      String tool,
      int place,
      String bytes,
      int secondPlace,
      String second) {
    this.text = text;
    this.kind = kind;
    this.tool = tool;
    this.place = place;
    this.bytes = bytes;
    this.secondPlace = secondPlace;
    this.second = second;
  }

  /** Of some bytes, if they are of a format that is known here. */
  public static Optional<FileFormat> of(MemorySegment bytes) {
    long size = bytes.byteSize();
    byte[] head = bytes.asSlice(0, Math.min(HEAD, size)).toArray(ValueLayout.JAVA_BYTE);
    long tail = Math.min(TAIL, size);
    return of(head, bytes.asSlice(size - tail, tail).toArray(ValueLayout.JAVA_BYTE));
  }

  /** Of an open file. */
  public static Optional<FileFormat> of(FileChannel file) throws IOException {
    long size = file.size();
    int tail = (int) Math.min(TAIL, size);
    return of(read(file, 0, (int) Math.min(HEAD, size)), read(file, size - tail, tail));
  }

  private static byte[] read(FileChannel file, long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining() && file.read(bytes, at + bytes.position()) >= 0) {
      // Until all are there, or the file has become shorter.
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /**
   * The same.
   *
   * @param head the first bytes, as many as there are up to {@link #HEAD}
   * @param tail the last ones, up to {@link #TAIL}
   */
  static Optional<FileFormat> of(byte[] head, byte[] tail) {
    return Arrays.stream(values()).filter(format -> format.matches(head, tail)).findFirst();
  }

  private boolean matches(byte[] head, byte[] tail) {
    return has(place, bytes, head, tail)
        && has(secondPlace, second, head, tail)
        && (this != PE || portableExecutable(head));
  }

  private static boolean has(int place, String bytes, byte[] head, byte[] tail) {
    byte[] in = place < 0 ? tail : head;
    int at = place < 0 ? in.length + place : place;
    byte[] wanted = bytes.getBytes(StandardCharsets.ISO_8859_1);
    return at >= 0
        && at + wanted.length <= in.length
        && Arrays.equals(in, at, at + wanted.length, wanted, 0, wanted.length);
  }

  /** Two letters are few: the header that they stand for must be there as well. */
  private static boolean portableExecutable(byte[] head) {
    if (head.length < 0x40) {
      return false;
    }
    int at = 0;
    for (int i = 3; i >= 0; i--) {
      at = at << 8 | head[0x3c + i] & 0xff;
    }
    return at >= 0
        && at <= head.length - 4
        && head[at] == 'P'
        && head[at + 1] == 'E'
        && head[at + 2] == 0
        && head[at + 3] == 0;
  }

  /** What it is good for. */
  public Kind kind() {
    return kind;
  }

  /** What it is, to follow the word "is". */
  public String text() {
    return text;
  }

  /** The command that gets at the raw bytes in a file; empty if there is none or no need. */
  public Optional<String> unpack(String file) {
    String word = file.matches("[\\w@%+=:,./-]+") ? file : "'" + file.replace("'", "'\\''") + "'";
    return switch (kind) {
      case DISK ->
          Optional.of("qemu-img convert -f %2$s -O raw %1$s %1$s.raw".formatted(word, tool));
      case SPARSE, PACKED, ARCHIVE -> Optional.of(tool.formatted(word));
      default -> Optional.empty();
    };
  }
}
