package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import atoll.host.HostFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawDiskTest {
  private static final int SIZE = 1 << 20;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void create() throws IOException {
    image = directory.resolve("disk.img");
    byte[] bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) 3);
    Files.write(image, bytes);
  }

  private static byte[] some(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  @Test
  void whatIsWrittenIsReadBackByMemoryOfEitherKind() throws IOException {
    byte[] written = some(5000);
    try (RawDisk disk = RawDisk.open(image, false);
        Arena arena = Arena.ofShared()) {
      assertThat(disk.size()).isEqualTo(SIZE);
      disk.write(1024, MemorySegment.ofArray(written));
      MemorySegment into = arena.allocate(5000);
      disk.read(1024, into);
      assertThat(into.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(written);
      disk.write(SIZE - 5000, into);
    }
    byte[] file = Files.readAllBytes(image);
    assertThat(file).hasSize(SIZE);
    assertThat(Arrays.copyOfRange(file, 1024, 6024)).isEqualTo(written);
    assertThat(Arrays.copyOfRange(file, SIZE - 5000, SIZE)).isEqualTo(written);
  }

  @Test
  void transfersGoOnWhereTheHostStopsShort() throws IOException {
    byte[] written = some(1000);
    try (RawDisk disk = over(recording())) {
      disk.write(512, MemorySegment.ofArray(written));
      byte[] read = new byte[1000];
      disk.read(512, MemorySegment.ofArray(read));
      assertThat(read).isEqualTo(written);
    }
  }

  @Test
  void whatIsGivenBackIsNoDataAnyMore() throws IOException {
    Files.write(image, new byte[1 << 20]);
    try (RawDisk disk = RawDisk.open(image, false)) {
      assertThat(disk.range(0, 1 << 20).zero()).isFalse();
      assertThat(disk.range(300_000, 1000).length()).isEqualTo(1000);
      disk.discard(262_144, 262_144);
      assertThat(disk.range(0, 1 << 20).length()).isEqualTo(262_144);
      assertThat(disk.range(300_000, 1000).zero()).isTrue();
      disk.write(300_000, MemorySegment.ofArray(new byte[] {1}));
      assertThat(disk.range(300_000, 1).zero()).isFalse();
    }
  }

  private RecordingChannel recording() throws IOException {
    return new RecordingChannel(
        FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  private RawDisk over(RecordingChannel channel) throws IOException {
    return new RawDisk(
        DiskLocation.of(image),
        new ImageFile(image, channel, HostFile.open(image, true)),
        false,
        true);
  }

  @Test
  void aFlushForcesTheFileAndItsBlocksIfTheyChanged() throws IOException {
    RecordingChannel channel = recording();
    try (RawDisk disk = over(channel)) {
      disk.write(0, MemorySegment.ofArray(new byte[100]));
      disk.flush();
      assertThat(channel.calls).containsExactly("write", "force data");
    }
  }

  @Test
  void aFailedFlushIsReportedAndNothingIsForgotten() throws IOException {
    RecordingChannel channel = recording();
    try (RawDisk disk = over(channel)) {
      disk.discard(0, 4096);
      boolean holes = holes();
      channel.failing = true;
      assertThatThrownBy(disk::flush).hasMessage("told to fail");
      channel.failing = false;
      disk.flush();
      String force = holes ? "force all" : "force data";
      assertThat(channel.calls).containsExactly(force, force);
      disk.flush();
      assertThat(channel.calls).last().isEqualTo("force data");
    }
  }

  private boolean holes() throws IOException {
    try (HostFile file = HostFile.open(image, true).orElse(null)) {
      return file != null && file.punchHole(0, 4096);
    }
  }

  @Test
  void zeroesAreZeroesWithAndWithoutTheHostsHelp() throws IOException {
    zeroes(HostFile.open(image, true), true);
    create();
    zeroes(HostFile.open(image, true), false);
    create();
    zeroes(Optional.empty(), true);
  }

  private void zeroes(Optional<HostFile> host, boolean mayUnmap) throws IOException {
    FileChannel channel =
        FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try (RawDisk disk =
        new RawDisk(DiskLocation.of(image), new ImageFile(image, channel, host), false, true)) {
      disk.writeZeroes(512, 10_240, mayUnmap);
      disk.writeZeroes(SIZE - 512, 512, mayUnmap);
    }
    byte[] file = Files.readAllBytes(image);
    assertThat(file).hasSize(SIZE);
    assertThat(Arrays.copyOfRange(file, 512, 10_752)).containsOnly(0);
    assertThat(Arrays.copyOfRange(file, SIZE - 512, SIZE)).containsOnly(0);
    assertThat(file[511]).isEqualTo((byte) 3);
    assertThat(file[10_752]).isEqualTo((byte) 3);
    assertThat(file[SIZE - 513]).isEqualTo((byte) 3);
  }

  @Test
  void aDiscardTouchesNothingElse() throws IOException {
    try (RawDisk disk = RawDisk.open(image, false)) {
      disk.discard(4096, 8192);
    }
    byte[] file = Files.readAllBytes(image);
    assertThat(file).hasSize(SIZE);
    assertThat(file[4095]).isEqualTo((byte) 3);
    assertThat(file[12_288]).isEqualTo((byte) 3);
  }

  @Test
  void twoMachinesCannotWriteOneImage() throws IOException {
    try (RawDisk disk = RawDisk.open(image, false)) {
      assertThat(disk.readOnly()).isFalse();
      for (boolean readOnly : new boolean[] {false, true, false}) {
        assertThatThrownBy(() -> RawDisk.open(image, readOnly))
            .isInstanceOf(HostException.class)
            .hasMessageContaining(image.toString())
            .hasMessageContaining("in use by another VM");
      }
    }
    RawDisk.open(image, false).close();
  }

  @Test
  void readersShareAnImage() throws IOException {
    try (RawDisk one = RawDisk.open(image, true);
        RawDisk two = RawDisk.open(image, true)) {
      assertThat(one.readOnly() && two.readOnly()).isTrue();
      assertThatThrownBy(() -> RawDisk.open(image, false)).hasMessageContaining("in use");
      assertThatThrownBy(() -> one.write(0, MemorySegment.ofArray(new byte[1])))
          .isInstanceOf(Exception.class);
    }
  }

  @Test
  void whatIsNoDiskIsRefusedWithTheNextStep() throws IOException {
    refused(directory.resolve("missing"), "does not exist", "atoll disk create");
    refused(directory, "is a folder", "give the path of a file");
    refused(Path.of("/dev/null"), "is a character device");
    Path odd = Files.write(directory.resolve("odd"), new byte[1000]);
    refused(odd, "has 1000 bytes", "multiple of 512");
    refused(Files.createFile(directory.resolve("empty")), "is empty", "truncate -s 1G");
    Files.write(odd, new byte[1024]);
    RawDisk.open(odd, false).close(); // The refusals left no lock.
  }

  private Path file(String name, int size, String head) throws IOException {
    byte[] bytes = head.getBytes(StandardCharsets.ISO_8859_1);
    return Files.write(directory.resolve(name), Arrays.copyOf(bytes, size));
  }

  @Test
  void imagesOfOtherHypervisorsAreRefusedHoweverLongTheyAre() throws IOException {
    for (int size : new int[] {1000, 65_536}) {
      Path qcow2 = file("d.qcow2", size, "QFI\u00fb");
      for (boolean readOnly : new boolean[] {false, true}) {
        assertThatThrownBy(() -> RawDisk.open(qcow2, readOnly))
            .isInstanceOf(HostException.class)
            .hasMessageContainingAll("is a qcow2 disk image", "qemu-img convert -f qcow2 -O raw")
            .hasMessageNotContaining("truncate");
      }
    }
    byte[] vhd = new byte[4096];
    System.arraycopy("conectix".getBytes(StandardCharsets.US_ASCII), 0, vhd, 3584, 8);
    refused(Files.write(directory.resolve("fixed.vhd"), vhd), "is a VHD disk image", "-f vpc");
  }

  @Test
  void packedFilesAndProgramsAreForReadingOnly() throws IOException {
    Path packed = file("d.img.gz", 1024, "\u001f\u008b\b");
    refused(packed, "is packed with gzip", "gunzip -c", "read-only");
    assertThat(RawDisk.inspect(packed, true).orElseThrow()).contains("packed with gzip");
    RawDisk.open(packed, true).close();
    Path elf = file("program", 1024, "\u007fELF");
    refused(elf, "is an ELF file", "would overwrite", "read-only");
    RawDisk.open(elf, true).close();
  }

  @Test
  void whatADiskCanHoldFromItsFirstByteIsADisk() throws IOException {
    for (String head : new String[] {"hsqs", "LUKS\u00ba\u00be", "07070", "#!/bin/sh", ""}) {
      Path disk = file("content", 40_960, head);
      assertThat(RawDisk.inspect(disk, false)).isEmpty();
      RawDisk.open(disk, false).close();
    }
    byte[] iso = new byte[40_960];
    System.arraycopy("CD001".getBytes(StandardCharsets.US_ASCII), 0, iso, 0x8001, 5);
    RawDisk.open(Files.write(directory.resolve("x.iso"), iso), true).close();
  }

  private static void refused(Path path, String... words) {
    assertThatThrownBy(() -> RawDisk.open(path, false))
        .isInstanceOf(HostException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContainingAll(words);
  }

  @Test
  void anImageThatShrinksIsAnErrorOfTheRead() throws IOException {
    try (RawDisk disk = RawDisk.open(image, false)) {
      try (FileChannel other = FileChannel.open(image, StandardOpenOption.WRITE)) {
        other.truncate(512);
      }
      assertThatThrownBy(() -> disk.read(0, MemorySegment.ofArray(new byte[1024])))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("ends before byte 1024");
    }
  }

  @Test
  void theSerialNumberIsTheFilesNameInTwentyPlainCharacters() throws IOException {
    try (RawDisk disk = RawDisk.open(image, true)) {
      assertThat(disk.serial()).isEqualTo("disk.img");
    }
    Path odd = Files.copy(image, directory.resolve("größe und name mit vielen zeichen"));
    try (RawDisk disk = RawDisk.open(odd, true)) {
      assertThat(disk.serial()).hasSize(20).startsWith("gr").matches("[!-~]*");
    }
  }

  /** Writes, flushes, says so, and waits to be killed. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] args) throws Exception {
      RawDisk disk = RawDisk.open(Path.of(args[0]), false);
      disk.write(4096, MemorySegment.ofArray(some(4096)));
      disk.flush();
      System.out.println("flushed");
      Thread.currentThread().join();
    }
  }

  @Test
  void whatIsFlushedSurvivesAKillThatAlsoGivesTheLockUp() throws Exception {
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                image.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = victim.inputReader()) {
      assertThat(out.readLine()).isEqualTo("flushed");
      assertThatThrownBy(() -> RawDisk.open(image, false)).hasMessageContaining("in use");
    } finally {
      victim.destroyForcibly().waitFor();
    }
    try (RawDisk disk = RawDisk.open(image, false)) {
      byte[] read = new byte[4096];
      disk.read(4096, MemorySegment.ofArray(read));
      assertThat(read).isEqualTo(some(4096));
    }
  }
}
