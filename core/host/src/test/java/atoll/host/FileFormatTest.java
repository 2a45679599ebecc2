package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FileFormatTest {
  @TempDir private Path folder;

  private static Optional<FileFormat> of(byte[] bytes) {
    return FileFormat.of(MemorySegment.ofArray(bytes));
  }

  /** Bytes with some of them set, from a place that is counted from the end if negative. */
  private static byte[] file(int size, Object... places) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < places.length; i += 2) {
      int at = (int) places[i];
      byte[] value = ((String) places[i + 1]).getBytes(StandardCharsets.ISO_8859_1);
      System.arraycopy(value, 0, bytes, at < 0 ? size + at : at, value.length);
    }
    return bytes;
  }

  @Test
  void imagesOfOtherHypervisorsAreKnownByTheirSignatures() {
    assertThat(of(file(1024, 0, "QFI\u00fb"))).hasValue(FileFormat.QCOW2);
    assertThat(of(file(1024, 0, "QED\0"))).hasValue(FileFormat.QED);
    assertThat(of(file(1024, 0, "KDMV"))).hasValue(FileFormat.VMDK);
    assertThat(of(file(1024, 0, "# Disk DescriptorFile\n"))).hasValue(FileFormat.VMDK_TEXT);
    assertThat(of(file(1024, 0, "vhdxfile"))).hasValue(FileFormat.VHDX);
    assertThat(of(file(1024, 0, "<<< x >>>", 0x40, "\u007f\u0010\u00da\u00be")))
        .hasValue(FileFormat.VDI);
    assertThat(of(file(1024, 0, "conectix"))).hasValue(FileFormat.VHD);
    assertThat(of(file(2048, -512, "conectix"))).hasValue(FileFormat.FIXED_VHD);
    assertThat(of(file(2048, -512, "koly"))).hasValue(FileFormat.DMG);
    assertThat(of(file(1024, 0, ":\u00ff&\u00ed"))).hasValue(FileFormat.ANDROID_SPARSE);
  }

  @Test
  void whatAnImageToolMakesIsKnown() throws Exception {
    Path tool = Path.of("/usr/bin/qemu-img");
    assumeTrue(Files.isExecutable(tool), "qemu-img is not installed");
    for (String format : List.of("qcow2", "qed", "vmdk", "vhdx", "vdi", "vpc", "parallels")) {
      Path file = folder.resolve("disk." + format);
      Process made =
          new ProcessBuilder(tool.toString(), "create", "-q", "-f", format, file.toString(), "8M")
              .start();
      assertThat(made.waitFor(30, TimeUnit.SECONDS) && made.exitValue() == 0).isTrue();
      try (FileChannel open = FileChannel.open(file)) {
        FileFormat found = FileFormat.of(open).orElseThrow();
        assertThat(found.kind()).as(format).isEqualTo(FileFormat.Kind.DISK);
        assertThat(found.unpack("d"))
            .hasValue("qemu-img convert -f %s -O raw d d.raw".formatted(format));
      }
    }
  }

  @Test
  void packedFilesAreKnownAndHowTheyAreUnpacked() throws IOException {
    ByteArrayOutputStream gzip = new ByteArrayOutputStream();
    new GZIPOutputStream(gzip).close();
    assertThat(of(gzip.toByteArray())).hasValue(FileFormat.GZIP);
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(zip)) {
      out.putNextEntry(new ZipEntry("a"));
    }
    assertThat(of(zip.toByteArray())).hasValue(FileFormat.ZIP);
    assertThat(of(file(64, 0, "\u00fd7zXZ\0"))).hasValue(FileFormat.XZ);
    assertThat(of(file(64, 0, "(\u00b5/\u00fd"))).hasValue(FileFormat.ZSTD);
    assertThat(of(file(64, 0, "BZh91AY&SY"))).hasValue(FileFormat.BZIP2);
    assertThat(of(file(64, 0, "\u0004\"M\u0018"))).hasValue(FileFormat.LZ4);
    assertThat(of(file(64, 0, "\u0002!L\u0018"))).hasValue(FileFormat.LZ4_LEGACY);
    assertThat(FileFormat.GZIP.unpack("a.gz")).hasValue("gunzip -c a.gz >a.gz.out");
    assertThat(FileFormat.XZ.unpack("it's a.xz"))
        .hasValue("xz -dc 'it'\\''s a.xz' >'it'\\''s a.xz'.out");
  }

  @Test
  void programsAreTakenApart() {
    assertThat(of(file(64, 0, "\u007fELF"))).hasValue(FileFormat.ELF);
    assertThat(of(file(512, 0, "MZ", 0x3c, "\u0080", 0x80, "PE\0\0"))).hasValue(FileFormat.PE);
    assertThat(of(file(512, 0, "MZ"))).as("two letters alone").isEmpty();
    assertThat(of(file(512, 0, "MZ", 0x3c, "\u00ff\u00ff\u00ff\u007f"))).isEmpty();
    assertThat(of(file(512, 0, "MZ", 0x38, "RSC\u0005"))).hasValue(FileFormat.RISCV_KERNEL);
    assertThat(of(file(512, 0x38, "ARMd"))).hasValue(FileFormat.ARM64_KERNEL);
    assertThat(of(file(1024, 0x202, "HdrS"))).hasValue(FileFormat.X86_KERNEL);
    assertThat(of(file(64, 0, "'\u0005\u0019V"))).hasValue(FileFormat.UIMAGE);
    assertThat(of(file(64, 0, "\u00d0\r\u00fe\u00ed"))).hasValue(FileFormat.DEVICE_TREE);
  }

  @Test
  void whatARawDiskHoldsIsKnownAsThat() {
    assertThat(of(file(0x9000, 0x8001, "CD001"))).hasValue(FileFormat.ISO_9660);
    assertThat(of(file(1024, 0, "hsqs"))).hasValue(FileFormat.SQUASHFS);
    assertThat(of(file(1024, 0, "LUKS\u00ba\u00be"))).hasValue(FileFormat.LUKS);
    assertThat(of(file(1024, 257, "ustar"))).hasValue(FileFormat.TAR);
    assertThat(of(file(4096, 0x438, "S\u00ef", 0x44c, "\u0001"))).hasValue(FileFormat.EXT);
    assertThat(of(file(4096, 0x438, "S\u00ef", 0x44c, "\u0007"))).isEmpty();
    for (FileFormat format :
        List.of(FileFormat.ISO_9660, FileFormat.SQUASHFS, FileFormat.LUKS, FileFormat.TAR)) {
      assertThat(format.kind()).isEqualTo(FileFormat.Kind.CONTENT);
      assertThat(format.unpack("x")).isEmpty();
    }
  }

  @Test
  void shortAndUnknownFilesAreNothing() {
    for (int size : new int[] {0, 1, 2, 3, 511, 512, 513, 0x8006}) {
      assertThat(of(new byte[size])).isEmpty();
    }
    byte[] ones = new byte[70_000];
    Arrays.fill(ones, (byte) 0xff);
    assertThat(of(ones)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(FileType.class)
  void everyKindOfNameIsToldApart(FileType type) throws Exception {
    Path path =
        switch (type) {
          case FILE -> Files.createFile(folder.resolve("file"));
          case FOLDER -> folder;
          case MISSING -> folder.resolve("missing");
          case CHARACTER_DEVICE -> Path.of("/dev/null");
          case BLOCK_DEVICE -> Path.of("/dev/loop0");
          case PIPE -> made("mkfifo", "pipe");
          case SOCKET ->
              made(
                  "python3",
                  "socket",
                  "-c",
                  "import socket,sys;socket.socket(socket.AF_UNIX).bind(sys.argv[1])");
        };
    assumeTrue(type == FileType.MISSING || Files.exists(path), "the host has none");
    assertThat(FileType.of(path)).isEqualTo(type);
    Optional<String> obstacle = FileType.obstacle(path, true);
    boolean usable = type == FileType.FILE || type == FileType.BLOCK_DEVICE;
    assertThat(obstacle.isEmpty()).isEqualTo(usable);
    obstacle.ifPresent(text -> assertThat(text).startsWith(path + " ").contains(";"));
    assertThat(FileType.obstacle(path, false).isEmpty()).isEqualTo(type == FileType.FILE);
  }

  /** The path, or one that is not there if the tool is not. */
  private Path made(String tool, String name, String... arguments) throws Exception {
    Path path = folder.resolve(name);
    List<String> command = new java.util.ArrayList<>(List.of(tool));
    command.addAll(List.of(arguments));
    command.add(path.toString());
    try {
      new ProcessBuilder(command).start().waitFor();
    } catch (IOException e) {
      return folder.resolve("missing");
    }
    return path;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          missing      | there is no such file or folder
          file/below   | not a directory
          """)
  void reasonsAreInWords(String name, String expected) throws IOException {
    Files.createFile(folder.resolve("file"));
    IOException problem = null;
    try {
      Files.readString(folder.resolve(name));
    } catch (IOException e) {
      problem = e;
    }
    assertThat(HostException.reason(problem)).isEqualTo(expected);
  }

  @Test
  void noReasonHasTheNameOfAClass() {
    for (IOException problem :
        List.of(
            new java.io.EOFException(),
            new java.nio.file.AccessDeniedException("/x"),
            new java.nio.file.FileSystemException("/x"),
            new java.nio.channels.ClosedChannelException(),
            new java.net.ConnectException(),
            new java.net.UnknownHostException("h"),
            new javax.net.ssl.SSLHandshakeException("PKIX path building failed"),
            new IOException((String) null))) {
      assertThat(HostException.reason(problem)).doesNotContain("Exception", "null", "PKIX");
    }
  }
}
